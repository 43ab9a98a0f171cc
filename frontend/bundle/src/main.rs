//! Builds the site into `target/site`: the wasm and its JavaScript, the styles, each also compressed, and `manifest.json` with
//! their names. The server embeds that folder.
//!
//! Every file below `pkg/` has a hash of its content in its name, so that browsers may keep it for ever:
//!
//! ```text
//! target/site/manifest.json             {"js": "frontend-….js", "wasm": "frontend-….wasm", "css": "main-….css"}
//! target/site/pkg/frontend-….js         and .br and .gz of it
//! target/site/pkg/frontend-….wasm       and .br and .gz of it
//! target/site/pkg/main-….css            and .br and .gz of it
//! ```
//!
//! `cargo run -p bundle -- [--profile wasm-release|dev]`. It does what cargo-leptos does, without having to install that,
//! `wasm-bindgen` and `sass` first. `wasm-opt` (npm package `binaryen`) is used if it is in `frontend/bundle/node_modules`.

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};
use wasm_bindgen_cli_support::Bindgen;

const NAME: &str = "frontend";
const TARGET: &str = "wasm32-unknown-unknown";
/// What rustc turns on for [`TARGET`]; wasm-opt refuses code that uses more than it was told of.
const FEATURES: [&str; 7] =
    ["bulk-memory", "bulk-memory-opt", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];

fn main() -> Result<()> {
    let profile = profile(env::args().skip(1))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
    let site = target.join("site");
    // Two runs at a time must not mix their files.
    let new = target.join(format!("site.{}", std::process::id()));
    let pkg = new.join("pkg");
    let small = profile != "dev";
    fs::create_dir_all(&pkg)?;

    step("styles", || styles(&root, small).and_then(|css| put(&pkg, "main", "css", css.as_bytes(), small)))?;
    let built = step("wasm", || build(&root, &target, &profile))?;
    let generated = new.join("bindgen");
    step("bindings", || bind(&built, &generated, small))?;
    let wasm = generated.join(format!("{NAME}_bg.wasm"));
    if small {
        step("wasm-opt", || optimise(&root, &wasm))?;
    }
    let wasm = step("compress", || put(&pkg, NAME, "wasm", &fs::read(&wasm)?, small))?;
    let js = put(&pkg, NAME, "js", &fs::read(generated.join(format!("{NAME}.js")))?, small)?;
    ensure!(!generated.join("snippets").exists(), "a dependency brings JavaScript snippets, which this builder does not know");

    let css = only(&pkg, "css")?;
    let manifest = format!("{{\"js\": \"{js}\", \"wasm\": \"{wasm}\", \"css\": \"{css}\"}}\n");
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    fs::create_dir_all(&site)?;
    fs::rename(&pkg, site.join("pkg"))?;
    fs::write(site.join("manifest.json"), manifest)?;
    fs::remove_dir_all(new)?;
    for name in [&css, &js, &wasm] {
        let size = |suffix: &str| fs::metadata(site.join("pkg").join(format!("{name}{suffix}"))).map_or(0, |m| m.len() / 1000);
        eprintln!("{name}: {} kB, {} kB with brotli", size(""), size(".br"));
    }
    Ok(())
}

fn profile(mut arguments: impl Iterator<Item = String>) -> Result<String> {
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, None, None) => Ok("wasm-release".into()),
        (Some("--profile"), Some(name), None) if name == "wasm-release" || name == "dev" => Ok(name),
        _ => bail!("usage: bundle [--profile wasm-release|dev]"),
    }
}

fn step<T>(name: &str, f: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let done = f().with_context(|| format!("{name} failed"))?;
    eprintln!("{name}: {:.1} s", begun.elapsed().as_secs_f32());
    Ok(done)
}

fn styles(root: &Path, small: bool) -> Result<String> {
    let style = if small { grass::OutputStyle::Compressed } else { grass::OutputStyle::Expanded };
    let options = grass::Options::default().style(style);
    grass::from_path(root.join("style/main.scss"), &options).map_err(|error| anyhow::anyhow!("{error}"))
}

fn build(root: &Path, target: &Path, profile: &str) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--locked", "-p", NAME, "--lib", "--target", TARGET, "--profile", profile])
        .status()
        .context("cargo could not be started")?;
    ensure!(status.success(), "cargo build -p {NAME} --target {TARGET} failed");
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(target.join(TARGET).join(folder).join(format!("{NAME}.wasm")))
}

fn bind(wasm: &Path, out: &Path, small: bool) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(small)
        .remove_producers_section(true)
        .generate(out)
}

/// Halves the wasm where Node and binaryen are there; without them the site is only larger.
fn optimise(root: &Path, wasm: &Path) -> Result<()> {
    let program = root.join("frontend/bundle/node_modules/.bin/wasm-opt");
    if !program.exists() {
        eprintln!("wasm-opt is not installed (npm ci in frontend/bundle): the wasm stays about twice as large");
        return Ok(());
    }
    let smaller = wasm.with_extension("opt");
    let status = Command::new(program)
        .args(["-Oz", "--strip-debug", "--strip-producers"])
        .args(FEATURES.map(|feature| format!("--enable-{feature}")))
        .arg(wasm)
        .arg("-o")
        .arg(&smaller)
        .status()
        .context("wasm-opt could not be started")?;
    ensure!(status.success(), "wasm-opt failed");
    fs::rename(smaller, wasm)?;
    Ok(())
}

/// Writes a file under a name with its hash, and its compressed forms beside it. Answers the name.
fn put(pkg: &Path, stem: &str, extension: &str, content: &[u8], small: bool) -> Result<String> {
    let hash = hex::encode(&Sha256::digest(content)[..8]);
    let name = format!("{stem}-{hash}.{extension}");
    fs::write(pkg.join(&name), content)?;

    let params = brotli::enc::BrotliEncoderParams { quality: if small { 11 } else { 4 }, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &params)?;
    fs::write(pkg.join(format!("{name}.br")), compressed)?;

    let level = if small { flate2::Compression::best() } else { flate2::Compression::fast() };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(content)?;
    fs::write(pkg.join(format!("{name}.gz")), encoder.finish()?)?;
    Ok(name)
}

fn only(pkg: &Path, extension: &str) -> Result<String> {
    for entry in fs::read_dir(pkg)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(&format!(".{extension}")) {
            return Ok(name);
        }
    }
    bail!("there is no {extension} file in {}", pkg.display())
}
