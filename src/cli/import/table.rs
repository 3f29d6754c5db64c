//! CSV (RFC 4180) with a line of names above.

use std::io::Read;

use csv::{ByteRecord, Position, ReaderBuilder, Terminator};
use serde_json::{Map, Value};

use super::metered::{READ_AHEAD, Row};
use super::rows::{Broken, Fields, Rows};
use crate::domain::user_import::RowRefusal;

/// A name that nobody knows is a mistake in the file, told before anything is written. A record of another length than
/// the names, or that is not UTF-8, is a row that is refused.
pub fn read(input: impl Read, row: &Row, rows: &mut Rows) -> Result<(), Broken> {
    let mut builder = ReaderBuilder::new();
    // Where `\r` ends a record too, the next one is said to begin on the line of its `\n`.
    builder.flexible(true).terminator(Terminator::Any(b'\n')).buffer_capacity(READ_AHEAD);
    let mut reader = builder.from_reader(input);
    row.begins();
    let names = names(reader.byte_headers().map_err(broken)?, rows)?;
    let mut record = ByteRecord::new();
    loop {
        row.begins();
        if !reader.read_byte_record(&mut record).map_err(broken)? {
            return Ok(());
        }
        let is_empty = record.len() == 1 && record.iter().all(|cell| cell.trim_ascii().is_empty());
        if !is_empty {
            let line = record.position().map_or(0, Position::line);
            rows.take(line, fields(&names, &record))?;
        }
    }
}

fn names(header: &ByteRecord, rows: &Rows) -> Result<Vec<String>, Broken> {
    let cells = header.iter().enumerate();
    let names = cells.map(|(at, cell)| {
        let cell = if at == 0 { cell.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(cell) } else { cell };
        String::from_utf8(cell.trim_ascii().to_vec())
            .map_err(|_| Broken::Form("the first line is not UTF-8".to_owned()))
    });
    let names = names.collect::<Result<Vec<_>, _>>()?;
    if names.iter().all(String::is_empty) {
        return Err(Broken::Form("its first line does not name the columns".to_owned()));
    }
    let strangers: Vec<_> = names.iter().filter(|name| !rows.map.knows(name)).map(|name| format!("{name:?}")).collect();
    if !strangers.is_empty() {
        let strangers = strangers.join(", ");
        return Err(Broken::Form(format!(
            "there is no field for the column {strangers} here; --map FILE says what it is, or leaves it out"
        )));
    }
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        None => Ok(names),
        Some((_, twice)) => Err(Broken::Form(format!("the column {twice:?} is there twice"))),
    }
}

fn fields(names: &[String], record: &ByteRecord) -> Fields {
    if record.len() != names.len() {
        let why = format!("it has {} cells, and the first line {}", record.len(), names.len());
        return Err(RowRefusal::Unreadable(why));
    }
    let last = names.len() - 1;
    let cell =
        |(at, (name, cell)): (usize, (&String, &[u8]))| match std::str::from_utf8(without_return(cell, at == last)) {
            Ok(text) => Ok((name.clone(), Value::String(text.to_owned()))),
            Err(_) => Err(RowRefusal::Unreadable(format!("{name} is not UTF-8"))),
        };
    names.iter().zip(record.iter()).enumerate().map(cell).collect::<Result<Map<_, _>, _>>()
}

fn without_return(cell: &[u8], ends_the_line: bool) -> &[u8] {
    cell.strip_suffix(b"\r").filter(|_| ends_the_line).unwrap_or(cell)
}

fn broken(cause: csv::Error) -> Broken {
    let text = cause.to_string();
    match cause.into_kind() {
        csv::ErrorKind::Io(cause) => Broken::Io(cause),
        _ => Broken::Form(text),
    }
}
