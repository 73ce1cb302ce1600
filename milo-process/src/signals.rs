//! Being told to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit code of a process that was told to stop twice.
const FORCED: i32 = 130;

/// Cancels `stop` at the first SIGTERM or SIGINT; the second ends the process at once.
///
/// # Errors
/// The system's, when signals cannot be watched.
pub fn stop_on_signals(stop: CancellationToken) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut told = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        told().await;
        tracing::info!("stopping; a second signal stops at once");
        stop.cancel();
        told().await;
        tracing::warn!("stopped by force");
        std::process::exit(FORCED);
    });
    Ok(())
}
