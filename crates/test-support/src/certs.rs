//! Certificates made for one test.

use std::io::Write;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use tempfile::NamedTempFile;

/// An authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
    /// The certificate in PEM.
    pub pem: String,
    /// The key in PEM.
    pub key_pem: String,
}

/// What a certificate for these names says.
pub fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).unwrap()
}

impl Authority {
    /// A new authority that nobody trusts.
    pub fn generate() -> Authority {
        let mut params = params(&[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "nautobridge test CA");
        Authority { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    /// Its certificate in PEM.
    pub fn pem(&self) -> String {
        self.issuer.as_ref().pem()
    }

    /// A certificate for these names.
    pub fn issue(&self, names: &[&str]) -> Identity {
        self.sign(&params(names))
    }

    /// A certificate that says this.
    pub fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        identity(&params.signed_by(&key, &self.issuer).unwrap(), &key)
    }
}

/// A self-signed certificate, marked as a CA's as `openssl req -x509` does, or not.
pub fn self_signed(names: &[&str], is_ca: bool) -> Identity {
    let mut params = params(names);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    identity(&params.self_signed(&key).unwrap(), &key)
}

fn identity(certificate: &rcgen::Certificate, key: &KeyPair) -> Identity {
    Identity {
        certificate: certificate.der().clone(),
        key: key.serialize_der(),
        pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    }
}

impl Identity {
    /// A server that shows this certificate.
    pub fn server(&self) -> rustls::ServerConfig {
        self.finish(builder().with_no_client_auth())
    }

    /// A server that shows this certificate, and wants a client certificate that `authority` signed.
    pub fn server_for_clients_of(&self, authority: &Authority) -> rustls::ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(authority.issuer.as_ref().der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        self.finish(builder().with_client_cert_verifier(verifier))
    }

    fn finish(
        &self,
        builder: rustls::ConfigBuilder<rustls::ServerConfig, rustls::server::WantsServerCert>,
    ) -> rustls::ServerConfig {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        builder.with_single_cert(vec![self.certificate.clone()], key).unwrap()
    }
}

fn builder() -> rustls::ConfigBuilder<rustls::ServerConfig, rustls::WantsVerifier> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap()
}

/// A file with this text; it goes when dropped.
pub fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}
