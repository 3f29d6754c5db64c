//! The templates of letters: built in, and the operator's own in their place.
//!
//! A letter of the kind K has `K.txt`, whose first line is `Subject: …`, and `K.html`; both may extend `layout.txt` and
//! `layout.html`. The engine is the same for all of them (minijinja): HTML is escaped, and a name that there is no fact
//! for is an error and not an empty place. Nothing here reads a file after the start.

mod built_in;
mod reading;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, escape_formatter};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A subject that is longer is cut by whoever shows it.
const SUBJECT_CHARACTERS_MAX: usize = 150;

/// A template that cannot be used. Says which file, in which line.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", self.place())]
pub struct TemplateError {
    pub file: String,
    pub line: Option<usize>,
    pub why: String,
}

impl TemplateError {
    /// Where it is, without what: the engine's words may repeat what it was given.
    pub(super) fn place(&self) -> String {
        format!("mail template {}{}", self.file, self.line.map(|line| format!(", line {line}")).unwrap_or_default())
    }
}

/// A letter in words.
pub(super) struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

pub(super) struct Templates {
    environment: Environment<'static>,
    /// Where each template came from, for messages.
    files: BTreeMap<String, String>,
}

impl Templates {
    /// Whether there are templates of this kind.
    pub(super) fn know(&self, kind: &str) -> bool {
        self.environment.get_template(&subject_of(kind)).is_ok()
    }

    /// # Errors
    /// [`TemplateError`]; its `why` may hold a fact.
    pub(super) fn render(&self, kind: &str, facts: &BTreeMap<String, String>) -> Result<Rendered, TemplateError> {
        let text_file = format!("{kind}.txt");
        let subject = self.rendered(&subject_of(kind), facts)?;
        let subject = subject.trim();
        if subject.is_empty() || subject.contains(char::is_control) || subject.chars().count() > SUBJECT_CHARACTERS_MAX
        {
            let why = format!("the subject must be one line of at most {SUBJECT_CHARACTERS_MAX} characters");
            return Err(TemplateError { file: self.file(&text_file), line: Some(1), why });
        }
        let text = self.rendered(&text_file, facts)?;
        let mut with_subject = facts.clone();
        with_subject.insert("subject".to_owned(), subject.to_owned());
        let html = self.rendered(&format!("{kind}.html"), &with_subject)?;
        Ok(Rendered { subject: subject.to_owned(), text: format!("{}\n", text.trim()), html: html.trim().to_owned() })
    }

    fn rendered(&self, name: &str, facts: &BTreeMap<String, String>) -> Result<String, TemplateError> {
        let template = self.environment.get_template(name).map_err(|cause| self.error(name, &cause))?;
        template.render(Value::from_pairs(facts)).map_err(|cause| self.error(name, &cause))
    }

    fn error(&self, name: &str, cause: &minijinja::Error) -> TemplateError {
        // The error in a layout is that of the layout's file.
        let name = cause.name().unwrap_or(name);
        TemplateError { file: self.file(name), line: cause.line(), why: words(cause) }
    }

    fn file(&self, name: &str) -> String {
        let name = name.strip_suffix(SUBJECT).map_or_else(|| name.to_owned(), |kind| format!("{kind}.txt"));
        self.files.get(&name).cloned().unwrap_or(name)
    }
}

/// Ends the name of the template that the first line of a text is.
const SUBJECT: &str = ".subject";

fn subject_of(kind: &str) -> String {
    format!("{kind}{SUBJECT}")
}

fn words(cause: &minijinja::Error) -> String {
    match (cause.kind(), cause.detail()) {
        (ErrorKind::UndefinedError, None) => "a name that there is no fact for".to_owned(),
        (kind, None) => kind.to_string(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
    }
}

fn is_html(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "html")
}

/// As the engine does it, but that it leaves slashes alone: an address stays readable in the source of a mail.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            plain => escaped.push(plain),
        }
    }
    escaped
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| if is_html(name) { AutoEscape::Html } else { AutoEscape::None });
    environment.set_formatter(|out, state, value| match value.as_str().filter(|_| is_html(state.name())) {
        Some(text) if !value.is_safe() => out.write_str(&escaped(text)).map_err(Into::into),
        Some(_) | None => escape_formatter(out, state, value),
    });
    // A tag on a line of its own leaves no empty line. The usual delimiters never fail to build.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("moment", moment);
    environment
}

/// `23 November 2025, 09:07 UTC` of an RFC 3339 time; anything else stays as it is.
fn moment(text: &str) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
    moment.and_then(|moment| moment.format(&format).ok()).unwrap_or_else(|| text.to_owned())
}
