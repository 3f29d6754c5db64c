//! Reads one setting after the other and collects all mistakes.
//!
//! Each reading gives the value or [`Noted`], the sign that a mistake was written down. A section reads all its
//! settings first and only then uses `?`, so that no mistake hides another one.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;

use super::mistake::{Mistake, Mistakes, shown};
use super::setting::{Allowed, Fallback, Setting};
use super::source::{Layer, Source};

/// Keys and passwords have some hundred bytes, a PEM some thousand; the bound keeps `/dev/zero` out of memory.
const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

/// A mistake has been noted. Only [`Reader`] makes one, so whoever holds it knows that there is something to report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted(());

/// A value as somebody wrote it.
pub(super) struct Given {
    pub text: String,
    /// What a message says after the variable's name.
    pub from: String,
}

pub(super) struct Reader<'a> {
    pub source: &'a Source,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Source) -> Self {
        Self { source, mistakes: source.mistakes.clone() }
    }

    pub fn note(&mut self, mistake: Mistake) -> Noted {
        self.mistakes.push(mistake);
        Noted(())
    }

    /// Notes that a given value is not what it must be; shows it unless it is a secret.
    pub fn refuse(&mut self, setting: &Setting, given: &Given, must_be: &str) -> Noted {
        let was =
            if setting.secret { "has a value (not shown) that is refused".to_owned() } else { shown(&given.text) };
        self.note(Mistake::new(&format!("{}{}", setting.name, given.from), was, format!("must be {must_be}")))
    }

    pub fn missing(&mut self, setting: &Setting, remedy: impl Into<String>) -> Noted {
        self.note(Mistake::new(setting.name, "is not set", remedy))
    }

    /// The sign of an earlier mistake, if there was one.
    pub fn noted(&self) -> Option<Noted> {
        (!self.mistakes.is_empty()).then_some(Noted(()))
    }

    /// What `build` makes, unless there was any mistake.
    pub fn finish<T>(self, build: impl FnOnce() -> Result<T, Noted>) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() {
            build().map_err(|Noted(())| Mistakes(Vec::new()))
        } else {
            Err(Mistakes(self.mistakes))
        }
    }

    /// Whether somebody set it (or its `_FILE` twin) to something.
    pub fn is_given(&self, setting: &Setting) -> bool {
        let twin = setting.file_twin();
        let names = [Some(setting.name), twin.as_deref()];
        self.source.layers().any(|(_, values)| names.iter().flatten().any(|name| is_filled(values.get(*name))))
    }

    /// The text of a setting as given, without its fallback.
    pub fn given(&mut self, setting: &Setting) -> Result<Option<Given>, Noted> {
        let twin = setting.file_twin();
        for (layer, values) in self.source.layers() {
            if layer == Layer::Environment {
                let mut names = [Some(setting.name), twin.as_deref()].into_iter().flatten();
                if let Some(name) = names.find(|name| self.source.is_not_unicode(name)) {
                    return Err(self.note(Mistake::new(name, "is not valid UTF-8", "must be text")));
                }
            }
            let text = values.get(setting.name);
            let file = twin.as_ref().and_then(|twin| Some((twin.as_str(), values.get(twin)?)));
            return match (text, file) {
                (None, None) => continue,
                (text, Some((twin, path))) if !path.is_empty() => {
                    if is_filled(text) {
                        let was = format!("is set and {twin} is set too{layer}");
                        return Err(self.note(Mistake::new(setting.name, was, "only one of them may be")));
                    }
                    self.file(twin, path).map(Some)
                }
                (text, _) => Ok(text.and_then(|text| as_given(setting, text, layer))),
            };
        }
        Ok(None)
    }

    fn file(&mut self, twin: &str, path: &str) -> Result<Given, Noted> {
        let from = format!(" (from the file of {twin})");
        match bounded_text(Path::new(path)) {
            Ok(text) if text.is_empty() => Err(self.note(Mistake::new(
                twin,
                format!("names an empty file, {path:?}"),
                "must name one with a value",
            ))),
            Ok(text) => Ok(Given { text, from }),
            Err(why) => {
                let was = format!("names {path:?}, which cannot be read ({why})");
                Err(self.note(Mistake::new(twin, was, "must name a readable text file")))
            }
        }
    }

    /// A setting that has a value in any case: the given one, or the written fallback.
    pub fn value<T>(&mut self, setting: &Setting, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Noted> {
        let given = self.given(setting)?;
        let given = match (given, setting.fallback) {
            (Some(given), _) => given,
            (None, Fallback::Written(text)) => Given { text: text.to_owned(), from: " (its default)".to_owned() },
            (None, Fallback::Derived(_) | Fallback::Nothing) => {
                return Err(self.missing(setting, format!("must be {}", setting.allowed)));
            }
        };
        self.parsed(setting, &given, parse)
    }

    /// A setting that may be absent.
    pub fn optional<T>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Noted> {
        match self.given(setting)? {
            Some(given) => self.parsed(setting, &given, parse).map(Some),
            None => Ok(None),
        }
    }

    fn parsed<T>(
        &mut self,
        setting: &Setting,
        given: &Given,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Noted> {
        // No setting has a use for NUL, and system calls cut or refuse what has one.
        let parsed = if given.text.contains('\0') { None } else { parse(&given.text) };
        parsed.ok_or_else(|| self.refuse(setting, given, &setting.allowed.to_string()))
    }

    pub fn whole<T: TryFrom<u64>>(&mut self, setting: &Setting) -> Result<T, Noted> {
        self.value(setting, |text| whole_number(setting.allowed, text))
    }

    pub fn optional_whole<T: TryFrom<u64>>(&mut self, setting: &Setting) -> Result<Option<T>, Noted> {
        self.optional(setting, |text| whole_number(setting.allowed, text))
    }

    pub fn seconds(&mut self, setting: &Setting) -> Result<Duration, Noted> {
        self.whole(setting).map(Duration::from_secs)
    }

    pub fn milliseconds(&mut self, setting: &Setting) -> Result<Duration, Noted> {
        self.whole(setting).map(Duration::from_millis)
    }

    pub fn secret(&mut self, setting: &Setting) -> Result<Option<SecretString>, Noted> {
        self.optional(setting, |text| Some(SecretString::from(text)))
    }
}

fn is_filled(value: Option<&String>) -> bool {
    value.is_some_and(|value| !value.is_empty())
}

/// Spaces around a value are a slip of the pen, except in a secret, where they may be meant.
fn as_given(setting: &Setting, text: &str, layer: Layer) -> Option<Given> {
    let text = if setting.secret { text } else { text.trim() };
    (!text.is_empty()).then(|| Given { text: text.to_owned(), from: layer.to_string() })
}

/// Digits only: `+5`, `1e3` and `15m` are refused rather than guessed at.
fn whole_number<T: TryFrom<u64>>(allowed: Allowed, text: &str) -> Option<T> {
    let Allowed::Whole { least, most, .. } = allowed else {
        return None;
    };
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| plain && (least..=most).contains(number))?;
    T::try_from(number).ok()
}

/// A file's text without the newline that editors and `echo` put at its end.
fn bounded_text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(SECRET_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > SECRET_FILE_BYTES_MAX {
        return Err("it is larger than 64 KiB".to_owned());
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let line_end = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).map_or(text.len(), str::len);
    text.truncate(line_end);
    Ok(text)
}
