//! The payment queue on a real RabbitMQ.

mod broker;
mod dead_letters;
mod outages;
mod proxy;
mod publishing;
mod receiving;
mod restarts;
mod rig;
mod topology;

pub(crate) use rig::Rig;

mod payment_queue {
    use super::rig::Rig;
    milo_core::payment_queue_conformance!(Rig::new());
}
