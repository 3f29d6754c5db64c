//! Sources as text, and the rows that come of them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc;

use super::metered::Metered;
use super::rows::Broken;
use super::*;
use crate::domain::clock::Timestamp;
use crate::domain::user_import::{ImportedPassword, ImportedUser, RowRefusal};

type Parsed = Vec<(u64, Result<ImportedUser, RowRefusal>)>;

/// All rows of a text, and how it ended.
fn read(format: Format, map: FieldMap, text: &[u8]) -> (Parsed, Result<(), Broken>) {
    let reading =
        Reading { now: Timestamp::from_micros(1_800_000_000_000_000), email_verified: false, drop_bad_hashes: false };
    let (sender, mut receiver) = mpsc::channel(1_000);
    let mut rows = Rows::new(map, reading, sender);
    let (input, row) = Metered::new(text, Arc::<AtomicU64>::default());
    let ended = match format {
        Format::Jsonl => jsonl::read(std::io::BufReader::new(input), &mut rows),
        Format::Csv => table::read(input, &row, &mut rows),
        Format::Keycloak => keycloak::read(input, &row, &mut rows),
        Format::Flask => panic!("it is no text"),
    };
    let (sender, last) = rows.end(ended);
    let mut parsed = Vec::new();
    let mut take = |message| match message {
        Read::Rows(rows) => {
            parsed.extend(rows.into_iter().map(|row| (row.line, row.user)));
            None
        }
        Read::Ended(ended) => Some(ended),
    };
    drop(sender);
    while let Ok(message) = receiver.try_recv() {
        assert!(take(message).is_none());
    }
    let [rows, ended] = last;
    take(rows);
    let ended = take(ended).unwrap();
    (parsed, ended)
}

fn lines(parsed: &Parsed) -> Vec<(u64, String)> {
    let told = |user: &Result<ImportedUser, RowRefusal>| match user {
        Ok(user) => user.name().to_owned(),
        Err(why) => why.to_string(),
    };
    parsed.iter().map(|(line, user)| (*line, told(user))).collect()
}

#[test]
fn json_lines_are_rows_whatever_stands_between_them() {
    let long = format!("{{\"username\": \"{}\"}}\n", "x".repeat(300_000));
    let text = [
        "\u{feff}{\"username\": \"ada\"}\r\n\n  \n[1]\n{\"username\": \n{\"username\": \"bob\"}\n",
        &long,
        "{\"username\": \"eve\"}",
    ];
    let (rows, ended) = read(Format::Jsonl, FieldMap::default(), text.concat().as_bytes());
    ended.unwrap();
    let told = lines(&rows);
    assert_eq!(told[0], (1, "ada".to_owned()));
    assert_eq!(told[1], (4, "it cannot be read: it is JSON, but no object".to_owned()));
    assert!(told[2].1.starts_with("it cannot be read: it is no JSON: EOF"), "{:?}", told[2]);
    assert_eq!(told[3], (6, "bob".to_owned()));
    assert_eq!(told[4], (7, "it is longer than 256 KiB".to_owned()));
    assert_eq!(told[5], (8, "eve".to_owned()));
    assert_eq!(told.len(), 6);
}

#[test]
fn a_table_names_its_columns_and_quotes_as_it_likes() {
    let text = b"\xEF\xBB\xBFusername, email,roles,active\r\nada,ada@example.org,editor;admin,1\n\
        \"bob\",\"\",,\"1\"\r\n\"e\n1\",,,\nshort,\n\xFF\xFE,,,\neve,\"eve@example.org\",\"editor\",false\n";
    let (rows, ended) = read(Format::Csv, FieldMap::default(), text);
    ended.unwrap();
    let told = lines(&rows);
    let begins = |at: usize, line: u64, text: &str| {
        assert!(told[at].0 == line && told[at].1.starts_with(text), "{:?} is not {line} {text}", told[at]);
    };
    begins(0, 2, "ada@example.org");
    begins(1, 3, "bob");
    begins(2, 4, "username: ");
    begins(3, 6, "it cannot be read: it has 2 cells, and the first line 4");
    begins(4, 7, "it cannot be read: username is not UTF-8");
    begins(5, 8, "eve@example.org");
    assert_eq!(rows[0].1.as_ref().unwrap().roles.len(), 3);
    assert!(!rows[5].1.as_ref().unwrap().active);
}

#[test]
fn a_table_whose_columns_nobody_knows_is_not_begun() {
    for (text, says) in [
        ("username,pasword\nada,x\n", "\"pasword\""),
        ("username,username\nada,x\n", "twice"),
        ("", "does not name the columns"),
        ("\n\n", "does not name the columns"),
    ] {
        let (rows, ended) = read(Format::Csv, FieldMap::default(), text.as_bytes());
        assert!(rows.is_empty() && ended.unwrap_err().to_string().contains(says), "{text:?}");
    }
    let unclosed = format!("username\nada\n\"{}", "x\n".repeat(500_000));
    let (rows, ended) = read(Format::Csv, FieldMap::default(), unclosed.as_bytes());
    assert!(ended.unwrap_err().to_string().contains("is a quote not closed?"));
    assert_eq!(rows.len(), 1, "what was before it counts");
}

const REALM: &str = r#"{"realm": "example", "clients": [{"users": [1, 2]}], "users": [
  {"id": "7f1d6a4e-6c5c-4a50-9d51-0b0f6e3f8a11", "createdTimestamp": 1700000000123, "username": "ada@example.org",
   "enabled": true, "emailVerified": true, "firstName": "Ada", "lastName": "Lovelace", "email": "Ada@example.org",
   "attributes": {"phone": ["1"]}, "requiredActions": ["UPDATE_PASSWORD"],
   "realmRoles": ["default-roles-example", "offline_access", "editor"], "groups": ["/x"],
   "credentials": [
     {"type": "password", "secretData": "{\"value\":\"AAECAwQFBgcICQoLDA0ODw==\",\"salt\":\"BAUGBwQFBgc=\",\"additionalParameters\":{}}",
      "credentialData": "{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\",\"additionalParameters\":{}}"},
     {"type": "otp", "secretData": "{\"value\":\"12345678901234567890\"}",
      "credentialData": "{\"subType\":\"totp\",\"digits\":6,\"counter\":0,\"period\":30,\"algorithm\":\"HmacSHA1\"}"}]},
  {"username": "bob", "enabled": false, "totp": false, "credentials": [
     {"type": "password", "secretData": "{\"value\":\"AAECAwQFBgcICQoLDA0ODw==\",\"salt\":\"BAUGBwQFBgc=\"}",
      "credentialData": "{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"7168\"],\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}"}]},
  {"username": 7}, 5,
  {"username": "old", "credentials": [{"type": "password", "hashedSaltedValue": "x"}]},
  {"username": "odd", "credentials": [{"type": "otp", "secretData": "{\"value\":\"x\"}",
      "credentialData": "{\"subType\":\"hotp\",\"digits\":6}"}]},
  {"username": "md5", "credentials": [{"type": "password", "secretData": "{\"value\":\"\",\"salt\":\"\"}",
      "credentialData": "{\"hashIterations\":1,\"algorithm\":\"md5\"}"}]}
], "scopes": {"users": "no list"}}"#;

#[test]
fn a_realm_of_keycloak_is_read_user_by_user() {
    let map = FieldMap::default().over(&[], &keycloak::ITS_OWN_ROLES);
    let (rows, ended) = read(Format::Keycloak, map, REALM.as_bytes());
    ended.unwrap();
    let ada = rows[0].1.as_ref().unwrap();
    assert_eq!(ada.id.to_string(), "7f1d6a4e-6c5c-4a50-9d51-0b0f6e3f8a11");
    assert_eq!((ada.name(), ada.username.is_none()), ("Ada@example.org", true));
    assert_eq!(ada.display_name.as_ref().unwrap().as_str(), "Ada Lovelace");
    assert_eq!(ada.created_at.as_micros(), 1_700_000_000_123_000);
    assert_eq!(ada.email_verified_at, Some(ada.created_at));
    assert_eq!(ada.metadata.as_ref().unwrap().as_str(), r#"{"attributes":{"phone":["1"]}}"#);
    assert!(ada.must_change_password && ada.active && ada.roles.len() == 2);
    assert!(
        matches!(&ada.password, ImportedPassword::Hash(hash, _) if hash == "$pbkdf2-sha256$i=27500$BAUGBwQFBgc$AAECAwQFBgcICQoLDA0ODw")
    );
    assert_eq!(ada.mfa_secret.as_ref().unwrap().as_bytes(), b"12345678901234567890");
    let bob = rows[1].1.as_ref().unwrap();
    let argon2 = "$argon2id$v=19$m=7168,t=5,p=1$BAUGBwQFBgc$AAECAwQFBgcICQoLDA0ODw";
    assert!(!bob.active && matches!(&bob.password, ImportedPassword::Hash(hash, _) if hash == argon2));
    let told = lines(&rows);
    for (at, says) in [(2, "no user of Keycloak"), (3, "no user"), (4, "since version 8"), (5, "none of six digits")] {
        assert!(told[at].0 == at as u64 + 1 && told[at].1.contains(says), "{:?}", told[at]);
    }
    assert!(told[6].1.contains("not known here"));
}

#[test]
fn what_is_no_realm_is_told() {
    for (text, says) in [
        ("", "EOF"),
        ("[]", "an object with a list `users`"),
        ("{\"realm\": \"x\"}", "no list `users`"),
        ("{\"users\": {}}", "a list of users"),
        ("{\"users\": [{\"username\": \"ada\"}, {", "EOF"),
        ("{\"users\": []} x", "trailing"),
    ] {
        let (_, ended) = read(Format::Keycloak, FieldMap::default(), text.as_bytes());
        let told = ended.unwrap_err().to_string();
        assert!(told.contains(says), "{text}: {told}");
    }
    let text = format!(
        "{{\"x\": \"{}\", \"users\": [{{\"username\": \"ada\"}}, \"{}\"]}}",
        "y".repeat(900_000),
        "z".repeat(900_000)
    );
    let (_, ended) = read(Format::Keycloak, FieldMap::default(), text.as_bytes());
    assert!(ended.unwrap_err().to_string().contains("longer than 256 KiB"));
}
