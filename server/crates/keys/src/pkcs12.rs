//! PKCS#12 files: a private key with its certificate, under a password.

use crate::certificate::{labelled, pem};
use crate::make::Made;
use crate::sign::{LoadError, SigningPair};
use domain::secret::Secret;
use p12_keystore::Pkcs12Archive;

/// Largest file that is read. One key with a chain of certificates is some kilobytes.
pub const MOST_BYTES: usize = 256 * 1024;

/// Why a file was not imported, for the person who chose it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nothing chosen.
    #[error("Choose a PKCS#12 file (.p12 or .pfx).")]
    Empty,
    /// Too large.
    #[error("The file is larger than {} kB, which no PKCS#12 file with one key is.", MOST_BYTES / 1024)]
    Large,
    /// PEM instead.
    #[error(
        "This is a PEM file. Put key and certificate into a PKCS#12 file: openssl pkcs12 -export -inkey key.pem -in certificate.pem -out key.p12"
    )]
    Pem,
    /// Not the password.
    #[error("The password is not the one of this file.")]
    Password,
    /// No PKCS#12, or nothing that can be opened.
    #[error("The file cannot be read as PKCS#12. Export it again, with a password and AES or 3DES encryption.")]
    Unreadable(#[source] p12_keystore::error::Error),
    /// No key in it.
    #[error("There is no private key in this file. Export the certificate together with its private key.")]
    NoKey,
    /// More than one.
    #[error("There are {0} private keys in this file. Export one of them by itself.")]
    ManyKeys(usize),
    /// No certificate of that key.
    #[error("There is no certificate for the private key in this file. Export both together.")]
    NoCertificate,
    /// A key that cannot sign here.
    #[error("{0}")]
    Key(LoadError),
}

/// Takes the one private key of a file, with its certificate. Takes a while: not for an async task.
pub fn import(file: &[u8], password: &Secret) -> Result<Made, ImportError> {
    use p12_keystore::error::Error;
    if file.is_empty() {
        return Err(ImportError::Empty);
    }
    if file.len() > MOST_BYTES {
        return Err(ImportError::Large);
    }
    if file.starts_with(b"-----BEGIN") {
        return Err(ImportError::Pem);
    }
    let archive = Pkcs12Archive::from_pkcs12(file, password.expose()).map_err(|error| match error {
        // The check over the whole file comes first; what fails only under a wrong password is the padding behind it.
        Error::MacError(_) | Error::UnpadError => ImportError::Password,
        other => ImportError::Unreadable(other),
    })?;
    let key = match archive.keys.as_slice() {
        [] => return Err(ImportError::NoKey),
        [one] => &one.key,
        many => return Err(ImportError::ManyKeys(many.len())),
    };
    let private_key = Secret::new(labelled("PRIVATE KEY", key.as_der()));
    let mut unfit = None;
    for bag in &archive.certs {
        let certificate = pem(bag.cert.as_der());
        match SigningPair::load(&private_key, &certificate) {
            Ok(_) => return Ok(Made { private_key, certificate }),
            Err(LoadError::OtherKey | LoadError::Certificate) => {}
            Err(error) => unfit = Some(error),
        }
    }
    Err(unfit.map_or(ImportError::NoCertificate, ImportError::Key))
}
