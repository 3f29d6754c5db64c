//! What is printed, and what is typed and must not be seen.

use std::fmt::Display;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::domain::password::PASSWORD_BYTES_MAX;

/// What Ctrl-C sends to a program that reads it as a letter.
const CTRL_C: u8 = 0x03;
/// The longest line that is read: a password of the greatest length and what ends it. A longer one is cut here and then
/// refused for its length.
const LINE_BYTES_MAX: u64 = PASSWORD_BYTES_MAX as u64 + 2;

/// Prints one text and a newline. (`println!` would panic where standard output is closed.)
pub fn say(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// The same for a server, which goes on when nobody listens any more: `keystead serve | head -n 1`.
pub fn mention(text: impl Display) {
    if let Err(cause) = say(text) {
        tracing::debug!(%cause, "standard output is closed");
    }
}

pub fn somebody_is_there() -> bool {
    io::stdin().is_terminal()
}

/// One line of standard input, without its newline.
///
/// # Errors
/// `InvalidData` when it is not UTF-8, `UnexpectedEof` when it is empty.
pub fn line_of_stdin() -> io::Result<SecretString> {
    let mut line = Zeroizing::new(Vec::with_capacity(PASSWORD_BYTES_MAX + 2));
    io::stdin().lock().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    secret_of(&line)
}

/// Asks at the terminal, which shows nothing of what is typed.
///
/// # Errors
/// As [`line_of_stdin`], and `Interrupted` after Ctrl-C.
pub fn ask_in_secret(question: &str) -> io::Result<SecretString> {
    let mut screen = io::stderr().lock();
    write!(screen, "{question}")?;
    screen.flush()?;
    let silence = Silence::begin()?;
    let mut line = Zeroizing::new(Vec::with_capacity(PASSWORD_BYTES_MAX + 2));
    let heard = io::stdin().lock().take(LINE_BYTES_MAX).read_until_either(b'\n', CTRL_C, &mut line);
    drop(silence);
    writeln!(screen)?;
    heard?;
    if line.last() == Some(&CTRL_C) {
        return Err(io::ErrorKind::Interrupted.into());
    }
    secret_of(&line)
}

trait ReadUntilEither {
    fn read_until_either(self, end: u8, other_end: u8, line: &mut Vec<u8>) -> io::Result<()>;
}

impl<R: io::BufRead> ReadUntilEither for R {
    fn read_until_either(self, end: u8, other_end: u8, line: &mut Vec<u8>) -> io::Result<()> {
        for byte in self.bytes() {
            line.push(byte?);
            if line.last().is_some_and(|&last| last == end || last == other_end) {
                break;
            }
        }
        Ok(())
    }
}

fn secret_of(line: &[u8]) -> io::Result<SecretString> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = std::str::from_utf8(line).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok(SecretString::from(text))
}

/// The terminal as it was, to be put back. Meanwhile it shows nothing, and Ctrl-C is a letter that ends the line: as a
/// signal it would end the process and leave the terminal mute.
struct Silence(Termios);

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        termios::tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _mute_for_good = termios::tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn one_newline_is_no_part_of_a_password_and_spaces_are() {
        for (line, expected) in [("a b\n", "a b"), (" x \r\n", " x "), ("end", "end"), ("é\n\n", "é\n")] {
            assert_eq!(secret_of(line.as_bytes()).unwrap().expose_secret(), expected);
        }
        assert_eq!(secret_of(b"\n").unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(secret_of(b"\xFF\n").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_line_ends_at_either_mark() {
        let read = |bytes: &[u8]| {
            let mut line = Vec::new();
            bytes.read_until_either(b'\n', CTRL_C, &mut line).unwrap();
            line
        };
        assert_eq!(read(b"ab\ncd"), b"ab\n");
        assert_eq!(read(b"ab\x03cd"), b"ab\x03");
    }
}
