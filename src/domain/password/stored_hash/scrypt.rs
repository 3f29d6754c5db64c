//! scrypt: PHC (`$scrypt$ln=15,r=8,p=1$salt$tag`), Werkzeug (`scrypt:32768:8:1$salt$hex`), Django
//! (`scrypt$16384$salt$8$5$base64`).

use super::text::{base64, fields, hex, number, parameters};
use super::{Salted, StoredHashError};

/// N × r × p × 128 bytes at most, all that is written: 1 GiB, some seconds of one thread. The highest default, OWASP's,
/// is 128 MiB.
pub const MAX_WORK_KIB: u64 = 1024 * 1024;
/// r is 8 everywhere; with 32 a block is 4 KiB.
const MAX_BLOCK: u32 = 32;
/// Computed one after the other. Django's default, the highest, is 5.
const MAX_PARALLELISM: u32 = 16;
/// N is a power of two from 2 on; 2³⁰ blocks are beyond [`MAX_WORK_KIB`] at any r.
const MAX_LOG_N: u32 = 30;
/// Werkzeug's, where the method says no more than `scrypt`.
const WERKZEUG: [u32; 3] = [32_768, 8, 1];

#[derive(Clone, Debug)]
pub struct ScryptHash {
    /// log₂ of N.
    pub log_n: u8,
    /// `r`: a block has 128 times as many bytes.
    pub block: u32,
    /// `p`.
    pub parallelism: u32,
    pub salted: Salted,
}

impl ScryptHash {
    fn new(log_n: u32, block: u32, parallelism: u32, salted: Salted) -> Result<Self, StoredHashError> {
        if log_n == 0 || block == 0 || parallelism == 0 {
            return Err(StoredHashError::Malformed("its parameters are none that scrypt knows"));
        }
        let is_bounded = log_n <= MAX_LOG_N && block <= MAX_BLOCK && parallelism <= MAX_PARALLELISM;
        let log_n = u8::try_from(log_n).ok().filter(|_| is_bounded);
        let hash = log_n.map(|log_n| Self { log_n, block, parallelism, salted });
        hash.filter(|hash| hash.work_kib() <= MAX_WORK_KIB)
            .ok_or(StoredHashError::TooExpensive("more than 1 GiB of work, a block over 4 KiB or 16 runs of scrypt"))
    }

    pub(super) fn phc(rest: &str) -> Result<Self, StoredHashError> {
        let [costs, salt, tag] = fields(rest)?;
        let [log_n, block, parallelism] = parameters(costs, ["ln", "r", "p"])?;
        Self::new(log_n, block, parallelism, Salted::new(base64(salt)?, base64(tag)?)?)
    }

    /// Its salts are text, and go into the hash as they stand there.
    pub(super) fn werkzeug(method: &str, rest: &str) -> Result<Self, StoredHashError> {
        let [salt, tag] = fields(rest)?;
        let costs: Vec<_> = method.split(':').skip(1).map(number).collect::<Result<_, _>>()?;
        let [n, block, parallelism] = match costs.as_slice() {
            [] => WERKZEUG,
            &[n, block, parallelism] => [n, block, parallelism],
            _ => return Err(StoredHashError::Malformed("its method is not scrypt:N:r:p")),
        };
        Self::new(log2(n)?, block, parallelism, Salted::new(salt.into(), hex(tag)?)?)
    }

    /// After `scrypt$`.
    pub(super) fn django(rest: &str) -> Result<Self, StoredHashError> {
        let [n, salt, block, parallelism, tag] = fields(rest)?;
        let salted = Salted::new(salt.into(), base64(tag)?)?;
        Self::new(log2(number(n)?)?, number(block)?, number(parallelism)?, salted)
    }

    /// All that is written, in KiB.
    pub fn work_kib(&self) -> u64 {
        self.kib(u64::from(self.parallelism) << self.log_n)
    }

    /// N blocks, and one for each run and one to work in.
    pub fn memory_kib(&self) -> u32 {
        u32::try_from(self.kib((1 << self.log_n) + u64::from(self.parallelism) + 1)).unwrap_or(u32::MAX)
    }

    fn kib(&self, blocks: u64) -> u64 {
        (blocks * u64::from(self.block) * 128).div_ceil(1024)
    }
}

fn log2(n: u32) -> Result<u32, StoredHashError> {
    if n.is_power_of_two() {
        Ok(n.trailing_zeros())
    } else {
        Err(StoredHashError::Malformed("N of scrypt is no power of two"))
    }
}
