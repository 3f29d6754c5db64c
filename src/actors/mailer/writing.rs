//! From the facts of a letter to the bytes of a mail (RFC 5322).

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use uuid::Uuid;

use super::retry::Failure;
use super::templates::{TemplateError, Templates};
use super::{MailerSettings, samples};
use crate::config::mail_links::LinkTemplate;
use crate::domain::clock::Timestamp;
use crate::domain::email::Email;

/// Our own pages, with the token in the fragment: it reaches no server's log.
const RESET_PAGE: &str = "/pages/reset-password#token={token}";
const VERIFY_PAGE: &str = "/pages/verify-email#token={token}";
const CHANGE_PAGE: &str = "/pages/verify-email#token={token}&purpose=change";
/// What every mail calls the sender.
const PRODUCT: &str = "Keystead";

/// What stands around a letter.
#[derive(Clone, Copy)]
pub(super) struct Letterhead<'a> {
    pub id: Uuid,
    pub kind: &'a str,
    pub recipient: &'a str,
    /// When it is sent.
    pub at: Timestamp,
}

/// Ready to go, and not for any log.
pub(super) struct WrittenMail {
    pub envelope: Envelope,
    pub bytes: Vec<u8>,
}

pub(super) struct Writer {
    templates: Templates,
    from: Mailbox,
    public_url: String,
    reset: LinkTemplate,
    verify: LinkTemplate,
    change: LinkTemplate,
    invitation: Option<LinkTemplate>,
}

impl Writer {
    /// Writes each letter once, with made-up facts, so that a template that is wrong is known now.
    ///
    /// # Errors
    /// [`TemplateError`] with the file and the line.
    pub(super) fn new(settings: &MailerSettings) -> Result<Self, TemplateError> {
        let public_url = settings.public_url.clone();
        let links = settings.mail.links.clone();
        let page =
            |given: Option<LinkTemplate>, page| given.unwrap_or_else(|| LinkTemplate::of_page(&public_url, page));
        let writer = Self {
            templates: Templates::read(settings.mail.templates.as_deref())?,
            from: settings.mail.from.clone(),
            reset: page(links.reset, RESET_PAGE),
            verify: page(links.verify, VERIFY_PAGE),
            change: page(links.change, CHANGE_PAGE),
            invitation: links.invitation,
            public_url,
        };
        for (kind, facts) in samples::letters() {
            let has_token = facts.contains_key("token");
            writer.templates.render(kind, &writer.context(kind, "somebody@example.org", facts.clone()))?;
            if has_token {
                // Where the link may be missing, it is.
                let mut context = writer.context(kind, "somebody@example.org", facts);
                context.insert("link".to_owned(), String::new());
                writer.templates.render(kind, &context)?;
            }
        }
        Ok(writer)
    }

    pub(super) fn write(&self, head: &Letterhead<'_>, facts: BTreeMap<String, String>) -> Result<WrittenMail, Failure> {
        if !self.templates.know(head.kind) {
            // A newer version's, which some other node may know already.
            return Err(Failure::Passing("there is no template of its kind".to_owned()));
        }
        let rendered = self.templates.render(head.kind, &self.context(head.kind, head.recipient, facts));
        let letter = rendered.map_err(|cause| Failure::Passing(format!("{} cannot be used", cause.place())))?;
        let to = address(head.recipient).ok_or_else(|| Failure::Hopeless("its recipient is no address".to_owned()))?;
        // Stable, so that a mail that arrives twice is known to be one.
        let message_id = format!("<{}@{}>", head.id, self.from.email.domain());
        let written = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(UNIX_EPOCH + Duration::from_micros(head.at.as_micros().try_into().unwrap_or_default()))
            .message_id(Some(message_id))
            .raw_header(automatic())
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html));
        let message = written.map_err(|_| Failure::Hopeless("it makes no mail".to_owned()))?;
        Ok(WrittenMail { envelope: message.envelope().clone(), bytes: message.formatted() })
    }

    /// What a template may name.
    fn context(&self, kind: &str, recipient: &str, facts: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let template = match kind {
            "reset_password" => Some(&self.reset),
            "verify_email" => Some(&self.verify),
            "confirm_email_change" => Some(&self.change),
            "invitation" => self.invitation.as_ref(),
            _ => None,
        };
        let token = facts.get("token").map(String::as_str);
        let link = template.zip(token).map(|(template, token)| template.with(token)).unwrap_or_default();
        let everywhere = [
            ("link", link),
            ("product", PRODUCT.to_owned()),
            ("public_url", self.public_url.clone()),
            ("recipient", recipient.to_owned()),
        ];
        let mut context = facts;
        context.extend(everywhere.map(|(name, value)| (name.to_owned(), value)));
        context
    }
}

/// The local part as its owner wrote it, the domain in ASCII, which every mail server takes.
fn address(recipient: &str) -> Option<Address> {
    let email = Email::parse(recipient).ok()?;
    let local = email.as_entered().split_once('@')?.0;
    let domain = email.key().split_once('@')?.1;
    Address::new(local, domain).ok()
}

/// RFC 3834, section 5: nobody's holiday notice answers it.
fn automatic() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned())
}
