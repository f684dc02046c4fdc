//! TLS: whom to trust, and who we are.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig as TlsConfig, RootCertStore};

use super::config::ClientConfig;
use super::error::ConfigProblem;
use super::verify::{TrustAll, TrustPinned};
use crate::bounded::{self, MAX_TEXT};

const BUNDLE: &str = "CA bundle";
const CERTIFICATE: &str = "client certificate";
const KEY: &str = "client key";

/// The TLS side of a client. The system's certificates, hundreds of them, are loaded only if a connection
/// `needs_tls`; the configured files are read in any case, so that a wrong path is not found out later.
pub(crate) fn config(config: &ClientConfig, needs_tls: bool) -> Result<TlsConfig, ConfigProblem> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let bundle = config.ca_bundle.as_deref().map(read_bundle).transpose()?.unwrap_or_default();
    let builder = TlsConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| ConfigProblem::Other { reason: e.to_string() })?;
    let builder = if !needs_tls {
        builder.with_root_certificates(RootCertStore::empty())
    } else if config.verify_tls {
        let verifier = verifier(config.ca_bundle.as_deref(), bundle, provider)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(TrustAll::new(provider)))
    };
    let mut tls = match identity(config)? {
        None => builder.with_no_client_auth(),
        Some((chain, key, path)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|e| unusable(CERTIFICATE, &path, format!("cannot be used with its key: {e}")))?,
    };
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// Trusts the system's certificates and the bundle's.
fn verifier(
    path: Option<&Path>,
    bundle: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<TrustPinned, ConfigProblem> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    for certificate in &bundle {
        let added = roots.add(certificate.clone());
        if let (Err(e), Some(path)) = (added, path) {
            return Err(unusable(BUNDLE, path, format!("has a certificate that cannot be used: {e}")));
        }
    }
    if roots.is_empty() {
        let reasons: Vec<String> = system.errors.iter().map(ToString::to_string).collect();
        let reason = if reasons.is_empty() { "the store is empty".to_owned() } else { reasons.join("; ") };
        return Err(ConfigProblem::NoRoots { reason });
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|e| ConfigProblem::NoRoots { reason: e.to_string() })?;
    Ok(TrustPinned::new(verifier, bundle))
}

fn read_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigProblem> {
    certificates(BUNDLE, path, &read(BUNDLE, path)?)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, std::path::PathBuf);

fn identity(config: &ClientConfig) -> Result<Option<Identity>, ConfigProblem> {
    let cert_path = match (&config.client_cert, &config.client_key) {
        (None, None) => return Ok(None),
        (None, Some(key)) => return Err(ConfigProblem::KeyWithoutCertificate { path: key.clone() }),
        (Some(cert), _) => cert,
    };
    let cert_pem = read(CERTIFICATE, cert_path)?;
    let chain = certificates(CERTIFICATE, cert_path, &cert_pem)?;
    // As with curl, one file may hold both.
    let key = match &config.client_key {
        Some(path) => private_key(KEY, path, &read(KEY, path)?, config)?,
        None => private_key(CERTIFICATE, cert_path, &cert_pem, config)?,
    };
    Ok(Some((chain, key, cert_path.clone())))
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, ConfigProblem> {
    bounded::read(path, MAX_TEXT).map_err(|e| ConfigProblem::Unreadable {
        what,
        path: path.to_owned(),
        reason: e.to_string().split(" (os error ").next().unwrap_or_default().to_owned(),
    })
}

fn certificates(
    what: &'static str,
    path: &Path,
    pem: &[u8],
) -> Result<Vec<CertificateDer<'static>>, ConfigProblem> {
    let found: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|e| unusable(what, path, format!("is not well-formed PEM: {e}")))?;
    if found.is_empty() {
        return Err(unusable(what, path, "has no certificate".to_owned()));
    }
    Ok(found)
}

fn private_key(
    what: &'static str,
    path: &Path,
    pem: &[u8],
    config: &ClientConfig,
) -> Result<PrivateKeyDer<'static>, ConfigProblem> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        // Never the parser's words: they may repeat a part of the key.
        let is_encrypted = pem.windows(9).any(|window| window == b"ENCRYPTED");
        let reason = match (is_encrypted, what == CERTIFICATE) {
            (true, _) => {
                "has a key that is encrypted; store it decrypted, readable by this user only".to_owned()
            }
            (false, true) => format!("has no private key, and {} is not set", config.names.client_key),
            (false, false) => "has no private key".to_owned(),
        };
        unusable(what, path, reason)
    })
}

fn unusable(what: &'static str, path: &Path, reason: String) -> ConfigProblem {
    ConfigProblem::Unusable { what, path: path.to_owned(), reason }
}
