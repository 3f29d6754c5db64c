use super::*;

const PAGES: [&LazyLock<Page>; 2] = [&RESET_PASSWORD, &VERIFY_EMAIL];

/// What stands between the only two tags of this name.
fn inside<'a>(html: &'a str, tag: &str) -> &'a str {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    assert_eq!((html.matches(&format!("<{tag}")).count(), html.matches(&close).count()), (1, 1), "{tag}");
    let (_, after) = html.split_once(&open).unwrap();
    after.split_once(&close).unwrap().0
}

#[test]
fn the_policy_names_what_a_browser_finds_between_the_tags() {
    for page in PAGES {
        let (style, script) = (inside(&page.html, "style"), inside(&page.html, "script"));
        assert_eq!(page.policy, policy(style, script));
        // A browser reads CRLF as LF, and hashes what it has read.
        assert!(!page.html.contains('\r') && style.len() > 1_000 && script.len() > 1_000);
    }
    // From an implementation that is not this one: printf alert | openssl dgst -sha256 -binary | base64
    assert!(policy("", "alert").contains("script-src 'sha256-35BQWN1npAn++BSA6B5HNlcrDttNf7mHxpXNB+Jg7IE='"));
}

#[test]
fn nothing_is_loaded_and_nothing_is_outside_of_the_policy() {
    for page in PAGES {
        let html = page.html.to_lowercase();
        for word in ["http:", "https:", "src=", "href=", "url(", "@import", "style=", "innerhtml", "eval(", "storage"] {
            assert!(!html.contains(word), "{word}");
        }
        let attributes = html.split(['<', '>']).flat_map(str::split_whitespace).filter(|word| word.contains("=\""));
        assert!(attributes.into_iter().all(|attribute| !attribute.starts_with("on")));
    }
}

#[test]
fn every_place_of_the_frame_is_filled() {
    for page in PAGES {
        for place in ["{title}", "{style}", "{body}", "{script}"] {
            assert!(FRAME.contains(place) && !page.html.contains(place), "{place}");
        }
        for id in page.html.split("byId(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(page.html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
    }
}
