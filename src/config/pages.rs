//! `.env.example` and `docs/configuration.md`, written from the declarations; tests compare the committed files.

use std::fmt::Write as _;

use super::SECTIONS;
use super::setting::{Allowed, Fallback, Section, Setting};

/// What only the compose files read. They are in `.env.example` because Docker Compose reads the same `.env`.
const COMPOSE_ONLY: &[(&str, &str)] = &[
    ("DB_ROOT_PASSWORD", "root password of the database container, needed when it is first made"),
    ("VIRTUAL_HOST", "host name under which a reverse proxy in front of the containers offers Keystead"),
    ("VIRTUAL_PORT", "port of the container that this proxy forwards to"),
    ("SERVER_NAME", "host name in the proxy's certificate"),
];

const ENV_HEAD: &str = "\
# Settings of Keystead. Copy this file to .env and uncomment what you change (#NAME=); the values are the defaults.
# Variables of the environment win over this file, and flags of `keystead serve` win over both.
# A value with spaces, quotes, $ or # belongs in single quotes. An empty value means the default.
# Generated from src/config/ (docs/configuration.md has the same as a table).
";

const PAGE_HEAD: &str = "\
# Configuration

Keystead reads environment variables, with `.env` in the current directory beneath them (the environment wins) and the
flags of `keystead serve` above them. An empty value means the default. Every mistake is reported at once, with the
variable's name, what it was (never for a secret) and what it may be; an unknown `KEYSTEAD_*` variable is a mistake.

Every secret, marked † below, can also come from a file: `SECRET_KEY_FILE=/run/secrets/key` instead of `SECRET_KEY`. One
newline at the end of such a file does not count. To set both is a mistake.

This page and `.env.example` are generated from `src/config/`.
";

/// The text of `.env.example`: every setting, commented out.
#[must_use]
pub fn env_example() -> String {
    let mut text = ENV_HEAD.to_owned();
    for section in SECTIONS {
        heading(&mut text, section.title, section.introduction);
        for setting in section.settings {
            env_lines(&mut text, setting);
        }
    }
    heading(&mut text, "Compose only", "Read by the compose files, never by Keystead itself.");
    for (name, meaning) in COMPOSE_ONLY {
        comment(&mut text, meaning);
        line(&mut text, format_args!("#{name}="));
    }
    text
}

/// The text of `docs/configuration.md`: a table for each section.
#[must_use]
pub fn configuration_page() -> String {
    let mut text = PAGE_HEAD.to_owned();
    for section in SECTIONS {
        table(&mut text, section);
    }
    line(&mut text, format_args!("\n## Compose only\n\nRead by the compose files, never by Keystead itself.\n"));
    line(&mut text, format_args!("| variable | meaning |\n| --- | --- |"));
    for (name, meaning) in COMPOSE_ONLY {
        line(&mut text, format_args!("| `{name}` | {meaning} |"));
    }
    text
}

fn heading(text: &mut String, title: &str, introduction: &str) {
    line(text, format_args!("\n# ---- {title} ----"));
    comment(text, introduction);
}

fn env_lines(text: &mut String, setting: &Setting) {
    text.push('\n');
    comment(text, setting.meaning);
    comment(text, &format!("  {}", setting.allowed));
    match setting.fallback {
        Fallback::Written(default) => line(text, format_args!("#{}={default}", setting.name)),
        Fallback::Derived(from) => {
            comment(text, &format!("  default: {from}"));
            line(text, format_args!("#{}=", setting.name));
        }
        Fallback::Nothing => line(text, format_args!("#{}=", setting.name)),
    }
    if let Some(twin) = setting.file_twin() {
        line(text, format_args!("#{twin}="));
    }
}

fn comment(text: &mut String, words: &str) {
    line(text, format_args!("# {words}"));
}

fn table(text: &mut String, section: &Section) {
    line(text, format_args!("\n## {}\n\n{}\n", section.title, section.introduction));
    line(text, format_args!("| variable | default | may be | meaning |\n| --- | --- | --- | --- |"));
    for setting in section.settings {
        let mark = if setting.secret { " †" } else { "" };
        let default = match setting.fallback {
            Fallback::Written(default) => format!("`{default}`"),
            Fallback::Derived(from) => from.to_owned(),
            Fallback::Nothing => "–".to_owned(),
        };
        let may_be = match setting.allowed {
            Allowed::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Allowed::Whole { .. } | Allowed::Text(_) => setting.allowed.to_string(),
        };
        line(text, format_args!("| `{}`{mark} | {default} | {may_be} | {} |", setting.name, setting.meaning));
    }
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{words}");
}
