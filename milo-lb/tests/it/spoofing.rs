//! What a client says of itself: nothing of it reaches a node as if it were ours.

use crate::support::{Backend, balance, exchange, quick};

/// An address that nobody has here.
const LIE: &str = "6.6.6.6";

fn lies() -> Vec<String> {
    let names = [
        "X-Forwarded-For",
        "x-forwarded-for",
        "X-FORWARDED-FOR",
        "X_Forwarded_For",
        "X-Forwarded_For",
        "X-Forwarded",
        "X-Forwarded-By",
        "X-Forwarded-Client-Cert",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Forwarded-Server",
        "X-Forwarded-User",
        "X-Forwarded-Scheme",
        "X-Real-IP",
        "X_Real_IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-User-Id",
        "X-User-Admin",
        "X-Original-URL",
        "X-Original-Forwarded-For",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "X-Host",
        "True-Client-IP",
        "CF-Connecting-IP",
        "Fastly-Client-IP",
        "Client-IP",
    ];
    let mut lies: Vec<String> = names.iter().map(|name| format!("{name}: {LIE}\r\n")).collect();
    lies.extend(
        [
            "Forwarded: for=6.6.6.6",
            "Forwarded: for=6.6.6.6;proto=https;host=evil.test",
            "Forwarded: for=\"[2001:db8::6]:66\"\r\nForwarded: for=6.6.6.6",
            "X-Forwarded-For: 6.6.6.6, 127.0.0.1",
            "X-Forwarded-For: 127.0.0.1, 6.6.6.6",
            "X-Forwarded-For: 6.6.6.6:6666",
            "X-Forwarded-For: [2001:db8::6]:66\r\nX-Forwarded-For: 6.6.6.6",
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6",
            "X-Forwarded-For: ,,, 6.6.6.6",
            "X-Forwarded-For: unknown\r\nX-Real-IP: 6.6.6.6",
            "X-Forwarded-Proto: https; 6.6.6.6",
            "X-Forwarded-Host: evil.test 6.6.6.6",
            "Connection: X-Forwarded-For, X-Real-IP, Forwarded\r\nX-Forwarded-For: 6.6.6.6",
            "Connection: close, x-request-id\r\nX-Request-Id: <6.6.6.6>",
            "X-Request-Id: 6.6.6.6 6.6.6.6",
            "Proxy-Authorization: Basic 6.6.6.6",
            "Proxy-Connection: 6.6.6.6",
            "Keep-Alive: 6.6.6.6",
            "TE: 6.6.6.6",
            "Connection: x-secret\r\nX-Secret: 6.6.6.6",
        ]
        .map(|lines| format!("{lines}\r\n")),
    );
    lies
}

#[tokio::test]
async fn nothing_that_a_client_says_of_its_address_reaches_a_node() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let lies = lies();
    assert!(lies.len() >= 40, "{} lies", lies.len());

    for (index, lie) in lies.iter().enumerate() {
        let closes = if lie.contains("Connection: ") {
            ""
        } else {
            "Connection: close\r\n"
        };
        let request = format!("GET /x HTTP/1.1\r\nHost: milo.test\r\n{lie}{closes}\r\n");
        let mut raw = crate::support::Raw::connect(balancer.address()).await;
        raw.write(request.as_bytes()).await;
        assert_eq!(raw.answer().await.status, 200, "{lie}");

        let seen = node.seen()[index].clone();
        assert!(!seen.head.contains(LIE), "{lie}:\n{}", seen.head);
        for (name, value) in [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", "milo.test"),
            ("forwarded", "for=127.0.0.1;proto=http"),
        ] {
            assert_eq!(seen.fields(name), [value], "{name} after {lie}");
        }
        assert_eq!(seen.fields("x-request-id").len(), 1, "{lie}");
    }
    balancer.stop().await;
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_as_far_as_it_saw() {
    let node = Backend::start().await;
    let mut config = quick(&[&node]);
    config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
    let balancer = balance(config).await;

    let cases = [
        ("X-Forwarded-For: 203.0.113.7", "203.0.113.7", "http"),
        ("X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7", "http"),
        (
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.7",
            "203.0.113.7",
            "http",
        ),
        (
            "X-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: https",
            "2001:db8::7",
            "https",
        ),
        ("X-Forwarded-For: 6.6.6.6, nonsense", "127.0.0.1", "http"),
        ("X-Forwarded-Proto: gopher", "127.0.0.1", "http"),
    ];
    for (index, (lines, client, scheme)) in cases.iter().enumerate() {
        let request = format!("GET /x HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\n{lines}\r\n\r\n");
        exchange(balancer.address(), request.as_bytes()).await;
        let seen = node.seen()[index].clone();
        assert_eq!(seen.fields("x-forwarded-for"), [*client], "{lines}");
        assert_eq!(seen.fields("x-forwarded-proto"), [*scheme], "{lines}");
    }
    balancer.stop().await;
}

#[tokio::test]
async fn a_request_keeps_a_good_name_and_gets_a_new_one_for_a_bad_one() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let long = "x".repeat(65);
    let ask = |name: &str| {
        let request =
            format!("GET /x HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\nX-Request-Id: {name}\r\n\r\n");
        exchange(balancer.address(), request.into_bytes().leak())
    };

    let kept = ask("Mine_1.2-3").await;
    assert_eq!(node.seen()[0].fields("x-request-id"), ["Mine_1.2-3"]);
    assert_eq!(kept.field("x-request-id"), Some("mine_1.2-3"));
    for (index, bad) in ["", "a b", "a/b", long.as_str()].iter().enumerate() {
        let answer = ask(bad).await;
        let seen = node.seen()[index + 1].clone();
        let name = seen.fields("x-request-id")[0].to_owned();
        assert_ne!(&name, bad);
        assert_eq!(answer.field("x-request-id"), Some(name.as_str()));
    }
    balancer.stop().await;
}

#[tokio::test]
async fn private_paths_are_private_however_they_are_written() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let ways = [
        "/metrics",
        "/metrics?x=y",
        "/metrics/",
        "/METRICS",
        "//metrics",
        "/./metrics",
        "/x/../metrics",
        "/%6detrics",
        "/%2e/metrics",
        "/x/%2e%2e/metrics",
        "/x/..%2fmetrics",
        "/%256detrics",
        "/metrics;x=y",
        "/metrics%00",
        "/\\metrics",
        "/metrics/sub",
    ];

    for way in ways {
        let request = format!("GET {way} HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\n\r\n");
        assert_eq!(
            exchange(balancer.address(), request.as_bytes()).await.status,
            404,
            "{way}"
        );
    }
    assert_eq!(node.count(), 0);
    for way in ["/metricsx", "/api/metrics", "/x%2fmetrics"] {
        let request = format!("GET {way} HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\n\r\n");
        assert_eq!(
            exchange(balancer.address(), request.as_bytes()).await.status,
            200,
            "{way}"
        );
    }
    balancer.stop().await;
}
