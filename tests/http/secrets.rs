//! The token and passwords appear nowhere.

use nautobridge::http::{Client, ClientConfig, HttpError, Proxy};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::config;
use test_support::server::{Server, response};

const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
const PASSWORD: &str = "hunter2hunter2";

fn assert_clean(what: &str, text: &str) {
    for secret in [TOKEN, PASSWORD, "0123456789abcdef"] {
        assert!(!text.contains(secret), "{what}: {text}");
    }
}

fn assert_error_clean(error: &HttpError) {
    assert_clean("display", &error.to_string());
    assert_clean("debug", &format!("{error:?} {error:#?}"));
    assert_clean("hint", &error.hint().unwrap_or_default());
}

fn with_token(url: &str) -> ClientConfig {
    let authorization = Some(SecretString::from(format!("Token {TOKEN}")));
    ClientConfig { authorization, retries: 0, record: true, ..config(url) }
}

#[tokio::test]
async fn a_server_that_repeats_the_token_does_not_betray_it() {
    let says = |status: &str, headers: &[&str], body: &str| response(status, headers, body);
    for answer in [
        says("403 Forbidden", &[], &format!(r#"{{"detail": "Invalid token {TOKEN}"}}"#)),
        says("400 Bad Request", &[], &format!("You sent: Authorization: Token {TOKEN}")),
        says("302 Found", &[&format!("Location: http://u:{PASSWORD}@h/{TOKEN}/?token={TOKEN}")], ""),
        says("200 OK", &["Content-Type: text/html"], &format!("<title>{TOKEN}</title>")),
        says("200 OK", &[], &format!("not json {TOKEN}")),
        says("200 OK", &[], &format!(r#"{{"{TOKEN}": "{TOKEN}"}}"#)),
        says("200 OK", &[&format!("Content-Type: {TOKEN}")], "?"),
        Vec::new(),
    ] {
        let server = Server::always(answer).await;
        let client = Client::new(with_token(&server.url())).unwrap();
        let result = client.get::<std::collections::BTreeMap<String, u8>>("x/", &[("token", TOKEN)]).await;
        assert_error_clean(&result.unwrap_err());
        assert_clean("client", &format!("{client:?}"));
        assert_clean("stats", &format!("{:?}", client.stats()));
        let head = server.request(0).head;
        assert!(head.contains(&format!("uthorization: Token {TOKEN}\r\n")), "{head}");
    }
}

#[tokio::test]
async fn a_password_in_the_url_is_sent_and_not_shown() {
    let server = Server::always(response("401 Unauthorized", &[], PASSWORD)).await;
    let url = server.url().replace("http://", &format!("http://admin:{PASSWORD}@"));
    let config = config(&url);
    assert_clean("config", &format!("{config:?}"));
    let client = Client::new(config).unwrap();
    let error = client.get::<Value>("x/", &[]).await.unwrap_err();
    assert_error_clean(&error);
    assert_clean("client", &format!("{client:?} {}", client.shown_url("x/")));
    assert!(error.is_unauthorized());
    assert!(server.request(0).head.to_lowercase().contains("authorization: basic "));
}

#[test]
fn a_password_in_the_url_beside_a_token_is_an_error() {
    let error = Client::new(with_token(&format!("https://admin:{PASSWORD}@h/"))).unwrap_err();
    assert_error_clean(&error);
    assert!(error.to_string().contains("only one of them"), "{error}");
}

#[test]
fn a_token_with_a_line_break_is_an_error() {
    let authorization = Some(SecretString::from(format!("Token {TOKEN}\nmore")));
    let error = Client::new(ClientConfig { authorization, ..config("https://h/") }).unwrap_err();
    assert_error_clean(&error);
    assert!(error.to_string().contains("Authorization header") && error.hint().is_some(), "{error}");
}

#[tokio::test]
async fn a_proxy_password_is_not_shown() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let proxy = Proxy::Url(format!("http://me:{PASSWORD}@{address}/").parse().unwrap());
    for url in ["http://127.0.0.1:9/", "https://127.0.0.1:9/"] {
        let config = ClientConfig { proxy: proxy.clone(), ..with_token(url) };
        assert_clean("config", &format!("{config:?}"));
        let client = Client::new(config).unwrap();
        let error = client.post::<_, Value>("x/", &json!({})).await.unwrap_err();
        assert_error_clean(&error);
        let text = error.to_string();
        assert!(text.ends_with(&format!("the proxy http://{address}/ fails: Connection refused")), "{text}");
    }
}

#[tokio::test]
async fn a_proxy_does_not_get_the_token_of_an_https_address() {
    let proxy = Server::always(response("403 Forbidden", &[], "")).await;
    let config = ClientConfig {
        proxy: Proxy::Url(proxy.url().parse().unwrap()),
        ..with_token("https://nautobot.invalid/")
    };
    Client::new(config).unwrap().get::<Value>("x/", &[]).await.unwrap_err();
    for number in 0..proxy.count() {
        let head = proxy.request(number).head;
        assert!(head.starts_with("CONNECT nautobot.invalid:443 HTTP/1.1\r\n"), "{head}");
        assert_clean("head", &head);
    }
    assert!(proxy.count() > 0);
}
