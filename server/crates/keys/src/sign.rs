//! A private key at work.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use domain::secret::Secret;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256; signatures are both numbers, one behind the other.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384, likewise.
    EcdsaP384Sha384,
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Not a kind of key that signs here.
    #[error("The private key cannot be used: keys must be RSA with 2048 to 8192 bits, or EC on the curves P-256 or P-384.")]
    Kind,
    /// The certificate cannot be read.
    #[error("The certificate of this key cannot be read.")]
    Certificate,
    /// The certificate is for another key.
    #[error("The certificate belongs to another key.")]
    OtherKey,
}

/// Signing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key could not sign")]
pub struct SignError;

/// A private key, ready to sign, with its certificate. Prints nothing of the key.
pub struct SigningPair {
    key: Key,
    certificate: Vec<u8>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair, Scheme),
}

impl std::fmt::Debug for SigningPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningPair({:?})", self.scheme())
    }
}

impl SigningPair {
    /// Of a private key (PKCS#8, PEM) and its certificate (PEM), which must belong together.
    pub fn load(private_key: &Secret, certificate: &str) -> Result<Self, LoadError> {
        let pkcs8 = PrivatePkcs8KeyDer::from_pem_slice(private_key.expose().as_bytes()).map_err(|_| LoadError::Kind)?;
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|_| LoadError::Certificate)?.to_vec();
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_| LoadError::Certificate)?;
        let key = Key::load(pkcs8.secret_pkcs8_der()).ok_or(LoadError::Kind)?;
        // RSA: an RSAPublicKey; EC: a point, never compressed by whom we know of.
        if parsed.public_key().subject_public_key.data.as_ref() != key.public() {
            return Err(LoadError::OtherKey);
        }
        Ok(Self { key, certificate })
    }

    /// How it signs.
    pub fn scheme(&self) -> Scheme {
        match &self.key {
            Key::Rsa(_) => Scheme::RsaSha256,
            Key::Ec(_, scheme) => *scheme,
        }
    }

    /// Its certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Signs.
    pub fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, data, &mut signature).map_err(|_| SignError)?;
                Ok(signature)
            }
            Key::Ec(key, _) => Ok(key.sign(&random, data).map_err(|_| SignError)?.as_ref().to_vec()),
        }
    }
}

impl Key {
    fn load(pkcs8: &[u8]) -> Option<Self> {
        if let Ok(key) = RsaKeyPair::from_pkcs8(pkcs8) {
            return (2048..=8192).contains(&(key.public_modulus_len() * 8)).then_some(Key::Rsa(key));
        }
        let curves =
            [(&ECDSA_P256_SHA256_FIXED_SIGNING, Scheme::EcdsaP256Sha256), (&ECDSA_P384_SHA384_FIXED_SIGNING, Scheme::EcdsaP384Sha384)];
        curves.into_iter().find_map(|(curve, scheme)| EcdsaKeyPair::from_pkcs8(curve, pkcs8).ok().map(|key| Key::Ec(key, scheme)))
    }

    fn public(&self) -> &[u8] {
        match self {
            Key::Rsa(key) => key.public_key().as_ref(),
            Key::Ec(key, _) => key.public_key().as_ref(),
        }
    }
}
