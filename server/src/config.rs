//! Process settings: from flags, then `TOWPATH_*`, then `towpath.toml`, then defaults; each remembers where it came from.

use anyhow::{Context, Result, bail};
use clap::Args;
use domain::model::server_settings::{ProcessSetting, ServerDefaults};
use domain::secret::Secret;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A token that opens something is not shorter.
const SHORTEST_TOKEN: usize = 16;

/// Flags of `towpath serve`; clap fills those that are absent from `TOWPATH_*`.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// Settings file [default: towpath.toml in the current directory, if there]
    #[arg(long, env = "TOWPATH_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:9999]
    #[arg(long, env = "TOWPATH_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where the database, the key and the logs are [default: towpath-data]
    #[arg(long, env = "TOWPATH_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// postgres:// address, or a SQLite file [default: towpath.db in the data directory]
    #[arg(long, env = "TOWPATH_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// How browsers reach this server; https makes the session cookie Secure [default: http://<listen>]
    #[arg(long, env = "TOWPATH_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Whether this server provisions: OFF or STANDALONE [default: STANDALONE]
    #[arg(long = "provisioner-mode", env = "TOWPATH_PROVISIONER_MODE", value_name = "MODE")]
    pub provisioner_mode: Option<String>,
    /// Synchronization Frequency in seconds, unless a channel has its own [default: 60]
    #[arg(long = "provisioner-frequency-secs", env = "TOWPATH_PROVISIONER_FREQUENCY_SECS", value_name = "SECONDS")]
    pub provisioner_frequency_secs: Option<u32>,
    /// error, warn, info, debug or trace [default: info]
    #[arg(long = "log-level", env = "TOWPATH_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// What a monitoring system on another machine sends as its bearer token to read /metrics; better in the environment than here
    #[arg(long = "metrics-token", env = "TOWPATH_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true, value_parser = secret)]
    pub metrics_token: Option<Secret>,
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// `towpath.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    public_url: Option<String>,
    provisioner: FileProvisioner,
    log: FileLog,
    metrics: FileMetrics,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileProvisioner {
    mode: Option<String>,
    frequency_secs: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileLog {
    level: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileMetrics {
    #[serde(deserialize_with = "some_secret")]
    token: Option<Secret>,
}

fn some_secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    String::deserialize(from).map(|text| Some(Secret::new(text)))
}

/// Where a setting came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag or a `TOWPATH_*` variable.
    Flag,
    /// `towpath.toml`.
    File,
    /// Nobody said.
    Default,
}

/// A setting and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// Who said so.
    pub source: Source,
}

/// Whether this server provisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvisionerMode {
    /// It does not.
    Off,
    /// It does, alone.
    Standalone,
}

/// Everything in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub listen: Setting<SocketAddr>,
    /// Database, key, socket, logs.
    pub data_dir: Setting<PathBuf>,
    /// `postgres://...`, or a SQLite file.
    pub database_url: Setting<String>,
    /// How browsers reach it; without a slash at the end. `None`: as the request says, for a listener on a free port.
    pub public_url: Setting<Option<String>>,
    /// Whether it provisions.
    pub provisioner_mode: Setting<ProvisionerMode>,
    /// Seconds between cycles.
    pub frequency_secs: Setting<u32>,
    /// Level of the logs.
    pub log_level: Setting<String>,
    /// What monitoring systems on other machines bring to read `/metrics`; without one they may not.
    pub metrics_token: Option<Secret>,
    /// Shown in the frame, such as `Sandbox`.
    pub environment: String,
}

impl Config {
    /// Puts flags, variables and file together.
    pub fn load(flags: &Flags) -> Result<Self> {
        let file = read_file(flags.config.as_deref())?;
        let listen = pick(flags.listen, file.listen, ([127, 0, 0, 1], 9999).into());
        let data_dir = pick(flags.data_dir.clone(), file.data_dir, PathBuf::from("towpath-data"));
        let default_database = data_dir.value.join("towpath.db").to_string_lossy().into_owned();
        let public_url = pick(flags.public_url.clone().map(Some), file.public_url.map(Some), None);
        if let Some(url) = &public_url.value {
            let parsed = url::Url::parse(url)
                .with_context(|| format!("public_url ‘{url}’ is not an address such as https://towpath.example.com"))?;
            if !matches!(parsed.scheme(), "http" | "https") || parsed.path() != "/" {
                bail!("public_url ‘{url}’ must be http:// or https://, a host, and no path");
            }
        }
        let mode = pick(flags.provisioner_mode.clone(), file.provisioner.mode, "STANDALONE".into());
        let frequency = pick(flags.provisioner_frequency_secs, file.provisioner.frequency_secs, 60);
        if !(1..=604_800).contains(&frequency.value) {
            bail!("provisioner.frequency_secs is {}; use 1 to 604800", frequency.value);
        }
        let log_level = pick(flags.log_level.clone(), file.log.level, "info".into());
        if !["error", "warn", "info", "debug", "trace"].contains(&log_level.value.as_str()) {
            bail!("log.level is ‘{}’; use error, warn, info, debug or trace", log_level.value);
        }
        let metrics_token = flags.metrics_token.clone().or(file.metrics.token).filter(|token| !token.is_empty());
        if metrics_token.as_ref().is_some_and(|token| token.expose().len() < SHORTEST_TOKEN) {
            bail!("metrics.token is shorter than {SHORTEST_TOKEN} characters, which can be guessed");
        }
        Ok(Self {
            listen,
            database_url: pick(flags.database_url.clone(), file.database_url, default_database),
            data_dir,
            public_url: Setting { value: public_url.value.map(|url| url.trim_end_matches('/').to_owned()), source: public_url.source },
            provisioner_mode: Setting { value: parse_mode(&mode.value)?, source: mode.source },
            frequency_secs: frequency,
            log_level,
            metrics_token,
            environment: String::new(),
        })
    }

    /// Defaults on a data directory and an address, for servers that no settings file describes: the sandbox, tests.
    pub fn on(data_dir: &Path, listen: SocketAddr) -> Self {
        let database_url = data_dir.join("towpath.db").to_string_lossy().into_owned();
        Self {
            listen: Setting { value: listen, source: Source::Default },
            data_dir: Setting { value: data_dir.to_owned(), source: Source::Default },
            database_url: Setting { value: database_url, source: Source::Default },
            public_url: Setting { value: None, source: Source::Default },
            provisioner_mode: Setting { value: ProvisionerMode::Standalone, source: Source::Default },
            frequency_secs: Setting { value: 60, source: Source::Default },
            log_level: Setting { value: "info".into(), source: Source::Default },
            metrics_token: None,
            environment: String::new(),
        }
    }

    /// What the console shows of it.
    pub fn server_defaults(&self) -> ServerDefaults {
        fn shown<T, U>(setting: &Setting<T>, name: &str, value: U) -> ProcessSetting<U> {
            let set_by = match setting.source {
                // Which of the two it was is not known any more: clap reads both.
                Source::Flag => format!("--{0} or TOWPATH_{1}", name.replace(['.', '_'], "-"), name.replace('.', "_").to_uppercase()),
                Source::File => format!("{name} in the settings file"),
                Source::Default => String::new(),
            };
            ProcessSetting { value, set_by }
        }
        let mode = match self.provisioner_mode.value {
            ProvisionerMode::Off => "OFF",
            ProvisionerMode::Standalone => "STANDALONE",
        };
        let base_url = self.public_url.value.clone().unwrap_or_else(|| format!("http://{}", self.listen.value));
        ServerDefaults {
            base_url: shown(&self.public_url, "public_url", base_url),
            frequency_secs: shown(&self.frequency_secs, "provisioner.frequency_secs", self.frequency_secs.value),
            provisioner_mode: shown(&self.provisioner_mode, "provisioner.mode", mode.to_owned()),
        }
    }

    /// Whether browsers reach it by https.
    pub fn is_https(&self) -> bool {
        self.public_url.value.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

fn parse_mode(text: &str) -> Result<ProvisionerMode> {
    match text.to_ascii_uppercase().as_str() {
        "OFF" => Ok(ProvisionerMode::Off),
        "STANDALONE" => Ok(ProvisionerMode::Standalone),
        "FAILOVER" => bail!("provisioner.mode FAILOVER needs several nodes, which this version does not have; use STANDALONE"),
        _ => bail!("provisioner.mode is ‘{text}’; use OFF or STANDALONE"),
    }
}

fn read_file(path: Option<&Path>) -> Result<File> {
    let (path, must_exist) = match path {
        Some(path) => (path, true),
        None => (Path::new("towpath.toml"), false),
    };
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("{} is not a settings file of this version", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => Ok(File::default()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn pick<T>(flag: Option<T>, file: Option<T>, default: T) -> Setting<T> {
    match (flag, file) {
        (Some(value), _) => Setting { value, source: Source::Flag },
        (None, Some(value)) => Setting { value, source: Source::File },
        (None, None) => Setting { value: default, source: Source::Default },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags_with_file(text: &str) -> (tempfile::TempDir, Flags) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("towpath.toml");
        std::fs::write(&path, text).unwrap();
        (dir, Flags { config: Some(path), ..Flags::default() })
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let (_dir, mut flags) = flags_with_file("listen = \"127.0.0.1:1\"\n[provisioner]\nmode = \"off\"\n");
        flags.listen = Some(([127, 0, 0, 1], 2).into());
        let config = Config::load(&flags).unwrap();
        assert_eq!((config.listen.value.port(), config.listen.source), (2, Source::Flag));
        assert_eq!((config.provisioner_mode.value, config.provisioner_mode.source), (ProvisionerMode::Off, Source::File));
        assert_eq!((config.frequency_secs.value, config.frequency_secs.source), (60, Source::Default));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("listn = \"x\"", "listn"),
            ("public_url = \"towpath.example.com\"", "towpath.example.com"),
            ("[provisioner]\nmode = \"FAILOVER\"", "FAILOVER"),
            ("[provisioner]\nfrequency_secs = 0", "frequency_secs"),
            ("[log]\nlevel = \"loud\"", "loud"),
            ("[metrics]\ntoken = \"short\"", "metrics.token"),
        ] {
            let (_dir, flags) = flags_with_file(text);
            let message = format!("{:#}", Config::load(&flags).unwrap_err());
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
