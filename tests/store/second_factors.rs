//! Second factors: offered, confirmed, used, replaced, turned off.

use keystead::domain::session::EndReason;
use keystead::sql;
use keystead::store::entries::Entry;
use keystead::store::factor_use::{CompleteMfa, MfaCompleted, RenewSession, Renewed, Seen, Used};
use keystead::store::one_time_tokens::{FindToken, IssueToken, Kind, NewToken, TakeTry};
use keystead::store::outbox::NewMail;
use keystead::store::recovery_codes::NewRecoveryCode;
use keystead::store::refresh_tokens::FindFamilyOf;
use keystead::store::second_factors::{
    ConfirmTotp, Confirmed, FindSecondFactor, OfferTotp, ReplaceRecoveryCodes, SecondFactorRow, TurnOffTotp,
};
use keystead::store::sessions::EndUserSessions;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, DISABLE, Ground, HOUR, LOCK, UNLOCK};

on_each_database! {
    a_secret_waits_until_it_is_confirmed,
    codes_are_replaced_and_everything_goes_with_the_second_factor,
    a_sign_in_spends_challenge_and_factor_together,
    what_is_refused_leaves_nothing,
    a_session_is_renewed_while_it_lives,
    tries_are_counted,
}

pub const SECRET: [u8; 69] = [3; 69];
pub const CHALLENGE: [u8; 32] = [9; 32];

pub fn mail() -> NewMail {
    NewMail { id: Uuid::now_v7(), kind: "mfa_changed", recipient: "ada@example.org".to_owned(), payload: vec![1] }
}

/// As many codes, whose hashes are 0, 0, … 1, 1, … and so on.
pub fn codes(count: u8) -> Vec<NewRecoveryCode> {
    (0..count).map(|code| NewRecoveryCode { id: Uuid::now_v7(), code_hash: [code; 32] }).collect()
}

pub fn confirm(user_id: Uuid) -> ConfirmTotp {
    let (sealed_secret, attempt) = (SECRET.to_vec(), Uuid::now_v7());
    ConfirmTotp { user_id, sealed_secret, step: 100, attempt, codes: codes(10), letter: Some(mail()) }
}

/// Somebody whose second factor is on; the code of step 100 has been spent on that.
pub async fn with_second_factor(ground: &Ground, name: &str) -> Uuid {
    let user_id = ground.user(name).await;
    assert_eq!(ground.run(OfferTotp { user_id, sealed_secret: SECRET.to_vec() }).await, 1);
    assert_eq!(ground.run(confirm(user_id)).await, Confirmed::Yes);
    user_id
}

pub async fn challenge(ground: &Ground, user_id: Uuid, token_hash: [u8; 32]) {
    let (id, kind, expires_at) = (Uuid::now_v7(), Kind::MfaChallenge, ground.clock.now().plus(HOUR));
    let token = NewToken { id, kind, token_hash, user_id: Some(user_id), payload: Some(vec![1]), expires_at };
    ground.run(IssueToken { token, withdraws_earlier: false }).await;
}

pub fn complete(ground: &Ground, user_id: Uuid, challenge_hash: [u8; 32], used: Used) -> CompleteMfa {
    let entry = Entry::Session { session: ground.new_session(user_id), letter: None };
    let (attempt, seen) = (Uuid::now_v7(), Seen { user_id, auth_epoch: 0 });
    CompleteMfa { challenge_hash, attempt, seen, used, entry, letter: Some(mail()) }
}

pub fn turn_off(user_id: Uuid, except: Option<Uuid>) -> TurnOffTotp {
    let end = EndUserSessions { user_id, except, reason: EndReason::MfaTurnedOff, access_ttl: ACCESS_TTL };
    TurnOffTotp { end, letter: Some(mail()) }
}

pub async fn factor(ground: &Ground, user_id: Uuid) -> SecondFactorRow {
    ground.run(FindSecondFactor { user_id }).await.unwrap()
}

async fn is_good(ground: &Ground) -> bool {
    ground.run(FindToken { kind: Kind::MfaChallenge, token_hash: CHALLENGE }).await.is_some()
}

async fn a_secret_waits_until_it_is_confirmed(ground: &Ground) {
    let ada = ground.user("ada").await;
    assert_eq!(ground.run(confirm(ada)).await, Confirmed::NotPending);
    let offer = |byte: u8| OfferTotp { user_id: ada, sealed_secret: vec![byte; 69] };
    for byte in [2, 3] {
        assert_eq!(ground.run(offer(byte)).await, 1);
    }
    let row = factor(ground, ada).await;
    assert_eq!((row.mfa_secret, row.user.standing().mfa_enabled), (Some(SECRET.to_vec()), false));
    let of_the_first = ConfirmTotp { sealed_secret: vec![2; 69], ..confirm(ada) };
    assert_eq!(ground.run(of_the_first).await, Confirmed::NotPending, "another one was offered since");
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM recovery_codes")).await, 0);

    assert_eq!(ground.run(confirm(ada)).await, Confirmed::Yes);
    let row = factor(ground, ada).await;
    assert_eq!((row.mfa_last_step, row.recovery_codes_left), (Some(100), 10));
    assert!(row.user.standing().mfa_enabled && row.user.standing().auth_epoch == 0);
    assert_eq!(ground.run(confirm(ada)).await, Confirmed::AlreadyEnabled);
    assert_eq!(ground.run(offer(4)).await, 0);
    assert_eq!(factor(ground, ada).await.mfa_secret, Some(SECRET.to_vec()));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
}

async fn codes_are_replaced_and_everything_goes_with_the_second_factor(ground: &Ground) {
    let (ada, bob) = (with_second_factor(ground, "ada").await, with_second_factor(ground, "bob").await);
    let replace = |user_id| ReplaceRecoveryCodes { user_id, codes: codes(3), letter: Some(mail()) };
    assert!(ground.run(replace(ada)).await);
    assert_eq!(factor(ground, ada).await.recovery_codes_left, 3);
    let (kept, other) = (ground.session(ada).await, ground.session(ada).await);
    challenge(ground, ada, CHALLENGE).await;

    assert!(ground.run(turn_off(ada, Some(kept.id))).await.is_some());
    let row = factor(ground, ada).await;
    assert_eq!((row.mfa_secret, row.mfa_last_step, row.recovery_codes_left), (None, None, 0));
    assert!(!row.user.standing().mfa_enabled && row.user.standing().auth_epoch == 1 && !is_good(ground).await);
    assert!(ground.family(&kept).await.family().epoch_is_current);
    assert!(!ground.family(&other).await.family().epoch_is_current);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
    assert_eq!(factor(ground, bob).await.recovery_codes_left, 10, "nobody else's");

    // Nothing is on, so nothing ends, and nobody is told; a secret that waits is forgotten.
    ground.run(OfferTotp { user_id: ada, sealed_secret: SECRET.to_vec() }).await;
    assert!(ground.run(turn_off(ada, Some(kept.id))).await.is_none());
    assert!(!ground.run(replace(ada)).await);
    assert_eq!(factor(ground, ada).await.mfa_secret, None);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 4);
}

async fn a_sign_in_spends_challenge_and_factor_together(ground: &Ground) {
    let ada = with_second_factor(ground, "ada").await;
    challenge(ground, ada, CHALLENGE).await;
    for used in [Used::TotpStep(100), Used::TotpStep(99), Used::RecoveryCode([77; 32])] {
        let outcome = ground.run(complete(ground, ada, CHALLENGE, used)).await;
        assert_eq!(outcome, MfaCompleted::CodeSpent);
    }
    assert!(is_good(ground).await, "a wrong code takes a try, not the challenge");
    let outcome = ground.run(complete(ground, ada, CHALLENGE, Used::TotpStep(101))).await;
    assert_eq!(outcome, MfaCompleted::Yes(Vec::new()));
    assert_eq!(factor(ground, ada).await.mfa_last_step, Some(101));
    let again = ground.run(complete(ground, ada, CHALLENGE, Used::TotpStep(102))).await;
    assert_eq!(again, MfaCompleted::ChallengeSpent);
    assert_eq!(factor(ground, ada).await.mfa_last_step, Some(101), "nothing was spent for it");

    let another = [10; 32];
    challenge(ground, ada, another).await;
    let code = || Used::RecoveryCode([4; 32]);
    assert_eq!(ground.run(complete(ground, ada, another, code())).await, MfaCompleted::Yes(Vec::new()));
    assert_eq!(factor(ground, ada).await.recovery_codes_left, 9);
    challenge(ground, ada, CHALLENGE.map(|byte| byte + 2)).await;
    let spent = ground.run(complete(ground, ada, CHALLENGE.map(|byte| byte + 2), code())).await;
    assert_eq!(spent, MfaCompleted::CodeSpent);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 2);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 3, "one letter each");
}

async fn what_is_refused_leaves_nothing(ground: &Ground) {
    let ada = with_second_factor(ground, "ada").await;
    challenge(ground, ada, CHALLENGE).await;
    let both = [Used::TotpStep(101), Used::RecoveryCode([0; 32])];
    for state in [LOCK, DISABLE, sql!("UPDATE users SET auth_epoch = auth_epoch + 1 WHERE id = ?")] {
        ground.run(Change(state, ada)).await;
        for used in both.clone() {
            let outcome = ground.run(complete(ground, ada, CHALLENGE, used)).await;
            assert_eq!(outcome, MfaCompleted::ChallengeSpent, "{state:?}");
        }
        ground.run(Change(UNLOCK, ada)).await;
        ground.run(Change(sql!("UPDATE users SET active = TRUE, auth_epoch = 0 WHERE id = ?"), ada)).await;
    }
    // As if the account had been barred between the look and the session: the session's own epoch is another one.
    for used in both {
        let mut unit = complete(ground, ada, CHALLENGE, used);
        let Entry::Session { session, .. } = &mut unit.entry else { unreachable!() };
        session.auth_epoch = 7;
        assert!(ground.try_run(unit).await.is_err());
    }
    let row = factor(ground, ada).await;
    assert_eq!((row.mfa_last_step, row.recovery_codes_left), (Some(100), 10));
    assert!(is_good(ground).await);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 0);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM outbox")).await, 1);
}

pub fn renew(ground: &Ground, user_id: Uuid, session_id: Uuid, used: Option<Used>) -> RenewSession {
    let (attempt, seen) = (Uuid::now_v7(), Seen { user_id, auth_epoch: 0 });
    RenewSession { session_id, attempt, seen, used, auth_time: ground.clock.now(), amr: "pwd otp mfa".to_owned() }
}

async fn a_session_is_renewed_while_it_lives(ground: &Ground) {
    let ada = with_second_factor(ground, "ada").await;
    let session = ground.session(ada).await;
    ground.clock.advance(HOUR / 2);
    let renew = |used| ground.run(renew(ground, ada, session.id, used));
    assert_eq!(renew(Some(Used::TotpStep(101))).await, Renewed::Yes);
    let family = ground.run(FindFamilyOf { session_id: session.id }).await.unwrap();
    assert_eq!((family.auth_time, family.amr.as_str()), (ground.clock.now(), "pwd otp mfa"));
    assert_eq!((family.head().family, family.head().generation), (session.family_id, 0));
    assert_eq!(family.idle_expires_at(), session.idle_expires_at, "it lives no longer for that");
    assert_eq!(renew(Some(Used::TotpStep(101))).await, Renewed::CodeSpent);
    assert_eq!(renew(None).await, Renewed::Yes);

    for state in [LOCK, DISABLE, sql!("UPDATE users SET auth_epoch = auth_epoch + 1 WHERE id = ?")] {
        ground.run(Change(state, ada)).await;
        for used in [None, Some(Used::TotpStep(102))] {
            assert_eq!(renew(used).await, Renewed::SessionEnded, "{state:?}");
        }
        ground.run(Change(UNLOCK, ada)).await;
        ground.run(Change(sql!("UPDATE users SET active = TRUE, auth_epoch = 0 WHERE id = ?"), ada)).await;
    }
    ground.run(Change(sql!("UPDATE sessions SET revoked_at = 1 WHERE id = ?"), session.id)).await;
    assert_eq!(renew(Some(Used::TotpStep(102))).await, Renewed::SessionEnded);
    assert_eq!(factor(ground, ada).await.mfa_last_step, Some(101));
}

async fn tries_are_counted(ground: &Ground) {
    let ada = with_second_factor(ground, "ada").await;
    challenge(ground, ada, CHALLENGE).await;
    let take = || TakeTry { kind: Kind::MfaChallenge, token_hash: CHALLENGE, tries: 5 };
    for _ in 0..5 {
        assert_eq!(ground.run(take()).await.and_then(|row| row.user_id), Some(ada));
    }
    assert!(ground.run(take()).await.is_none());
}
