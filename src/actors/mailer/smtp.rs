//! A mail server, by SMTP (RFC 5321), and the connections to it that are kept.
//!
//! The connections are kept here and not in lettre's own pool: that one takes back a connection whose mail was cut off
//! by a time-out in the middle of its dialogue, and the next mail would read the answers that were meant for it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;

use super::MailPatience;
use super::retry::Failure;
use super::transport::TransportError;
use super::writing::WrittenMail;
use crate::config::smtp_url::{SmtpServer, SmtpTls};

/// A connection that has lain idle for longer is closed. Servers wait for minutes (RFC 5321 asks for five).
const IDLE_MAX: Duration = Duration::from_secs(15);
/// Some servers take a hundred mails over one connection, and then refuse.
const MAILS_PER_CONNECTION: u32 = 50;
/// To say good-bye in.
const FAREWELL: Duration = Duration::from_secs(1);
/// Answers in the 500s that are about the sender and not about the mail: authentication is required, its mechanism is too
/// weak, it failed, it must be encrypted (RFC 4954, section 6). Whoever mends the settings saves the mail.
const ABOUT_THE_SENDER: [u16; 4] = [530, 534, 535, 538];

pub(super) struct Smtp {
    server: SmtpServer,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: MailPatience,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    link: AsyncSmtpConnection,
    mails: u32,
    idle_since: Instant,
}

impl Smtp {
    pub(super) fn new(server: SmtpServer, patience: MailPatience) -> Result<Self, TransportError> {
        let tls = match server.tls {
            SmtpTls::None => None,
            SmtpTls::Implicit | SmtpTls::Required | SmtpTls::Opportunistic => Some(tls_parameters(&server)?),
        };
        Ok(Self { server, tls, hello: ClientId::default(), patience, idle: Mutex::default() })
    }

    /// A connection goes back only after a mail that was taken; any other is closed.
    pub(super) async fn send(&self, mail: &WrittenMail) -> Result<(), Failure> {
        let whole = async {
            let mut connection = self.connection().await?;
            connection.link.send(&mail.envelope, &mail.bytes).await.map_err(|cause| of_mail(&cause))?;
            self.keep(connection);
            Ok(())
        };
        let sent = tokio::time::timeout(self.patience.whole, whole).await;
        sent.unwrap_or_else(|_| Err(Failure::Passing("the mail server did not answer in time".to_owned())))
    }

    /// Everything that comes before a mail, and good-bye.
    pub(super) async fn greet(&self) -> Result<(), Failure> {
        say_goodbye(self.connection().await?).await;
        Ok(())
    }

    /// Closes the connections that have lain idle for long, or all of them.
    pub(super) async fn tidy(&self, all: bool) {
        let stale = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let is_stale = |connection: &mut Connection| all || connection.idle_since.elapsed() > IDLE_MAX;
            idle.extract_if(.., is_stale).collect::<Vec<_>>()
        };
        for connection in stale {
            say_goodbye(connection).await;
        }
    }

    async fn connection(&self) -> Result<Connection, Failure> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut connection) = kept else { break };
            // The server may have closed it meanwhile: a question costs less than a mail that waits for its next try.
            if connection.idle_since.elapsed() <= IDLE_MAX && connection.link.test_connected().await {
                return Ok(connection);
            }
        }
        let opened = tokio::time::timeout(self.patience.connect, self.open()).await;
        let link =
            opened.map_err(|_| Failure::Passing("the mail server could not be reached in time".to_owned()))??;
        Ok(Connection { link, mails: 0, idle_since: Instant::now() })
    }

    /// With everything that has to be before a mail. Whatever goes wrong here, a mail is not to blame.
    async fn open(&self) -> Result<AsyncSmtpConnection, Failure> {
        let mut link = self.dial().await?;
        let passing = |cause: Error| Failure::Passing(told(&cause));
        if let Some(tls) = &self.tls {
            let upgrades = match self.server.tls {
                // Where the server does not offer it, that is an error, before a password or a mail was sent.
                SmtpTls::Required => true,
                SmtpTls::Opportunistic => link.can_starttls(),
                SmtpTls::Implicit | SmtpTls::None => false,
            };
            if upgrades {
                link.starttls(tls.clone(), &self.hello).await.map_err(passing)?;
            }
        }
        if let Some(given) = &self.server.credentials {
            let password = given.password.expose_secret().to_owned();
            let credentials = Credentials::new(given.username.clone(), password);
            link.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(passing)?;
        }
        Ok(link)
    }

    async fn dial(&self) -> Result<AsyncSmtpConnection, Failure> {
        let address = (self.server.host.as_str(), self.server.port);
        let greeted = if self.server.tls == SmtpTls::Implicit {
            let patience = Some(self.patience.connect);
            AsyncSmtpConnection::connect_tokio1(address, patience, &self.hello, self.tls.clone(), None).await
        } else {
            let unreachable = |cause: std::io::Error| Failure::Passing(format!("no mail server: {cause}"));
            let stream = TcpStream::connect(address).await.map_err(unreachable)?;
            // A mail ends with a write of five bytes, which would otherwise wait 40 ms for a delayed acknowledgement.
            stream.set_nodelay(true).map_err(unreachable)?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await
        };
        greeted.map_err(|cause| Failure::Passing(told(&cause)))
    }

    fn keep(&self, mut connection: Connection) {
        connection.mails += 1;
        connection.idle_since = Instant::now();
        if connection.mails < MAILS_PER_CONNECTION {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

async fn say_goodbye(mut connection: Connection) {
    // Whether it was heard does not matter.
    let _ = tokio::time::timeout(FAREWELL, connection.link.quit()).await;
}

fn tls_parameters(server: &SmtpServer) -> Result<TlsParameters, TransportError> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(path) = &server.ca {
        for certificate in certificates(path)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|cause| TransportError::Tls(cause.to_string()))
}

/// What the PEM file holds.
fn certificates(path: &Path) -> Result<Vec<Certificate>, TransportError> {
    let wrong = |why: &dyn std::fmt::Display| TransportError::Authority(format!("{}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|cause| wrong(&cause))?;
    let mut certificates = Vec::new();
    for found in CertificateDer::pem_slice_iter(&pem) {
        let der = found.map_err(|cause| wrong(&cause))?;
        certificates.push(Certificate::from_der(der.to_vec()).map_err(|cause| wrong(&cause))?);
    }
    if certificates.is_empty() { Err(wrong(&"there is no certificate in it")) } else { Ok(certificates) }
}

/// A connection was there, and the mail was not taken.
fn of_mail(cause: &Error) -> Failure {
    let is_about_the_mail = match cause.status() {
        Some(code) => cause.is_permanent() && !ABOUT_THE_SENDER.contains(&u16::from(code)),
        // It cannot be spoken to that server at all: an address beyond ASCII, where it knows none.
        None => cause.is_client(),
    };
    if is_about_the_mail { Failure::Refused(told(cause)) } else { Failure::Passing(told(cause)) }
}

/// What may be logged. A server's own words are not: they like to repeat the recipient.
fn told(cause: &Error) -> String {
    if let Some(code) = cause.status() {
        return format!("the mail server answered {code}");
    }
    if cause.is_response() {
        return "the mail server hung up, or what it said is no SMTP".to_owned();
    }
    let mut text = cause.to_string();
    let mut source = std::error::Error::source(cause);
    while let Some(deeper) = source {
        let words = deeper.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = deeper.source();
    }
    text
}
