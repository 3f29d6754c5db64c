//! Tokens that go out by mail: so many letters and no more, whoever they are for.

use keystead::domain::letter_limit::LetterLimit;
use keystead::sql;
use keystead::store::mailed_tokens::{FindNewest, MailToken};
use keystead::store::one_time_tokens::{FindToken, Kind, NewToken};
use keystead::store::outbox::NewMail;
use uuid::Uuid;

use crate::ground::{Ground, HOUR};

on_each_database! {
    a_token_and_its_letter_are_written_together_and_once,
    letters_are_counted_for_an_hour_under_each_of_their_keys,
    what_one_limit_forbids_is_not_counted_on_the_next,
    a_newer_token_takes_the_place_of_earlier_ones_unless_it_is_one_too_many,
    the_newest_token_that_is_good_is_found,
}

const KIND: Kind = Kind::VerifyEmail;

pub fn letter(kind: &'static str) -> NewMail {
    NewMail { id: Uuid::now_v7(), kind, recipient: "ada@example.org".to_owned(), payload: vec![1; 64] }
}

pub fn token(ground: &Ground, kind: Kind, user_id: Uuid, token_hash: [u8; 32]) -> NewToken {
    let expires_at = ground.clock.now().plus(HOUR);
    NewToken { id: Uuid::now_v7(), kind, token_hash, user_id: Some(user_id), payload: Some(vec![2; 64]), expires_at }
}

fn mail(ground: &Ground, user_id: Uuid, byte: u8, supersedes: Option<Uuid>) -> MailToken {
    let limits = vec![LetterLimit::of_account("verify", user_id, 3)];
    let token = token(ground, KIND, user_id, [byte; 32]);
    MailToken { token, letter: letter("verify_email"), in_excess: letter("discard"), limits, supersedes }
}

async fn letters(ground: &Ground) -> (i64, i64) {
    let written = ground.count(sql!("SELECT COUNT(*) AS n FROM outbox WHERE kind = 'verify_email'")).await;
    (written, ground.count(sql!("SELECT COUNT(*) AS n FROM outbox WHERE kind = 'discard'")).await)
}

async fn is_good(ground: &Ground, byte: u8) -> bool {
    ground.run(FindToken { kind: KIND, token_hash: [byte; 32] }).await.is_some()
}

async fn a_token_and_its_letter_are_written_together_and_once(ground: &Ground) {
    let mail = mail(ground, Uuid::now_v7(), 1, None);
    for _ in 0..3 {
        ground.run(mail.clone()).await;
    }
    assert_eq!(letters(ground).await, (1, 0));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM one_time_tokens")).await, 1);
    assert!(is_good(ground, 1).await);
}

async fn letters_are_counted_for_an_hour_under_each_of_their_keys(ground: &Ground) {
    let (ada, bob) = (Uuid::now_v7(), Uuid::now_v7());
    for byte in 0..5 {
        ground.run(mail(ground, ada, byte, None)).await;
    }
    assert_eq!(letters(ground).await, (3, 2), "a row of a token and of a letter each time");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM one_time_tokens")).await, 5);
    ground.run(mail(ground, bob, 10, None)).await;
    assert_eq!(letters(ground).await, (4, 2));
    let limits = vec![LetterLimit::of_account("reset", ada, 3)];
    ground.run(MailToken { limits, ..mail(ground, ada, 11, None) }).await;
    assert_eq!(letters(ground).await, (5, 2));
    ground.clock.advance(HOUR);
    ground.run(mail(ground, ada, 12, None)).await;
    assert_eq!(letters(ground).await, (6, 2));
}

async fn what_one_limit_forbids_is_not_counted_on_the_next(ground: &Ground) {
    let (ada, bob, everybody) = (Uuid::now_v7(), Uuid::now_v7(), LetterLimit::of_account("verify", Uuid::nil(), 4));
    let both = |user_id, byte| {
        let first = mail(ground, user_id, byte, None);
        MailToken { limits: vec![first.limits[0], everybody], ..first }
    };
    for byte in 0..6 {
        ground.run(both(ada, byte)).await;
    }
    assert_eq!(letters(ground).await, (3, 3));
    for byte in 10..13 {
        ground.run(both(bob, byte)).await;
    }
    assert_eq!(letters(ground).await, (4, 5), "one was left, and then no more");
}

async fn a_newer_token_takes_the_place_of_earlier_ones_unless_it_is_one_too_many(ground: &Ground) {
    let (ada, bob) = (Uuid::now_v7(), Uuid::now_v7());
    ground.run(mail(ground, bob, 20, Some(bob))).await;
    let third = {
        ground.run(mail(ground, ada, 1, Some(ada))).await;
        ground.run(mail(ground, ada, 2, Some(ada))).await;
        mail(ground, ada, 3, Some(ada))
    };
    ground.run(third.clone()).await;
    ground.run(third).await;
    assert!(!is_good(ground, 1).await && !is_good(ground, 2).await && is_good(ground, 3).await, "and not by itself");
    ground.run(mail(ground, ada, 4, Some(ada))).await;
    assert!(is_good(ground, 3).await, "the last that was mailed stays good");
    assert!(is_good(ground, 20).await, "nobody else's is touched");
    assert_eq!(letters(ground).await, (4, 1));
}

async fn the_newest_token_that_is_good_is_found(ground: &Ground) {
    let ada = Uuid::now_v7();
    let find = || FindNewest { kind: KIND, user_id: ada };
    assert!(ground.run(find()).await.is_none());
    let (first, second) = (mail(ground, ada, 1, None), mail(ground, ada, 2, None));
    let id = second.token.id;
    ground.run(first).await;
    ground.run(second).await;
    assert_eq!(ground.run(find()).await.map(|row| row.id), Some(id));
    assert!(ground.run(FindNewest { kind: Kind::Register, user_id: ada }).await.is_none());
    let third = mail(ground, ada, 3, Some(ada));
    let id = third.token.id;
    ground.run(third).await;
    assert_eq!(ground.run(find()).await.map(|row| row.id), Some(id));
    ground.clock.advance(HOUR);
    assert!(ground.run(find()).await.is_none());
}
