//! The code that everybody's authenticator app shows now (RFC 6238: SHA-1, six digits, thirty seconds).

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use keystead::domain::clock::Clock;

use crate::place::people::FACTOR;

const STEP_SECONDS: i64 = 30;

pub struct Codes {
    clock: Clock,
    key: Key,
}

impl Codes {
    pub fn new() -> Self {
        Self { clock: Clock::system(), key: Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &FACTOR) }
    }

    pub fn now(&self) -> String {
        self.at(self.clock.now().as_micros() / 1_000_000)
    }

    fn at(&self, unix_seconds: i64) -> String {
        let step = u64::try_from(unix_seconds / STEP_SECONDS).unwrap_or_default();
        let tag = sign(&self.key, &step.to_be_bytes());
        let tag = tag.as_ref();
        // RFC 4226, 5.3: the last four bits say where the number begins.
        let begin = tag.last().map_or(0, |last| usize::from(last & 0x0f));
        let number = tag.iter().skip(begin).take(4).fold(0_u32, |number, &byte| number << 8 | u32::from(byte));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, with the last six of its eight digits.
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345678901234567890");
        let codes = Codes { clock: Clock::system(), key };
        assert_eq!([59, 1_111_111_109, 2_000_000_000].map(|at| codes.at(at)), ["287082", "081804", "279037"]);
    }
}
