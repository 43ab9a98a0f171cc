//! Private keys and certificates: made, imported, described for a person, and used to sign.
//!
//! Where they are kept is not its concern: what comes out is a [`Secret`](domain::secret::Secret) and a certificate in PEM. All
//! cryptography that signs or makes keys is aws-lc-rs; what opens a PKCS#12 file is RustCrypto.

mod certificate;
mod make;
mod pkcs12;
mod sign;

pub use certificate::{CertificateFacts, pem, read_certificates};
pub use make::{Made, MakeError, make, make_like};
pub use pkcs12::{ImportError, MOST_BYTES, import};
pub use sign::{LoadError, Scheme, SignError, SigningPair};
