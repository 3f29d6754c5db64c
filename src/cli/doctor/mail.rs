//! Whether mail would leave: the mail server is greeted and logged in at, and nothing is sent.

use super::finding::{Finding, fail, ok, warn};
use crate::actors::mailer::{self, MailPatience};
use crate::config::Config;
use crate::config::mail::MailTransport;
use crate::config::server::Environment;

pub async fn look(config: &Config) -> Vec<Finding> {
    let in_production = config.server.environment == Environment::Production;
    vec![match &config.mail.transport {
        MailTransport::Smtp(server) => {
            let place = format!("{}:{}", server.host, server.port);
            match mailer::greet(server.clone(), MailPatience::default()).await {
                Ok(()) if server.credentials.is_some() => ok("mail", format!("{place} answers and takes the password")),
                Ok(()) => ok("mail", format!("{place} answers")),
                Err(cause) => fail("mail", format!("{place}: {cause}"), "see SMTP_URL and SMTP_TLS_CA (docs/mail.md)"),
            }
        }
        MailTransport::File { folder } if in_production => warn(
            "mail",
            format!("mail goes into files in {}, and to nobody", folder.display()),
            "set MAIL_TRANSPORT=smtp and SMTP_URL, unless something else takes it from there",
        ),
        MailTransport::File { folder } => ok("mail", format!("mail goes into files in {}", folder.display())),
        MailTransport::None => {
            warn("mail", "no mail is sent, so nobody can reset a password", "set SMTP_URL and MAIL_FROM (docs/mail.md)")
        }
    }]
}
