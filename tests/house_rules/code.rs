//! Just enough of Rust's grammar for rules about text: what is code and what is comment or string, what belongs to
//! tests, where a block ends. Lines keep their numbers through all of it.

/// The code alone: comments and the insides of strings are gone, their line breaks stay.
pub fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let opaque = comment(rest).or_else(|| raw_string(rest)).or_else(|| string(rest)).or_else(|| character(rest));
        let length = opaque.unwrap_or_else(|| word(rest).unwrap_or(first.len_utf8()));
        let (piece, after) = rest.split_at(length);
        if opaque.is_some() {
            code.extend(piece.chars().filter(|&character| character == '\n'));
        } else {
            code.push_str(piece);
        }
        rest = after;
    }
    code
}

fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let mut depth = 0;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(0, char::len_utf8);
            if at == text.len() {
                return Some(at);
            }
        }
    }
}

fn raw_string(text: &str) -> Option<usize> {
    let after_prefix = ["r", "br", "cr"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let body = after_prefix.trim_start_matches('#');
    let hashes = &after_prefix[..after_prefix.len() - body.len()];
    let inside = body.strip_prefix('"')?;
    let end = format!("\"{hashes}");
    let open = text.len() - inside.len();
    Some(inside.find(&end).map_or(text.len(), |at| open + at + end.len()))
}

fn string(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('"')?;
    Some(1 + end_of_quoted(inside, '"'))
}

/// `'x'`, but not the lifetime `'x`.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let mut characters = inside.chars();
    let is_character = characters.next() == Some('\\') || characters.next() == Some('\'');
    is_character.then(|| 1 + end_of_quoted(inside, '\''))
}

fn end_of_quoted(inside: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in inside.char_indices() {
        if !escaped && character == quote {
            return at + 1;
        }
        escaped = !escaped && character == '\\';
    }
    inside.len()
}

fn word(text: &str) -> Option<usize> {
    let length = text.find(|character: char| !is_word(character)).unwrap_or(text.len());
    (length > 0).then_some(length)
}

pub fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The code without what `#[cfg(test)]` stands before.
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        let (item, after) = rest[at..].split_at(end_of_item(&rest[at..]));
        kept.extend(item.chars().filter(|&character| character == '\n'));
        rest = after;
    }
    kept + rest
}

/// Where the item that `code` begins with ends: after its `;`, or after the block that it opens first.
pub fn end_of_item(code: &str) -> usize {
    let mut braces = 0;
    let mut others = 0;
    for (at, character) in code.char_indices() {
        match character {
            '{' => braces += 1,
            '}' => braces -= 1,
            '(' | '[' => others += 1,
            ')' | ']' => others -= 1,
            _ => {}
        }
        if braces == 0 && others == 0 && matches!(character, '}' | ';') {
            return at + character.len_utf8();
        }
    }
    code.len()
}

/// Where `needle` stands by itself, not as part of a longer word.
pub fn occurrences<'code>(code: &'code str, needle: &'code str) -> impl Iterator<Item = usize> + 'code {
    code.match_indices(needle).map(|(at, _)| at).filter(move |&at| {
        let after = at + needle.len();
        !is_inside_word(code, at) && !is_inside_word(code, after)
    })
}

fn is_inside_word(code: &str, at: usize) -> bool {
    code[..at].chars().next_back().is_some_and(is_word) && code[at..].chars().next().is_some_and(is_word)
}

/// The number of the line that the byte stands in, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[test]
fn comments_and_strings_are_no_code() {
    let text = "let a = \"fn // \\\" x\"; // fn y\nlet b = r#\"\"fn\n\"#; /* fn /* z */\n */ let c: &'a str = '\"';";
    let code = code_only(text);
    assert_eq!(code, "let a = ; \nlet b = \n; \n let c: &'a str = ;");
    assert_eq!(code_only("let d = b'\\''; r#type + for_r"), "let d = b; r#type + for_r");
}

#[test]
fn what_is_only_for_tests_is_left_out() {
    let code = "a\n#[cfg(test)]\nmod tests {\n fn b() { [1; 2] }\n}\nc\n#[cfg(test)]\nmod far;\nd";
    assert_eq!(without_tests(code), "a\n\n\n\n\nc\n\n\nd");
}

#[test]
fn a_word_is_found_only_whole() {
    assert_eq!(occurrences("actix_web actix::A xactix actix", "actix").collect::<Vec<_>>(), [10, 26]);
    assert_eq!(occurrences("use std::fs; std::fs_x", "std::fs").collect::<Vec<_>>(), [4]);
}
