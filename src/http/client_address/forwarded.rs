//! `Forwarded`, RFC 7239 §4: `for=192.0.2.43;proto=https, for="[2001:db8::17]:4711"`.

use std::iter::Peekable;
use std::str::Chars;

/// The `for` of every element in order, unquoted; `None` where an element has none. Nothing at all when the line is
/// not well-formed, because then it is not clear where an element ends.
pub(super) fn elements(line: &str) -> Option<Vec<Option<String>>> {
    let mut rest = line.chars().peekable();
    let mut elements = vec![None];
    let mut after_pair = false;
    loop {
        skip_blanks(&mut rest);
        match rest.peek() {
            // `for=a;` and an empty element are tolerated, as lists are (RFC 9110 §5.6.1).
            None | Some(',' | ';') => {}
            Some(_) if after_pair => return None,
            Some(_) => {
                let (name, value) = pair(&mut rest)?;
                let element = elements.last_mut()?;
                // The same parameter must not occur twice in one element.
                if name.eq_ignore_ascii_case("for") && element.replace(value).is_some() {
                    return None;
                }
                after_pair = true;
                continue;
            }
        }
        match rest.next() {
            None => return Some(elements),
            Some(',') => elements.push(None),
            Some(_) => {}
        }
        after_pair = false;
    }
}

fn pair(rest: &mut Peekable<Chars<'_>>) -> Option<(String, String)> {
    let name = token(rest)?;
    rest.next_if_eq(&'=')?;
    let value = if rest.next_if_eq(&'"').is_some() { quoted(rest)? } else { token_or_address(rest)? };
    Some((name, value))
}

fn skip_blanks(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
}

/// RFC 9110 §5.6.2.
fn token(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    take(rest, |c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// The standard asks for quotes around a colon or brackets; many proxies leave them out, and it stays unambiguous.
fn token_or_address(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    take(rest, |c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:[]/".contains(c))
}

fn take(rest: &mut Peekable<Chars<'_>>, allowed: impl Fn(char) -> bool) -> Option<String> {
    let mut taken = String::new();
    while let Some(character) = rest.next_if(|&c| allowed(c)) {
        taken.push(character);
    }
    (!taken.is_empty()).then_some(taken)
}

/// After the opening quote, up to and with the closing one (RFC 9110 §5.6.4).
fn quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => text.push(rest.next()?),
            character => text.push(character),
        }
    }
}
