//! The deployment as it is run: processes of `milo-http` and `milo-worker` that share Postgres, Redis and RabbitMQ.

mod audit;
mod caching;
mod deaths;
mod engines;
mod journey;
mod outages;
mod process;
mod running;
mod sale;
mod starting;

use engines::Engines;
use process::Process;
use running::Deployment;
use sale::Sale;
