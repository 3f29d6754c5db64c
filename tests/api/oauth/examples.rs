//! The examples of docs/oauth.md, run as they stand there.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::spawn;
use crate::databases::{Engine, TestDatabase};
use crate::github::Somebody;
use crate::run_on;

const PAGE: &str = include_str!("../../../docs/oauth.md");
/// What a page finds in a browser, for JavaScript that runs without one; and the browser itself, which keeps a cookie.
const AROUND_THE_PAGE: &str = r#"
const kept = new Map();
globalThis.sessionStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => kept.set(name, text),
  removeItem: (name) => kept.delete(name),
};
let shown = new URL("https://app.example/callback");
let left = null;
globalThis.location = {
  get origin() { return shown.origin; },
  get pathname() { return shown.pathname; },
  get search() { return shown.search; },
  assign: (url) => { left = new URL(url); },
};
globalThis.history = { replaceState: (_state, _title, url) => { shown = new URL(url); } };
const { signIn, signedIn } = await import(process.argv[2]);
if (await signedIn() !== null) throw new Error("nobody has come");
await signIn("github");
let cookie = "";
while (left.origin !== "https://app.example") {
  const answer = await fetch(left, { redirect: "manual", headers: { cookie } });
  cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? cookie;
  left = new URL(answer.headers.get("location"));
}
shown = left;
const tokens = await signedIn();
if (shown.search !== "") throw new Error("the code stays in the address");
console.log(tokens.user.email);
shown = left;
await signedIn().then(() => { throw new Error("taken twice"); }, (refusal) => console.log(refusal.message));
"#;

fn example(language: &str) -> &'static str {
    let (_, after) = PAGE.split_once(&format!("```{language}\n")).expect("docs/oauth.md has lost an example");
    after.split_once("```").unwrap().0
}

async fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).envs(environment.iter().copied());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Its output is a line or two, so it never waits for somebody to read it.
    for _ in 0..1_200 {
        if child.try_wait().unwrap().is_some() {
            return child.wait_with_output().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().unwrap();
    panic!("it hangs: {}", told(&child.wait_with_output().unwrap()));
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_command_line_signs_in() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let (app, github) = spawn(database, &[("OAUTH_REDIRECTS", "http://127.0.0.1/signed-in")]).await;
        let (mona, folder) = (Somebody::new(), tempfile::tempdir().unwrap());
        github.is_visited_by(&mona);
        let script = written(folder.path(), "sign_in.py", example("python"));
        let jar = folder.path().join("cookies");
        // In the background, as a real browser is.
        let browser = format!("curl -sSL -o {0}.out -c {0} -b {0} %s &", jar.display());
        let around = [("KEYSTEAD", app.node.app_url()), ("BROWSER", browser)];
        let around: Vec<_> = around.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let output = run("python3", &[&script, "github"], &around).await;
        assert_eq!(told(&output), format!("{}\n", mona.email));
        app.node.stop().await;
        github.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn a_page_signs_in() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let (app, github) = spawn(database, &[]).await;
        let (mona, folder) = (Somebody::new(), tempfile::tempdir().unwrap());
        github.is_visited_by(&mona);
        let page = example("js").replace("https://auth.example.com", &app.node.app_url());
        let page = written(folder.path(), "page.mjs", &page);
        let around = written(folder.path(), "around.mjs", AROUND_THE_PAGE);
        let output = run("node", &[&around, &page], &[]).await;
        assert_eq!(told(&output), format!("{}\nthis sign-in was not begun here\n", mona.email));
        app.node.stop().await;
        github.stop().await;
    })
    .await;
}
