//! Embeds `migrations/*.sql`, so that the binary needs no file beside it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations").canonicalize()?;
    // Relative to this crate, so that it still holds in a copy of the whole tree.
    println!("cargo:rerun-if-changed=../../../migrations");
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "sql") {
            files.push(path);
        }
    }
    files.sort();

    let mut list = String::from("[\n");
    for path in files {
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            println!("cargo:rerun-if-changed=../../../migrations/{name}");
        }
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let Some((number, about)) = stem.split_once('_').and_then(|(n, about)| Some((n.parse::<i64>().ok()?, about))) else {
            return Err(io::Error::other(format!("{} is not named NNNN_what.sql", path.display())));
        };
        writeln!(list, "    ({number}, {:?}, include_str!({:?})),", about.replace('_', " "), path.display().to_string())
            .map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("migrations.rs"), list)
}
