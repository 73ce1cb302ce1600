//! What milo-check accepts and what it does not.

mod bad_histories;
mod bad_rows;
mod books;
mod command;
mod generated;
mod good;
mod judge;
mod seller;
mod tale;
