//! What must be true of what clients saw: I15 to I21, and that no accepted work is lost.

mod asked;
mod effects;
mod holds;
mod keys;
mod lost;
mod reads;
mod register;
mod sales;
mod together;

pub(crate) use together::Together;

use crate::calls::History;
use crate::database::Database;
use crate::input::dump::Dump;
use crate::verdict::Findings;

/// Looks at every promise to clients.
pub(crate) fn check(history: &History, written: Option<(&Dump, &Database<'_>)>, findings: &mut Findings) {
    let together = Together::of(history, written.map(|(dump, _)| dump));
    asked::check(history, &together, written, findings);
    let doubly_sold = sales::check(history, &together, findings);
    register::check(history, &together, &doubly_sold, findings);
    holds::check(history, &together, findings);
    reads::check(history, &together, findings);
    keys::check(history, findings);
    if let Some((_, database)) = written {
        effects::check(history, &together, database, findings);
        lost::check(history, &together, database, findings);
    }
}
