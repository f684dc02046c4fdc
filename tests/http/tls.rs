//! TLS: whom the client trusts, and what it says if it does not.

use std::path::PathBuf;

use nautobridge::http::{Cause, Client, ClientConfig, ConfigProblem, HttpError, TlsProblem};
use serde_json::{Value, json};

use crate::support::{client, config};
use test_support::certs::{Authority, Identity, file, params, self_signed};
use test_support::server::{Answer, Server, json, response};

async fn serve(tls: rustls::ServerConfig) -> Server {
    Server::start_tls(tls, |_, _| Answer::Send(json("[1]"))).await
}

async fn get(config: ClientConfig) -> Result<Value, HttpError> {
    Client::new(config)?.get("x/", &[]).await
}

fn problem(error: &HttpError) -> &TlsProblem {
    match error.cause() {
        Cause::Tls(problem) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_accepted_with_its_bundle() {
    let authority = Authority::generate();
    let server = serve(authority.issue(&["127.0.0.1"]).server()).await;
    let error = get(config(&server.url())).await.unwrap_err();
    assert_eq!(problem(&error), &TlsProblem::UnknownIssuer);
    assert_eq!((error.attempts(), error.is_tls()), (1, true));
    assert!(error.hint().unwrap().contains("CA bundle"), "{:?}", error.hint());

    let bundle = file(&format!("# a comment\n{}{}", Authority::generate().pem(), authority.pem()));
    let config = ClientConfig { ca_bundle: Some(bundle.path().to_owned()), ..config(&server.url()) };
    assert_eq!(get(config).await.unwrap(), json!([1]));
}

#[tokio::test]
async fn a_self_signed_certificate_is_accepted_when_it_is_in_the_bundle() {
    for is_ca in [true, false] {
        let identity = self_signed(&["127.0.0.1"], is_ca);
        let server = serve(identity.server()).await;
        let error = get(config(&server.url())).await.unwrap_err();
        let expected = if is_ca { TlsProblem::SelfSigned } else { TlsProblem::UnknownIssuer };
        assert_eq!(problem(&error), &expected);

        let bundle = file(&identity.pem);
        let config = ClientConfig { ca_bundle: Some(bundle.path().to_owned()), ..config(&server.url()) };
        assert_eq!(get(config).await.unwrap(), json!([1]), "is_ca {is_ca}");
    }
}

#[tokio::test]
async fn a_pinned_certificate_must_still_be_for_the_host() {
    let identity = self_signed(&["other.example"], true);
    let server = serve(identity.server()).await;
    let bundle = file(&identity.pem);
    let config = ClientConfig { ca_bundle: Some(bundle.path().to_owned()), ..config(&server.url()) };
    let error = get(config).await.unwrap_err();
    assert!(matches!(problem(&error), TlsProblem::WrongName { .. }), "{error:?}");
}

async fn with_bundle(authority: &Authority, identity: &Identity) -> HttpError {
    let server = serve(identity.server()).await;
    let bundle = file(&authority.pem());
    let config = ClientConfig { ca_bundle: Some(bundle.path().to_owned()), ..config(&server.url()) };
    get(config).await.unwrap_err()
}

#[tokio::test]
async fn a_wrong_host_name_lists_the_right_ones() {
    let authority = Authority::generate();
    let error = with_bundle(&authority, &authority.issue(&["nautobot.example", "10.0.0.1"])).await;
    let text = error.to_string();
    assert!(text.ends_with("is not for 127.0.0.1, but for nautobot.example, 10.0.0.1"), "{text}");
    let error = with_bundle(&authority, &authority.issue(&[])).await;
    assert!(error.to_string().contains("it carries no name at all"), "{error}");
    assert!(error.hint().unwrap().contains("subjectAltName"));
}

#[tokio::test]
async fn dates_are_checked() {
    let authority = Authority::generate();
    let mut expired = params(&["127.0.0.1"]);
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let error = with_bundle(&authority, &authority.sign(&expired)).await;
    assert_eq!(problem(&error), &TlsProblem::Expired);
    let mut early = params(&["127.0.0.1"]);
    early.not_before = rcgen::date_time_ymd(2090, 1, 1);
    let error = with_bundle(&authority, &authority.sign(&early)).await;
    assert_eq!(problem(&error), &TlsProblem::NotYetValid);
}

#[tokio::test]
async fn verification_can_be_switched_off() {
    let server = serve(self_signed(&["other.example"], true).server()).await;
    let config = ClientConfig { verify_tls: false, ..config(&server.url()) };
    assert_eq!(get(config).await.unwrap(), json!([1]));
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let (authority, strangers) = (Authority::generate(), Authority::generate());
    let server = serve(authority.issue(&["127.0.0.1"]).server_for_clients_of(&authority)).await;
    let bundle = file(&authority.pem());
    let config =
        ClientConfig { ca_bundle: Some(bundle.path().to_owned()), retries: 0, ..config(&server.url()) };

    let error = get(config.clone()).await.unwrap_err();
    assert_eq!(problem(&error), &TlsProblem::ClientCertificateWanted);
    assert!(error.hint().unwrap().contains("client_cert"));

    let me = authority.issue(&["me"]);
    let (cert, key) = (file(&me.pem), file(&me.key_pem));
    let with = |cert: &tempfile::NamedTempFile, key: Option<&tempfile::NamedTempFile>| ClientConfig {
        client_cert: Some(cert.path().to_owned()),
        client_key: key.map(|key| key.path().to_owned()),
        ..config.clone()
    };
    assert_eq!(get(with(&cert, Some(&key))).await.unwrap(), json!([1]));
    let both = file(&format!("{}{}", me.key_pem, me.pem));
    assert_eq!(get(with(&both, None)).await.unwrap(), json!([1]));

    let stranger = strangers.issue(&["me"]);
    let (cert, key) = (file(&stranger.pem), file(&stranger.key_pem));
    let error = get(with(&cert, Some(&key))).await.unwrap_err();
    assert!(matches!(problem(&error), TlsProblem::ClientCertificateRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn https_to_a_plain_port() {
    let listener = PlainListener::start().await;
    let error = get(config(&listener.url)).await.unwrap_err();
    assert_eq!(problem(&error), &TlsProblem::PlainServer);
    assert!(error.hint().unwrap().contains("http://"));
}

/// Answers whatever comes with an HTTP error, as web servers do with a TLS greeting.
struct PlainListener {
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl PlainListener {
    async fn start() -> PlainListener {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
            }
        });
        PlainListener { url, task }
    }
}

impl Drop for PlainListener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn http_to_a_tls_port() {
    // A bare TLS server answers with an alert, or not at all.
    let server = serve(self_signed(&["127.0.0.1"], false).server()).await;
    let url = server.url().replace("https://", "http://");
    let error = client(&url).get::<Value>("x/", &[]).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::NotHttp { .. } | Cause::Lost { received: 0, .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("https://"), "{:?}", error.hint());

    // nginx, Apache and Go say it in words.
    for words in [
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        "Reason: You're speaking plain HTTP to an SSL-enabled server port.",
        "Client sent an HTTP request to an HTTPS server.\n",
    ] {
        let server = Server::always(response("400 Bad Request", &[], words)).await;
        let error = client(&server.url()).get::<Value>("x/", &[]).await.unwrap_err();
        assert_eq!(problem(&error), &TlsProblem::TlsServer);
        assert_eq!(error.hint().unwrap(), "use https:// in the URL");
    }
}

#[test]
fn files_are_checked_before_anything_is_sent() {
    let me = Authority::generate().issue(&["me"]);
    let (empty, broken) = (file("no certificate in here\n"), file("-----BEGIN CERTIFICATE-----\nA\n"));
    let (cert, key, other) =
        (file(&me.pem), file(&me.key_pem), file(&Authority::generate().issue(&["x"]).key_pem));
    let encrypted =
        file("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let path = |file: &tempfile::NamedTempFile| Some(file.path().to_owned());
    for (ca_bundle, client_cert, client_key, expected) in [
        (
            Some(PathBuf::from("/no/such/file")),
            None,
            None,
            "cannot read the CA bundle /no/such/file: No such file",
        ),
        (Some(PathBuf::from("/")), None, None, "cannot read the CA bundle /: Is a directory"),
        (path(&empty), None, None, "has no certificate"),
        (path(&broken), None, None, "is not well-formed PEM"),
        (None, Some(PathBuf::from("/no/cert")), None, "cannot read the client certificate /no/cert"),
        (None, None, path(&key), "but no client certificate"),
        (None, path(&cert), None, "has no private key, and tls.client_key is not set"),
        (None, path(&cert), path(&empty), "has no private key"),
        (None, path(&cert), path(&encrypted), "is encrypted"),
        (None, path(&cert), path(&other), "cannot be used with its key"),
    ] {
        let config = ClientConfig { ca_bundle, client_cert, client_key, ..config("https://127.0.0.1/") };
        let error = Client::new(config).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.is_config() && error.hint().is_some(), "{error:?}");
    }
    let error = Client::new(ClientConfig { client_key: path(&key), ..config("http://h/") }).unwrap_err();
    assert!(matches!(error.cause(), Cause::Config(ConfigProblem::KeyWithoutCertificate { .. })));
}

#[tokio::test]
async fn http2_is_spoken_where_offered() {
    let identity = self_signed(&["127.0.0.1"], false);
    let mut tls = identity.server();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(tls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(acceptor.accept(stream).await.unwrap()).await.unwrap();
        let mut count = 0;
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            count += 1;
            assert_eq!(request.uri().path(), "/x/");
            let response = hyper::Response::builder().status(200).body(()).unwrap();
            let mut body = respond.send_response(response, false).unwrap();
            if count == 1 {
                body.send_data(hyper::body::Bytes::from_static(b"[1, 2"), false).unwrap();
                body.send_reset(h2::Reason::INTERNAL_ERROR);
            } else {
                body.send_data(hyper::body::Bytes::from_static(b"[1, 2]"), true).unwrap();
            }
        }
    });
    let bundle = file(&identity.pem);
    let config = ClientConfig { ca_bundle: Some(bundle.path().to_owned()), ..config(&url) };
    let client = Client::new(config).unwrap();
    assert_eq!(client.get::<Value>("x/", &[]).await.unwrap(), json!([1, 2]));
    assert_eq!((client.stats().requests, client.stats().retries), (2, 1));
    server.abort();
}
