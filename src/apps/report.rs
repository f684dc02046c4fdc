//! The report that the playbook `master_deploy.yml` writes: what was deployed on which host, and what runs there.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::check::State;

/// What a report says it is.
const FORMAT: &str = "nautobridge-deploy-report";
/// The version that is read.
const VERSION: u32 = 1;

/// Why a report cannot be used. It holds no value of the report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It cannot be read.
    #[error("cannot read the report {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{path} is no report of a deployment: {detail}")]
    NoReport {
        /// The file.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// It has another version.
    #[error("the report {path} has version {version}; this nautobridge reads version {VERSION}")]
    Version {
        /// The file.
        path: String,
        /// Its version.
        version: u32,
    },
    /// A part of it is not as it has to be.
    #[error("the report {path} is not as it has to be: {field}: {message}")]
    Field {
        /// The file.
        path: String,
        /// The way to the value.
        field: String,
        /// What is wrong.
        message: String,
    },
}

impl ReportError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => None,
            Self::NoReport { .. } | Self::Version { .. } | Self::Field { .. } => Some(
                "make a new one: ansible-playbook playbooks/master_deploy.yml --check -e deploy_report=FILE"
                    .to_owned(),
            ),
        }
    }
}

/// What is read first, to tell a wrong file from an old one.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

/// A report.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    /// The commit that was deployed.
    #[serde(default)]
    pub commit: Option<String>,
    /// Whether it was only looked at, nothing deployed.
    #[serde(default)]
    pub check: bool,
    /// The hosts by name.
    #[serde(deserialize_with = "each_host")]
    pub hosts: BTreeMap<String, HostReport>,
}

/// A host in a report.
#[derive(Clone, Debug, Deserialize)]
pub struct HostReport {
    /// Whether its deployment failed.
    pub failed: bool,
    /// Whether it could not be reached.
    pub unreachable: bool,
    /// Why.
    #[serde(default)]
    pub message: Option<String>,
    /// Its apps by name.
    pub apps: BTreeMap<String, AppReport>,
    /// Our apps that nobody declares any more.
    #[serde(default)]
    pub orphans: Vec<String>,
    /// Containers that are not ours.
    #[serde(default)]
    pub unmanaged: Vec<Unmanaged>,
}

impl HostReport {
    /// A host of which nothing is known but why.
    fn broken(message: String) -> Self {
        Self {
            failed: true,
            unreachable: false,
            message: Some(message),
            apps: BTreeMap::new(),
            orphans: Vec::new(),
            unmanaged: Vec::new(),
        }
    }
}

/// An app in a report.
#[derive(Clone, Debug, Deserialize)]
pub struct AppReport {
    /// What it was declared to be.
    #[serde(with = "state")]
    pub state: State,
    /// What came of the deployment.
    #[serde(default)]
    pub result: Option<String>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<String>,
    /// The digest of what was declared.
    #[serde(default)]
    pub declared: Option<String>,
    /// What was written down when it was deployed last.
    pub recorded: Option<Recorded>,
    /// Its containers by service.
    pub running: BTreeMap<String, Vec<Container>>,
    /// Its files that are not as they were written.
    pub tampered: Vec<String>,
}

/// What was written down when an app was deployed.
#[derive(Clone, Debug, Deserialize)]
pub struct Recorded {
    /// The digest of what was declared then.
    pub declared: String,
    /// What was deployed, by service.
    #[serde(default)]
    pub images: BTreeMap<String, Image>,
}

/// An image that was deployed.
#[derive(Clone, Debug, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: Option<String>,
}

/// A container that is there.
#[derive(Clone, Debug, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image's id.
    pub id: String,
    /// Docker's word for what it does.
    pub state: String,
    /// What its health check says.
    #[serde(default)]
    pub health: Option<String>,
    /// How its program ended.
    #[serde(default)]
    pub exit_code: i64,
    /// Whether it is the one that was written down.
    pub intact: bool,
}

/// A container that is not ours.
#[derive(Clone, Debug, Deserialize)]
pub struct Unmanaged {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Docker's word for what it does.
    pub state: String,
    /// Its Compose project.
    #[serde(default)]
    pub project: Option<String>,
}

/// Reads host by host: what one host said is its own failure, and hides no other host.
fn each_host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, HostReport>, D::Error> {
    let all = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
    let read = |value: serde_json::Value| {
        serde_path_to_error::deserialize(value).unwrap_or_else(|error: serde_path_to_error::Error<_>| {
            let (field, message) = (error.path(), plain(&error.inner().to_string()));
            HostReport::broken(format!("its part of the report is invalid: {field}: {message}"))
        })
    };
    Ok(all.into_iter().map(|(name, value)| (name, read(value))).collect())
}

mod state {
    use serde::{Deserialize as _, Deserializer, de::Error as _};

    use super::State;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "present" => Ok(State::Present),
            "stopped" => Ok(State::Stopped),
            "absent" => Ok(State::Absent),
            _ => Err(D::Error::custom("this has to be present, stopped or absent")),
        }
    }
}

/// Reads a report; `path` names it in errors.
///
/// # Errors
/// When it is no report, or of another version, or a part of it is missing or wrong.
pub fn read(bytes: &[u8], path: &str) -> Result<Report, ReportError> {
    let path = path.to_owned();
    let no_report = |detail: String| ReportError::NoReport { path: path.clone(), detail };
    let head: Head = serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let what = if error.is_data() { "not a mapping with `format` and `version`" } else { "no JSON" };
        no_report(format!("{what} ({place})"))
    })?;
    match head {
        Head { format: Some(format), version: Some(VERSION) } if format == FORMAT => {}
        Head { format: Some(format), version: Some(version) } if format == FORMAT => {
            return Err(ReportError::Version { path, version });
        }
        _ => return Err(no_report(format!("`format` is not `{FORMAT}`"))),
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let field = if field == "." { "at the top".to_owned() } else { field };
        ReportError::Field { path, field, message: plain(&error.inner().to_string()) }
    })
}

/// serde's message without the value that it found, and without the place.
fn plain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    match message.split_once(", expected ") {
        Some((_, expected)) => format!("this has to be {expected}"),
        None => message.to_owned(),
    }
}
