//! Requests that two programs may read differently: none reaches a node.

use crate::support::{Backend, Raw, balance, quick};

/// A request after the odd one: it must never be taken for a request of its own.
const NEXT: &str = "GET /smuggled HTTP/1.1\r\nHost: milo.test\r\n\r\n";

struct Vector {
    name: String,
    bytes: Vec<u8>,
    status: u16,
}

fn vector(name: impl Into<String>, bytes: impl Into<Vec<u8>>, status: u16) -> Vector {
    Vector {
        name: name.into(),
        bytes: bytes.into(),
        status,
    }
}

/// A POST with these lines after Host, and this body.
fn with_lines(lines: &str, body: &str) -> Vec<u8> {
    format!("POST /x HTTP/1.1\r\nHost: milo.test\r\n{lines}\r\n\r\n{body}").into_bytes()
}

fn lengths() -> Vec<Vector> {
    let both = [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "content-length: 4\r\ntransfer-encoding: chunked",
        "CONTENT-LENGTH: 4\r\nTRANSFER-ENCODING: chunked",
        "Content-Length: 4\r\nX: y\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\nContent-Length: 4",
        "Content-Length: 4\r\nTransfer-Encoding: identity",
        "Content_Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer_Encoding: chunked\r\nContent-Length: 4",
        "Transfer-Encoding:chunked\r\nContent-Length:4",
        "Transfer-Encoding: \tchunked \r\nContent-Length: 4",
    ];
    let odd = [
        "Content-Length: 4\r\nContent-Length: 4",
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: 4, 4",
        "Content-Length: 4,5",
        "Content-Length: +4",
        "Content-Length: -4",
        "Content-Length: 04",
        "Content-Length: 0x4",
        "Content-Length: 4.0",
        "Content-Length: 4e0",
        "Content-Length: 4 4",
        "Content-Length: \"4\"",
        "Content-Length: four",
        "Content-Length:",
        "Content-Length: 99999999999999999999",
        "Content-Length: 18446744073709551620",
        "Content-Length: 4;x",
        "Content-Length: ٤",
        "Content-Length: 4\r\ncontent-length: 4",
        "Content_Length: 4",
        "Content-Length: 4\x0b",
    ];
    let name = |lines: &str| format!("lengths {lines:?}");
    let body = format!("0\r\n\r\n{NEXT}");
    let both = both.map(|lines| vector(name(lines), with_lines(lines, &body), 400));
    both.into_iter()
        .chain(odd.map(|lines| vector(name(lines), with_lines(lines, &body), 400)))
        .collect()
}

fn codings() -> Vec<Vector> {
    let values = [
        "Chunked",
        "CHUNKED",
        "chunked, identity",
        "identity, chunked",
        "gzip, chunked",
        "chunked, gzip",
        "chunked,chunked",
        "xchunked",
        "chunkedx",
        "x chunked",
        "chu nked",
        "\"chunked\"",
        "'chunked'",
        "chunked;q=1",
        "chunked,",
        ", chunked",
        "identity",
        "gzip",
        "",
        "chunked\x0b",
        "\x0bchunked",
        "chunked\x00",
        "\x00chunked",
        "chunked\x7f",
        "cow",
        "chunked\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: identity",
        "identity\r\nTransfer-Encoding: chunked",
    ];
    let lines = [
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        " Transfer-Encoding: chunked",
        "\tTransfer-Encoding: chunked",
        "X: y\r\n Transfer-Encoding: chunked",
        "X: y\rTransfer-Encoding: chunked",
        "X: y\nTransfer-Encoding: chunked",
        "Transfer-Encoding:\n chunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding\x00: chunked",
        "Transfer-Encoding\u{a0}: chunked",
        "Transfer_Encoding: chunked",
        "\"Transfer-Encoding\": chunked",
        "Transfer-Encoding chunked",
    ];
    let body = format!("0\r\n\r\n{NEXT}");
    let values = values.map(|value| {
        vector(
            format!("coding {value:?}"),
            with_lines(&format!("Transfer-Encoding: {value}"), &body),
            400,
        )
    });
    let lines = lines.map(|lines| vector(format!("coding line {lines:?}"), with_lines(lines, &body), 400));
    let old = format!("POST /x HTTP/1.0\r\nHost: milo.test\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    values
        .into_iter()
        .chain(lines)
        .chain([vector("a coding in HTTP/1.0", old, 400)])
        .collect()
}

fn lines() -> Vec<Vector> {
    let whole = [
        ("LF after the first line", "GET /x HTTP/1.1\nHost: milo.test\r\n\r\n"),
        ("LF after a field", "GET /x HTTP/1.1\r\nHost: milo.test\n\r\n"),
        ("LF for the empty line", "GET /x HTTP/1.1\r\nHost: milo.test\r\n\n"),
        ("LF everywhere", "GET /x HTTP/1.1\nHost: milo.test\n\n"),
        ("CR before CR LF", "GET /x HTTP/1.1\r\r\nHost: milo.test\r\n\r\n"),
        (
            "CR in a field",
            "GET /x HTTP/1.1\r\nHost: milo.test\r\nA: b\rC: d\r\n\r\n",
        ),
        ("CR for a line end", "GET /x HTTP/1.1\rHost: milo.test\r\n\r\n"),
        ("LF before CR", "GET /x HTTP/1.1\r\nHost: milo.test\n\r\n\r\n"),
        (
            "a line that goes on",
            "GET /x HTTP/1.1\r\nHost: milo.test\r\nA: b\r\n c\r\n\r\n",
        ),
        (
            "a line that goes on by a tab",
            "GET /x HTTP/1.1\r\nHost: milo.test\r\nA: b\r\n\tc\r\n\r\n",
        ),
        ("a blank first field", "GET /x HTTP/1.1\r\n Host: milo.test\r\n\r\n"),
        ("an empty first line", "\r\nGET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n"),
        (
            "NUL in a value",
            "GET /x HTTP/1.1\r\nHost: milo.test\r\nA: b\0c\r\n\r\n",
        ),
        (
            "a bell in a value",
            "GET /x HTTP/1.1\r\nHost: milo.test\r\nA: b\x07c\r\n\r\n",
        ),
        (
            "DEL in a value",
            "GET /x HTTP/1.1\r\nHost: milo.test\r\nA: b\x7fc\r\n\r\n",
        ),
        ("no colon", "GET /x HTTP/1.1\r\nHost: milo.test\r\nA\r\n\r\n"),
        ("no name", "GET /x HTTP/1.1\r\nHost: milo.test\r\n: b\r\n\r\n"),
        (
            "a blank before the colon of Host",
            "GET /x HTTP/1.1\r\nHost : milo.test\r\n\r\n",
        ),
    ];
    let names = [
        "A ", "A\t", "A\0", "A(", "A,", "A/", "A@", "A[", "A\"", "A\\", "A{", "A;", "A=", "Aé", "A\x01", "A<",
    ];
    let names = names.map(|name| {
        let request = format!("GET /x HTTP/1.1\r\nHost: milo.test\r\n{name}: b\r\n\r\n{NEXT}");
        vector(format!("the name {name:?}"), request, 400)
    });
    whole
        .map(|(name, text)| vector(name, format!("{text}{NEXT}"), 400))
        .into_iter()
        .chain(names)
        .collect()
}

fn first_lines() -> Vec<Vector> {
    let lines = [
        ("GET  /x HTTP/1.1", 400),
        (" GET /x HTTP/1.1", 400),
        ("GET /x HTTP/1.1 ", 400),
        ("GET /x  HTTP/1.1", 400),
        ("GET\t/x HTTP/1.1", 400),
        ("GET /x\tHTTP/1.1", 400),
        ("GET /x", 400),
        ("GET /x y HTTP/1.1", 400),
        ("GET HTTP/1.1", 400),
        ("/x HTTP/1.1", 400),
        ("GET /x http/1.1", 400),
        ("GET /x HTTP/1.2", 505),
        ("GET /x HTTP/0.9", 505),
        ("GET /x HTTP/2.0", 505),
        ("GET /x HTTP/3.0", 505),
        ("PRI * HTTP/2.0", 505),
        ("GET /x HTTP/11", 400),
        ("GET /x HTTP/1.10", 400),
        ("GET /x HTTP/1.1x", 400),
        ("GET /x XHTTP/1.1", 400),
        ("G(T /x HTTP/1.1", 400),
        ("G\0T /x HTTP/1.1", 400),
        ("GET x HTTP/1.1", 400),
        ("GET * HTTP/1.1", 400),
        ("GET milo.test:80 HTTP/1.1", 400),
        ("GET /x#y HTTP/1.1", 400),
        ("GET /x\x01 HTTP/1.1", 400),
        ("GET /é HTTP/1.1", 400),
        ("GET ftp://milo.test/x HTTP/1.1", 400),
        ("GET http://other.test/x HTTP/1.1", 400),
        ("GET http://milo.test:81/x HTTP/1.1", 400),
        ("GET http://user@milo.test/x HTTP/1.1", 400),
        ("GET http:///x HTTP/1.1", 400),
        ("TRACE /x HTTP/1.1", 405),
        ("CONNECT milo.test:80 HTTP/1.1", 405),
    ];
    let all = lines.map(|(line, status)| {
        vector(
            format!("first line {line:?}"),
            format!("{line}\r\nHost: milo.test\r\n\r\n{NEXT}"),
            status,
        )
    });
    all.into_iter().collect()
}

fn hosts() -> Vec<Vector> {
    let hosts = [
        "",
        "Host:",
        "Host: milo.test\r\nHost: milo.test",
        "Host: milo.test\r\nHost: other.test",
        "Host: milo.test, other.test",
        "Host: milo.test other.test",
        "Host: user@milo.test",
        "Host: milo.test/x",
        "Host: milo.test:x",
        "Host: milo.test:80:80",
        "Host: milo.test:999999",
        "Host: milo.test\\x",
        "Host: milo.test?x",
        "Host: [::1",
        "Host: []",
        "Host: milo\0.test",
        "Host : milo.test",
    ];
    let all = hosts.map(|host| {
        let host = if host.is_empty() {
            String::new()
        } else {
            format!("{host}\r\n")
        };
        vector(
            format!("host {host:?}"),
            format!("GET /x HTTP/1.1\r\n{host}\r\n{NEXT}"),
            400,
        )
    });
    all.into_iter().collect()
}

fn chunks() -> Vec<Vector> {
    let bodies = [
        "5;ext=1\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloo\r\n0\r\n\r\n",
        "5\r\nhell\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "000000005\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5_0\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0;\r\n\r\n",
        "0\r\nContent-Length: 5\r\n\r\n",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "0\r\nHost: other.test\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\nA : b\r\n\r\n",
        "0\r\n a: b\r\n\r\n",
        "0\r\nA: b\nC: d\r\n\r\n",
    ];
    let all = bodies.map(|body| {
        let request = with_lines("Transfer-Encoding: chunked", &format!("{body}{NEXT}"));
        vector(format!("chunks {body:?}"), request, 400)
    });
    all.into_iter().collect()
}

fn others() -> Vec<Vector> {
    let request =
        |method: &str, lines: &str| format!("{method} /x HTTP/1.1\r\nHost: milo.test\r\n{lines}\r\n\r\n{NEXT}");
    let long = "a".repeat(40_000);
    vec![
        vector("GET with a body", request("GET", "Content-Length: 44"), 400),
        vector("HEAD with a body", request("HEAD", "Content-Length: 44"), 400),
        vector("GET with chunks", request("GET", "Transfer-Encoding: chunked"), 400),
        vector(
            "an upgrade",
            request("GET", "Connection: Upgrade\r\nUpgrade: websocket"),
            400,
        ),
        vector(
            "an upgrade to HTTP/2",
            request("GET", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c"),
            400,
        ),
        vector(
            "an odd expectation",
            request("POST", "Expect: 200-ok\r\nContent-Length: 0"),
            417,
        ),
        vector(
            "a long target",
            format!("GET /{long} HTTP/1.1\r\nHost: milo.test\r\n\r\n"),
            414,
        ),
        vector("a target that does not end", format!("GET /{long}{long}"), 414),
        vector("a large field", request("GET", &format!("A: {long}")), 431),
        vector("many fields", request("GET", &"A: b\r\n".repeat(101)), 431),
        vector(
            "many small fields",
            request("GET", &format!("A: {}", "b\r\nA: ".repeat(3_000))),
            431,
        ),
    ]
}

#[tokio::test]
async fn what_has_two_readings_is_refused_and_reaches_no_node() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let all = [
        lengths(),
        codings(),
        lines(),
        first_lines(),
        hosts(),
        chunks(),
        others(),
    ]
    .concat_all();
    assert!(all.len() >= 120, "{} vectors", all.len());

    let mut wrong = Vec::new();
    for vector in &all {
        let mut raw = Raw::connect(balancer.address()).await;
        raw.write(&vector.bytes).await;
        let answer = raw.last_answer().await;
        let is_problem = answer.field("content-type") == Some("application/problem+json")
            && answer.body.contains("\"type\":\"urn:milo:problem:");
        if answer.status != vector.status || !is_problem || answer.body.contains("}HTTP/1.1") {
            wrong.push(format!(
                "{}: {} instead of {}",
                vector.name, answer.status, vector.status
            ));
        }
        for seen in node.seen() {
            wrong.push(format!("{}: a node saw {:?}", vector.name, seen.line()));
        }
    }

    assert!(wrong.is_empty(), "of {} vectors:\n{}", all.len(), wrong.join("\n"));
    balancer.stop().await;
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Vector>;
}

impl<const N: usize> ConcatAll for [Vec<Vector>; N] {
    fn concat_all(self) -> Vec<Vector> {
        self.into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn what_has_one_reading_is_passed_on() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let good: [(&str, &str); 12] = [
        ("GET /x HTTP/1.1\r\nHost: milo.test\r\n", ""),
        ("GET /x?a=b%20c HTTP/1.1\r\nHost: milo.test:8000\r\n", ""),
        ("GET http://milo.test/x HTTP/1.1\r\nHost: MILO.test\r\n", ""),
        ("GET /x HTTP/1.1\r\nHost: [::1]:80\r\n", ""),
        ("GET /x HTTP/1.0\r\n", ""),
        ("OPTIONS * HTTP/1.1\r\nHost: milo.test\r\n", ""),
        ("DELETE /x HTTP/1.1\r\nHost: milo.test\r\nContent-Length: 0\r\n", ""),
        ("POST /x HTTP/1.1\r\nHost: milo.test\r\nContent-Length: 5\r\n", "hello"),
        (
            "POST /x HTTP/1.1\r\nHost: milo.test\r\nTransfer-Encoding: chunked\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
        ),
        (
            "PUT /x HTTP/1.1\r\nhost:milo.test\r\ntransfer-encoding:\tchunked\r\n",
            "5\r\nhello\r\n0\r\nA: b\r\n\r\n",
        ),
        ("GET /x HTTP/1.1\r\nHost: milo.test\r\nA:\r\nB: \t caf\u{e9} \r\n", ""),
        ("BREW /x HTTP/1.1\r\nHost: milo.test\r\n", ""),
    ];

    for (index, (head, body)) in good.iter().enumerate() {
        let mut raw = Raw::connect(balancer.address()).await;
        raw.write(format!("{head}Connection: close\r\n\r\n{body}").as_bytes())
            .await;
        assert_eq!(raw.last_answer().await.status, 200, "{head}");
        assert_eq!(node.count(), index + 1, "{head}");
    }
    let hello: Vec<Vec<u8>> = node
        .seen()
        .iter()
        .skip(7)
        .take(3)
        .map(|seen| seen.body.clone())
        .collect();
    assert_eq!(hello, [b"hello".to_vec(), b"hello".to_vec(), b"hello".to_vec()]);
    assert_eq!(node.seen()[2].line(), "GET /x HTTP/1.1");
    balancer.stop().await;
}

#[tokio::test]
async fn a_good_request_before_an_odd_one_is_answered_first() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let mut raw = Raw::connect(balancer.address()).await;

    raw.write(b"GET /a HTTP/1.1\r\nHost: milo.test\r\n\r\nGET /b HTTP/1.1\r\nHost : milo.test\r\n\r\n")
        .await;
    let first = raw.answer().await;
    let second = raw.last_answer().await;

    assert_eq!((first.status, second.status), (200, 400));
    assert_eq!(node.count(), 1);
    balancer.stop().await;
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_their_order() {
    let node = Backend::start().await;
    node.behave(crate::support::Mode::Echo);
    let balancer = balance(quick(&[&node])).await;
    let mut raw = Raw::connect(balancer.address()).await;

    let all: String = (0..50)
        .map(|n| format!("POST /{n} HTTP/1.1\r\nHost: milo.test\r\nContent-Length: 2\r\n\r\n{n:02}"))
        .collect();
    raw.write(all.as_bytes()).await;
    for n in 0..50 {
        assert_eq!(raw.answer().await.body, format!("{n:02}"));
    }
    balancer.stop().await;
}

#[tokio::test]
async fn a_request_that_comes_byte_by_byte_is_read_as_one() {
    let node = Backend::start().await;
    node.behave(crate::support::Mode::Echo);
    let balancer = balance(quick(&[&node])).await;
    let mut raw = Raw::connect(balancer.address()).await;

    for byte in b"POST /x HTTP/1.1\r\nHost: milo.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" {
        raw.write(&[*byte]).await;
        tokio::task::yield_now().await;
    }

    assert_eq!(raw.answer().await.body, "hello");
    balancer.stop().await;
}
