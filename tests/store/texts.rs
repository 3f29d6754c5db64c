//! What texts the columns hold: everything that the parsers let in, byte for byte, and nothing that is cut short.

use keystead::domain::account::NewAccount;
use keystead::domain::profile::{DISPLAY_NAME_CHARS_MAX, DisplayName, METADATA_BYTES_MAX, Metadata};
use keystead::domain::role::USER;
use keystead::domain::session::NewSession;
use keystead::domain::username::{Identifier, Username};
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::error::StoreError;
use keystead::store::query::{Access, Query};
use keystead::store::service_clients::{ClientCreated, ClientRow, CreateClient};
use keystead::store::sessions::OpenSession;
use keystead::store::users::{CreateUser, Created, FindCredentials};
use uuid::Uuid;

use crate::ground::{Ground, account};

on_each_database! {
    the_longest_of_everything_comes_back_whole,
    a_text_is_kept_whole_or_refused,
    a_trailing_space_is_no_second_key,
}

async fn the_longest_of_everything_comes_back_whole(ground: &Ground) {
    let domain = format!("{0}.{0}.{0}", "d".repeat(62));
    let email = format!("{}@{domain}", "ä".repeat(32));
    let username = "𐐨".repeat(64);
    let display_name = "😀".repeat(DISPLAY_NAME_CHARS_MAX);
    let metadata = format!("{{\"a\":\"{}\"}}", "x".repeat(METADATA_BYTES_MAX - 8));
    let new = NewAccount {
        username: Some(Username::parse(&username).unwrap()),
        hashed_password: Some("h".repeat(512)),
        display_name: Some(DisplayName::parse(&display_name).unwrap()),
        metadata: Some(Metadata::parse(&metadata).unwrap()),
        ..account(&email)
    };
    assert_eq!(ground.run(CreateUser { account: new, role: USER.name }).await, Created::Yes);
    for name in [&email, &username] {
        let found = ground.run(FindCredentials(Identifier::parse(name).unwrap())).await.unwrap();
        assert_eq!(found.hashed_password.map(|hash| hash.len()), Some(512));
        let account = found.user.account();
        assert_eq!(account.email.as_deref(), Some(email.as_str()));
        assert_eq!(account.username.as_deref(), Some(username.as_str()));
        assert_eq!(account.display_name.as_deref(), Some(display_name.as_str()));
        assert_eq!(account.metadata.as_deref(), Some(metadata.as_str()));
    }
}

struct UserAgent(Uuid);

#[derive(sqlx::FromRow)]
struct UserAgentRow {
    user_agent: Option<String>,
}

impl Query for UserAgent {
    const ACCESS: Access = Access::Read;
    type Output = Option<String>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<String>> {
        let found: Option<UserAgentRow> =
            conn.query(sql!("SELECT user_agent FROM sessions WHERE id = ?")).bind(self.0).optional().await?;
        Ok(found.and_then(|row| row.user_agent))
    }
}

/// A NUL is text to SQLite and MariaDB and an error to PostgreSQL; a long text is an error to MariaDB only. The parsers
/// keep both out; what got through is either all there or a refusal that leaves nothing, and never a retry.
async fn a_text_is_kept_whole_or_refused(ground: &Ground) {
    let ada = ground.user("ada").await;
    let awkward = ["a\0b", "\0", "a'b\"c\\d%_e", "{}$1?:x", " \u{FEFF}😀\u{10FFFF}\r\n\t "].map(str::to_owned);
    let long = ["ä".repeat(512), "ä".repeat(513), "x".repeat(100_000)];
    let mut refused = Vec::new();
    for text in awkward.into_iter().chain(long) {
        let session = NewSession { user_agent: Some(text.clone()), ..ground.new_session(ada) };
        let id = session.id;
        match ground.try_run(OpenSession(session)).await {
            Ok(_) => assert_eq!(ground.run(UserAgent(id)).await, Some(text)),
            Err(StoreError::Refused(_)) => {
                assert_eq!(ground.run(UserAgent(id)).await, None);
                refused.push(text);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(refused.iter().all(|text| text.contains('\0') || text.chars().count() > 512), "{refused:?}");
}

/// MySQL compares `utf8mb4_bin` as if the shorter text were padded with spaces. No parser lets a space into a key, and
/// the one name that is free text loses those at its end on every database.
async fn a_trailing_space_is_no_second_key(ground: &Ground) {
    assert!(Username::parse("ada ").is_err());
    assert_eq!(account("ada@example.org ").email, account("ada@example.org").email);
    let client = |name: &str| ClientRow {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        secret_hash: vec![0; 32],
        permissions: String::new(),
        active: true,
    };
    assert_eq!(ground.run(CreateClient(client("reports"))).await, ClientCreated::Yes);
    assert_eq!(ground.run(CreateClient(client("reports "))).await, ClientCreated::NameTaken);
}
