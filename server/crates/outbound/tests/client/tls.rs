use std::sync::Arc;

use outbound::{Client, Method, OutboundError, Request, Settings, SettingsError, TlsReason, Url};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;

use crate::peer::{Peer, read_request, write};
use crate::{client, settings};

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key")).expect("ca")
}

struct Identity {
    chain: Vec<rustls_pki_types::CertificateDer<'static>>,
    key: KeyPair,
}

fn issued(ca: &CertifiedIssuer<'static, KeyPair>, name: &str, years: (i32, i32)) -> Identity {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("name");
    params.distinguished_name.push(DnType::CommonName, "The server");
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().expect("key");
    let certificate = params.signed_by(&key, ca).expect("certificate");
    Identity { chain: vec![certificate.der().clone()], key }
}

async fn serve(identity: Identity, versions: &[&'static rustls::SupportedProtocolVersion]) -> Peer {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls_pki_types::PrivateKeyDer::try_from(identity.key.serialize_der()).expect("key");
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(identity.chain, key)
        .expect("identity");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Peer::start(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while read_request(&mut stream).await.is_some() {
                write(&mut stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            }
        }
    })
    .await
}

fn trusting(pem: String) -> Client {
    Client::new(Settings { trusted_pem: vec![pem], ..settings() }).expect("client")
}

fn post(peer: &Peer) -> Request {
    Request::new(Method::POST, &format!("https://{}/Users", peer.address)).expect("url")
}

fn check_refused(error: &OutboundError, expected: &TlsReason, words: &[&str]) {
    let OutboundError::Tls { reason, .. } = error else { panic!("{error:?}") };
    assert_eq!(reason, expected);
    assert!(!error.sent());
    for word in words {
        assert!(error.to_string().contains(word), "{error} lacks {word}");
    }
}

#[tokio::test]
async fn an_imported_ca_is_trusted_and_a_strange_one_refused() {
    let ca = authority("Private CA");
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let peer = serve(issued(&ca, "127.0.0.1", (2020, 2090)), versions).await;
        assert_eq!(trusting(ca.pem()).send(post(&peer)).await.expect("trusted").body, "ok");

        let error = client().send(post(&peer)).await.expect_err("untrusted");
        check_refused(
            &error,
            &TlsReason::UntrustedIssuer,
            &["CN=The server", "CN=Private CA", "Import the CA certificate that signed it under Trusted CA"],
        );
        trusting(authority("Another CA").pem()).send(post(&peer)).await.expect_err("still untrusted");
        // The same name with another key, as after a careless renewal.
        let error = trusting(authority("Private CA").pem()).send(post(&peer)).await.expect_err("forged");
        assert!(matches!(error, OutboundError::Tls { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn wrong_names_and_dates_are_explained() {
    let ca = authority("Private CA");
    let tls13 = &[&rustls::version::TLS13];
    let client = trusting(ca.pem());

    let peer = serve(issued(&ca, "scim.example.com", (2020, 2090)), tls13).await;
    let error = client.send(post(&peer)).await.expect_err("wrong name");
    check_refused(&error, &TlsReason::WrongHostName, &["is for scim.example.com, not for this host"]);

    let peer = serve(issued(&ca, "127.0.0.1", (2010, 2020)), tls13).await;
    let error = client.send(post(&peer)).await.expect_err("expired");
    check_refused(&error, &TlsReason::Expired, &["expired on 2020-01-01"]);

    let peer = serve(issued(&ca, "127.0.0.1", (2080, 2090)), tls13).await;
    let error = client.send(post(&peer)).await.expect_err("not yet");
    check_refused(&error, &TlsReason::NotYetValid, &["before 2080-01-01", "clock"]);
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_imported_even_if_it_says_it_is_a_ca() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        for (name, works) in [("127.0.0.1", true), ("other.example.com", false)] {
            let mut params = CertificateParams::new(vec![name.to_owned()]).expect("name");
            params.is_ca = is_ca;
            let key = KeyPair::generate().expect("key");
            let certificate = params.self_signed(&key).expect("certificate");
            let pem = certificate.pem();
            let peer = serve(Identity { chain: vec![certificate.der().clone()], key }, &[&rustls::version::TLS13]).await;

            let error = client().send(post(&peer)).await.expect_err("not imported");
            if works {
                check_refused(&error, &TlsReason::UntrustedIssuer, &["self-signed", "Import this certificate"]);
            }
            match trusting(pem).send(post(&peer)).await {
                Ok(answer) => assert!(works, "{answer:?}"),
                Err(error) => {
                    assert!(!works, "{error}");
                    check_refused(&error, &TlsReason::WrongHostName, &[]);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_port_without_tls_is_explained() {
    let peer = Peer::start(|mut stream, _| async move {
        write(&mut stream, "HTTP/1.1 400 Bad Request\r\n\r\n").await;
        read_request(&mut stream).await;
    })
    .await;
    let error = client().send(post(&peer)).await.expect_err("no tls");
    assert!(error.to_string().contains("does not speak TLS") && !error.sent(), "{error:?}");
}

#[tokio::test]
async fn a_probe_shows_the_certificate() {
    let ca = authority("Private CA");
    let peer = serve(issued(&ca, "127.0.0.1", (2020, 2090)), &[&rustls::version::TLS13]).await;
    let url = Url::parse(&format!("https://{}/", peer.address)).expect("url");
    let probe = trusting(ca.pem()).probe(&url).await;
    let tls = probe.tls.expect("handshake");
    let certificate = tls.certificate.expect("certificate");
    assert_eq!((tls.version, probe.status), ("TLS 1.3", Some(200)));
    assert_eq!((certificate.issuer.as_str(), certificate.not_after_date().as_str()), ("CN=Private CA", "2090-01-01"));
    assert_eq!(certificate.names, ["127.0.0.1"]);

    let probe = client().probe(&url).await;
    assert_eq!(probe.connected, Some(peer.address));
    check_refused(&probe.failure.expect("refused"), &TlsReason::UntrustedIssuer, &["CN=Private CA"]);
}

#[test]
fn what_is_no_certificate_is_refused_at_once() {
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let made = Client::new(Settings { trusted_pem: vec![authority("CA").pem(), pem.to_owned()], ..settings() });
        assert!(matches!(made, Err(SettingsError::Certificate { position: 2 })), "{pem}");
    }
}
