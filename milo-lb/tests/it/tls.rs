//! TLS towards clients, and what is agreed on inside it.

use std::path::PathBuf;
use std::sync::Arc;

use http::{Request, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use milo_lb::config::TlsConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::{Backend, Mode, balance, exchange, quick};

/// A certificate for `milo.test`, in files that end with it.
struct Identity {
    certificate: CertificateDer<'static>,
    tls: TlsConfig,
    folder: PathBuf,
}

impl Identity {
    fn new(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(["milo.test".to_owned()]).unwrap();
        let folder = std::env::temp_dir().join(format!("milo-lb-tls-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let identity = Self {
            certificate: made.cert.der().clone(),
            tls: TlsConfig {
                certificate: folder.join("certificate.pem"),
                key: folder.join("key.pem"),
            },
            folder,
        };
        std::fs::write(&identity.tls.certificate, made.cert.pem()).unwrap();
        std::fs::write(&identity.tls.key, made.signing_key.serialize_pem()).unwrap();
        identity
    }

    async fn connect(&self, address: std::net::SocketAddr, protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config))
            .connect(ServerName::try_from("milo.test").unwrap(), stream)
            .await
    }

    /// A balancer that shows it.
    async fn balance(&self, node: &Backend) -> milo_lb::LoadBalancer {
        let mut config = quick(&[node]);
        config.tls = Some(self.tls.clone());
        balance(config).await
    }

    /// Speaks HTTP/2.
    async fn http2(&self, address: std::net::SocketAddr) -> http2::SendRequest<Full<bytes::Bytes>> {
        let stream = self.connect(address, "h2").await.unwrap();
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        sender
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn request(method: &str, uri: &str, body: &'static str) -> Request<Full<bytes::Bytes>> {
    Request::builder()
        .method(method)
        .uri(uri)
        .body(Full::from(body))
        .unwrap()
}

#[tokio::test]
async fn http_1_is_spoken_over_tls_and_the_node_is_told() {
    let node = Backend::start().await;
    let identity = Identity::new("http1");
    let balancer = identity.balance(&node).await;
    let stream = identity.connect(balancer.address(), "http/1.1").await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);

    let mut asked = request("GET", "/x", "");
    asked.headers_mut().insert("host", "milo.test".parse().unwrap());
    let answer = sender.send_request(asked).await.unwrap();

    assert_eq!(answer.status(), 200);
    assert_eq!(node.seen()[0].fields("x-forwarded-proto"), ["https"]);
    assert_eq!(node.seen()[0].fields("forwarded"), ["for=127.0.0.1;proto=https"]);
    balancer.stop().await;
}

#[tokio::test]
async fn http_2_is_spoken_over_tls_with_many_requests_at_once() {
    let node = Backend::start().await;
    node.behave(Mode::Echo);
    let identity = Identity::new("http2");
    let balancer = identity.balance(&node).await;
    let sender = identity.http2(balancer.address()).await;

    let asked = (0..20).map(|_| {
        let mut sender = sender.clone();
        async move {
            let answer = sender
                .send_request(request("POST", "https://milo.test/x?y=z", "hello"))
                .await
                .unwrap();
            assert_eq!(answer.version(), Version::HTTP_2);
            answer.into_body().collect().await.unwrap().to_bytes()
        }
    });
    for body in futures_util::future::join_all(asked).await {
        assert_eq!(&body[..], b"hello");
    }

    let seen = node.seen()[0].clone();
    assert_eq!(seen.line(), "POST /x?y=z HTTP/1.1");
    assert_eq!(seen.fields("host"), ["milo.test"]);
    assert_eq!(seen.fields("content-length"), ["5"]);
    balancer.stop().await;
}

#[tokio::test]
async fn what_is_refused_in_http_1_is_refused_in_http_2() {
    let node = Backend::start().await;
    let identity = Identity::new("refused");
    let balancer = identity.balance(&node).await;
    let mut sender = identity.http2(balancer.address()).await;

    let traced = sender
        .send_request(request("TRACE", "https://milo.test/x", ""))
        .await
        .unwrap();
    let private = sender
        .send_request(request("GET", "https://milo.test/metrics", ""))
        .await
        .unwrap();
    let mut other = request("GET", "https://milo.test/x", "");
    other.headers_mut().insert("host", "other.test".parse().unwrap());
    let other = sender.send_request(other).await.unwrap();

    assert_eq!(
        [traced.status(), private.status(), other.status()].map(|status| status.as_u16()),
        [405, 404, 400]
    );
    assert_eq!(node.count(), 0);
    balancer.stop().await;
}

#[tokio::test]
async fn plain_text_is_no_tls() {
    let node = Backend::start().await;
    let identity = Identity::new("plain");
    let balancer = identity.balance(&node).await;

    let answer = exchange(balancer.address(), b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;

    assert_eq!(answer.status, 0);
    assert_eq!(node.count(), 0);
    balancer.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_used_after_a_reload() {
    let node = Backend::start().await;
    let (old, new) = (Identity::new("old"), Identity::new("new"));
    let mut config = quick(&[&node]);
    config.tls = Some(old.tls.clone());
    let balancer = balance(config.clone()).await;
    assert!(new.connect(balancer.address(), "http/1.1").await.is_err());

    config.tls = Some(new.tls.clone());
    balancer.reload(config).await.unwrap();

    assert!(new.connect(balancer.address(), "http/1.1").await.is_ok());
    balancer.stop().await;
}

#[tokio::test]
async fn tls_files_that_cannot_be_used_are_named() {
    let node = Backend::start().await;
    let (one, other) = (Identity::new("one"), Identity::new("other"));
    let cases = [
        (
            PathBuf::from("/nowhere.pem"),
            one.tls.key.clone(),
            "MILO_LB_TLS_CERTIFICATE",
        ),
        (one.tls.key.clone(), one.tls.key.clone(), "MILO_LB_TLS_CERTIFICATE"),
        (
            one.tls.certificate.clone(),
            PathBuf::from("/nowhere.pem"),
            "MILO_LB_TLS_KEY",
        ),
        (
            one.tls.certificate.clone(),
            one.tls.certificate.clone(),
            "MILO_LB_TLS_KEY",
        ),
        (
            one.tls.certificate.clone(),
            other.tls.key.clone(),
            "the key must be the one of the certificate",
        ),
    ];
    for (certificate, key, told) in cases {
        let mut config = quick(&[&node]);
        config.tls = Some(TlsConfig { certificate, key });
        let error = milo_lb::LoadBalancer::start(config, None)
            .await
            .err()
            .expect("it was taken");
        assert!(format!("{error:#}").contains(told), "{error:#}");
    }
}
