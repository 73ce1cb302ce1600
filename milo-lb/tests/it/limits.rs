//! What one client may take.

use std::net::IpAddr;
use std::sync::Arc;

use milo_lb::limits::{Client, ConnectionLimiter, Full, RequestLimiter, Verdict};

fn client(address: &str) -> Client {
    Client::of(address.parse::<IpAddr>().unwrap())
}

#[test]
fn an_ipv4_address_is_a_client_however_it_is_written() {
    assert_eq!(client("10.0.0.1"), client("::ffff:10.0.0.1"));
    assert_ne!(client("10.0.0.1"), client("10.0.0.2"));
}

#[test]
fn an_ipv6_network_of_64_bits_is_one_client() {
    assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
    assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
}

#[test]
fn a_client_has_its_burst_and_no_more_and_others_have_theirs() {
    let limiter = RequestLimiter::new(1, 5);
    let (ann, bob) = (client("10.0.0.1"), client("10.0.0.2"));
    let passes = |who| {
        (0..20)
            .filter(|_| matches!(limiter.check(who), Verdict::Pass { .. }))
            .count()
    };
    assert_eq!((passes(ann), passes(bob)), (5, 5));
    assert!(matches!(limiter.check(ann), Verdict::Refuse { retry_after } if !retry_after.is_zero()));
}

#[test]
fn what_is_left_is_counted_down() {
    let limiter = RequestLimiter::new(1, 3);
    let left: Vec<Verdict> = (0..3).map(|_| limiter.check(client("10.0.0.1"))).collect();
    let expected = [2, 1, 0].map(|remaining| Verdict::Pass { remaining });
    assert_eq!(left, expected);
}

#[test]
fn without_a_rate_there_is_no_limit_and_nobody_is_remembered() {
    let limiter = RequestLimiter::new(0, 0);
    assert!((0..1_000).all(|_| matches!(limiter.check(client("10.0.0.1")), Verdict::Pass { .. })));
    assert!(limiter.is_empty());
}

#[test]
fn the_same_numbers_again_forget_nothing_and_others_do() {
    let limiter = RequestLimiter::new(1, 1);
    let _ = limiter.check(client("10.0.0.1"));
    limiter.set(1, 1);
    assert!(matches!(limiter.check(client("10.0.0.1")), Verdict::Refuse { .. }));
    limiter.set(2, 2);
    assert!(matches!(limiter.check(client("10.0.0.1")), Verdict::Pass { .. }));
}

#[test]
fn threads_together_get_one_burst() {
    let limiter = RequestLimiter::new(1, 100);
    let passed: usize = std::thread::scope(|scope| {
        let pass = || {
            (0..100)
                .filter(|_| matches!(limiter.check(client("10.0.0.1")), Verdict::Pass { .. }))
                .count()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(pass)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // A token may have been earned meanwhile.
    assert!((100..=105).contains(&passed), "{passed}");
}

#[test]
fn connections_are_counted_for_each_client_and_in_all_and_given_back() {
    let limiter = Arc::new(ConnectionLimiter::new(2, 3));
    let (ann, bob) = (client("10.0.0.1"), client("10.0.0.2"));
    let first = limiter.admit(ann).unwrap();
    let _second = limiter.admit(ann).unwrap();
    assert_eq!(limiter.admit(ann).unwrap_err(), Full::Client);
    let _third = limiter.admit(bob).unwrap();
    assert_eq!(limiter.admit(bob).unwrap_err(), Full::Total);

    drop(first);

    assert!(limiter.admit(ann).is_ok());
    assert_eq!(limiter.len(), 2);
}

#[test]
fn clients_without_a_connection_are_forgotten() {
    let limiter = Arc::new(ConnectionLimiter::new(0, 1_000));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let limiter = &limiter;
            scope.spawn(move || {
                for _ in 0..100 {
                    drop(limiter.admit(client(&format!("10.0.0.{thread}"))).unwrap());
                }
            });
        }
    });
    assert_eq!((limiter.clients(), limiter.len()), (0, 0));
}
