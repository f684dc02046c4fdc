//! Proxies, and what the environment says about them and about certificates.

use std::process::{Command, Output};

use nautobridge::http::{Cause, Client, ClientConfig, Proxy};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::support::config;
use test_support::certs::{Authority, file};
use test_support::server::{Answer, Server, json, read_request, response};

fn through(proxy: &str, url: &str) -> ClientConfig {
    ClientConfig { proxy: Proxy::Url(proxy.parse().unwrap()), retries: 0, ..config(url) }
}

/// A proxy that connects anybody to anywhere, with whatever greeting it is told to give.
async fn tunnel(greeting: &'static str) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let head = read_request(&mut client).await?.head;
                let target = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
                client.write_all(greeting.as_bytes()).await.ok()?;
                let mut server = TcpStream::connect(target).await.ok()?;
                copy_bidirectional(&mut client, &mut server).await.ok()
            });
        }
    });
    (url, task)
}

#[tokio::test]
async fn plain_requests_go_through_the_proxy() {
    let proxy = Server::always(json("[1]")).await;
    let config = through(&proxy.url().replace("http://", "http://me:pw@"), "http://nautobot.invalid/base");
    let client = Client::new(config).unwrap();
    assert_eq!(client.get::<Value>("x/", &[]).await.unwrap(), json!([1]));
    let head = proxy.request(0).head;
    assert!(head.starts_with("GET http://nautobot.invalid/base/x/ HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_says_so() {
    let proxy = Server::always(response("407 Proxy Authentication Required", &[], "who are you?")).await;
    for url in ["http://nautobot.invalid/", "https://nautobot.invalid/"] {
        let client = Client::new(through(&proxy.url(), url)).unwrap();
        let error = client.get::<Value>("x/", &[]).await.unwrap_err();
        assert!(matches!(error.cause(), Cause::Proxy { refused: true, .. }), "{error:?}");
        assert!(error.hint().unwrap().contains("user and password"), "{:?}", error.hint());
    }
    let proxy = Server::always(response("403 Forbidden", &[], "")).await;
    let client = Client::new(through(&proxy.url(), "https://nautobot.invalid/")).unwrap();
    let error = client.get::<Value>("x/", &[]).await.unwrap_err();
    assert!(error.to_string().contains("it does not connect to this host"), "{error}");
}

#[test]
fn a_proxy_of_another_kind_is_refused() {
    let error = Client::new(through("socks5://me:pw@127.0.0.1/", "http://h/")).unwrap_err();
    assert!(error.is_config() && !error.to_string().contains("pw"), "{error}");
}

#[tokio::test]
async fn tls_goes_through_a_tunnel() {
    let authority = Authority::generate();
    let server =
        Server::start_tls(authority.issue(&["127.0.0.1"]).server(), |_, _| Answer::Send(json("[1]"))).await;
    let (proxy, task) = tunnel("HTTP/1.1 200 Connected\r\n\r\n").await;
    let bundle = file(&authority.pem());
    let config = ClientConfig { ca_bundle: Some(bundle.path().to_owned()), ..through(&proxy, &server.url()) };
    assert_eq!(Client::new(config).unwrap().get::<Value>("x/", &[]).await.unwrap(), json!([1]));
    assert_eq!(server.count(), 1);

    // What is wrong with the server's certificate is not the proxy's fault.
    let error =
        Client::new(through(&proxy, &server.url())).unwrap().get::<Value>("x/", &[]).await.unwrap_err();
    assert!(error.is_tls(), "{error:?}");
    task.abort();
}

/// Run by the tests below, in a process of its own with an environment of its own.
#[tokio::test]
#[ignore = "a helper of the other tests"]
async fn child() {
    let url = std::env::var("TEST_URL").unwrap();
    let config = ClientConfig { proxy: Proxy::System, retries: 0, ..config(&url) };
    let result = match Client::new(config) {
        Ok(client) => client.get::<Value>("x/", &[]).await,
        Err(error) => Err(error),
    };
    let text = result.map_or_else(|error| format!("ERROR {error}"), |value| format!("VALUE {value}"));
    std::fs::write(std::env::var("TEST_OUTPUT").unwrap(), text).unwrap();
}

async fn run_child(url: &str, environment: &[(&str, &str)]) -> String {
    let output = file("");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "environment::child", "--ignored"]).env_clear();
    command.env("TEST_URL", url).env("TEST_OUTPUT", output.path());
    command.envs(environment.iter().copied());
    let Output { status, stdout, .. } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stdout));
    std::fs::read_to_string(output.path()).unwrap()
}

#[tokio::test]
async fn the_environment_names_the_proxy() {
    let proxy = Server::always(json("[\"proxy\"]")).await;
    let server = Server::always(json("[\"server\"]")).await;
    let proxy_url = proxy.url();
    let text = run_child(&server.url(), &[("http_proxy", &proxy_url)]).await;
    assert_eq!(text, "VALUE [\"proxy\"]");
    let text = run_child(&server.url(), &[("http_proxy", &proxy_url), ("no_proxy", "127.0.0.1")]).await;
    assert_eq!(text, "VALUE [\"server\"]");
    let text = run_child("https://nautobot.invalid/", &[("HTTPS_PROXY", "http://me:pw@127.0.0.1:9")]).await;
    assert!(text.ends_with("the proxy http://127.0.0.1:9/ fails: Connection refused"), "{text}");
}

#[tokio::test]
async fn the_environment_names_the_roots() {
    let authority = Authority::generate();
    let server =
        Server::start_tls(authority.issue(&["127.0.0.1"]).server(), |_, _| Answer::Send(json("[1]"))).await;
    let bundle = file(&authority.pem());
    let path = bundle.path().to_str().unwrap();
    assert_eq!(run_child(&server.url(), &[("SSL_CERT_FILE", path)]).await, "VALUE [1]");
    let text = run_child(&server.url(), &[("SSL_CERT_FILE", "/no/such/file")]).await;
    assert!(text.contains("no trusted certificates") && text.contains("/no/such/file"), "{text}");
}
