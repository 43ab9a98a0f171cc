//! The data directory, held by one process at a time.

use anyhow::{Context, Result, bail};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A data directory that no other process uses while this value lives.
pub struct DataDir {
    path: PathBuf,
    lock: File,
}

impl DataDir {
    /// Makes the directory if it is not there, readable for its owner only, and takes it.
    pub fn take(path: &Path) -> Result<Self> {
        let shown = path.display();
        if !path.is_dir() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.with_context(|| format!("the data directory {shown} cannot be made"))?;
        }
        let file = path.join("lock");
        let options = || OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&file);
        let mut lock =
            options().with_context(|| format!("{} cannot be written: does this user own the data directory?", file.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // Only to say who; the lock itself is the kernel's.
                let _ = lock.read_to_string(&mut owner);
                let who = if owner.trim().is_empty() { String::new() } else { format!(" (process {})", owner.trim()) };
                bail!("another Towpath{who} uses the data directory {shown}. Stop it first, or choose another directory with --data-dir");
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", file.display()));
            }
        }
        let noted = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        noted.with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(Self { path: path.to_owned(), lock })
    }

    /// Says so in the log when others may enter it. It is taken before there is a log.
    pub fn warn_if_open(&self) {
        let shown = self.path.display();
        match self.path.metadata().map(|found| found.permissions().mode()) {
            Ok(mode) if mode & 0o077 != 0 => {
                tracing::warn!(
                    "the data directory {shown} can be entered by others (mode {:04o}); chmod 700 {shown} ends that",
                    mode & 0o7777
                );
            }
            _ => {}
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        // Closing the file lets the lock go too; a process forked meanwhile would keep it.
        let _ = self.lock.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_only_for_its_owner() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let first = DataDir::take(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let refused = DataDir::take(&path).err().unwrap().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())) && refused.contains("--data-dir"), "{refused}");
        drop(first);
        assert_eq!(DataDir::take(&path).unwrap().path(), path);
    }
}
