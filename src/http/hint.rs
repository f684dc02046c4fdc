//! What to do about each cause. Settings are called what the user calls them.

use super::error::{Cause, ConfigProblem, TlsProblem};
use super::names::SettingNames;

/// What to do about `cause`, which came up at `url`.
pub(crate) fn hint(cause: &Cause, url: Option<&str>, names: &SettingNames) -> Option<String> {
    let plain = url.is_some_and(|url| url.starts_with("http://"));
    let text = match cause {
        Cause::Config(problem) => return config(problem, names),
        Cause::Dns { temporary: true, .. } => {
            "the name server does not answer: check this machine's DNS settings and network"
        }
        Cause::Dns { .. } => "check the host name in the URL, and that this machine's name server knows it",
        Cause::Connect { .. } => {
            "check host and port in the URL, that the server runs, and that no firewall is in between"
        }
        Cause::ConnectTimeout { .. } => {
            "check host and port in the URL; a firewall that drops packets looks like this, and so does a missing route or VPN"
        }
        Cause::Tls(problem) => return Some(tls(problem, names)),
        Cause::Proxy { refused: true, .. } => {
            "check the user and password in the proxy's URL, and that the proxy allows this host; NO_PROXY leaves a host out"
        }
        Cause::Proxy { .. } => {
            "check the proxy's URL (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or the setting); NO_PROXY leaves a host out"
        }
        Cause::Timeout { .. } => {
            let setting = names.request_timeout;
            return Some(format!(
                "the server is slow or hangs: look at its load and logs, or raise `{setting}`"
            ));
        }
        Cause::Deadline { last: Some(last), .. } => return Some(deadline(last, url, names)),
        Cause::Deadline { .. } => {
            return Some(format!("raise `{}`, or ask for less", names.total_deadline));
        }
        Cause::Lost { received: 0, expected: None, .. } | Cause::NotHttp { .. } if plain => {
            "the port may speak HTTPS: try https:// in the URL; else look at the logs of the server and of proxies in between"
        }
        Cause::Lost { .. } => {
            "look at the logs of the server and of proxies in between: a worker may have been killed or timed out"
        }
        Cause::NotHttp { .. } => "check the port in the URL",
        Cause::Status { status, words, .. } => return status_hint(*status, words.as_deref(), names),
        Cause::Redirect { target, base, .. } => return Some(redirect(target.as_deref(), base.as_deref())),
        Cause::NotJson { html: true, .. } => {
            "check that the URL is the API's server, not a portal or a login page in front of it, and that the path is right"
        }
        Cause::NotJson { .. } => "check that the URL is the API's server, and that the path is right",
        Cause::Shape { .. } => {
            "the server's version may not be supported, or the URL belongs to another product"
        }
        Cause::Encoding { .. } => "a proxy in between may break the body: try without it",
        Cause::TooLarge { .. } => "ask for less at a time",
    };
    Some(text.to_owned())
}

fn config(problem: &ConfigProblem, names: &SettingNames) -> Option<String> {
    let text = match problem {
        ConfigProblem::Url { .. } => "write it as https://host/ or https://host:port/path/",
        ConfigProblem::Header { .. } => {
            "check that the value is on one line: a file or variable with several lines has too much"
        }
        ConfigProblem::Unreadable { .. } => "check the path, and that this user may read the file",
        ConfigProblem::Unusable { .. } => {
            "give a file in PEM format (with lines such as -----BEGIN CERTIFICATE-----)"
        }
        ConfigProblem::KeyWithoutCertificate { .. } => {
            return Some(format!("set the client certificate (`{}`) too", names.client_cert));
        }
        ConfigProblem::NoRoots { .. } => {
            return Some(format!(
                "install the system's certificates (package ca-certificates), check SSL_CERT_FILE and SSL_CERT_DIR, or set `{}`",
                names.ca_bundle
            ));
        }
        ConfigProblem::Body { .. } | ConfigProblem::Other { .. } => return None,
    };
    Some(text.to_owned())
}

fn tls(problem: &TlsProblem, names: &SettingNames) -> String {
    let SettingNames { ca_bundle, verify, client_cert, client_key, .. } = names;
    match problem {
        TlsProblem::UnknownIssuer => {
            return format!(
                "set the CA bundle (`{ca_bundle}`) to a PEM file with the certificate of the authority that signed it; if that is a \
                 public one, the server does not send its intermediate certificates"
            );
        }
        TlsProblem::SelfSigned => {
            return format!(
                "set the CA bundle (`{ca_bundle}`) to a PEM file with this very certificate; `{verify}: false` trusts anybody in between"
            );
        }
        TlsProblem::WrongName { .. } => {
            "use one of the certificate's names in the URL, or give the server a certificate with this name as a subjectAltName"
        }
        TlsProblem::Expired => "renew the server's certificate; if it is valid, this machine's clock is wrong",
        TlsProblem::NotYetValid => "check this machine's clock and the certificate's dates",
        TlsProblem::PlainServer => "use http:// in the URL, or the port on which the server speaks HTTPS",
        TlsProblem::TlsServer => "use https:// in the URL",
        TlsProblem::ClientCertificateWanted => {
            return format!("set the client certificate and its key (`{client_cert}`, `{client_key}`)");
        }
        TlsProblem::ClientCertificateRefused { .. } => {
            "check that the client certificate is valid, and signed by an authority that the server accepts"
        }
        TlsProblem::Other { .. } => "check that the port speaks HTTPS with TLS 1.2 or later",
    }
    .to_owned()
}

fn status_hint(status: u16, words: Option<&str>, names: &SettingNames) -> Option<String> {
    // Some APIs answer 403 where nobody could be authenticated at all; their words tell.
    let about_token = words.is_some_and(|words| {
        let words = words.to_lowercase();
        ["invalid token", "token expired", "token inactive", "credentials"].iter().any(|w| words.contains(w))
    });
    let text = match status {
        401 => "check the token: it may be wrong, expired, revoked, or meant for another server",
        403 if about_token => {
            "check the token: it may be missing, wrong, expired, or meant for another server"
        }
        403 => "the token is known, but its user lacks the right: have it granted",
        404 => "check the URL: the API may live below a path, or the server may be of another version",
        406 => "set `api_version` to a version that the server supports, or leave it out",
        407 => "check the user and password in the proxy's URL",
        413 | 414 => "ask for less at a time",
        429 => {
            let setting = names.concurrency;
            return Some(format!("the server limits the rate: lower `{setting}`, or have the limit raised"));
        }
        502..=504 => "a proxy gets no answer from the server behind it: look at that server's logs and load",
        500..=599 => "look at the server's logs",
        _ => return None,
    };
    Some(text.to_owned())
}

fn redirect(target: Option<&str>, base: Option<&str>) -> String {
    let login = target.is_some_and(|target| {
        let target = target.to_lowercase();
        ["login", "signin", "sign_in", "sso", "saml", "oauth", "openid", "/auth"]
            .iter()
            .any(|w| target.contains(w))
    });
    match base {
        Some(base) => {
            format!("set the URL to {base} (redirects are not followed, so that the token goes nowhere else)")
        }
        None if login => {
            "this is a login page: something in front of the API wants a person to sign in; let requests with a \
             token pass it, or use the server's own address"
                .to_owned()
        }
        None => "set the URL to the server's final address (redirects are not followed, so that the token goes \
                 nowhere else)"
            .to_owned(),
    }
}

fn deadline(last: &Cause, url: Option<&str>, names: &SettingNames) -> String {
    let setting = names.total_deadline;
    match hint(last, url, names) {
        Some(hint) => format!("{hint}; or raise `{setting}`"),
        None => format!("raise `{setting}`"),
    }
}
