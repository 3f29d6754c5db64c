//! Registering with an invitation, or by a mail that is answered: what is refused has spent nothing.

use keystead::domain::account::NewAccount;
use keystead::domain::username::Username;
use keystead::sql;
use keystead::store::invitations::Invite;
use keystead::store::mailed_tokens::MailToken;
use keystead::store::one_time_tokens::{FindToken, Kind};
use keystead::store::registrations::{AwaitProof, FinishRegistration, Register, Registered, Spend};
use uuid::Uuid;

use crate::ground::{Ground, HOUR, account};
use crate::mailed_tokens::{letter, token};

on_each_database! {
    an_invitation_makes_one_account,
    what_is_refused_leaves_the_invitation_good,
    proof_is_awaited_with_one_row_of_each,
    the_first_registration_that_comes_back_is_made,
    a_name_that_was_taken_meanwhile_leaves_the_token_good,
}

const TOKEN: [u8; 32] = [7; 32];

fn spend() -> Spend {
    Spend { token_hash: TOKEN, attempt: Uuid::now_v7() }
}

async fn invited(ground: &Ground) {
    let token = token(ground, Kind::Invitation, Uuid::now_v7(), TOKEN);
    ground
        .run(Invite { token: keystead::store::one_time_tokens::NewToken { user_id: None, ..token }, letter: None })
        .await;
}

async fn is_good(ground: &Ground, kind: Kind) -> bool {
    ground.run(FindToken { kind, token_hash: TOKEN }).await.is_some()
}

fn register(account: NewAccount) -> Register {
    Register { account, invitation: Some(spend()), verification: None }
}

fn mail(ground: &Ground, user_id: Uuid, token_hash: [u8; 32]) -> MailToken {
    MailToken {
        token: token(ground, Kind::Register, user_id, token_hash),
        letter: letter("verify_email"),
        in_excess: letter("discard"),
        limits: vec![],
        supersedes: None,
    }
}

fn finish(byte: u8, account: NewAccount) -> FinishRegistration {
    FinishRegistration { token: Spend { token_hash: [byte; 32], attempt: Uuid::now_v7() }, account }
}

async fn users(ground: &Ground) -> i64 {
    ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await
}

async fn an_invitation_makes_one_account(ground: &Ground) {
    assert_eq!(ground.run(register(account("ada@example.org"))).await, Registered::TokenSpent, "there is none");
    invited(ground).await;
    let (account_of_ada, invitation) = (account("ada@example.org"), Some(spend()));
    let verification = Some(mail(ground, account_of_ada.id, [9; 32]));
    for _ in 0..3 {
        let (account, verification) = (account_of_ada.clone(), verification.clone());
        assert_eq!(ground.run(Register { account, invitation, verification }).await, Registered::Yes);
    }
    assert_eq!(ground.run(register(account("bob@example.org"))).await, Registered::TokenSpent);
    assert_eq!(users(ground).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await, 1);
}

async fn what_is_refused_leaves_the_invitation_good(ground: &Ground) {
    ground.user("ada").await;
    invited(ground).await;
    assert_eq!(ground.run(register(account("ADA@example.org"))).await, Registered::EmailTaken);
    assert!(is_good(ground, Kind::Invitation).await);
    let username = Some(Username::parse("root").unwrap());
    let held = NewAccount { username: username.clone(), ..account("root@example.org") };
    ground.run(Register { account: held, invitation: None, verification: None }).await;
    let wanted = NewAccount { username: username.clone(), ..account("bob@example.org") };
    assert_eq!(ground.run(register(wanted)).await, Registered::UsernameTaken);
    let wait = AwaitProof { username, invitation: Some(spend()), mail: mail(ground, Uuid::now_v7(), [1; 32]) };
    assert_eq!(ground.run(wait).await, Registered::UsernameTaken);
    assert!(is_good(ground, Kind::Invitation).await);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 0);
    ground.clock.advance(HOUR);
    assert_eq!(ground.run(register(account("bob@example.org"))).await, Registered::TokenSpent, "its end is its end");
}

async fn proof_is_awaited_with_one_row_of_each(ground: &Ground) {
    invited(ground).await;
    let (invitation, mail) = (Some(spend()), mail(ground, Uuid::now_v7(), [1; 32]));
    for _ in 0..3 {
        let wait = AwaitProof { username: None, invitation, mail: mail.clone() };
        assert_eq!(ground.run(wait).await, Registered::Yes);
    }
    assert!(!is_good(ground, Kind::Invitation).await);
    let again = AwaitProof { username: None, invitation: Some(spend()), mail };
    assert_eq!(ground.run(again).await, Registered::TokenSpent);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM one_time_tokens WHERE kind = 'register'")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
    assert_eq!(users(ground).await, 0);
}

async fn the_first_registration_that_comes_back_is_made(ground: &Ground) {
    let pending_id = Uuid::now_v7();
    for byte in 1..=3 {
        ground.run(mail(ground, pending_id, [byte; 32])).await;
    }
    let first = finish(2, account("ada@example.org"));
    let (token, made) = (first.token, first.account.clone());
    assert_eq!(ground.run(first).await, Registered::Yes);
    let again = FinishRegistration { token, account: made };
    assert_eq!(ground.run(again).await, Registered::Yes, "the same attempt");
    for (byte, told) in [
        (1, Registered::EmailTaken),
        (2, Registered::TokenSpent),
        (3, Registered::EmailTaken),
        (4, Registered::TokenSpent),
    ] {
        assert_eq!(ground.run(finish(byte, account("ada@example.org"))).await, told, "{byte}");
    }
    assert_eq!(users(ground).await, 1);
}

async fn a_name_that_was_taken_meanwhile_leaves_the_token_good(ground: &Ground) {
    let (pending_id, username) = (Uuid::now_v7(), Some(Username::parse("ada").unwrap()));
    ground.run(mail(ground, pending_id, TOKEN)).await;
    let held = NewAccount { username: username.clone(), ..account("other@example.org") };
    ground.run(Register { account: held, invitation: None, verification: None }).await;
    let wanted = NewAccount { username, ..account("ada@example.org") };
    assert_eq!(ground.run(finish(7, wanted)).await, Registered::UsernameTaken);
    assert!(is_good(ground, Kind::Register).await);
    let other_door = Register { account: account("ada@example.org"), invitation: Some(spend()), verification: None };
    assert_eq!(ground.run(other_door).await, Registered::TokenSpent, "it is no invitation");
    assert!(is_good(ground, Kind::Register).await);
}
