//! The two built-in pages that the links in mails lead to.
//!
//! They promise that opening one changes nothing: the token stands in the link's fragment, which no browser sends, and
//! only the page's button gives it to the API, like any other client's. So neither a log nor a mail scanner that opens
//! every link has it or uses it up. Each page is one answer that loads nothing else, under a policy that names the hash
//! of its style and of its script and permits no other. Nothing is decided here: what a page says is what the API said.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const FRAME: &str = include_str!("frame.html");
const STYLE: &str = include_str!("page.css");
const SHARED_SCRIPT: &str = include_str!("page.js");

static RESET_PASSWORD: LazyLock<Page> = LazyLock::new(|| {
    let (body, script) = (include_str!("reset_password.html"), include_str!("reset_password.js"));
    Page::assemble("Choose a new password", body, script)
});
static VERIFY_EMAIL: LazyLock<Page> = LazyLock::new(|| {
    let (body, script) = (include_str!("verify_email.html"), include_str!("verify_email.js"));
    Page::assemble("Confirm your address", body, script)
});

/// Put together once a process.
struct Page {
    html: String,
    policy: String,
}

impl Page {
    fn assemble(title: &str, body: &str, script: &str) -> Self {
        let script = format!("{SHARED_SCRIPT}\n{script}");
        // The style and the script last: nothing in them is a place to be filled.
        let html = FRAME.replace("{title}", title).replace("{body}", body);
        let html = html.replace("{style}", STYLE).replace("{script}", &script);
        Self { html, policy: policy(STYLE, &script) }
    }

    fn answer(&'static self) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer.insert_header(ContentType::html()).insert_header((CONTENT_SECURITY_POLICY, self.policy.as_str()));
        answer.body(self.html.as_str())
    }
}

/// CSP level 3: this style, this script, requests to the API beside it, and nothing else. Forms are sent by the script.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(style),
        hash(script)
    )
}

/// `GET /pages/reset-password#token=…`
pub async fn reset_password() -> HttpResponse {
    RESET_PASSWORD.answer()
}

/// `GET /pages/verify-email#token=…`, with `&purpose=change` where an account is to get another address.
pub async fn verify_email() -> HttpResponse {
    VERIFY_EMAIL.answer()
}

#[cfg(test)]
mod tests;
