//! An answer as it leaves: in the form of its plane, with the headers that all answers have.

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::ConnectionType;
use actix_web::http::header::{self, HeaderMap};

use super::{Arrival, log};
use crate::http::problem::{OAuthError, Problem};
use crate::http::request_id::X_REQUEST_ID;
use crate::http::security_headers;

impl Arrival {
    pub(super) fn dress(&self, response: HttpResponse, draining: bool) -> HttpResponse {
        let mut response = self.in_form(response);
        let headers = response.headers_mut();
        security_headers::complete(headers, self.plane);
        if let Some(id) = self.request_id.header_value() {
            headers.insert(X_REQUEST_ID, id);
        }
        if draining {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        response
    }

    /// Renders what went wrong anew, now that the plane and the request id are known. What went well stays, and so does
    /// an answer of 400 and above that a handler gave a body of its own.
    fn in_form(&self, response: HttpResponse) -> HttpResponse {
        let failed = response.status().is_client_error() || response.status().is_server_error();
        let rendered = match response.error() {
            Some(error) => {
                if let Some(problem) = error.as_error::<Problem>() {
                    self.render(problem)
                } else if let Some(refusal) = error.as_error::<OAuthError>() {
                    self.render(refusal.as_problem())
                } else if failed {
                    // Another crate's error: its status is right, its words may repeat what was sent.
                    let problem = Problem::of_status(response.status());
                    log::foreign(self, error, response.status());
                    self.render(&problem)
                } else {
                    return response;
                }
            }
            None if failed && is_empty(&response) => self.render(&Problem::of_status(response.status())),
            None => return response,
        };
        with_headers_of(response.headers(), rendered)
    }

    fn render(&self, problem: &Problem) -> HttpResponse {
        log::cause(self, problem);
        problem.render(self.plane, Some(&self.request_id))
    }
}

fn is_empty(response: &HttpResponse) -> bool {
    matches!(response.body().size(), BodySize::None | BodySize::Sized(0))
}

/// What middleware further in had added (CORS, `Allow`), unless the form has its own.
fn with_headers_of(before: &HeaderMap, mut rendered: HttpResponse) -> HttpResponse {
    let of_the_form = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CACHE_CONTROL, header::WWW_AUTHENTICATE];
    let kept: Vec<_> = before
        .iter()
        .filter(|(name, _)| !of_the_form.contains(name) && !rendered.headers().contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in kept {
        rendered.headers_mut().append(name, value);
    }
    rendered
}
