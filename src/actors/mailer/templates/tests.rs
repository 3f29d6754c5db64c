//! Every letter in words, and what an operator's folder does to it.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::samples;
use super::{Rendered, TemplateError, Templates};

/// With what every letter has.
fn facts(own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let link = if own.contains_key("token") { "https://id.example/pages/x#token=ks1_sample&y" } else { "" };
    let everywhere = [
        ("link", link),
        ("product", "Keystead"),
        ("public_url", "https://id.example"),
        ("recipient", "somebody@example.org"),
    ];
    let mut facts = own.clone();
    facts.extend(everywhere.map(|(name, value)| (name.to_owned(), value.to_owned())));
    facts
}

fn letter(templates: &Templates, kind: &str, change: &[(&str, &str)]) -> Result<Rendered, TemplateError> {
    let (_, own) = samples::letters().into_iter().find(|(known, _)| *known == kind).unwrap();
    let mut facts = facts(&own);
    facts.extend(change.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    templates.render(kind, &facts)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What is wrong with a folder of these files, which a letter of the kind meets.
fn mistake(kind: &str, files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let rendered = Templates::read(Some(folder.path())).and_then(|templates| letter(&templates, kind, &[]));
    let told = rendered.err().expect("a mistake").to_string();
    told.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn every_letter_says_what_it_has_to() {
    let templates = Templates::read(None).unwrap();
    for (kind, own) in samples::letters() {
        let facts = facts(&own);
        let Rendered { subject, text, html } = templates.render(kind, &facts).unwrap();
        assert!(!subject.is_empty() && html.contains(&format!("<title>{}</title>", subject.replace('\'', "&#x27;"))));
        for form in [&text, &html] {
            for name in own.keys().filter(|name| !matches!(name.as_str(), "change" | "at" | "token")) {
                assert!(form.contains(&facts[name]), "{kind} does not say {name}: {form}");
            }
            assert!(!form.contains("{{") && !form.contains("{%") && !form.contains("ks1_sample ks1"), "{form}");
            assert!(!form.contains("<img") && !form.contains("<script"), "nothing is loaded: {form}");
            assert!(form.contains("https://id.example"), "{form}");
        }
        assert!(text.starts_with("Hello,\n\n") && !text.contains("\n\n\n") && !text.contains('<'), "{text}");
        assert!(text.lines().all(|line| line.len() <= 85 || line.contains("://")), "{text}");
        assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>"), "{html}");
        if own.contains_key("token") {
            assert!(text.contains("\nhttps://id.example/pages/x#token=ks1_sample&y\n"), "on a line of its own: {text}");
            assert!(html.contains("href=\"https://id.example/pages/x#token=ks1_sample&amp;y\""), "{html}");
        }
    }
    assert!(!templates.know("layout") && !templates.know("discard") && !templates.know("reset_password.txt"));
}

#[test]
fn what_others_have_chosen_stays_text() {
    let templates = Templates::read(None).unwrap();
    let evil = "</p><script>\"a\" & 'b'</script>{{ token }}";
    let new_device = letter(&templates, "new_device", &[("user_agent", evil)]).unwrap();
    assert!(new_device.text.contains(&format!("Device: {evil}\n")), "{}", new_device.text);
    let escaped = "&lt;/p&gt;&lt;script&gt;&quot;a&quot; &amp; &#x27;b&#x27;&lt;/script&gt;{{ token }}";
    assert!(new_device.html.contains(escaped) && !new_device.html.contains("<script"), "{}", new_device.html);
    let new_device = letter(&templates, "new_device", &[("at", "2025-11-23T09:07:00.123Z")]).unwrap();
    assert!(new_device.text.contains("Time: 23 November 2025, 09:07 UTC\n"), "{}", new_device.text);
}

#[test]
fn an_invitation_without_a_page_shows_its_token() {
    let templates = Templates::read(None).unwrap();
    let shown = letter(&templates, "invitation", &[("link", "")]).unwrap();
    assert!(shown.text.contains("\nks1_sample\n") && shown.html.contains(">ks1_sample<"), "{}", shown.text);
    let linked = letter(&templates, "invitation", &[]).unwrap();
    assert!(!linked.text.contains("\nks1_sample\n"), "{}", linked.text);
}

#[test]
fn an_operators_template_takes_the_place_of_the_built_in_one() {
    let files = [
        (
            "reset_password.txt",
            "Subject: Neues Passwort für {{ product }}\n\n{{ link }}\n{% include \"_closing.txt\" %}\n",
        ),
        ("_closing.txt", "Ihr {{ product }}"),
        ("layout.html", "<h2>{{ subject }}</h2>{% block body %}{% endblock %}"),
        ("README.md", "not a template: {{"),
    ];
    let folder = folder(&files);
    let templates = Templates::read(Some(folder.path())).unwrap();
    let reset = letter(&templates, "reset_password", &[]).unwrap();
    assert_eq!(reset.subject, "Neues Passwort für Keystead");
    assert_eq!(reset.text, "https://id.example/pages/x#token=ks1_sample&y\nIhr Keystead\n");
    assert!(reset.html.starts_with("<h2>Neues Passwort für Keystead</h2>"), "{}", reset.html);
    assert!(letter(&templates, "verify_email", &[]).unwrap().html.starts_with("<h2>Is this your address?</h2>"));
    assert!(letter(&templates, "verify_email", &[]).unwrap().text.starts_with("Hello"));
}

#[test]
fn a_mistake_is_told_with_its_file_and_line() {
    let subject = "Subject: a\n";
    let cases = [
        ("reset_password.txt", format!("{subject}\n{{{{ nobody }}}}"), "reset_password.txt, line 3: "),
        ("reset_password.txt", format!("{subject}{{% if %}}"), "reset_password.txt, line 2: "),
        ("reset_password.txt", "Subject: {{ nobody }}\n".to_owned(), "reset_password.txt, line 1: "),
        ("reset_password.txt", "Hello\n".to_owned(), "reset_password.txt, line 1: the first line must be"),
        (
            "reset_password.txt",
            "Subject:\nHello".to_owned(),
            "reset_password.txt, line 1: the subject must be one line",
        ),
        ("reset_password.html", "<p>\n{{ link|frobnicate }}".to_owned(), "reset_password.html, line 2: "),
        ("layout.html", "\n\n{{ nobody }}".to_owned(), "layout.html, line 3: "),
        ("reset_password.html", "{% include \"_missing.html\" %}".to_owned(), "reset_password.html, line 1: "),
        ("reset-password.html", "<p>".to_owned(), "reset-password.html: there is no letter of this name"),
    ];
    for (name, text, expected) in cases {
        let told = mistake("reset_password", &[(name, &text)]);
        assert!(told.starts_with(&format!("mail template {expected}")), "{text}: {told}");
    }
    let told = mistake("reset_password", &[("_part.txt", &"a".repeat(256 * 1024 + 1))]);
    assert_eq!(told, "mail template _part.txt: it has more than 262144 bytes");
    assert!(Templates::read(Some(Path::new("/nowhere"))).is_err());
}

#[test]
fn a_subject_stays_one_line() {
    let folder = folder(&[("email_changed.txt", "Subject: to {{ new_email }}\n")]);
    let templates = Templates::read(Some(folder.path())).unwrap();
    assert_eq!(letter(&templates, "email_changed", &[]).unwrap().subject, "to new@example.org");
    for evil in ["a\r\nBcc: b@example.org", "a\nb", "a\0b", &"a".repeat(200)] {
        let told = letter(&templates, "email_changed", &[("new_email", evil)]).err().unwrap();
        assert!(!told.place().contains("Bcc"), "{told}");
    }
}
