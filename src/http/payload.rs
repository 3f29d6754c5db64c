//! The bytes of a body: so many, so long, of one type, and none of them read when it announces too much.

use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::dev;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::mime::Mime;
use futures_util::StreamExt;
use zeroize::Zeroize;

use super::deadline::EdgeDeadline;
use super::problem::Problem;

/// The largest body there is: `metadata` may hold 16 KiB, which JSON's escapes can make three times as long.
pub const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// A body, wiped when dropped, because it may hold passwords; actix's own buffers are not. As a slice, which goes in wide
/// steps: a `Zeroizing<Vec<u8>>` is wiped byte by byte.
pub(super) struct BodyBytes(Vec<u8>);

impl Deref for BodyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for BodyBytes {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

/// The whole body.
///
/// # Errors
/// 413 when it is, or announces to be, longer than [`BODY_LIMIT_BYTES`]; 408 when it is not there by the request's
/// deadline; 400 when it breaks off.
pub(super) async fn read(request: &HttpRequest, mut payload: dev::Payload) -> Result<BodyBytes, Problem> {
    let announced = announced_bytes(request);
    if announced > BODY_LIMIT_BYTES {
        return Err(Problem::body_too_large(BODY_LIMIT_BYTES));
    }
    let EdgeDeadline(deadline) = EdgeDeadline::of(request);
    // Without a `Content-Length` the buffer grows, and copies that it leaves behind are not wiped.
    let mut body = BodyBytes(Vec::with_capacity(announced));
    loop {
        let next = at_once_or_until(deadline.instant(), payload.next());
        match next.await.ok_or_else(Problem::body_too_slow)? {
            None => return Ok(body),
            Some(Ok(chunk)) if body.len() + chunk.len() <= BODY_LIMIT_BYTES => body.0.extend_from_slice(&chunk),
            Some(Ok(_) | Err(PayloadError::Overflow)) => return Err(Problem::body_too_large(BODY_LIMIT_BYTES)),
            Some(Err(_)) => return Err(Problem::malformed_request().detail("the body broke off")),
        }
    }
}

/// What comes, or `None` when it is not there in time. Looks twice before it sets an alarm: the body of a small request
/// comes with its headers and is here at the second look, and an alarm costs a twentieth of a token's check.
async fn at_once_or_until<F: Future + Unpin>(instant: Instant, mut coming: F) -> Option<F::Output> {
    let mut looked = false;
    let twice = poll_fn(|task| match Pin::new(&mut coming).poll(task) {
        Poll::Ready(here) => Poll::Ready(Some(here)),
        Poll::Pending if looked => Poll::Ready(None),
        Poll::Pending => {
            looked = true;
            task.waker().wake_by_ref();
            Poll::Pending
        }
    });
    match twice.await {
        Some(here) => Some(here),
        None => tokio::time::timeout_at(instant.into(), coming).await.ok(),
    }
}

/// What `Content-Length` says; a number that fits nowhere is too much, and the server has refused what is none.
fn announced_bytes(request: &HttpRequest) -> usize {
    let Some(value) = request.headers().get(CONTENT_LENGTH) else { return 0 };
    value.to_str().ok().and_then(|text| text.trim().parse().ok()).unwrap_or(usize::MAX)
}

/// Demands one `Content-Type` of this essence, in UTF-8 if it names a charset, and no content coding.
///
/// # Errors
/// 415.
pub(super) fn demand_type(request: &HttpRequest, essence: &'static str) -> Result<(), Problem> {
    let mut types = request.headers().get_all(CONTENT_TYPE);
    let only = types.next().filter(|_| types.next().is_none());
    let text = only.and_then(|value| value.to_str().ok());
    // Nearly everybody sends the essence and nothing else, for which no parser is needed.
    let fits = text == Some(essence)
        || text.and_then(|text| text.parse::<Mime>().ok()).is_some_and(|mime| {
            let in_utf8 =
                mime.get_param("charset").is_none_or(|charset| charset.as_str().eq_ignore_ascii_case("utf-8"));
            mime.essence_str() == essence && in_utf8
        });
    let uncoded = request.headers().get_all(CONTENT_ENCODING).all(|value| value == "identity");
    if fits && uncoded { Ok(()) } else { Err(Problem::unsupported_media_type(essence)) }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::time::Duration;

    use actix_web::HttpMessage;
    use actix_web::test::TestRequest;
    use actix_web::web::Bytes;
    use futures_util::{Stream, stream};

    use super::*;
    use crate::domain::clock::Deadline;

    async fn read_of(chunks: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Result<usize, u16> {
        let request = TestRequest::post().to_http_request();
        request.extensions_mut().insert(EdgeDeadline(Deadline::within(Duration::from_millis(50))));
        let chunks: Pin<Box<dyn Stream<Item = _>>> = Box::pin(chunks);
        read(&request, dev::Payload::Stream { payload: chunks })
            .await
            .map(|body| body.len())
            .map_err(|problem| problem.status().as_u16())
    }

    fn pieces(many: usize) -> impl Stream<Item = Result<Bytes, PayloadError>> {
        stream::iter((0..many).map(|_| Ok(Bytes::from_static(&[b' '; 1024]))))
    }

    #[actix_web::test]
    async fn a_body_in_pieces_is_bounded_by_size_and_by_time() {
        assert_eq!(read_of(pieces(64)).await, Ok(BODY_LIMIT_BYTES));
        assert_eq!(read_of(pieces(65)).await, Err(413));
        assert_eq!(read_of(pieces(1).chain(stream::pending())).await, Err(408));
        assert_eq!(read_of(pieces(1).chain(stream::iter([Err(PayloadError::EncodingCorrupted)]))).await, Err(400));
    }
}
