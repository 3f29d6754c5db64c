//! The page of docs/oauth.md, in a real browser, from its button to the provider and back.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::LONGEST;
use crate::app::TestApp;
use crate::databases::{Engine, TestDatabase};
use crate::driver::Browser;
use crate::github::{GitHub, Somebody};

const GUIDE: &str = include_str!("../../docs/oauth.md");

/// The example, with a button, and a title that says what came of it.
fn page(keystead: &str) -> String {
    let (_, after) = GUIDE.split_once("```js\n").expect("docs/oauth.md has lost its page");
    let example = after.split_once("```").unwrap().0.replace("https://auth.example.com", keystead);
    format!(
        "<!doctype html><title>…</title><link rel=icon href='data:,'><button onclick=\"go()\">Sign in</button>
        <script type=module>{example}
        globalThis.go = () => signIn('github');
        try {{
            const tokens = await signedIn();
            document.title = tokens ? tokens.user.email : 'nobody yet';
        }} catch (refusal) {{ document.title = refusal.message; }}
        </script>"
    )
}

async fn until_title(browser: &Browser, wanted: &str) {
    for _ in 0..400 {
        if browser.run("return document.title").await == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} {}", browser.run("return document.title").await, browser.run("return location.href").await);
}

async fn walk(browser: &Browser) {
    let shown = Arc::<Mutex<String>>::default();
    let pages = web::Data::from(Arc::clone(&shown));
    let answer = async |page: web::Data<Mutex<String>>| {
        HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page.lock().unwrap().clone())
    };
    let server = move || App::new().app_data(pages.clone()).route("/signed-in", web::get().to(answer));
    let server = HttpServer::new(server).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);

    let (github, database) = (GitHub::start().await, TestDatabase::create(Engine::Sqlite).await.unwrap());
    let settings = [("CORS_ORIGINS", origin.as_str()), ("OAUTH_REDIRECTS", "http://127.0.0.1/signed-in")];
    let app = TestApp::spawn(&database.url, &[&github.settings()[..], &settings].concat()).await;
    *shown.lock().unwrap() = page(&app.node.app_url());

    let here = format!("{origin}/signed-in");
    browser.open(&here).await;
    until_title(browser, "nobody yet").await;
    let mona = Somebody::new();
    github.is_visited_by(&mona);
    browser.run("go()").await;
    until_title(browser, &mona.email).await;
    assert_eq!(browser.run("return location.href").await, here, "the code does not stay in the address");
    // Again with the same cookie, as somebody whose address nobody has confirmed.
    github.is_visited_by(&Somebody { verified: false, ..Somebody::new() });
    browser.run("go()").await;
    until_title(browser, "provider_email_unverified").await;
    app.node.stop().await;
    github.stop().await;
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_page_signs_somebody_in_with_a_provider() {
    let Some(browser) = Browser::start().await else { return };
    tokio::time::timeout(LONGEST, walk(&browser)).await.expect("the test hangs");
}
