//! Mail, whose server asks for a password.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keystead::domain::clock::Deadline;
use keystead::domain::letter::Letter;
use keystead::domain::secret_token::SecretToken;
use secrecy::ExposeSecret;

use crate::app::{TestApp, new_email};
use crate::databases::TestDatabase;
use crate::outbox::write_letter;
use crate::search::{Canary, canary};
use crate::smtp::{At, Behaviour, Entrance, SmtpServer};

/// Mail into files and to a server that knows the password, takes one mail, and refuses another with its recipient's
/// name; what must not be found.
pub async fn write_mail(database: &TestDatabase) -> Vec<Canary> {
    const CREDENTIALS: (&str, &str) = ("canary-of-the-mail-user", "canary-of-the-mail-password");
    let server = SmtpServer::with(Entrance { credentials: Some(CREDENTIALS), ..Entrance::default() });
    let (name, password) = CREDENTIALS;
    let url = format!("smtp://{name}:{password}@127.0.0.1:{}?tls=none", server.port());
    let smtp = [("MAIL_TRANSPORT", "smtp"), ("SMTP_URL", &*url), ("MAIL_FROM", "login@id.example")];
    let plain = STANDARD.encode(format!("\0{name}\0{password}"));
    let mut canaries =
        vec![canary("the mail server's password", password.to_owned()), canary("both, for AUTH PLAIN", plain)];
    let mut delivered = Vec::new();
    for settings in [&smtp[..], &[]] {
        let app = TestApp::spawn(&database.url, settings).await;
        let house = &app.node.context.house;
        for behaviour in [Behaviour::Takes, Behaviour::Answers(At::Recipient, 550)] {
            server.behave(behaviour);
            let token = SecretToken::random().secret().clone();
            canaries.push(canary("a token in a mail", token.expose_secret().to_owned()));
            let recipient = new_email();
            write_letter(&house.database, &house.sealer, &recipient, &Letter::ResetPassword { token }).await;
            canaries.push(canary("a recipient", recipient.as_str()));
            delivered.extend(matches!(behaviour, Behaviour::Takes).then_some(recipient));
            house.mailer.send_due(Deadline::within(Duration::from_secs(20))).await.unwrap().unwrap();
        }
        app.node.stop().await;
    }
    assert!(server.received().iter().any(|mail| mail.recipient == delivered[0]), "no mail came by SMTP");
    canaries
}
