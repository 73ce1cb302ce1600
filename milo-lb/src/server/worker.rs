//! The threads that serve clients: each has a runtime of its own, so that a request never changes threads.

use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use anyhow::Context;
use tokio::sync::{mpsc, watch};

use super::connection::serve;
use crate::balancer::Balancer;
use crate::limits::ConnectionPermit;

/// A connection on its way to a thread.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) permit: ConnectionPermit,
    /// Kept until the connection is over.
    pub(super) alive: mpsc::Sender<()>,
}

struct Worker {
    arrivals: mpsc::UnboundedSender<Arrival>,
    open: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

/// All of them.
pub(crate) struct Workers(Vec<Worker>);

impl Workers {
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn start(count: usize, balancer: &Arc<Balancer>, stop: &watch::Receiver<bool>) -> anyhow::Result<Self> {
        let workers = (0..count).map(|index| {
            let (arrivals, arriving) = mpsc::unbounded_channel();
            let open = Arc::new(AtomicUsize::new(0));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let work = work(index, arriving, open.clone(), balancer.clone(), stop.clone());
            let thread = std::thread::Builder::new()
                .name(format!("worker-{index}"))
                .spawn(move || {
                    runtime.block_on(work);
                    runtime.shutdown_background();
                })?;
            Ok(Worker { arrivals, open, thread })
        });
        Ok(Self(
            workers
                .collect::<std::io::Result<_>>()
                .context("a thread could not be started")?,
        ))
    }

    /// Gives a connection to the thread with the fewest.
    pub(super) fn give(&self, arrival: Arrival) {
        let Some(worker) = self.0.iter().min_by_key(|worker| worker.open.load(Ordering::Relaxed)) else {
            return;
        };
        worker.open.fetch_add(1, Ordering::Relaxed);
        // A thread that is gone has nobody to serve.
        let _ = worker.arrivals.send(arrival);
    }

    /// Ends the threads, and whatever they still serve.
    pub(crate) fn end(self) {
        let threads: Vec<_> = self.0.into_iter().map(|worker| worker.thread).collect();
        for thread in threads {
            let _ = thread.join();
        }
    }
}

async fn work(
    index: usize,
    mut arriving: mpsc::UnboundedReceiver<Arrival>,
    open: Arc<AtomicUsize>,
    balancer: Arc<Balancer>,
    stop: watch::Receiver<bool>,
) {
    while let Some(arrival) = arriving.recv().await {
        let (balancer, open, stop) = (balancer.clone(), Counted(open.clone()), stop.clone());
        tokio::spawn(async move {
            let _open = open;
            serve(arrival, index, balancer, stop).await;
        });
    }
}

/// One of a thread's connections.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
