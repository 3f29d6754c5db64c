//! What Keycloak keeps of a password and of an authenticator app, in the forms that are read here.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::totp::base32;
use crate::domain::user_import::RowRefusal;

/// Both texts are JSON again.
#[derive(Deserialize)]
pub struct Credential {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "secretData")]
    secret: Option<String>,
    #[serde(rename = "credentialData")]
    data: Option<String>,
}

#[derive(Deserialize)]
struct Secret {
    value: String,
    #[serde(default)]
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hashing {
    hash_iterations: u64,
    algorithm: String,
    #[serde(default)]
    additional_parameters: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Otp {
    sub_type: Option<String>,
    digits: Option<u32>,
    period: Option<u32>,
    algorithm: Option<String>,
    secret_encoding: Option<String>,
}

/// The first password, as a PHC string.
pub fn password_hash(credentials: &[Credential]) -> Result<Option<String>, RowRefusal> {
    let Some(credential) = of_type(credentials, "password") else { return Ok(None) };
    let (secret, hashing): (Secret, Hashing) = read(credential, "password")?;
    let (Ok(salt), Ok(tag)) = (STANDARD.decode(&secret.salt), STANDARD.decode(&secret.value)) else {
        return Err(unreadable("password"));
    };
    let (salt, tag) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(tag));
    let rounds = hashing.hash_iterations;
    let digest = match hashing.algorithm.as_str() {
        "pbkdf2" => "pbkdf2",
        "pbkdf2-sha256" => "pbkdf2-sha256",
        "pbkdf2-sha512" => "pbkdf2-sha512",
        "argon2" => return Ok(Some(argon2(&hashing, &salt, &tag))),
        _ => return Err(RowRefusal::Unreadable("its password is hashed in a way that is not known here".to_owned())),
    };
    Ok(Some(format!("${digest}$i={rounds}${salt}${tag}")))
}

/// Of its versions Keycloak writes 1.3 and 1.0.
fn argon2(hashing: &Hashing, salt: &str, tag: &str) -> String {
    let parameter = |name: &str, usual: &'static str| {
        let given = hashing.additional_parameters.get(name).and_then(|values| values.first());
        given.map_or(usual.to_owned(), String::clone)
    };
    let version = if parameter("version", "1.3") == "1.0" { 16 } else { 19 };
    let (kind, memory) = (parameter("type", "id"), parameter("memory", "7168"));
    let (passes, lanes) = (hashing.hash_iterations, parameter("parallelism", "1"));
    format!("$argon2{kind}$v={version}$m={memory},t={passes},p={lanes}${salt}${tag}")
}

/// The first authenticator app, if it shows what every app shows.
pub fn totp_secret(credentials: &[Credential]) -> Result<Option<String>, RowRefusal> {
    let Some(credential) = of_type(credentials, "otp") else { return Ok(None) };
    let (secret, otp): (Secret, Otp) = read(credential, "second factor")?;
    let is_usual = otp.sub_type.as_deref().is_none_or(|kind| kind == "totp")
        && otp.digits.is_none_or(|digits| digits == 6)
        && otp.period.is_none_or(|period| period == 30)
        && otp.algorithm.as_deref().is_none_or(|algorithm| algorithm == "HmacSHA1");
    if !is_usual {
        let why =
            "its second factor is none of six digits, thirty seconds and SHA-1; without it, it has to be set up anew";
        return Err(RowRefusal::Unreadable(why.to_owned()));
    }
    let is_base32 = otp.secret_encoding.as_deref() == Some("BASE32");
    Ok(Some(if is_base32 { secret.value } else { base32(secret.value.as_bytes()) }))
}

fn of_type<'a>(credentials: &'a [Credential], wanted: &str) -> Option<&'a Credential> {
    credentials.iter().find(|credential| credential.kind.as_deref() == Some(wanted))
}

fn read<S: DeserializeOwned, D: DeserializeOwned>(credential: &Credential, what: &str) -> Result<(S, D), RowRefusal> {
    let secret = credential.secret.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let data = credential.data.as_deref().and_then(|text| serde_json::from_str(text).ok());
    secret.zip(data).ok_or_else(|| unreadable(what))
}

fn unreadable(what: &str) -> RowRefusal {
    RowRefusal::Unreadable(format!("its {what} is not in the form that Keycloak writes since version 8"))
}
