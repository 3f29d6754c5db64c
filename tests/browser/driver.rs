//! A headless Chromium, steered through `chromedriver` by the W3C `WebDriver` protocol and what Chromium adds to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::programs::are_installed;

/// For what a page does by itself: an answer of the server, and then a little drawing, on busy cores.
const PATIENCE: Duration = Duration::from_secs(15);
const POLL_EVERY: Duration = Duration::from_millis(25);
/// W3C `WebDriver`, section 12.2: the name under which an element travels.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Run before any script of a page: what its policy kept it from doing.
const WATCH: &str = "window.violations = [];
    addEventListener('securitypolicyviolation', (v) => violations.push(v.violatedDirective + ' ' + v.blockedURI));";

/// One window with a profile of its own. Dropping it ends the browser.
pub struct Browser {
    http: reqwest::Client,
    chromedriver: Child,
    address: String,
    session: String,
    /// Its profile, and whatever else it leaves.
    _folder: tempfile::TempDir,
}

impl Browser {
    /// `None`, and a line that says so, where Chromium is not installed and need not be.
    pub async fn start() -> Option<Self> {
        if !are_installed(&["chromedriver"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("TMPDIR", folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut chromedriver = command.spawn().unwrap();
        let said = BufReader::new(chromedriver.stdout.take().unwrap()).lines();
        let said = said.map_while(Result::ok).find(|line| line.contains("started successfully on port "));
        let port = said.unwrap().trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
        let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build().unwrap();
        let address = format!("127.0.0.1:{port}");
        let mut browser = Self { http, chromedriver, address, session: String::new(), _folder: folder };
        // Without a sandbox, because Chromium has none for root, which is who tests in a container. The pipe: the browser
        // ends with chromedriver, however that ends.
        let args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-pipe"];
        let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" } });
        let made = browser.ask("POST", "/session", &json!({ "capabilities": { "alwaysMatch": wanted } })).await;
        made["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH })).await;
        Some(browser)
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    async fn try_ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let url = format!("http://{}{path}", self.address);
        let request = self.http.request(method.parse().unwrap(), url);
        let request = if method == "GET" { request } else { request.json(body) };
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        let value = answer["value"].take();
        if value["error"].is_string() { Err(value) } else { Ok(value) }
    }

    async fn in_session(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}{path}", self.session), body).await
    }

    /// A command of the `DevTools` protocol.
    pub async fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.in_session("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).await
    }

    pub async fn open(&self, url: &str) {
        self.in_session("/url", &json!({ "url": url })).await;
    }

    pub async fn run(&self, script: &str) -> Value {
        self.in_session("/execute/sync", &json!({ "script": script, "args": [] })).await
    }

    async fn element(&self, selector: &str) -> String {
        let found = self.in_session("/element", &json!({ "using": "css selector", "value": selector })).await;
        format!("/element/{}", found[ELEMENT].as_str().unwrap())
    }

    /// As a person would: what is hidden, covered or disabled cannot be clicked.
    pub async fn click(&self, selector: &str) {
        self.in_session(&format!("{}/click", self.element(selector).await), &json!({})).await;
    }

    pub async fn type_into(&self, selector: &str, text: &str) {
        self.in_session(&format!("{}/value", self.element(selector).await), &json!({ "text": text })).await;
    }

    pub async fn empty(&self, selector: &str) {
        self.in_session(&format!("{}/clear", self.element(selector).await), &json!({})).await;
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let strokes =
            keys.chars().flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes.collect::<Vec<_>>() });
        self.in_session("/actions", &json!({ "actions": [keyboard] })).await;
    }

    /// All that can be read on the page.
    pub async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap().to_owned()
    }

    pub async fn until_it_says(&self, words: &str) {
        let began = Instant::now();
        while !self.text().await.contains(words) {
            assert!(began.elapsed() < PATIENCE, "the page does not say {words:?}, but {:?}", self.text().await);
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// A window of this many CSS pixels, as a telephone has it when it is narrow.
    pub async fn resize(&self, width: u32, dark: bool) {
        let narrow = width < 600;
        let size =
            json!({ "width": width, "height": 800, "deviceScaleFactor": if narrow { 2 } else { 1 }, "mobile": narrow });
        self.devtools("Emulation.setDeviceMetricsOverride", &size).await;
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": [scheme] })).await;
    }

    /// A picture of the window, as a PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        let picture = self.ask("GET", &format!("/session/{}/screenshot", self.session), &Value::Null).await;
        STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// What has been logged since the last call: `browser` (the console) or `performance` (`DevTools` events).
    pub async fn log(&self, kind: &str) -> Vec<Value> {
        self.in_session("/se/log", &json!({ "type": kind })).await.as_array().unwrap().clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Politely first, so that all its processes end. Not by the client: this is no place to wait in turns.
        if let Ok(mut stream) = TcpStream::connect(&self.address) {
            let _set = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _asked = write!(stream, "DELETE /session/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", self.session);
            let _ended = stream.read(&mut [0; 64]);
        }
        let _killed = self.chromedriver.kill();
        let _reaped = self.chromedriver.wait();
    }
}
