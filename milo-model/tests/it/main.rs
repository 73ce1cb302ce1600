//! The protocol holds, every planted bug is found, and the model does what the code does.

mod driver;
mod flaws;
mod locks;
mod protocol;
mod rules;
