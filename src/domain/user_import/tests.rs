use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::*;

const BCRYPT: &str = "$2b$04$3H4N15BtUaoWqZIOsQXd1udNALryL.7.GjIsZLTuhZ3bz/2JNPWym";
const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const READING: Reading = Reading { now: NOW, email_verified: false, drop_bad_hashes: false };

fn read(row: Value) -> Result<ImportedUser, RowRefusal> {
    let Value::Object(row) = row else { panic!("{row} is no object") };
    ImportedUser::parse(row, READING)
}

fn refused(row: Value) -> RowRefusal {
    read(row).err().unwrap()
}

fn roles(user: &ImportedUser) -> Vec<&str> {
    user.roles.iter().map(RoleName::as_str).collect()
}

#[test]
fn a_name_is_enough() {
    let user = read(json!({"email": " Ada@Example.org "})).unwrap();
    assert_eq!(user.email.as_ref().unwrap().key(), "ada@example.org");
    assert!(user.active && user.email_verified_at.is_none() && user.mfa_secret.is_none() && !user.id_is_given);
    assert!(matches!(user.password, ImportedPassword::None) && user.metadata.is_none());
    assert_eq!((roles(&user), user.created_at, user.name()), (vec!["user"], NOW, "Ada@Example.org"));
    assert_eq!(read(json!({"username": "ada"})).unwrap().name(), "ada");
    assert_eq!(refused(json!({"email": null, "username": ""})), RowRefusal::Nameless);
}

#[test]
fn everything_is_read_in_the_kinds_of_json_and_as_text() {
    let typed = json!({"id": "0198c0de-0000-7000-8000-000000000001", "email": "ada@example.org", "active": false,
        "email_verified": true, "created_at": "2024-05-06T07:08:09.123456Z", "roles": ["editor", "admin"],
        "metadata": {"b": 1}, "must_change_password": true, "password_hash": BCRYPT});
    let text = json!({"id": "0198c0de-0000-7000-8000-000000000001", "email": "ada@example.org", "active": "0",
        "email_verified": "True", "created_at": "2024-05-06 07:08:09.123456", "roles": "editor; admin",
        "metadata": "{\"b\": 1}", "must_change_password": 1, "password_hash": BCRYPT, "last_login": ""});
    for row in [typed, text] {
        let user = read(row).unwrap();
        assert_eq!(user.id.to_string(), "0198c0de-0000-7000-8000-000000000001");
        assert_eq!(user.created_at, Timestamp::parse_rfc3339("2024-05-06T07:08:09.123456Z").unwrap());
        assert_eq!(user.email_verified_at, Some(user.created_at));
        assert_eq!(roles(&user), ["admin", "editor", "user"]);
        assert_eq!(user.metadata.as_ref().unwrap().as_str(), r#"{"b":1}"#);
        assert!(!user.active && user.must_change_password && user.id_is_given && user.last_login.is_none());
        assert!(matches!(&user.password, ImportedPassword::Hash(hash, _) if hash == BCRYPT));
    }
}

#[test]
fn another_systems_id_is_kept_beside_and_ids_are_in_the_order_of_time() {
    let user = |id: i32, at: &str| read(json!({"id": id, "username": "ada", "created_at": at})).unwrap();
    let (old, new) = (user(9, "2019-01-01 00:00:00"), user(7, "2020-01-01T00:00:00+02:00"));
    assert_eq!(old.metadata.as_ref().unwrap().as_str(), r#"{"imported_id":"9"}"#);
    assert!(old.id < new.id && old.id.get_version_num() == 7);
    let kept = read(json!({"id": 9, "username": "ada", "metadata": {"imported_id": "theirs"}})).unwrap();
    assert_eq!(kept.metadata.unwrap().as_str(), r#"{"imported_id":"theirs"}"#);
}

#[test]
fn addresses_are_verified_where_the_source_or_the_operator_says_so() {
    let trusting = Reading { email_verified: true, ..READING };
    let parse = |row: Value| ImportedUser::parse(row.as_object().unwrap().clone(), trusting).unwrap();
    assert_eq!(parse(json!({"email": "a@example.org"})).email_verified_at, Some(NOW));
    assert_eq!(parse(json!({"email": "a@example.org", "email_verified": false})).email_verified_at, None);
    assert_eq!(parse(json!({"username": "ada"})).email_verified_at, None, "there is no address");
    let at = "2024-05-06T07:08:09Z";
    let user = read(json!({"email": "a@example.org", "email_verified_at": at})).unwrap();
    assert_eq!(user.email_verified_at, Timestamp::parse_rfc3339(at));
}

#[test]
fn a_second_factor_is_one_that_was_in_use_and_short_secrets_give_the_same_codes() {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (row, is_on) in [
        (json!({"username": "ada", "mfa_secret": secret}), true),
        (json!({"username": "ada", "mfa_secret": "gezd gnbv gy3t qojq gezd gnbv gy3t qojq"}), true),
        (json!({"username": "ada", "mfa_secret": secret, "mfa_enabled": 0}), false),
        (json!({"username": "ada", "mfa_enabled": false}), false),
    ] {
        assert_eq!(read(row.clone()).unwrap().mfa_secret.is_some(), is_on, "{row}");
    }
    let short = read(json!({"username": "ada", "mfa_secret": "GEZDGNBVGY3TQOJQ"})).unwrap().mfa_secret.unwrap();
    assert_eq!(short.as_bytes(), b"1234567890\0\0\0\0\0\0\0\0\0\0", "HMAC fills a key up with zeros");
    assert_eq!(refused(json!({"username": "ada", "mfa_enabled": true})), RowRefusal::MfaWithoutSecret);
    for secret in ["GEZDGNBV", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBV", "no base32!", "GEZDGNBVGY3TQOJ0"] {
        assert_eq!(refused(json!({"username": "ada", "mfa_secret": secret})), RowRefusal::MfaSecret, "{secret}");
    }
}

#[test]
fn what_is_wrong_is_said_by_the_name_of_its_field_and_quotes_no_value() {
    let rows = [
        (json!({"username": "ada", "pasword": "x"}), "\"pasword\""),
        (json!({"email": "nobody"}), "email: "),
        (json!({"username": "a b"}), "username: "),
        (json!({"username": "ada", "active": "perhaps"}), "active is to be"),
        (json!({"username": "ada", "active": 2}), "active is to be"),
        (json!({"username": "ada", "created_at": 1_700_000_000}), "created_at is to be"),
        (json!({"username": "ada", "created_at": "1969-12-31T00:00:00Z"}), "created_at is to be"),
        (json!({"username": "ada", "created_at": "06.05.2024 07:08"}), "created_at is to be"),
        (json!({"username": "ada", "roles": ["Editor"]}), "roles: "),
        (json!({"username": "ada", "roles": [1]}), "roles is to be"),
        (json!({"username": "ada", "metadata": "[]"}), "metadata is to be"),
        (json!({"username": "ada", "metadata": [1]}), "metadata is to be"),
        (json!({"username": ["ada"]}), "username is to be"),
        (json!({"username": "ada", "id": "00000000-0000-0000-0000-000000000000"}), "id is to be"),
        (json!({"username": "ada", "password": "hunter2", "password_hash": "$2b$"}), "both"),
        (json!({"username": "ada", "password": "x".repeat(2_000)}), "password: "),
        (json!({"username": "ada", "password_hash": "md5$hunter2$00"}), "password_hash: "),
        (json!({"username": "ada", "password": BCRYPT}), "password is a hash"),
        (json!({"username": "ada", "roles": vec!["r"; 65]}), "more than 64"),
    ];
    for (row, begins) in rows {
        let told = refused(row.clone()).to_string();
        assert!(told.contains(begins), "{row}: {told}");
        assert!(!told.contains("hunter2") && !told.contains("nobody"), "{told}");
    }
}

#[test]
fn a_hash_that_nobody_can_verify_is_dropped_where_that_is_wanted() {
    let dropping = Reading { drop_bad_hashes: true, ..READING };
    for (hash, stays) in
        [("md5$salt$00", false), ("$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$AAAA", false), (BCRYPT, true)]
    {
        let row = json!({"username": "ada", "password_hash": hash}).as_object().unwrap().clone();
        let user = ImportedUser::parse(row.clone(), dropping).unwrap();
        assert_eq!(matches!(user.password, ImportedPassword::Hash(..)), stays, "{hash}");
        assert_eq!(ImportedUser::parse(row, READING).is_ok(), stays, "{hash}");
    }
}

#[test]
fn a_plain_password_is_not_printed() {
    let user = read(json!({"username": "ada", "password": "hunter2hunter2"})).unwrap();
    assert!(!format!("{:?}", user.password).contains("hunter2"));
    let ImportedPassword::Plain(password) = user.password else { panic!() };
    assert_eq!(password.secret().expose_secret(), "hunter2hunter2");
}

proptest! {
    #[test]
    fn any_field_of_any_text_is_read_or_refused(name in prop::sample::select(FIELDS.to_vec()), text in any::<String>()) {
        let mut row = json!({"username": "ada", "email": "ada@example.org"});
        row[name] = json!(text);
        let _ = read(row);
    }
}
