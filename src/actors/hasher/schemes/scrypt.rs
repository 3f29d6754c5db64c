//! scrypt by its crate, which allocates; its memory is the reason why the bench lends some.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::actors::hasher::engine::EngineError;
use crate::domain::password::stored_hash::{ScryptHash, TAG_BYTES_MAX};

pub fn matches(hash: &ScryptHash, password: &[u8]) -> Result<bool, EngineError> {
    let params = ::scrypt::Params::new(hash.log_n, hash.block, hash.parallelism)?;
    let mut tag = Zeroizing::new([0; TAG_BYTES_MAX]);
    let tag = &mut tag[..hash.salted.tag.len()];
    ::scrypt::scrypt(password, &hash.salted.salt, &params, tag)?;
    Ok(tag.ct_eq(&hash.salted.tag).into())
}
