//! Providers of other makers, started by node from `tests/providers`, and somebody who signs in there without a browser.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::Value;

/// Redirects and pages of a whole sign-in at a provider are ten at most.
const STEPS_MAX: usize = 20;

/// A provider that runs until it is dropped.
pub struct OtherMaker {
    /// Its issuer.
    pub issuer: String,
    process: Child,
}

impl Drop for OtherMaker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl OtherMaker {
    /// `certified` or `hostile`. `None` where the packages are not installed; in CI that is a failure.
    #[expect(clippy::disallowed_methods, reason = "whether a test may be skipped is told by the environment")]
    pub fn start(which: &str) -> Option<Self> {
        let folder = folder();
        if !folder.join("node_modules").is_dir() {
            assert!(std::env::var("CI").is_err(), "tests/providers is not installed: scripts/install-missing tests");
            println!("skipped: tests/providers is not installed (scripts/install-missing tests)");
            return None;
        }
        let mut command = Command::new("node");
        command.arg(format!("{which}.mjs")).current_dir(folder);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|cause| panic!("{which} says {line:?}: {cause}"));
        Some(Self { issuer: told["issuer"].as_str().unwrap().to_owned(), process })
    }

    /// Of `hostile` only: from now on.
    pub async fn behave(&self, behaviour: &Value) {
        let url = format!("{}/behave", self.issuer);
        reqwest::Client::new().post(url).json(behaviour).send().await.unwrap().error_for_status().unwrap();
    }

    /// Of `hostile` only: how often a path was asked for.
    pub async fn asked(&self, path: &str) -> u64 {
        let counts = reqwest::get(format!("{}/counts", self.issuer)).await.unwrap();
        counts.json::<Value>().await.unwrap()[path].as_u64().unwrap_or(0)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers")
}

/// Somebody with a browser that keeps cookies, follows redirects, fills in forms, and runs no script.
pub struct Visitor {
    http: reqwest::Client,
    /// Name and value. One jar for all hosts, as all of them are this machine.
    cookies: Vec<(String, String)>,
}

impl Visitor {
    pub fn new() -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, cookies: Vec::new() }
    }

    /// One request, without following where it leads.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(own, _)| own != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }

    pub async fn get(&mut self, url: &str) -> reqwest::Response {
        let request = self.http.get(url);
        self.send(request).await
    }

    /// From `url` through the provider's pages, as `login`, up to the redirect that leads to `callback`.
    pub async fn signs_in(&mut self, url: &str, login: &str, callback: &str) -> String {
        let mut here = url::Url::parse(url).unwrap();
        let mut response = self.get(url).await;
        for _ in 0..STEPS_MAX {
            if let Some(location) = response.headers().get(LOCATION) {
                here = here.join(location.to_str().unwrap()).unwrap();
                if here.as_str().starts_with(callback) {
                    return here.into();
                }
                response = self.get(here.as_str()).await;
                continue;
            }
            let status = response.status();
            let page = response.text().await.unwrap();
            // The provider's own pages for tests: one asks who it is, the other whether that is meant.
            let prompt = ["login", "consent"].into_iter().find(|prompt| page.contains(&format!("value=\"{prompt}\"")));
            let prompt = prompt.unwrap_or_else(|| panic!("{here}: {status} {page}"));
            let form = [("prompt", prompt), ("login", login), ("password", "any")];
            let request = self.http.post(here.clone()).form(&form);
            response = self.send(request).await;
        }
        panic!("{here} leads nowhere");
    }
}
