//! One JSON object a line.

use std::io::{BufRead, Read as _};

use serde_json::Value;

use super::rows::{Broken, Fields, ROW_BYTES_MAX, Rows};
use crate::domain::user_import::RowRefusal;

/// Some editors begin a file with it.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Empty lines are passed over. A line that is no row, or too long to be one, is a row that is refused.
pub fn read(mut input: impl BufRead, rows: &mut Rows) -> Result<(), Broken> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        // One byte more than is allowed shows that there are too many.
        input.by_ref().take(ROW_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        if line.len() > ROW_BYTES_MAX && !line.ends_with(b"\n") {
            input.skip_until(b'\n')?;
            rows.take(number, Err(RowRefusal::TooLong(ROW_BYTES_MAX / 1_024)))?;
            continue;
        }
        let text = if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line) } else { &line };
        let text = text.trim_ascii();
        if !text.is_empty() {
            rows.take(number, parse(text))?;
        }
    }
    Ok(())
}

fn parse(text: &[u8]) -> Fields {
    match serde_json::from_slice(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(RowRefusal::Unreadable("it is JSON, but no object".to_owned())),
        // Says what was expected and in which column, and quotes nothing.
        Err(cause) => Err(RowRefusal::Unreadable(format!("it is no JSON: {cause}"))),
    }
}
