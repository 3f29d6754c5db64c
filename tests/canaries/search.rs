//! Secrets, and the places where they are looked for.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// What must not be found, with its name.
#[derive(Clone, Debug)]
pub struct Canary {
    pub name: &'static str,
    pub secret: Vec<u8>,
}

/// Known by everybody who may read the tables: not to be logged, and no secret there.
const MAY_BE_STORED: [&str; 2] = ["a password's hash", "a recipient"];
/// A token is no less stolen without its last letters.
const ENOUGH: usize = 60;
/// Of the shortest spelling: whatever is shorter stands in a log by chance.
pub const SHORTEST: usize = 8;

pub fn canary(name: &'static str, secret: impl Into<Vec<u8>>) -> Canary {
    Canary { name, secret: secret.into() }
}

impl Canary {
    pub fn may_be_stored(&self) -> bool {
        MAY_BE_STORED.contains(&self.name)
    }

    /// As it is, as people spell it, and as text that programs make of bytes.
    fn spellings(&self) -> BTreeSet<Vec<u8>> {
        let secret = self.secret.as_slice();
        let secret = &secret[..secret.len().min(ENOUGH)];
        let hex = secret.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let mut all = vec![secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
        all.extend((0..3).flat_map(|before| base64s(secret, before)));
        let in_urls = percent_encode(secret, NON_ALPHANUMERIC).to_string();
        all.extend([in_urls.to_lowercase(), in_urls.replace("%20", "+"), in_urls].map(String::into_bytes));
        // As Rust prints bytes that somebody forgot to take out of a struct.
        all.push(format!("{secret:?}").trim_matches(['[', ']']).as_bytes().to_vec());
        if let Ok(text) = str::from_utf8(secret) {
            let spelt = [text.replace('-', ""), text.to_uppercase(), text.to_lowercase(), text.replace(' ', "+")];
            all.extend(spelt.map(String::into_bytes));
        }
        let all: BTreeSet<_> = all.into_iter().collect();
        assert!(all.iter().all(|spelling| spelling.len() >= SHORTEST), "{}: {}", self.name, secret.len());
        all
    }
}

/// With so many bytes before it, and any after it: what of the code is made of the secret alone.
fn base64s(secret: &[u8], before: usize) -> [Vec<u8>; 2] {
    const BITS: usize = 6;
    let whole = [&vec![0; before], secret].concat();
    let own = (before * 8).div_ceil(BITS)..whole.len() * 8 / BITS;
    [STANDARD, URL_SAFE].map(|engine| engine.encode(&whole).as_bytes()[own.clone()].to_vec())
}

/// Looks for all of them at once: a log is long.
pub struct Search {
    /// By how it begins.
    spellings: HashMap<[u8; SHORTEST], Vec<(&'static str, Vec<u8>)>>,
    /// Whether any begins with these two bytes.
    begins: Vec<bool>,
}

impl Search {
    pub fn of<'a>(canaries: impl IntoIterator<Item = &'a Canary>) -> Self {
        let mut search = Self { spellings: HashMap::new(), begins: vec![false; 1 << 16] };
        for canary in canaries {
            for spelling in canary.spellings() {
                let begin = *spelling.first_chunk().unwrap();
                search.begins[usize::from(u16::from_le_bytes([begin[0], begin[1]]))] = true;
                search.spellings.entry(begin).or_default().push((canary.name, spelling));
            }
        }
        search
    }

    /// The names of those that are in this place.
    pub fn within(&self, place: &[u8]) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        for (at, begin) in place.windows(SHORTEST).enumerate() {
            if !self.begins[usize::from(u16::from_le_bytes([begin[0], begin[1]]))] {
                continue;
            }
            let candidates = self.spellings.get(begin).into_iter().flatten();
            found.extend(candidates.filter(|(_, whole)| place[at..].starts_with(whole)).map(|(name, _)| *name));
        }
        found
    }

    /// The same for many places: each that is found, with where.
    pub fn through<'a>(&self, places: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<String> {
        let mut found = Vec::new();
        for (place, bytes) in places {
            found.extend(self.within(bytes).into_iter().map(|name| format!("{name} in {place}")));
        }
        found
    }
}

#[test]
fn a_canary_is_found_however_it_is_spelt() {
    let is_in = |canary: &Canary, place: &[u8]| !Search::of([canary]).within(place).is_empty();
    let recovery = canary("a code", "ABCD-EFGH-1234");
    for place in [
        "code=ABCD-EFGH-1234.",
        "abcd-efgh-1234",
        "<ABCDEFGH1234>",
        "414243442d454647482d31323334",
        "?code=ABCD%2DEFGH%2D1234&",
    ] {
        assert!(is_in(&recovery, place.as_bytes()), "{place}");
    }
    for before in ["", "x", "xy", "xyz"] {
        let place = STANDARD.encode(format!("{before}ABCD-EFGH-1234 and more"));
        assert!(is_in(&recovery, place.as_bytes()), "{before}: {place}");
    }
    let password = canary("a password", "two words & more");
    for place in ["two+words+%26+more", "two%20words%20%26%20more", "\"two words & more\""] {
        assert!(is_in(&password, place.as_bytes()), "{place}");
    }
    let raw = canary("a key", vec![1, 2, 254, 255, 7, 8, 9, 255]);
    for place in ["Secret([1, 2, 254, 255, 7, 8, 9, 255])", "0102FEFF070809FF", "AQL+/wcICf8=", "AQL-_wcICf8"] {
        assert!(is_in(&raw, place.as_bytes()), "{place}");
    }
    assert!(is_in(&raw, &[0, 1, 2, 254, 255, 7, 8, 9, 255, 0]));
    assert!(!is_in(&raw, b"1, 2, 254, 255, 7, 8, 9, 254") && !is_in(&raw, &[1, 2, 254]));
    assert!(is_in(&canary("long", "x".repeat(100)), "x".repeat(60).as_bytes()));
}
