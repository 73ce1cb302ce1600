//! The metrics, through the `metrics` facade: without a recorder they cost nothing.

use std::net::SocketAddr;
use std::time::Duration;

use http::StatusCode;
use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

/// Says what each metric means. To be called once, after a recorder was installed.
pub fn describe() {
    describe_counter!("milo_lb_requests_total", "Answers to clients, by class of status");
    describe_histogram!(
        "milo_lb_request_duration_seconds",
        Unit::Seconds,
        "From a request's head to the end of its answer, as the client sees it"
    );
    describe_counter!(
        "milo_lb_refused_total",
        "Requests that no node was asked for, by type of problem"
    );
    describe_counter!(
        "milo_lb_retries_total",
        "Requests that were sent to another node, by reason"
    );
    describe_counter!(
        "milo_lb_retries_spared_total",
        "Requests that could have been sent again and were not, for the budget"
    );
    describe_gauge!("milo_lb_connections", "Connections of clients");
    describe_counter!(
        "milo_lb_connections_refused_total",
        "Connections that were closed at once, by limit"
    );
    describe_counter!("milo_lb_reloads_total", "Reloads of the configuration, by result");
    describe_counter!(
        "milo_lb_access_lines_dropped_total",
        "Lines that the access log could not take in time"
    );
    describe_gauge!("milo_lb_clients", "Clients whose rate of requests is remembered");
    describe_counter!("milo_lb_node_answers_total", "Answers of a node, by class of status");
    describe_histogram!(
        "milo_lb_node_answer_seconds",
        Unit::Seconds,
        "From sending a request to a node to the head of its answer"
    );
    describe_counter!(
        "milo_lb_node_failures_total",
        "Requests that a node did not answer, by reason"
    );
    describe_counter!(
        "milo_lb_node_failed_checks_total",
        "Active checks of a node that did not pass"
    );
    describe_counter!("milo_lb_node_ejections_total", "How often a node was ejected");
    describe_counter!(
        "milo_lb_node_connections_opened_total",
        "Connections that were opened to a node"
    );
    describe_gauge!("milo_lb_node_up", "Whether a node gets new requests");
    describe_gauge!("milo_lb_node_in_flight", "Requests under way at a node");
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

fn class(status: StatusCode) -> usize {
    usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1
}

/// Of the balancer as a whole.
pub(crate) struct Meters {
    requests: [Counter; 5],
    duration: Histogram,
    pub(crate) retries_unreachable: Counter,
    pub(crate) retries_broken: Counter,
    pub(crate) retries_status: Counter,
    pub(crate) retries_spared: Counter,
    pub(crate) connections: Gauge,
    pub(crate) full_client: Counter,
    pub(crate) full_total: Counter,
    pub(crate) clients: Gauge,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            requests: CLASSES.map(|class| counter!("milo_lb_requests_total", "class" => class)),
            duration: histogram!("milo_lb_request_duration_seconds"),
            retries_unreachable: counter!("milo_lb_retries_total", "reason" => "unreachable"),
            retries_broken: counter!("milo_lb_retries_total", "reason" => "broken"),
            retries_status: counter!("milo_lb_retries_total", "reason" => "status"),
            retries_spared: counter!("milo_lb_retries_spared_total"),
            connections: gauge!("milo_lb_connections"),
            full_client: counter!("milo_lb_connections_refused_total", "limit" => "client"),
            full_total: counter!("milo_lb_connections_refused_total", "limit" => "total"),
            clients: gauge!("milo_lb_clients"),
        }
    }
}

impl Meters {
    pub(crate) fn answered(&self, status: StatusCode, took: Duration) {
        self.requests[class(status)].increment(1);
        self.duration.record(took.as_secs_f64());
    }
}

pub(crate) fn refused(kind: &'static str) {
    counter!("milo_lb_refused_total", "type" => kind).increment(1);
}

pub(crate) fn reloaded(result: &'static str) {
    counter!("milo_lb_reloads_total", "result" => result).increment(1);
}

pub(crate) fn access_lines_dropped(count: u64) {
    counter!("milo_lb_access_lines_dropped_total").absolute(count);
}

/// Of one node.
pub(crate) struct NodeMeters {
    answers: [Counter; 5],
    answer: Histogram,
    pub(crate) unreachable: Counter,
    pub(crate) broken: Counter,
    pub(crate) timed_out: Counter,
    pub(crate) failed_checks: Counter,
    pub(crate) ejections: Counter,
    pub(crate) opened: Counter,
    pub(crate) up: Gauge,
    pub(crate) in_flight: Gauge,
}

impl NodeMeters {
    pub(crate) fn of(node: SocketAddr) -> Self {
        let node = node.to_string();
        let failures =
            |reason: &'static str| counter!("milo_lb_node_failures_total", "node" => node.clone(), "reason" => reason);
        Self {
            answers: CLASSES
                .map(|class| counter!("milo_lb_node_answers_total", "node" => node.clone(), "class" => class)),
            answer: histogram!("milo_lb_node_answer_seconds", "node" => node.clone()),
            unreachable: failures("unreachable"),
            broken: failures("broken"),
            timed_out: failures("timed_out"),
            failed_checks: counter!("milo_lb_node_failed_checks_total", "node" => node.clone()),
            ejections: counter!("milo_lb_node_ejections_total", "node" => node.clone()),
            opened: counter!("milo_lb_node_connections_opened_total", "node" => node.clone()),
            up: gauge!("milo_lb_node_up", "node" => node.clone()),
            in_flight: gauge!("milo_lb_node_in_flight", "node" => node),
        }
    }

    pub(crate) fn answered(&self, status: StatusCode, took: Duration) {
        self.answers[class(status)].increment(1);
        self.answer.record(took.as_secs_f64());
    }

    /// The node is one no more.
    pub(crate) fn forget(&self) {
        self.up.set(0.0);
        self.in_flight.set(0.0);
    }
}
