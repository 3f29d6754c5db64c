//! Mail: how it leaves, from whom it comes, and where its links lead.

use std::path::PathBuf;

use lettre::message::Mailbox;

use super::accounts::EmailVerification;
use super::mail_links::{self, LinkTemplates};
use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::{Text, Words};
use super::setting::Fallback::{Derived, Nothing, Written};
use super::setting::{Section, Setting};
use super::smtp_url::{self, SmtpServer};

const MAIL_TRANSPORT: Setting = Setting::new(
    "MAIL_TRANSPORT",
    Derived("smtp where SMTP_URL is set; else file in development, none in production"),
    Words(&["smtp", "file", "none"]),
    "how mail leaves; file: each mail becomes a file in MAIL_DIR; none: no mail is sent",
);
const SMTP_URL: Setting = Setting::secret(
    "SMTP_URL",
    Text("smtps://USER:PASSWORD@HOST:PORT or smtp://USER:PASSWORD@HOST:PORT?tls=required, percent-encoded"),
    "the mail server; tls of smtp:// may be required, opportunistic or none; a password needs TLS beyond loopback",
);
const SMTP_TLS_CA: Setting = Setting::new(
    "SMTP_TLS_CA",
    Nothing,
    Text("the path of an existing PEM file"),
    "certificates of a further authority that may have signed the mail server's",
);
const MAIL_FROM: Setting = Setting::new(
    "MAIL_FROM",
    Written("Keystead <keystead@localhost>"),
    Text("an address, or a name and an address as in Example <login@example.com>"),
    "from whom mail comes; must be set where it leaves by SMTP",
);
const MAIL_DIR: Setting = Setting::new(
    "MAIL_DIR",
    Derived("mail beside the database"),
    Text("the path of a folder"),
    "where the file transport writes",
);
const MAIL_TEMPLATES: Setting = Setting::new(
    "MAIL_TEMPLATES",
    Nothing,
    Text("the path of an existing folder"),
    "templates that replace the built-in ones of the same name",
);

pub(super) const SECTION: Section = Section {
    title: "Mail",
    introduction: "How mail is sent. docs/mail.md has more about transports, templates and retries.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[
    MAIL_TRANSPORT,
    SMTP_URL,
    SMTP_TLS_CA,
    MAIL_FROM,
    MAIL_DIR,
    MAIL_TEMPLATES,
    mail_links::RESET,
    mail_links::VERIFY,
    mail_links::CHANGE,
    mail_links::INVITATION,
];

#[derive(Clone, Debug)]
pub struct MailSettings {
    pub transport: MailTransport,
    pub from: Mailbox,
    /// The folder of templates that replace built-in ones.
    pub templates: Option<PathBuf>,
    pub links: LinkTemplates,
}

#[derive(Clone, Debug)]
pub enum MailTransport {
    Smtp(SmtpServer),
    File { folder: PathBuf },
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Smtp,
    File,
    None,
}

/// `verification`: what `EMAIL_VERIFICATION` says.
pub(super) fn read(
    reader: &mut Reader<'_>,
    environment: Environment,
    data_dir: Result<PathBuf, Noted>,
    verification: Result<EmailVerification, Noted>,
) -> Result<MailSettings, Noted> {
    let kind = reader.optional(&MAIL_TRANSPORT, kind);
    let is_url_given = reader.is_given(&SMTP_URL);
    let server = server(reader);
    let from = reader.value(&MAIL_FROM, mailbox);
    let folder = reader.optional(&MAIL_DIR, |text| Some(PathBuf::from(text)));
    let templates = reader.optional(&MAIL_TEMPLATES, |text| Some(PathBuf::from(text)).filter(|path| path.is_dir()));
    let links = mail_links::read(reader, environment);
    let kind = kind?.unwrap_or(match (is_url_given, environment) {
        (true, _) => Kind::Smtp,
        (false, Environment::Development) => Kind::File,
        (false, Environment::Production) => Kind::None,
    });
    if let Ok(EmailVerification::Optional | EmailVerification::Required) = verification
        && kind == Kind::None
    {
        let remedy = "must be smtp or file where EMAIL_VERIFICATION is not off";
        reader.note(Mistake::new(MAIL_TRANSPORT.name, "is none", remedy));
    }
    if kind == Kind::Smtp && !reader.is_given(&MAIL_FROM) {
        reader.missing(&MAIL_FROM, format!("must be {} where MAIL_TRANSPORT is smtp", MAIL_FROM.allowed));
    }
    let transport = match kind {
        Kind::Smtp => MailTransport::Smtp(server?.ok_or_else(|| {
            reader.missing(&SMTP_URL, format!("must be {} where MAIL_TRANSPORT is smtp", SMTP_URL.allowed))
        })?),
        Kind::File => MailTransport::File { folder: folder?.map_or_else(|| Ok(data_dir?.join("mail")), Ok)? },
        Kind::None => MailTransport::None,
    };
    Ok(MailSettings { transport, from: from?, templates: templates?, links: links? })
}

fn kind(word: &str) -> Option<Kind> {
    match word {
        "smtp" => Some(Kind::Smtp),
        "file" => Some(Kind::File),
        "none" => Some(Kind::None),
        _ => None,
    }
}

/// What `SMTP_URL` and `SMTP_TLS_CA` say.
fn server(reader: &mut Reader<'_>) -> Result<Option<SmtpServer>, Noted> {
    let ca = reader.optional(&SMTP_TLS_CA, |text| Some(PathBuf::from(text)).filter(|path| path.is_file()));
    let Some(given) = reader.given(&SMTP_URL)? else {
        return ca.map(|_| None);
    };
    let parsed = smtp_url::parse(&given.text);
    let server = parsed.map_err(|why| reader.refuse(&SMTP_URL, &given, &format!("{}; {why}", SMTP_URL.allowed)))?;
    Ok(Some(SmtpServer { ca: ca?, ..server }))
}

/// Only ASCII in the address, which every mail server takes; the name may be any text.
fn mailbox(text: &str) -> Option<Mailbox> {
    let mailbox: Mailbox = text.parse().ok()?;
    let is_plain = !text.contains(char::is_control) && AsRef::<str>::as_ref(&mailbox.email).is_ascii();
    is_plain.then_some(mailbox)
}
