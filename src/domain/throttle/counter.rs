//! What is counted, and under which key.

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Policy, TooManyAttempts};
use crate::domain::network::Network;
use crate::domain::username::Claim;

/// What the configured numbers are meant for.
const WINDOW: Duration = Duration::from_mins(15);
const DAY: Duration = Duration::from_hours(24);
/// A place becomes free when a hash is done: tens of milliseconds. `Retry-After` counts in seconds.
const AT_ONCE_RETRY: Duration = Duration::from_secs(1);
/// What the key of a counter is.
const USER: &str = "user";
const NAME: &str = "name";
const NETWORK: &str = "network";

/// Whose secret is about to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An account that exists, whatever it was called.
    Account {
        user_id: Uuid,
        /// Whoever asks from one has a limit of their own, so that nobody else's guesses lock them out.
        known_device: bool,
    },
    /// A name that is nobody's: SHA-256 of what it is compared by. It is treated as an account is.
    Unknown([u8; 32]),
}

impl Subject {
    pub const fn account(user_id: Uuid, known_device: bool) -> Self {
        Self::Account { user_id, known_device }
    }

    /// Somebody who is signed in and shows a secret once more: as good as a known device.
    pub const fn signed_in(user_id: Uuid) -> Self {
        Self::Account { user_id, known_device: true }
    }

    /// What a known device is once its own failures of a day are used up: no better off than a stranger, and no worse. Its
    /// owner could leave the device token out.
    pub fn as_stranger(&self) -> Option<Self> {
        match self {
            Self::Account { user_id, known_device: true } => Some(Self::account(*user_id, false)),
            Self::Account { known_device: false, .. } | Self::Unknown(_) => None,
        }
    }

    pub fn unknown(claim: &Claim) -> Self {
        Self::Unknown(match claim {
            Claim::Name(identifier) => Sha256::digest(identifier.key()).into(),
            Claim::Nobody { text_hash } => *text_hash,
        })
    }

    /// Those who are judged one after the other: strangers to an account, or its known devices.
    pub fn lane(&self) -> Counter {
        match self {
            Self::Account { user_id, known_device: true } => Counter::new(Kind::Device, USER, user_id.as_bytes()),
            Self::Account { user_id, known_device: false } => Counter::new(Kind::Account, USER, user_id.as_bytes()),
            Self::Unknown(hash) => Counter::new(Kind::Account, NAME, hash),
        }
    }

    /// What a failure counts on. A known device is not held to its network's limit either: a whole
    /// office may share the address from which somebody guesses.
    pub fn counters(&self, network: Option<Network>) -> Vec<Counter> {
        let of = |kinds: [Kind; 2], label, key: &[u8]| kinds.map(|kind| Counter::new(kind, label, key)).to_vec();
        let strangers = [Kind::Account, Kind::AccountDay];
        let mut counters = match self {
            Self::Account { user_id, known_device: true } => {
                return of([Kind::Device, Kind::DeviceDay], USER, user_id.as_bytes());
            }
            Self::Account { user_id, known_device: false } => of(strangers, USER, user_id.as_bytes()),
            Self::Unknown(hash) => of(strangers, NAME, hash),
        };
        counters.extend(network.map(|network| Counter::new(Kind::Network, NETWORK, network.as_bytes())));
        counters
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of strangers to an account, in a window.
    Account,
    AccountDay,
    /// Of the known devices of an account, in a window.
    Device,
    DeviceDay,
    Network,
}

impl Kind {
    /// As the table has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::AccountDay => "account_day",
            Self::Device => "device",
            Self::DeviceDay => "device_day",
            Self::Network => "network",
        }
    }

    pub(super) const fn policy_name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::AccountDay => "account-day",
            Self::Device => "device",
            Self::DeviceDay => "device-day",
            Self::Network => "network",
        }
    }

    /// For whom there was no place among the `quota` who are judged at once.
    pub const fn too_many_at_once(self, quota: u32) -> TooManyAttempts {
        let name = match self {
            Self::Account | Self::AccountDay => "account-at-once",
            Self::Device | Self::DeviceDay => "device-at-once",
            Self::Network => "network-at-once",
        };
        TooManyAttempts { policy: Policy { name, quota, window: None }, retry_after: AT_ONCE_RETRY }
    }

    pub const fn window(self) -> Duration {
        match self {
            Self::Account | Self::Device | Self::Network => WINDOW,
            Self::AccountDay | Self::DeviceDay => DAY,
        }
    }

    /// Whether each failure is followed by a longer wait. Many people may share a network, and none should wait for
    /// another's mistakes.
    pub const fn delays(self) -> bool {
        match self {
            Self::Account | Self::Device => true,
            Self::AccountDay | Self::DeviceDay | Self::Network => false,
        }
    }
}

/// One row of counts: a kind, and SHA-256 of the kind and of who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    pub kind: Kind,
    pub key_hash: [u8; 32],
}

impl Counter {
    /// All that is counted against an account: strangers and its known devices, in their windows and in a day.
    pub fn of_account(user_id: Uuid) -> [Self; 4] {
        [Kind::Account, Kind::AccountDay, Kind::Device, Kind::DeviceDay]
            .map(|kind| Self::new(kind, USER, user_id.as_bytes()))
    }

    fn new(kind: Kind, label: &str, key: &[u8]) -> Self {
        let hash = Sha256::new().chain_update("keystead throttle\0").chain_update(kind.word()).chain_update("\0");
        Self { kind, key_hash: hash.chain_update(label).chain_update("\0").chain_update(key).finalize().into() }
    }
}
