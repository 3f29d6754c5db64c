//! What people are told by mail, and that mail is never waited for.

use std::time::{Duration, Instant};

use keystead::domain::letter::Letter;
use keystead::domain::secret_token::SecretToken;
use serde_json::json;
use tokio::time::timeout;

use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::outbox::write_letter;
use crate::smtp::{At, Behaviour, SmtpServer};

on_each_database! {
    a_sign_in_from_a_device_that_is_not_known_is_told_by_mail,
    a_token_reaches_its_owner_behind_the_fragment_of_a_page,
    a_mail_server_that_says_nothing_slows_no_request,
}

async fn a_token_reaches_its_owner_behind_the_fragment_of_a_page(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("PUBLIC_URL", "https://id.example")]).await;
    let house = &app.node.context.house;
    let token = || SecretToken::random().secret().clone();
    let letters = [
        (Letter::ResetPassword { token: token() }, "reset-password#token=", ""),
        (Letter::VerifyEmail { token: token() }, "verify-email#token=", ""),
        (Letter::ConfirmEmailChange { token: token() }, "verify-email#token=", "&purpose=change"),
    ];
    for (letter, page, end) in letters {
        // Its domain goes to the mail server in ASCII.
        write_letter(&house.database, &house.sealer, "Zoë+x@Bücher.example", &letter).await;
        house.mailer.wake();
        let mail = app.mail_to("Zoë+x@xn--bcher-kva.example", letter.kind()).await;
        assert_eq!(mail.token(), letter.facts()["token"]);
        assert_eq!(mail.link(), format!("https://id.example/pages/{page}{}{end}", mail.token()));
        assert!(mail.html.contains(&mail.link().replace('&', "&amp;")), "{}", mail.html);
    }
    app.node.stop().await;
}

async fn a_sign_in_from_a_device_that_is_not_known_is_told_by_mail(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    let first = app.login(&email).await.expect(200);
    let known = json!({ "identifier": email, "password": PASSWORD, "device_token": first.str("device_token") });
    app.post("/v1/login", None, &known).await.expect(200);
    let login = app.request(reqwest::Method::POST, "/v1/login", None).header("user-agent", "A <browser> & more");
    app.send(login.json(&json!({ "identifier": email, "password": PASSWORD }))).await.expect(200);
    let mail = app.mail_to(&email, "new_device").await;
    assert_eq!((mail.kind.as_str(), mail.subject()), ("new_device", "A new device signed in"));
    assert!(
        mail.text.contains("Device: A <browser> & more\n") && mail.text.contains("Address: 127.0.0.1\n"),
        "{}",
        mail.text
    );
    assert!(mail.html.contains("Device: A &lt;browser&gt; &amp; more"), "{}", mail.html);
    assert_eq!(mail.headers["auto-submitted"], "auto-generated");
    // Neither of the first sign-in of all, nor of one from a device that is known.
    assert_eq!(app.mails().len(), 1);
    app.node.stop().await;
}

/// Four mails hold the mailer's places with a server that says nothing, and more wait: nobody's request waits with them.
async fn a_mail_server_that_says_nothing_slows_no_request(database: &TestDatabase) {
    /// Far below what the mailer waits for a mail server, far above what a request takes.
    const LONGEST: Duration = Duration::from_secs(5);
    let server = SmtpServer::start();
    server.behave(Behaviour::Stalls(At::Greeting));
    let url = format!("smtp://127.0.0.1:{}?tls=none", server.port());
    let smtp = [("MAIL_TRANSPORT", "smtp"), ("SMTP_URL", &url), ("MAIL_FROM", "login@id.example")];
    let app = TestApp::spawn(&database.url, &smtp).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    app.login(&email).await.expect(200);
    // From now on each sign-in writes a mail.
    for _ in 0..4 {
        app.login(&email).await.expect(200);
    }
    server.until_connected(4).await;
    let (began, known) = (Instant::now(), json!({ "email": email }));
    for _ in 0..20 {
        let login = timeout(LONGEST, app.login(&email)).await.expect("a login waits for a mail server").expect(200);
        timeout(LONGEST, app.refresh(&login.str("refresh_token"))).await.expect("a refresh waits").expect(200);
        let forgot = app.post("/v1/password/forgot", None, &known);
        timeout(LONGEST, forgot).await.expect("who forgot a password waits").expect(202);
    }
    let (open, most, _) = server.connections();
    assert_eq!((open, most), (4, 4), "they were held all the while, {:?}", began.elapsed());
    assert!(server.received().is_empty() && app.node.context.house.mailer.is_open());
    server.behave(Behaviour::Takes);
    // All sign-ins, and five of those who forgot a password.
    assert_eq!(server.until_received(29).await.len(), 29);
    app.node.stop().await;
}
