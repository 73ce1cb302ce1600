//! Panics in the log.

/// Makes every panic of the process a line of the log, in place of text on the standard error output.
///
/// The line says where it happened, within the span of its request. It repeats the message only if that is a literal
/// of the program: a formatted one may hold what a client sent.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or("(withheld)");
        tracing::error!(panic.place = place, panic.message = message, "a task panicked");
    }));
}
