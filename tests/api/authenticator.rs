//! Authenticator apps that are not ours: `oathtool` makes the same codes, `zbarimg` reads the picture.

use std::io::Write;
use std::process::{Command, Stdio};

use keystead::domain::clock::Timestamp;
use keystead::domain::otpauth::{key_uri, qr_svg};
use keystead::domain::totp::{TotpCode, TotpSecret};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::app::{TestApp, new_email};
use crate::databases::TestDatabase;
use crate::programs::are_installed;
use crate::rounds::rounds;

on_each_database! { a_second_factor_is_turned_on_by_another_makers_app }

const STEP_SECONDS: i64 = 30;
const FOUR_THOUSAND_YEARS: i64 = 4_000 * 365 * 86_400;
/// Processes that are started take longer than codes that are made.
const USUAL_ROUNDS: u64 = 500;
const SEED: u64 = 6_238;

fn oathtool(base32: &str, seconds: i64) -> String {
    let moment = format!("@{seconds}");
    let ran = Command::new("oathtool").args(["--totp", "--base32", "--now", &moment, base32]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
}

/// What a camera would see of it.
fn zbarimg(svg: &str) -> String {
    let mut renderer = Command::new("rsvg-convert").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    renderer.stdin.take().unwrap().write_all(svg.as_bytes()).unwrap();
    let picture = renderer.wait_with_output().unwrap().stdout;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code.png");
    std::fs::write(&file, picture).unwrap();
    let read = Command::new("zbarimg").args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(file).output();
    String::from_utf8(read.unwrap().stdout).unwrap().trim_end().to_owned()
}

fn agree(secret: &TotpSecret, seconds: i64) {
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
    let step = seconds / STEP_SECONDS;
    let code_at = |seconds| TotpCode::parse(&oathtool(secret.base32().expose_secret(), seconds).into()).unwrap();
    let code = code_at(seconds);
    assert_eq!(secret.judge(&code, at(seconds)), Some(step), "at {seconds}");
    // Neither does another moment's code pass, nor this one at another moment.
    assert_eq!(secret.judge(&code, at(seconds + 2 * STEP_SECONDS)), None, "at {seconds}");
    assert_eq!(secret.judge(&code_at(seconds + 2 * STEP_SECONDS), at(seconds)), None, "at {seconds}");
}

/// `TOTP_ROUNDS=10000` is the whole proof; it takes half a minute.
#[test]
fn another_maker_makes_the_same_codes() {
    if !are_installed(&["oathtool"]) {
        return;
    }
    let count = rounds("TOTP_ROUNDS", USUAL_ROUNDS);
    // Seeded: in 10,000 pairs two steps beside each other have the same code now and then.
    let mut random = StdRng::seed_from_u64(SEED);
    for _ in 0..count {
        let secret = TotpSecret::from_bytes(&random.random::<[u8; 20]>()).unwrap();
        agree(&secret, random.random_range(2 * STEP_SECONDS..FOUR_THOUSAND_YEARS));
    }
    println!("{count} random secrets and moments, all alike");
}

#[test]
fn another_maker_reads_the_picture() {
    if !are_installed(&["rsvg-convert", "zbarimg"]) {
        return;
    }
    let (longest_issuer, longest_account) = ("a".repeat(253), "ä".repeat(127));
    for (issuer, account) in [
        ("Keystead", "ada@example.org"),
        ("auth.example.org:8443", "zoë+é@exämple.org"),
        ("Keystead & co", "数学 😀"),
        (longest_issuer.as_str(), longest_account.as_str()),
    ] {
        let uri = key_uri(&TotpSecret::random(), issuer, account);
        let svg = qr_svg(&uri).unwrap();
        assert_eq!(zbarimg(svg.expose_secret()), uri.expose_secret());
    }
    assert_eq!(
        zbarimg("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"),
        "",
        "and nothing in nothing"
    );
}

/// As somebody does it with a phone: the picture is looked at, its secret kept, its code typed, and the next at the login.
async fn a_second_factor_is_turned_on_by_another_makers_app(database: &TestDatabase) {
    if !are_installed(&["oathtool", "rsvg-convert", "zbarimg"]) {
        return;
    }
    let app = TestApp::spawn(&database.url, &[]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    let token = app.login(&email).await.expect(200).str("access_token");
    let offered = app.post("/v1/me/mfa/totp", Some(&token), &json!({})).await.expect(201);
    let seen = url::Url::parse(&zbarimg(&offered.str("qr_svg"))).unwrap();
    assert_eq!(seen.as_str(), offered.str("otpauth_uri"));
    let secret = seen.query_pairs().find(|(name, _)| name == "secret").unwrap().1.into_owned();
    assert_eq!(secret, offered.str("secret"));
    let now = app.node.context.house.clock.now().unix_seconds();
    let code = json!({ "code": oathtool(&secret, now) });
    app.post("/v1/me/mfa/totp/confirm", Some(&token), &code).await.expect(200);
    let challenge = app.login(&email).await.expect(200).str("challenge");
    // A phone whose clock is a step ahead; the present step was spent by confirming.
    let body = json!({ "challenge": challenge, "factor": "totp", "code": oathtool(&secret, now + STEP_SECONDS) });
    app.post("/v1/login/mfa", None, &body).await.expect(200);
    app.node.stop().await;
}
