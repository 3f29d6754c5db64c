//! `GET /v1/oauth/{provider}/start` and `/callback`: opened by browsers.

use actix_web::http::header::{LOCATION, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::browser_cookie::BrowserCookie;
use super::provider_of;
use crate::domain::browser_token::BrowserPass;
use crate::domain::redirects::RedirectTarget;
use crate::flows::oauth::come_back::{Answer, ComeBack, Returned, come_back};
use crate::flows::oauth::start::{Start, Started, With, start as begin};
use crate::flows::{Context, Visit};
use crate::http::parameters;
use crate::http::problem::{FieldError, Problem};
use crate::http::query::Query;
use crate::http::well_known::Published;
use crate::http::wishes::WishBody;

/// A ticket, or all the rest.
#[derive(Deserialize)]
pub struct StartQuery {
    redirect_to: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    state: Option<String>,
    ticket: Option<SecretString>,
}

impl StartQuery {
    fn with(self) -> Result<With, Problem> {
        let Self { redirect_to, code_challenge, code_challenge_method, state, ticket } = self;
        if let Some(ticket) = ticket {
            let beside = [redirect_to, code_challenge, code_challenge_method, state];
            if beside.iter().any(Option::is_some) {
                let detail = "a ticket goes alone: the rest was said when it was asked for";
                return Err(Problem::invalid_field(FieldError::new("?ticket", "invalid_value", detail)));
            }
            return Ok(With::Ticket(BrowserPass::parse(ticket.expose_secret()).ok()));
        }
        let redirect_to = redirect_to.ok_or_else(|| missing("?redirect_to"))?;
        let code_challenge = code_challenge.ok_or_else(|| missing("?code_challenge"))?;
        WishBody { redirect_to, code_challenge, code_challenge_method, state }.parse("?").map(With::Wish)
    }
}

fn missing(pointer: &'static str) -> Problem {
    Problem::invalid_field(FieldError::new(pointer, "missing_field", "this parameter is required"))
}

pub async fn start(
    context: web::Data<Context>,
    published: web::Data<Published>,
    visit: Visit,
    request: HttpRequest,
    query: Query<StartQuery>,
) -> Result<HttpResponse, Problem> {
    let cookie = BrowserCookie::on(&published.public_url);
    let input = Start { provider: provider_of(&request), with: query.0.with()?, browser: cookie.read(&request) };
    match begin(&context, &visit, input).await? {
        Started::Away { url, browser } => {
            let cookie = cookie.set(&browser).map_err(Problem::internal)?;
            Ok(found(url.as_str()).insert_header((SET_COOKIE, cookie)).finish())
        }
        Started::Failed { target, state, error } => Ok(back(&published, &target, state.as_deref(), &Err(error.into()))),
    }
}

/// Providers add parameters as they like; these are ignored (RFC 6749, section 4.1.2).
#[derive(Deserialize)]
struct CallbackQuery {
    state: Option<SecretString>,
    code: Option<SecretString>,
    error: Option<String>,
    iss: Option<String>,
}

pub async fn callback(
    context: web::Data<Context>,
    published: web::Data<Published>,
    visit: Visit,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let read = parameters::parse::<CallbackQuery>(request.query_string().as_bytes());
    let query = read.map_err(|_| Problem::invalid_state())?.known;
    let answer = match (query.code, query.error) {
        (Some(code), None) => Answer::Code(code),
        // Both together are none of RFC 6749's answers.
        (_, error) => Answer::Error(error),
    };
    let input = ComeBack {
        provider: provider_of(&request),
        state: query.state.and_then(|state| BrowserPass::parse(state.expose_secret()).ok()),
        browser: BrowserCookie::on(&published.public_url).read(&request),
        answer,
        iss: query.iss,
    };
    let Returned { target, state, outcome } = come_back(&context, &visit, input).await?;
    Ok(back(&published, &target, state.as_deref(), &outcome.map_err(Problem::from)))
}

/// To the app: with a code, or with the `code` of a problem as its `error`. The cause is for the log.
fn back(
    published: &Published,
    target: &RedirectTarget,
    state: Option<&str>,
    outcome: &Result<BrowserPass, Problem>,
) -> HttpResponse {
    let first = match outcome {
        Ok(pass) => ("code", pass.secret().expose_secret()),
        Err(problem) => {
            if let Some(cause) = problem.cause() {
                tracing::warn!(event = "oauth_failed", code = problem.code(), cause);
            }
            ("error", problem.code())
        }
    };
    let state = state.map(|state| ("state", state));
    // RFC 9207: whose answer it is, for apps that talk to several servers.
    let issuer = ("iss", published.issuer.as_str());
    found(&target.with([Some(first), state, Some(issuer)].into_iter().flatten())).finish()
}

fn found(location: &str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Found();
    answer.insert_header((LOCATION, location));
    answer
}
