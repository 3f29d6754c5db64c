//! The reader of the feed in docs/revocation-feed.md, run as it stands there.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use keystead::domain::clock::Deadline;
use keystead::store::administrators::Promote;
use tokio::sync::mpsc;

use crate::app::{Answer, TestApp, new_email};
use crate::databases::{Engine, TestDatabase};
use crate::programs::are_installed;
use crate::{execute, run_on};

const PAGE: &str = include_str!("../../docs/revocation-feed.md");
const MARK: &str = "<!-- example -->\n```python\n";
/// Says a verdict of each token that it is given. (A server of one's own verifies the token first.)
const DRIVER: &str = r#"
import base64, sys
for line in sys.stdin:
    body = line.split(".")[1]
    print(revocations.verdict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))), flush=True)
"#;
/// A second for the feed; the rest for a machine that has other things to do, and for a reader that has lost its token.
const PATIENCE: Duration = Duration::from_secs(8);

fn example() -> String {
    let (_, after) = PAGE.split_once(MARK).expect("docs/revocation-feed.md has lost its example");
    after.split_once("```").expect("the example does not end").0.to_owned()
}

/// A server that uses the example.
struct Consumer {
    child: Child,
    to: ChildStdin,
    said: mpsc::UnboundedReceiver<String>,
}

impl Consumer {
    fn start(app: &TestApp, client: &(String, String), folder: &Path) -> Self {
        let mut command = Command::new("python3");
        command.args(["-c", &(example() + DRIVER)]).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.env("KEYSTEAD_URL", app.node.app_url()).env("CLIENT_ID", &client.0).env("CLIENT_SECRET", &client.1);
        command.env("STATE_FILE", folder.join("revocations.json")).env("WAIT_SECONDS", "2");
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (tell, said) = mpsc::unbounded_channel();
        // Nothing here may wait for a pipe: the node runs on this thread, too.
        std::thread::spawn(move || {
            BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        Self { child, to, said }
    }

    async fn verdict(&mut self, tokens: &Answer) -> String {
        writeln!(self.to, "{}", tokens.str("access_token")).unwrap();
        tokio::time::timeout(PATIENCE, self.said.recv()).await.unwrap().expect("the example has ended")
    }

    /// After how long it says so.
    #[track_caller]
    fn until<'a>(&'a mut self, tokens: &'a Answer, expected: &'a str) -> impl Future<Output = Duration> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let began = Instant::now();
            loop {
                let verdict = self.verdict(tokens).await;
                if verdict == expected {
                    return began.elapsed();
                }
                assert!(began.elapsed() < PATIENCE, "{caller}: still {verdict}, not {expected}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // It may have ended by itself; both calls then say so, and that is all that is wanted.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

async fn run_with(test: impl AsyncFnOnce(&TestDatabase, &TestApp, (String, String), &Path)) {
    if !are_installed(&["python3"]) {
        return;
    }
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let app = TestApp::spawn(&database.url, &[]).await;
        let (client, folder) = (app.client("revocations:read").await, tempfile::tempdir().unwrap());
        test(database, &app, client, folder.path()).await;
        app.node.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn the_example_hears_of_every_kind() {
    run_with(async |database: &TestDatabase, app: &TestApp, client, folder: &Path| {
        let mut consumer = Consumer::start(app, &client, folder);
        let good = app.signed_in().await;
        consumer.until(&good, "good").await;
        let one = app.signed_in().await;
        app.logout(&one.str("access_token"), "this").await.expect(204);
        println!("a logout was heard after {:?}", consumer.until(&one, "ended").await);

        let email = new_email();
        let user_id = app.register(&email).await.expect(201).json()["user"]["id"].as_str().unwrap().parse().unwrap();
        let (kept, other) = (app.login(&email).await.expect(200), app.login(&email).await.expect(200));
        app.logout(&kept.str("access_token"), "others").await.expect(204);
        consumer.until(&other, "ended").await;
        assert_eq!(consumer.verdict(&kept).await, "good", "the one that stays");
        let promote = Promote { user_id, access_ttl: Duration::from_mins(15) };
        app.node.context.house.database.run(promote, Deadline::within(PATIENCE)).await.unwrap();
        consumer.until(&kept, "stale").await;
        let refreshed = app.refresh(&kept.str("refresh_token")).await.expect(200);
        consumer.until(&refreshed, "good").await;
        assert_eq!(consumer.verdict(&good).await, "good", "somebody else's");

        // The same for everybody, the reader's own token included: it gets itself another one.
        for (kind, expected) in [("all_claims", "stale"), ("all", "ended")] {
            execute(database, &of_everybody(app, kind)).await;
            consumer.until(&good, expected).await;
        }
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let anew = app.login(&email).await.expect(200);
        consumer.until(&anew, "good").await;
        app.logout(&anew.str("access_token"), "this").await.expect(204);
        consumer.until(&anew, "ended").await;
    })
    .await;
}

/// What ends everybody's tokens, as it stands in the table.
fn of_everybody(app: &TestApp, kind: &str) -> String {
    let (id, at) = (uuid::Uuid::now_v7().simple(), app.node.context.house.clock.now().as_micros());
    format!(
        "INSERT INTO revocations (id, at, kind, reason, expires_at) VALUES (x'{id}', {at}, '{kind}', 'test', {at} + 900000000)"
    )
}

#[actix_web::test]
async fn the_example_goes_on_where_it_was_and_says_when_it_does_not_know() {
    run_with(async |_: &TestDatabase, app: &TestApp, client, folder: &Path| {
        let (first, second, good) = (app.signed_in().await, app.signed_in().await, app.signed_in().await);
        let mut consumer = Consumer::start(app, &client, folder);
        app.logout(&first.str("access_token"), "this").await.expect(204);
        consumer.until(&first, "ended").await;
        consumer.until(&good, "good").await;
        // It is written once it is known.
        while !folder.join("revocations.json").exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(consumer);
        app.logout(&second.str("access_token"), "this").await.expect(204);
        let mut consumer = Consumer::start(app, &client, folder);
        assert_eq!(consumer.verdict(&first).await, "ended", "from its file, before it has asked anybody");
        consumer.until(&second, "ended").await;
        consumer.until(&good, "good").await;
        // A cursor of another server's, or of nobody's.
        drop(consumer);
        std::fs::write(folder.join("revocations.json"), r#"{"items": [], "next_cursor": "x"}"#).unwrap();
        let mut consumer = Consumer::start(app, &client, folder);
        consumer.until(&first, "ended").await;
        consumer.until(&good, "good").await;
        // Out of reach for longer than it may be: what is known stays, and of the rest it says that it is not.
        app.node.stop().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        consumer.until(&good, "unknown").await;
        assert_eq!(consumer.verdict(&first).await, "ended");
    })
    .await;
}
