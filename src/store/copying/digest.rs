//! A digest of rows in any order: the sum of the digests of each.
//!
//! Two databases give rows in different orders, and sorting them would take their memory. A sum of SHA-256 values does
//! not ask for the order; it finds what was lost, changed or doubled. It is no defence against somebody who chooses the
//! rows, and need not be: both sides are the operator's own.

use sha2::{Digest as _, Sha256};

use super::rows::{Row, Value};

/// 256 bits, as four words from the lowest to the highest.
#[derive(Default)]
pub(super) struct Digest {
    sum: [u64; 4],
    rows: u64,
}

impl Digest {
    pub(super) fn add(&mut self, row: &Row) {
        let hash: [u8; 32] = hashed(row).into();
        let (words, _) = hash.as_chunks::<8>();
        let mut carry = false;
        for (sum, word) in self.sum.iter_mut().zip(words) {
            let (added, first) = sum.overflowing_add(u64::from_le_bytes(*word));
            let (added, second) = added.overflowing_add(u64::from(carry));
            (*sum, carry) = (added, first || second);
        }
        self.rows += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn end(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (part, word) in bytes.chunks_exact_mut(8).zip(self.sum) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}

/// Each value with its length before it, so that none runs into the next; what is NULL is not what is empty.
fn hashed(row: &Row) -> sha2::digest::Output<Sha256> {
    let mut hash = Sha256::new();
    let mut add = |bytes: Option<&[u8]>| match bytes {
        None => hash.update([0]),
        Some(bytes) => {
            hash.update([1]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    };
    for value in row {
        match value {
            Value::Id(id) => add(id.as_ref().map(|id| id.as_bytes().as_slice())),
            Value::Number(number) => add(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice)),
            Value::Flag(flag) => add(flag.map(|flag| [u8::from(flag)]).as_ref().map(<[u8; 1]>::as_slice)),
            Value::Text(text) => add(text.as_ref().map(String::as_bytes)),
            Value::Bytes(bytes) => add(bytes.as_deref()),
        }
    }
    hash.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[Row]) -> (u64, [u8; 32]) {
        let mut digest = Digest::default();
        for row in rows {
            digest.add(row);
        }
        (digest.rows(), digest.end())
    }

    fn text(text: &str) -> Value {
        Value::Text(Some(text.to_owned()))
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let (a, b) = (vec![text("a"), Value::Number(Some(1))], vec![text("b"), Value::Number(None)]);
        assert_eq!(digest(&[a.clone(), b.clone()]), digest(&[b.clone(), a.clone()]));
        let whole = digest(&[a.clone(), b.clone()]);
        let others = [
            vec![a.clone()],
            vec![a.clone(), a.clone()],
            vec![a.clone(), b.clone(), b.clone()],
            vec![a.clone(), vec![text("b"), Value::Number(Some(0))]],
            vec![vec![text("a"), Value::Number(Some(2))], b.clone()],
        ];
        for other in others {
            assert_ne!(digest(&other).1, whole.1, "{other:?}");
        }
    }

    #[test]
    fn values_do_not_run_into_each_other_and_null_is_not_empty() {
        assert_ne!(digest(&[vec![text("ab"), text("c")]]), digest(&[vec![text("a"), text("bc")]]));
        assert_ne!(digest(&[vec![text("")]]), digest(&[vec![Value::Text(None)]]));
    }

    #[test]
    fn a_sum_carries_from_word_to_word() {
        let row = vec![text("a")];
        let hash: [u8; 32] = hashed(&row).into();
        let mut digest = Digest { sum: [u64::MAX, u64::MAX, 0, 0], rows: 0 };
        digest.add(&row);
        let word = |at: usize| u64::from_le_bytes(hash[8 * at..8 * at + 8].try_into().unwrap());
        assert_eq!(digest.sum[2], word(2).wrapping_add(1));
    }
}
