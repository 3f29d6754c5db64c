//! The ways out: a mail server, files, or nothing.

use std::path::PathBuf;

use super::retry::Failure;
use super::smtp::Smtp;
use super::writing::{Letterhead, WrittenMail};
use super::{MailPatience, eml};
use crate::config::mail::MailTransport;

#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("SMTP_TLS_CA: {0}")]
    Authority(String),
    #[error("TLS to the mail server cannot be set up: {0}")]
    Tls(String),
}

pub(super) enum Transport {
    Smtp(Box<Smtp>),
    File(PathBuf),
    None,
}

impl Transport {
    pub(super) fn new(settings: MailTransport, patience: MailPatience) -> Result<Self, TransportError> {
        Ok(match settings {
            MailTransport::Smtp(server) => Self::Smtp(Box::new(Smtp::new(server, patience)?)),
            MailTransport::File { folder } => Self::File(folder),
            MailTransport::None => {
                tracing::warn!("MAIL_TRANSPORT is none: nobody gets any mail");
                Self::None
            }
        })
    }

    pub(super) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Returns once the mail is somebody else's to deliver.
    pub(super) async fn send(&self, head: &Letterhead<'_>, mail: &WrittenMail) -> Result<(), Failure> {
        let (id, kind) = (head.id, head.kind);
        match self {
            Self::Smtp(smtp) => {
                smtp.send(mail).await?;
                tracing::info!(%id, kind, "a mail was sent");
            }
            Self::File(folder) => {
                let written = eml::write(folder, head, &mail.bytes);
                let path = written.map_err(|cause| Failure::Passing(format!("MAIL_DIR: {cause}")))?;
                tracing::info!(path = %path.display(), "a mail was written");
            }
            Self::None => {}
        }
        Ok(())
    }

    pub(super) async fn tidy(&self, all: bool) {
        if let Self::Smtp(smtp) = self {
            smtp.tidy(all).await;
        }
    }
}
