//! Certificates.

use insta::assert_snapshot;

use crate::harness::Sandbox;
use crate::nautobot::Nautobot;
use test_support::certs::{Authority, self_signed};

#[test]
fn a_self_signed_certificate() {
    let identity = self_signed(&["127.0.0.1"], true);
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start_tls(identity.server()));
    assert_snapshot!(sandbox.with(&server, ["--list"]).fails(1), @"
        nautobridge: POST https://127.0.0.1:PORT/api/graphql/: the server's certificate is self-signed and not trusted
          -> set the CA bundle (`tls.ca_bundle`) to a PEM file with this very certificate; `tls.verify: false` trusts anybody in between
    ");
    assert!(server.seen().is_empty(), "a request, and the token, went to a server that nobody trusts");

    let bundle = sandbox.write("nautobot.pem", &identity.pem);
    sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_TLS_CA_BUNDLE", bundle).json();
    sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_TLS_VERIFY", "false").json();
}

#[test]
fn an_authority_of_ones_own() {
    let authority = Authority::generate();
    let (sandbox, server) =
        (Sandbox::new(), Nautobot::default().start_tls(authority.issue(&["127.0.0.1"]).server()));
    assert_snapshot!(sandbox.with(&server, ["--list"]).fails(1), @"
        nautobridge: POST https://127.0.0.1:PORT/api/graphql/: the server's certificate is signed by nobody whom this system trusts
          -> set the CA bundle (`tls.ca_bundle`) to a PEM file with the certificate of the authority that signed it; if that is a public one, the server does not send its intermediate certificates
    ");
    // Paths in a settings file are relative to it.
    sandbox.write("etc/ca.pem", authority.pem());
    sandbox.write("etc/settings.yml", "tls:\n  ca_bundle: ca.pem\n");
    sandbox.with(&server, ["--list", "--config", "etc/settings.yml"]).json();
}

#[test]
fn a_certificate_for_another_host() {
    let authority = Authority::generate();
    let (sandbox, server) =
        (Sandbox::new(), Nautobot::default().start_tls(authority.issue(&["nautobot.lab.example"]).server()));
    let bundle = sandbox.write("ca.pem", authority.pem());
    let run = sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_TLS_CA_BUNDLE", bundle);
    assert_snapshot!(run.fails(1), @"
        nautobridge: POST https://127.0.0.1:PORT/api/graphql/: the server's certificate is not for 127.0.0.1, but for nautobot.lab.example
          -> use one of the certificate's names in the URL, or give the server a certificate with this name as a subjectAltName
    ");
}

#[test]
fn a_client_certificate() {
    let authority = Authority::generate();
    let tls = authority.issue(&["127.0.0.1"]).server_for_clients_of(&authority);
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start_tls(tls));
    let bundle = sandbox.write("ca.pem", authority.pem());
    let run = || sandbox.with(&server, ["--list"]).env("NAUTOBRIDGE_TLS_CA_BUNDLE", &bundle);
    assert_snapshot!(run().env("NAUTOBRIDGE_RETRIES", "0").fails(1), @"
        nautobridge: POST https://127.0.0.1:PORT/api/graphql/: the server wants a client certificate
          -> set the client certificate and its key (`tls.client_cert`, `tls.client_key`)
    ");
    let client = authority.issue(&["client"]);
    let certificate = sandbox.write("client.pem", &client.pem);
    let key = sandbox.write("client.key", &client.key_pem);
    let with_certificate = run().env("NAUTOBRIDGE_TLS_CLIENT_CERT", certificate);
    with_certificate.env("NAUTOBRIDGE_TLS_CLIENT_KEY", &key).json();
    assert_snapshot!(run().env("NAUTOBRIDGE_TLS_CLIENT_KEY", &key).fails(2), @"
        nautobridge: there is a client key (WORK/client.key) but no client certificate
          -> set the client certificate (`tls.client_cert`) too
    ");
}

#[test]
fn a_bundle_that_is_none() {
    let (sandbox, server) = (Sandbox::new(), Nautobot::default().start());
    let url = server.url().replace("http://", "https://");
    let run = |bundle: &str| {
        let run = sandbox.with(&server, ["--list"]).env("NAUTOBOT_URL", &url);
        run.env("NAUTOBRIDGE_TLS_CA_BUNDLE", bundle).fails(2)
    };
    assert_snapshot!(run("missing.pem"), @"
        nautobridge: cannot read the CA bundle missing.pem: No such file or directory
          -> check the path, and that this user may read the file
    ");
    sandbox.write("text.pem", "no certificate\n");
    assert_snapshot!(run("text.pem"), @"
        nautobridge: the CA bundle text.pem has no certificate
          -> give a file in PEM format (with lines such as -----BEGIN CERTIFICATE-----)
    ");
}
