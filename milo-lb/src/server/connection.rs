//! One connection of a client, from its first byte to its last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::worker::Arrival;
use crate::balancer::{Balancer, Live};
use crate::proxy::{Connection, Scheme, handle};
use crate::wire::{HeadLimits, Pace, Strict, Turn};

const STREAMS_MAX: u32 = 128;
/// The least that hyper takes.
const BUFFER_BYTES_MIN: usize = 8192;

struct Served {
    balancer: Arc<Balancer>,
    live: Arc<Live>,
    worker: usize,
    peer: SocketAddr,
    stop: watch::Receiver<bool>,
}

/// Serves a connection until it ends, or until the balancer stops and its last request is answered.
pub(super) async fn serve(arrival: Arrival, worker: usize, balancer: Arc<Balancer>, stop: watch::Receiver<bool>) {
    let Arrival {
        stream,
        peer,
        permit,
        alive,
    } = arrival;
    let Ok(stream) = TcpStream::from_std(stream) else {
        return;
    };
    balancer.meters.connections.increment(1.0);
    let served = Served {
        live: balancer.live_owned(),
        balancer: balancer.clone(),
        worker,
        peer,
        stop,
    };
    match served.live.tls.clone() {
        None => served.http1(stream, Scheme::Http).await,
        // Aside: what only TLS needs is not part of every connection.
        Some(acceptor) => Box::pin(served.tls(acceptor, stream)).await,
    }
    balancer.meters.connections.decrement(1.0);
    drop((permit, alive));
}

impl Served {
    async fn tls(self, acceptor: TlsAcceptor, stream: TcpStream) {
        let peer = self.peer;
        match tokio::time::timeout(self.live.config.timeouts.head, acceptor.accept(stream)).await {
            Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => self.http2(stream).await,
            Ok(Ok(stream)) => self.http1(stream, Scheme::Https).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS could be agreed on"),
            Err(_) => tracing::debug!(%peer, "TLS was not agreed on in time"),
        }
    }

    async fn http1(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, scheme: Scheme) {
        let config = &self.live.config;
        let limits = HeadLimits {
            bytes: config.limits.head_bytes,
            fields: config.limits.head_fields,
            target_bytes: config.limits.target_bytes,
        };
        let pace = Pace {
            head: config.timeouts.head,
            idle: config.timeouts.idle,
            stalled: config.timeouts.stalled,
        };
        let turn = Arc::new(Turn::default());
        let connection = Arc::new(Connection::new(
            self.balancer,
            self.worker,
            self.peer,
            scheme,
            turn.clone(),
        ));
        // Boxed, so that a connection that waits for a request keeps no room for one.
        let service = service_fn(move |request| Box::pin(handle(connection.clone(), request)));
        let served = http1::Builder::new()
            .half_close(true)
            .header_read_timeout(None)
            .max_headers(limits.fields + 1)
            .max_buf_size(limits.bytes.max(BUFFER_BYTES_MIN) + BUFFER_BYTES_MIN)
            .serve_connection(Strict::new(stream, limits, pace, turn), service);
        let (mut served, mut stop) = (std::pin::pin!(served), self.stop);
        let ended = tokio::select! {
            ended = served.as_mut() => ended,
            () = told(&mut stop) => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(peer = %self.peer, %error, "a connection broke");
        }
    }

    async fn http2(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let config = self.live.config.clone();
        let turn = Arc::new(Turn::default());
        let connection = Arc::new(Connection::new(
            self.balancer,
            self.worker,
            self.peer,
            Scheme::Https,
            turn.clone(),
        ));
        let service = service_fn(move |request| handle(connection.clone(), request));
        let served = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(config.timeouts.idle)
            .keep_alive_timeout(config.timeouts.stalled)
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(config.limits.head_bytes).unwrap_or(u32::MAX))
            .serve_connection(TokioIo::new(stream), service);
        let (mut served, mut stop) = (std::pin::pin!(served), self.stop);
        let ended = tokio::select! {
            ended = served.as_mut() => ended,
            () = idle(&turn, config.timeouts.idle) => {
                served.as_mut().graceful_shutdown();
                served.await
            }
            () = told(&mut stop) => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(peer = %self.peer, %error, "a connection broke");
        }
    }
}

/// Ends when the balancer stops.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Ends when a connection has had no request for so long, and none is under way.
async fn idle(turn: &Turn, time: Duration) {
    let mut before = None;
    loop {
        tokio::time::sleep(time).await;
        let now = turn.taken();
        if before == Some(now) && !turn.is_busy() {
            return;
        }
        before = Some(now);
    }
}
