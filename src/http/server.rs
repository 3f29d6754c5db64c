//! The two listeners, and the servers on them.

use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::{Server, ServerHandle};
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::middleware::Condition;
use actix_web::{App, HttpServer, web};

use super::client_address::TrustedProxies;
use super::edge::Edge;
use super::health::Draining;
use super::not_found::not_found;
use super::request_id;
use super::routes;
use super::well_known::Published;
use crate::config::listener::Listener;
use crate::config::server::ServerSettings;
use crate::flows::Context;

/// What is under way when the listener closes may take this long; a request has ten seconds of its own.
const SHUTDOWN_SECONDS: u64 = 25;
/// A client that is slower with its headers is not heard.
const HEADER_PATIENCE: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Connections a worker thread holds. Past it, new ones wait in the kernel's queue.
const CONNECTIONS_PER_WORKER: usize = 10_000;
/// Preflights that a browser need not repeat.
const CORS_MAX_AGE_SECONDS: usize = 600;

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}")]
pub struct BindError {
    pub address: Listener,
    cause: io::Error,
}

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Both listeners, bound, so that their ports are known before anything else starts. Nobody is answered yet.
pub struct Listeners {
    app: (Listener, Socket),
    ops: (Listener, Socket),
}

impl Listeners {
    /// # Errors
    /// [`BindError`] names the address.
    pub fn bind(settings: &ServerSettings) -> Result<Self, BindError> {
        Ok(Self { app: bind(&settings.listen)?, ops: bind(&settings.ops_listen)? })
    }

    /// Where it really listens: the port is never 0.
    pub fn app(&self) -> &Listener {
        &self.app.0
    }

    pub fn ops(&self) -> &Listener {
        &self.ops.0
    }
}

fn bind(wanted: &Listener) -> Result<(Listener, Socket), BindError> {
    let failed = |cause| BindError { address: wanted.clone(), cause };
    match wanted {
        Listener::Tcp(address) => {
            let socket = TcpListener::bind(address).map_err(failed)?;
            let bound = socket.local_addr().map_err(failed)?;
            Ok((Listener::Tcp(bound), Socket::Tcp(socket)))
        }
        Listener::Unix(path) => {
            // What a server that was killed left behind would make every later start fail.
            if std::os::unix::net::UnixStream::connect(path)
                .is_err_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
            {
                std::fs::remove_file(path).map_err(failed)?;
            }
            let socket = UnixListener::bind(path).map_err(failed)?;
            Ok((wanted.clone(), Socket::Unix(socket)))
        }
    }
}

/// The servers, answering.
pub struct Running {
    draining: Draining,
    app: ServerHandle,
    ops: ServerHandle,
}

impl Running {
    /// Readiness turns, nobody new is let in, what is under way is answered, with `Connection: close`.
    pub async fn stop(&self) {
        self.draining.0.store(true, Ordering::Release);
        self.app.stop(true).await;
        self.ops.stop(true).await;
    }
}

/// Answers on both listeners, from `workers` threads.
///
/// # Errors
/// What the system says when the sockets cannot be handed over.
pub fn run(
    listeners: Listeners,
    settings: &ServerSettings,
    published: Published,
    context: Context,
    workers: usize,
) -> io::Result<Running> {
    let draining = Draining::default();
    let (context, published, shared) =
        (web::Data::new(context), web::Data::new(published), web::Data::new(draining.clone()));
    let app = {
        let (context, shared, edge) = (context.clone(), shared.clone(), Edge::new(draining.0.clone()));
        let (proxies, origins) = (TrustedProxies::new(settings.trusted_proxies.clone()), settings.cors_origins.clone());
        HttpServer::new(move || {
            App::new()
                .app_data(context.clone())
                .app_data(published.clone())
                .app_data(shared.clone())
                .app_data(proxies.clone())
                .configure(routes::app)
                .default_service(web::to(not_found))
                .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
                .wrap(edge.clone())
        })
        .workers(workers)
        .client_request_timeout(HEADER_PATIENCE)
        .keep_alive(KEEP_ALIVE)
        .max_connections(CONNECTIONS_PER_WORKER)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals()
    };
    let ops = {
        let edge = Edge::new(draining.0.clone());
        HttpServer::new(move || {
            App::new()
                .app_data(context.clone())
                .app_data(shared.clone())
                .configure(routes::ops)
                .default_service(web::to(not_found))
                .wrap(edge.clone())
        })
        .workers(1)
        .client_request_timeout(HEADER_PATIENCE)
        .shutdown_timeout(1)
        .disable_signals()
    };
    let app = start(match listeners.app.1 {
        Socket::Tcp(socket) => app.listen(socket)?.run(),
        Socket::Unix(socket) => app.listen_uds(socket)?.run(),
    });
    let ops = start(match listeners.ops.1 {
        Socket::Tcp(socket) => ops.listen(socket)?.run(),
        Socket::Unix(socket) => ops.listen_uds(socket)?.run(),
    });
    Ok(Running { draining, app, ops })
}

fn start(server: Server) -> ServerHandle {
    let handle = server.handle();
    actix_web::rt::spawn(server);
    handle
}

/// An allow-list and nothing else, and where it is empty not even asked. Tokens travel in headers, never in cookies, so no credentials are allowed.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "PATCH", "DELETE"])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE, request_id::X_REQUEST_ID])
        .expose_headers([request_id::X_REQUEST_ID])
        .max_age(CORS_MAX_AGE_SECONDS);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
