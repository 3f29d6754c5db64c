//! `docs/api.md` names every route and every `code` that an answer can have, and none besides.

use std::collections::BTreeSet;

use crate::tree::Tree;

const PAGE: &str = "docs/api.md";
/// The only place with codes of problems. Those of the protocol plane are RFC 6749's.
const PROBLEMS: &str = "src/http/problem/";
const PROTOCOL: &str = "src/http/problem/oauth.rs";
/// The table of all routes.
const ROUTES: &str = "src/http/routes.rs";

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    tree.files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
}

pub fn routes(tree: &Tree) -> Vec<String> {
    let served: BTreeSet<String> = served_by(text(tree, ROUTES)).into_iter().collect();
    let listed: BTreeSet<String> = text(tree, PAGE).lines().filter_map(call).map(str::to_owned).collect();
    let missing = served.difference(&listed).map(|call| {
        format!("{PAGE}: under \"Every call\" add a row for `{call}`: what it takes, what it does, what it answers")
    });
    let gone = listed.difference(&served).map(|call| format!("{PAGE}: `{call}` has a row, but no route in {ROUTES}"));
    missing.chain(gone).collect()
}

/// Of `"/path" => { get handler, post handler }`, on one line or several.
fn served_by(table: &str) -> Vec<String> {
    let mut calls = Vec::new();
    for (at, arrow) in table.match_indices(" => {") {
        let path = table[..at].strip_suffix('"').and_then(|before| before.rsplit('"').next());
        let methods = table[at + arrow.len()..].split('}').next().unwrap_or_default();
        if let Some(path) = path.filter(|path| path.starts_with('/')) {
            let methods = methods.split(',').filter_map(|route| route.split_whitespace().next());
            calls.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
    }
    calls
}

/// Of a row that begins with a method and a path between backticks.
fn call(line: &str) -> Option<&str> {
    let (call, _) = line.strip_prefix("| `")?.split_once('`')?;
    let (method, path) = call.split_once(' ')?;
    (method.chars().all(|letter| letter.is_ascii_uppercase()) && path.starts_with('/')).then_some(call)
}

pub fn codes(tree: &Tree) -> Vec<String> {
    let page = text(tree, PAGE);
    let files = tree.rust(&["src"]).filter(|file| file.path.starts_with(PROBLEMS) && file.path != PROTOCOL);
    let given: BTreeSet<&str> = files.flat_map(|file| constructed(&file.text)).collect();
    let listed: BTreeSet<&str> = page.lines().filter_map(row).collect();
    let missing = given.difference(&listed).map(|code| {
        format!("{PAGE}: under \"Every error\" add a row for `{code}`: its status, when it comes, what to do then")
    });
    let gone = listed.difference(&given).map(|code| format!("{PAGE}: `{code}` has a row, but nothing answers it"));
    missing.chain(gone).collect()
}

/// The code in what builds a problem: `"too_early", "Too early"`, a code and then a title.
fn constructed(text: &str) -> Vec<&str> {
    let pieces: Vec<&str> = text.split('"').collect();
    let built = pieces.windows(3).filter(|three| {
        let is_code = !three[0].is_empty() && three[0].chars().all(|c| c == '_' || c.is_ascii_lowercase());
        let is_title = three[2].starts_with(|first: char| first.is_ascii_uppercase());
        is_code && three[1].trim() == "," && is_title
    });
    built.map(|three| three[0]).collect()
}

/// Of `| 404 | (the code between backticks) | …`.
fn row(line: &str) -> Option<&str> {
    let mut cells = line.strip_prefix("| ")?.split(" | ");
    let is_status = cells.next()?.parse::<u16>().is_ok_and(|status| (400..600).contains(&status));
    let code = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
    is_status.then_some(code)
}

#[test]
fn a_code_without_a_row_and_a_row_without_a_code_are_noticed() {
    let code =
        "new(StatusCode::GONE, \"gone\", \"It is gone\"); conflict(\n\"taken\",\n    \"It is taken\"); f(\"a\", \"b\")";
    let page = "| 409 | `taken` | … |\n| 410 | `old` | … |\n| 200 | `fine` | … |\n| `field` | … |\n`gone`";
    let tree = Tree::sample(&[("src/http/problem/a.rs", code), (PAGE, page), ("src/http/b.rs", code)]);
    let complaints = [
        "under \"Every error\" add a row for `gone`: its status, when it comes, what to do then",
        "`old` has a row, but nothing answers it",
    ];
    assert_eq!(codes(&tree), complaints.map(|complaint| format!("{PAGE}: {complaint}")));
}

#[test]
fn a_route_without_a_row_and_a_row_without_a_route_are_noticed() {
    let table = "routes! { app:\n    \"/v1/me\" => { get me::get, patch me::patch }\n    \"/v1/a/{id}\" => {\n        delete May a,\n    }\n}";
    let page =
        "| `GET /v1/me` | … |\n| `DELETE /v1/a/{id}` `{b}` | … |\n| `POST /v1/old` | … |\n`PATCH /v1/me`\n| `a b` |";
    let tree = Tree::sample(&[(ROUTES, table), (PAGE, page)]);
    let complaints = [
        "under \"Every call\" add a row for `PATCH /v1/me`: what it takes, what it does, what it answers",
        "`POST /v1/old` has a row, but no route in src/http/routes.rs",
    ];
    assert_eq!(routes(&tree), complaints.map(|complaint| format!("{PAGE}: {complaint}")));
}
