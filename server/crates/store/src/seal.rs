//! Secrets at rest: sealed with a key that is a file beside the database and never in it.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random 24-byte nonce. The text is base64 of: a version byte, four
//! bytes that name the key (so that a wrong key and a damaged text are told apart), the nonce, the ciphertext with its tag.
//! The associated data is where the secret belongs (`table:row:column`): a sealed text copied to another row does not open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::secret::Secret;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The file's name in the data directory.
pub const KEY_FILE: &str = "towpath.key";

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const HEADER: usize = 5;
const NONCE: usize = 24;

/// The master key. Cheap to clone, zeroed when the last clone goes, not printable.
#[derive(Clone)]
pub struct Keys {
    key: Arc<Zeroizing<[u8; KEY_BYTES]>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Group or others may read it.
    #[error(
        "the key file {path} can be read by others (mode {mode:04o}): whoever has read it can open every stored password. Run: chmod 600 {path}"
    )]
    Open {
        /// The file.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// Not 32 bytes.
    #[error(
        "the key file {path} has {found} bytes instead of 32: restore it from a backup. Without it, delete the file and enter all stored passwords and tokens again"
    )]
    Length {
        /// The file.
        path: String,
        /// Its size.
        found: usize,
    },
    /// It could not be read or made.
    #[error("the key file {path} could not be {what}")]
    Io {
        /// The file.
        path: String,
        /// `read` or `made`.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system has no randomness.
    #[error("the system gives no random bytes for a new key")]
    Random {
        /// Why.
        #[source]
        source: getrandom::Error,
    },
}

/// Why a secret could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Sealed with another key.
    #[error(
        "the stored secret was sealed with another key: was the database restored without its key file ({KEY_FILE})? Put that file back, or enter the secret again"
    )]
    WrongKey,
    /// Changed, cut off, or copied from another row.
    #[error("the stored secret is damaged or was copied from another place: enter it again")]
    Damaged,
    /// Sealed by a version of Towpath that this one does not know.
    #[error("the stored secret was sealed by a newer version of Towpath")]
    Newer,
    /// The system has no randomness.
    #[error("the system gives no random bytes to seal a secret with")]
    Random,
}

impl Keys {
    /// Reads the key file, or makes it (32 random bytes, mode 0600) when it is not there.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match File::open(path) {
            Ok(file) => Self::read(file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(source) => Err(io_error(path, "read", source)),
        }
    }

    /// A key from bytes, for tests and for keys kept elsewhere.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self { key: Arc::new(Zeroizing::new(bytes)) }
    }

    fn read(file: File, path: &Path) -> Result<Self, KeyError> {
        let mode = file.metadata().map_err(|e| io_error(path, "read", e))?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { path: path.display().to_string(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
        file.take(4_096).read_to_end(&mut bytes).map_err(|e| io_error(path, "read", e))?;
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice())
            .map_err(|_| KeyError::Length { path: path.display().to_string(), found: bytes.len() })?;
        Ok(Self::from_bytes(key))
    }

    /// Written aside and then given its name, so that a crash cannot leave half a key under it.
    fn create(path: &Path) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(key.as_mut_slice()).map_err(|source| KeyError::Random { source })?;
        let aside = path.with_extension("key.new");
        let made = (|| {
            if aside.exists() {
                fs::remove_file(&aside)?;
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            file.write_all(key.as_slice())?;
            file.sync_all()?;
            fs::rename(&aside, path)?;
            // The name must outlive a power cut as well: everything sealed from now on depends on it.
            match path.parent().filter(|p| !p.as_os_str().is_empty()) {
                Some(folder) => File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        })();
        made.map_err(|e| io_error(path, "made", e))?;
        Ok(Self { key: Arc::new(key) })
    }

    /// Seals a secret for one place, named by `aad`; see [`aad`].
    pub fn seal(&self, secret: &Secret, aad: &str) -> Result<String, SealError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
        let header = self.header();
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &bound(header, aad) };
        // Fails only for texts above 256 GiB.
        let ciphertext = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Damaged)?;
        let mut sealed = Vec::with_capacity(HEADER + NONCE + ciphertext.len());
        sealed.extend_from_slice(&header);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(STANDARD.encode(sealed))
    }

    /// Opens what [`Keys::seal`] made for the same place.
    pub fn open(&self, sealed: &str, aad: &str) -> Result<Secret, SealError> {
        let bytes = STANDARD.decode(sealed.trim()).map_err(|_| SealError::Damaged)?;
        let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(SealError::Damaged)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(SealError::Damaged)?;
        if header[0] != VERSION {
            return Err(SealError::Newer);
        }
        if *header != self.header() {
            return Err(SealError::WrongKey);
        }
        let payload = Payload { msg: ciphertext, aad: &bound(*header, aad) };
        let clear = self.cipher().decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| SealError::Damaged)?;
        std::str::from_utf8(&clear).map(Secret::new).map_err(|_| SealError::Damaged)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&**self.key).into())
    }

    /// The version, and four bytes of a hash of the key: they say which key, and nothing about it.
    fn header(&self) -> [u8; HEADER] {
        let hash = Sha256::new().chain_update(b"towpath key id").chain_update(self.key.as_slice()).finalize();
        [VERSION, hash[0], hash[1], hash[2], hash[3]]
    }
}

/// The associated data of a secret: where it belongs.
pub fn aad(table: &str, row: &str, column: &str) -> String {
    format!("{table}:{row}:{column}")
}

fn bound(header: [u8; HEADER], aad: &str) -> Vec<u8> {
    [header.as_slice(), aad.as_bytes()].concat()
}

fn io_error(path: &Path, what: &'static str, source: io::Error) -> KeyError {
    KeyError::Io { path: path.display().to_string(), what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "data_stores:corp:password";

    #[test]
    fn opens_what_it_sealed_and_only_that() {
        let keys = Keys::from_bytes([7; 32]);
        for clear in ["s3cret", "", "päß wörd 😀", &"x".repeat(100_000)] {
            let sealed = keys.seal(&Secret::new(clear), PLACE).unwrap();
            assert!(!sealed.contains("s3cret"));
            assert_eq!(keys.open(&sealed, PLACE).unwrap().expose(), clear);
        }
        let sealed = keys.seal(&Secret::new("s3cret"), PLACE).unwrap();
        assert_ne!(sealed, keys.seal(&Secret::new("s3cret"), PLACE).unwrap(), "a nonce of its own each time");
        assert_eq!(keys.open(&sealed, "data_stores:other:password"), Err(SealError::Damaged));
        assert_eq!(Keys::from_bytes([8; 32]).open(&sealed, PLACE), Err(SealError::WrongKey));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let keys = Keys::from_bytes([7; 32]);
        let bytes = STANDARD.decode(keys.seal(&Secret::new("s3cret"), PLACE).unwrap()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let expected = match at {
                0 => SealError::Newer,
                1..HEADER => SealError::WrongKey,
                _ => SealError::Damaged,
            };
            assert_eq!(keys.open(&STANDARD.encode(&changed), PLACE), Err(expected), "byte {at}");
            assert!(keys.open(&STANDARD.encode(&bytes[..at]), PLACE).is_err(), "cut at {at}");
        }
        assert_eq!(keys.open("not base64!", PLACE), Err(SealError::Damaged));
    }

    #[test]
    fn a_sealed_text_of_the_first_version_stays_readable() {
        let sealed = "Ac+o6zVBa8FGebmQttdojM9PHkDGgL8/CR6zB3/RzwcdttYxHCpFyE1k2DpD5k228D8S";
        assert_eq!(Keys::from_bytes([7; 32]).open(sealed, PLACE).unwrap().expose(), "s3cret");
    }

    #[test]
    fn the_key_file_is_private_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let sealed = Keys::load_or_create(&path).unwrap().seal(&Secret::new("s3cret"), PLACE).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(fs::metadata(&path).unwrap().len(), 32);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        assert_eq!(Keys::load_or_create(&path).unwrap().open(&sealed, PLACE).unwrap().expose(), "s3cret");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Keys::load_or_create(&path).unwrap_err().to_string();
        assert!(error.contains("mode 0640") && error.contains("chmod 600"), "{error}");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, [1; 31]).unwrap();
        let error = Keys::load_or_create(&path).unwrap_err().to_string();
        assert!(error.contains("31 bytes"), "{error}");

        let error = Keys::load_or_create(&folder.path().join("absent/towpath.key")).unwrap_err().to_string();
        assert!(error.contains("could not be made"), "{error}");
    }

    #[test]
    fn errors_say_what_to_do_and_nothing_prints_the_key() {
        assert!(SealError::WrongKey.to_string().contains("was the database restored without its key file (towpath.key)?"));
        assert_eq!(format!("{:?}", Keys::from_bytes([7; 32])), "Keys(..)");
    }
}
