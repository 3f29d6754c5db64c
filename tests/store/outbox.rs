//! `outbox`: each mail is one claimer's at a time, and is due again when its claimer has gone.

use std::time::Duration;

use keystead::domain::clock::{Deadline, Timestamp};
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::entries::{Enter, Entry};
use keystead::store::outbox::{AfterFailure, ClaimMail, DueMail, FindDue, MarkSent, NewMail};
use keystead::store::query::Query;
use keystead::store::sweeping::{Dead, DeadKey, FindDead};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::ground::{Ground, HOUR, START, UNIT_PATIENCE};
use crate::races::{all_at_once, nodes, rounds};

on_each_database! {
    a_mail_is_found_when_it_is_due_the_longest_due_first,
    one_of_many_claimers_gets_a_mail,
    two_nodes_get_each_mail_once,
    to_look_and_then_to_write_gives_a_mail_to_several,
    a_claim_that_ran_out_is_taken_again,
    what_was_sent_or_given_up_says_nothing_any_more,
}

on_each_server! {
    a_claim_whose_answer_was_lost_is_the_claimers_all_the_same,
}

const CLAIM: Duration = Duration::from_mins(3);

/// In the unit that it tells of, like every mail.
async fn write(ground: &Ground, user_id: Uuid) -> Uuid {
    let id = Uuid::now_v7();
    let mail = NewMail { id, kind: "new_device", recipient: "ada@example.org".to_owned(), payload: vec![7; 40] };
    ground.run(Enter(Entry::Session { session: ground.new_session(user_id), letter: Some(mail) })).await;
    id
}

async fn find(ground: &Ground) -> Vec<DueMail> {
    ground.run(FindDue { limit: 64 }).await
}

/// As the mailer draws it: no two are the same.
fn a_while_from(now: Timestamp) -> Timestamp {
    now.plus(CLAIM + Duration::from_micros(rand::random_range(0..60_000_000)))
}

fn claim(ground: &Ground, mail: &DueMail) -> ClaimMail {
    ClaimMail { id: mail.id, attempts: mail.attempts, until: a_while_from(ground.clock.now()) }
}

async fn a_mail_is_found_when_it_is_due_the_longest_due_first(ground: &Ground) {
    let ada = ground.user("ada").await;
    assert!(find(ground).await.is_empty());
    let first = write(ground, ada).await;
    ground.clock.advance(HOUR);
    let second = write(ground, ada).await;
    let due = find(ground).await;
    assert_eq!(due.iter().map(|mail| mail.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!(ground.run(FindDue { limit: 1 }).await.len(), 1);
    let mail = &due[0];
    assert_eq!((mail.kind.as_str(), mail.recipient.as_str(), mail.attempts), ("new_device", "ada@example.org", 0));
    assert_eq!((mail.payload.as_deref(), mail.created_at), (Some(&[7_u8; 40][..]), START));
    // Put off by a failure, it comes after the other.
    assert_eq!(ground.run(claim(ground, mail)).await, 1);
    let again_at = ground.clock.now().plus(HOUR);
    assert_eq!(ground.run(AfterFailure { id: first, attempts: 1, again_at: Some(again_at) }).await, 1);
    assert_eq!(find(ground).await.len(), 1);
    ground.clock.advance(HOUR);
    assert_eq!(find(ground).await.iter().map(|mail| mail.id).collect::<Vec<_>>(), [second, first]);
}

async fn one_of_many_claimers_gets_a_mail(ground: &Ground) {
    let ada = ground.user("ada").await;
    let nodes = nodes(ground).await;
    for _ in 0..rounds() {
        write(ground, ada).await;
        let mail = find(ground).await.remove(0);
        let won = all_at_once(&nodes, || claim(ground, &mail)).await;
        assert_eq!(won.iter().sum::<u64>(), 1);
        assert!(find(ground).await.is_empty());
    }
}

/// Each with its own list of what is due, in its own order.
async fn two_nodes_get_each_mail_once(ground: &Ground) {
    const MAILS: u32 = 100;
    let ada = ground.user("ada").await;
    for _ in 0..MAILS {
        write(ground, ada).await;
    }
    let mut tasks = JoinSet::new();
    let nodes = nodes(ground).await;
    for node in nodes.iter().cycle().take(8) {
        let (node, now) = (node.clone(), ground.clock.now());
        tasks.spawn(async move {
            let mut won = 0;
            let deadline = || Deadline::within(UNIT_PATIENCE);
            for mail in node.run(FindDue { limit: 1_000 }, deadline()).await.unwrap() {
                let claim = ClaimMail { id: mail.id, attempts: mail.attempts, until: a_while_from(now) };
                won += node.run(claim, deadline()).await.unwrap();
            }
            won
        });
    }
    assert_eq!(tasks.join_all().await.iter().sum::<u64>(), u64::from(MAILS));
}

/// The control: looks whether the mail is free, and then takes it.
struct LookAndTake(Uuid);

#[derive(sqlx::FromRow)]
struct Attempts {
    attempts: i64,
}

impl Query for LookAndTake {
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let found: Attempts = conn.query(sql!("SELECT attempts FROM outbox WHERE id = ?")).bind(self.0).one().await?;
        if found.attempts > 0 {
            return Ok(0);
        }
        conn.query(sql!("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?")).bind(self.0).execute().await
    }
}

/// On SQLite units follow one another, so there it is right.
async fn to_look_and_then_to_write_gives_a_mail_to_several(ground: &Ground) {
    let ada = ground.user("ada").await;
    let nodes = nodes(ground).await;
    let mut most = 0;
    for _ in 0..50 {
        let id = write(ground, ada).await;
        most = most.max(all_at_once(&nodes, || LookAndTake(id)).await.iter().sum());
        if most > 1 {
            break;
        }
    }
    assert_eq!(most > 1, !ground.is_sqlite(), "{most}");
}

async fn a_claim_that_ran_out_is_taken_again(ground: &Ground) {
    let ada = ground.user("ada").await;
    write(ground, ada).await;
    let mail = find(ground).await.remove(0);
    let until = ground.clock.now().plus(CLAIM);
    assert_eq!(ground.run(ClaimMail { id: mail.id, attempts: 0, until }).await, 1);
    ground.clock.advance(CLAIM.saturating_sub(Duration::from_micros(1)));
    assert!(find(ground).await.is_empty());
    assert_eq!(ground.run(claim(ground, &mail)).await, 0, "not even by who found it before");
    ground.clock.advance(Duration::from_micros(1));
    let again = find(ground).await.remove(0);
    assert_eq!(again.attempts, 1);
    assert_eq!(ground.run(claim(ground, &again)).await, 1);
    // The first claimer comes back: its failure is of no interest any more, its success is.
    let again_at = Some(ground.clock.now());
    assert_eq!(ground.run(AfterFailure { id: mail.id, attempts: 1, again_at }).await, 0);
    assert_eq!(ground.run(AfterFailure { id: mail.id, attempts: 1, again_at: None }).await, 0);
    assert_eq!(ground.run(MarkSent { id: mail.id }).await, 1);
    assert_eq!(ground.run(MarkSent { id: mail.id }).await, 0);
    assert_eq!(ground.run(AfterFailure { id: mail.id, attempts: 2, again_at }).await, 0);
    ground.clock.advance(24 * HOUR);
    assert!(find(ground).await.is_empty());
}

async fn what_was_sent_or_given_up_says_nothing_any_more(ground: &Ground) {
    const WITH_WORDS: keystead::store::sql::Sql = sql!("SELECT COUNT(*) AS n FROM outbox WHERE payload IS NOT NULL");
    let ada = ground.user("ada").await;
    let (sent, given_up) = (write(ground, ada).await, write(ground, ada).await);
    for mail in find(ground).await {
        assert_eq!(ground.run(claim(ground, &mail)).await, 1);
    }
    assert_eq!(ground.count(WITH_WORDS).await, 2);
    assert_eq!(ground.run(MarkSent { id: sent }).await, 1);
    assert_eq!(ground.run(AfterFailure { id: given_up, attempts: 1, again_at: None }).await, 1);
    assert_eq!(ground.count(WITH_WORDS).await, 0);
    ground.clock.advance(1_000 * 24 * HOUR);
    assert!(find(ground).await.is_empty(), "nobody sends either again");
    for (dead, id) in [(Dead::SentMail, sent), (Dead::LostMail, given_up)] {
        let found = async |since| ground.run(FindDead { dead, since, limit: 9 }).await;
        assert!(found(START).await.is_empty());
        assert_eq!(found(START.plus(Duration::from_micros(1))).await, [DeadKey::Id(id)]);
    }
}

async fn a_claim_whose_answer_was_lost_is_the_claimers_all_the_same(ground: &Ground) {
    let ada = ground.user("ada").await;
    write(ground, ada).await;
    let mail = find(ground).await.remove(0);
    let detour = crate::lost_answers::Detour::of(ground).await;
    assert_eq!(detour.lose("UPDATE outbox", claim(ground, &mail)).await.unwrap(), 1);
    // Another claimer's mark is another.
    assert_eq!(ground.run(claim(ground, &mail)).await, 0);
    let again = DueMail { attempts: 1, ..mail };
    assert_eq!(ground.run(claim(ground, &again)).await, 0);
}
