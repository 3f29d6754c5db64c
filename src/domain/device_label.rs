//! What a device calls itself, in a few words: "Firefox on Linux". For people to read; nothing is ever decided by it.

use std::sync::LazyLock;

use woothee::parser::Parser;

static PARSER: LazyLock<Parser> = LazyLock::new(Parser::new);

/// What is said of something that is not known.
const UNKNOWN: &str = "UNKNOWN";

/// `None` where nothing is said, or nothing that is known.
pub fn device_label(user_agent: &str) -> Option<String> {
    let told = PARSER.parse(user_agent)?;
    match (told.name, told.os) {
        (UNKNOWN, UNKNOWN) => None,
        (name, UNKNOWN) => Some(name.to_owned()),
        (UNKNOWN, os) => Some(os.to_owned()),
        (name, os) => Some(format!("{name} on {os}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_browser_and_its_system_are_named() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.5 Mobile/15E148 Safari/604.1";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0";
        let chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 \
                      Mobile Safari/537.36";
        let labels = [firefox, safari, edge, chrome, "curl/8.14.1", "my own program", ""].map(device_label);
        let labels = labels.each_ref().map(|label| label.as_deref());
        assert_eq!(labels[..2], [Some("Firefox on Linux"), Some("Safari on iPhone")]);
        assert_eq!(labels[2..4], [Some("Edge on Windows 10"), Some("Chrome on Android")]);
        assert_eq!(labels[4..], [Some("HTTP Library"), None, None]);
    }

    proptest! {
        #[test]
        fn any_text_has_a_label_or_none(text in any::<String>(), words in "(Mozilla/5\\.0 \\(|compatible; MSIE |Trident/|\
            IEMobile|Windows |Phone OS |Android[ -]|like Mac OS X|KDDI-|DoCoMo/|FOMA;|SoftBank/|WILLCOM;|jig browser|\
            Version/|Safari|Chrome|Firefox/|Opera|PSP|PLAYSTATION 3|BlackBerry|Nintendo|[0-9.;/() ]){0,9}") {
            let _ = device_label(&text);
            let _ = device_label(&words);
        }
    }
}
