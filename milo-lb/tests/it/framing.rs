//! However the bytes of a request are cut, they are read as the same request.

use proptest::prelude::*;

use crate::support::{Backend, Mode, Raw, balance, quick};

/// Requests in a row on one connection, each with one reading.
fn requests() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    let body = proptest::collection::vec(any::<u8>(), 0..200);
    proptest::collection::vec((any::<bool>(), body), 1..6)
}

fn bytes(requests: &[(bool, Vec<u8>)]) -> Vec<u8> {
    let mut all = Vec::new();
    for (is_chunked, body) in requests {
        all.extend_from_slice(b"POST /x HTTP/1.1\r\nHost: milo.test\r\n");
        if *is_chunked {
            all.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in body.chunks(17) {
                all.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
                all.extend_from_slice(chunk);
                all.extend_from_slice(b"\r\n");
            }
            all.extend_from_slice(b"0\r\n\r\n");
        } else {
            all.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            all.extend_from_slice(body);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn requests_that_are_cut_anywhere_reach_a_node_as_they_were_meant(
        requests in requests(),
        cuts in proptest::collection::vec(1_usize..120, 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let node = Backend::start().await;
            node.behave(Mode::Serve);
            let balancer = balance(quick(&[&node])).await;
            let mut raw = Raw::connect(balancer.address()).await;
            let all = bytes(&requests);
            let (mut rest, mut cuts) = (&all[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (part, left) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                raw.write(part).await;
                rest = left;
                tokio::task::yield_now().await;
            }
            for _ in &requests {
                assert_eq!(raw.answer().await.status, 200);
            }
            let seen: Vec<Vec<u8>> = node.seen().into_iter().map(|seen| seen.body).collect();
            let meant: Vec<Vec<u8>> = requests.iter().map(|(_, body)| body.clone()).collect();
            assert_eq!(seen, meant);
            balancer.stop().await;
        });
    }
}
