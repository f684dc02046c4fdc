//! Drift: where what runs is not what was deployed, or what was deployed is not what is declared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::check::{self, App, State};
use super::digest;
use super::merged::HostApps;
use super::report::{AppReport, Container, HostReport, Report, Unmanaged};

/// A kind of drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A host with apps that the report does not know.
    HostMissing,
    /// A host that could not be reached.
    HostUnreachable,
    /// A host whose deployment failed.
    HostFailed,
    /// Declared, and never deployed.
    NotDeployed,
    /// Declared otherwise since.
    DeclaredChanged,
    /// A service has no container.
    ContainerMissing,
    /// A container does not run.
    ContainerStopped,
    /// A container is not well.
    ContainerUnhealthy,
    /// A container runs another image.
    ImageDiffers,
    /// A container is not the one that was made.
    NotIntact,
    /// Files were changed.
    FilesTampered,
    /// It runs, and is declared stopped.
    ShouldBeStopped,
    /// It is there, and is declared absent.
    ShouldBeAbsent,
    /// Ours, and nobody declares it.
    Orphan,
}

impl Kind {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HostMissing => "host-missing",
            Self::HostUnreachable => "host-unreachable",
            Self::HostFailed => "host-failed",
            Self::NotDeployed => "not-deployed",
            Self::DeclaredChanged => "declared-changed",
            Self::ContainerMissing => "container-missing",
            Self::ContainerStopped => "container-stopped",
            Self::ContainerUnhealthy => "container-unhealthy",
            Self::ImageDiffers => "image-differs",
            Self::NotIntact => "not-intact",
            Self::FilesTampered => "files-tampered",
            Self::ShouldBeStopped => "should-be-stopped",
            Self::ShouldBeAbsent => "should-be-absent",
            Self::Orphan => "orphan",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::HostMissing => "run Master Deploy on it, or leave it out with --limit",
            Self::HostUnreachable => "see that Ansible reaches it, and make a new report",
            Self::HostFailed => "mend what failed, and run Master Deploy again",
            Self::NotDeployed | Self::DeclaredChanged => "run Master Deploy",
            Self::ContainerMissing | Self::ContainerStopped => "look at its log, or run Master Deploy",
            Self::ContainerUnhealthy => "look at its health check and its log",
            Self::ImageDiffers | Self::NotIntact => "run Master Deploy: it makes the container anew",
            Self::FilesTampered => "put the change into Nautobot, or run Master Deploy: it writes them anew",
            Self::ShouldBeStopped | Self::ShouldBeAbsent => "run Master Deploy, or declare the app present",
            Self::Orphan => "declare it again, or run Master Deploy with deploy_prune=yes",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The app; none where the host is meant.
    pub app: Option<String>,
    /// What kind.
    pub kind: Kind,
    /// Its service, where one is meant.
    pub service: Option<String>,
    /// What differs.
    pub message: String,
}

/// A host and how it differs.
#[derive(Clone, Debug, Default)]
pub struct HostDrift {
    /// How many apps were compared.
    pub apps: usize,
    /// What differs, in order.
    pub differences: Vec<Difference>,
    /// Containers that nobody manages. No drift.
    pub unmanaged: Vec<Unmanaged>,
}

/// What is declared of an app.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The digest of what is declared; none where the report does not say.
    pub digest: Option<String>,
    /// What it shall be.
    pub state: State,
    /// Services that are done when they end well; none where that is not known.
    pub ends: Option<BTreeSet<String>>,
}

/// The apps that hosts declare.
pub type Declared = BTreeMap<String, BTreeMap<String, Wanted>>;

/// What hosts declare by their merged config contexts.
#[must_use]
pub fn declared(hosts: &[HostApps<'_>]) -> Declared {
    let wanted = |app: &App<'_>| Wanted {
        digest: Some(digest::of(app.says)),
        state: app.state,
        ends: Some(ends(app)),
    };
    let apps = |host: &HostApps<'_>| {
        let apps = check::all(&host.declared());
        apps.iter().map(|app| (app.name.clone(), wanted(app))).collect()
    };
    hosts.iter().map(|host| (host.host.clone(), apps(host))).collect()
}

/// The services that may end: others wait for their end, or nobody starts them again.
fn ends(app: &App<'_>) -> BTreeSet<String> {
    let services = app.services();
    let mut ends = BTreeSet::new();
    for service in &services {
        if service.text("restart").is_some_and(|restart| restart == "no" || restart.starts_with("on-failure"))
        {
            ends.insert(service.name.clone());
        }
        let waits = service.says.get("depends_on").and_then(Value::as_object);
        for (name, how) in waits.into_iter().flatten() {
            if how.get("condition").and_then(Value::as_str) == Some("service_completed_successfully") {
                ends.insert(name.clone());
            }
        }
    }
    ends
}

/// Compares the hosts of a report, and those that declare apps; `is_meant` leaves hosts out.
#[must_use]
pub fn compare(
    report: &Report,
    declared: Option<&Declared>,
    is_meant: impl Fn(&str) -> bool,
) -> BTreeMap<String, HostDrift> {
    let mut found = BTreeMap::new();
    for (name, host) in report.hosts.iter().filter(|(name, _)| is_meant(name)) {
        let wanted = declared.map(|declared| declared.get(name).cloned().unwrap_or_default());
        found.insert(name.clone(), compare_host(host, wanted.as_ref()));
    }
    for (name, apps) in declared.into_iter().flatten().filter(|(name, _)| is_meant(name)) {
        let there = apps.values().filter(|app| app.state != State::Absent).count();
        if there > 0 && !found.contains_key(name) {
            let message = format!("the host declares {there} apps, and the report does not know it");
            let mut drift = HostDrift::default();
            drift.add(None, Kind::HostMissing, None, message);
            found.insert(name.clone(), drift);
        }
    }
    found
}

impl HostDrift {
    fn add(&mut self, app: Option<&str>, kind: Kind, service: Option<&str>, message: impl Into<String>) {
        let (app, service) = (app.map(str::to_owned), service.map(str::to_owned));
        self.differences.push(Difference { app, kind, service, message: message.into() });
    }
}

fn compare_host(host: &HostReport, wanted: Option<&BTreeMap<String, Wanted>>) -> HostDrift {
    let mut drift = HostDrift { unmanaged: host.unmanaged.clone(), ..HostDrift::default() };
    if host.unreachable {
        drift.add(
            None,
            Kind::HostUnreachable,
            None,
            because("the host could not be reached", host.message.as_deref()),
        );
        return drift;
    }
    if host.failed {
        drift.add(None, Kind::HostFailed, None, because("the deployment failed", host.message.as_deref()));
    }
    let own = |app: &AppReport| Wanted { digest: app.declared.clone(), state: app.state, ends: None };
    let own = || host.apps.iter().map(|(name, app)| (name.clone(), own(app))).collect();
    let wanted: BTreeMap<String, Wanted> = wanted.cloned().unwrap_or_else(own);
    drift.apps = wanted.len();
    for (name, wanted) in &wanted {
        match host.apps.get(name) {
            Some(app) => compare_app(name, app, wanted, &mut drift),
            None if wanted.state == State::Absent && !host.orphans.contains(name) => {}
            None if wanted.state == State::Absent => {
                drift.add(Some(name), Kind::ShouldBeAbsent, None, "the app is declared absent, and is there");
            }
            None => {
                drift.add(Some(name), Kind::NotDeployed, None, "the app is declared, and was never deployed");
            }
        }
    }
    let left = host.apps.iter().filter(|(_, app)| app.recorded.is_some() || !containers(app).is_empty());
    let left: BTreeSet<&String> = left.map(|(name, _)| name).chain(&host.orphans).collect();
    for name in left.into_iter().filter(|name| !wanted.contains_key(*name)) {
        drift.add(Some(name), Kind::Orphan, None, "the app is ours, and nobody declares it");
    }
    drift.unmanaged.sort_by(|a, b| a.name.cmp(&b.name));
    drift.differences.sort();
    drift
}

/// A sentence with its reason, of which the first line will do.
fn because(what: &str, why: Option<&str>) -> String {
    match why.and_then(|why| why.lines().find(|line| !line.trim().is_empty())) {
        Some(why) => format!("{what}: {}", why.trim()),
        None => what.to_owned(),
    }
}

/// All containers of an app, with their services.
fn containers(app: &AppReport) -> Vec<(&str, &Container)> {
    app.running.iter().flat_map(|(service, all)| all.iter().map(move |one| (service.as_str(), one))).collect()
}

fn compare_app(name: &str, app: &AppReport, wanted: &Wanted, drift: &mut HostDrift) {
    let all = containers(app);
    if wanted.state == State::Absent {
        if let Some((service, container)) = all.first() {
            let message =
                format!("the app is declared absent, and the container {} is there", container.name);
            drift.add(Some(name), Kind::ShouldBeAbsent, Some(service), message);
        }
        return;
    }
    let Some(recorded) = &app.recorded else {
        let message = because("the app is declared, and was never deployed", app.error.as_deref());
        return drift.add(Some(name), Kind::NotDeployed, None, message);
    };
    if wanted.digest.as_ref().is_some_and(|digest| *digest != recorded.declared) {
        let what = match app.result.as_deref() {
            Some("rolled_back") => "the app is declared otherwise than deployed; it was rolled back",
            _ => "the app is declared otherwise than deployed",
        };
        drift.add(Some(name), Kind::DeclaredChanged, None, because(what, app.error.as_deref()));
    }
    if !app.tampered.is_empty() {
        let message = format!("files are not as they were written: {}", app.tampered.join(", "));
        drift.add(Some(name), Kind::FilesTampered, None, message);
    }
    if wanted.state == State::Stopped {
        for (service, container) in all.iter().filter(|(_, one)| is_up(one)) {
            let message = format!("the app is declared stopped, and the container {} runs", container.name);
            drift.add(Some(name), Kind::ShouldBeStopped, Some(service), message);
        }
        return;
    }
    for service in recorded.images.keys() {
        if app.running.get(service).is_none_or(Vec::is_empty) {
            let message = format!("the service `{service}` has no container");
            drift.add(Some(name), Kind::ContainerMissing, Some(service), message);
        }
    }
    for (service, container) in all {
        let image = recorded.images.get(service).and_then(|image| image.id.as_deref());
        let many = recorded.images.len() > 1;
        let ends = wanted.ends.as_ref().map_or(many, |ends| ends.contains(service));
        compare_container(name, service, container, image, ends, drift);
    }
}

/// Whether a container takes part in what happens.
fn is_up(container: &Container) -> bool {
    matches!(container.state.as_str(), "running" | "restarting" | "paused")
}

/// `ends`: that it is over is fine, if it ended well.
fn compare_container(
    app: &str,
    service: &str,
    container: &Container,
    image: Option<&str>,
    ends: bool,
    drift: &mut HostDrift,
) {
    let Container { name, id, state, health, exit_code, intact } = container;
    let mut add = |kind, message: String| drift.add(Some(app), kind, Some(service), message);
    let is_done = ends && state == "exited" && *exit_code == 0;
    if state != "running" && !is_done {
        let ended = if state == "exited" { format!(" with exit code {exit_code}") } else { String::new() };
        add(Kind::ContainerStopped, format!("the container {name} does not run: {state}{ended}"));
    }
    if health.as_deref() == Some("unhealthy") {
        add(Kind::ContainerUnhealthy, format!("the container {name} is unhealthy"));
    }
    if let Some(image) = image.filter(|image| image != id) {
        let message =
            format!("the container {name} runs the image {}, and {} was deployed", short(id), short(image));
        add(Kind::ImageDiffers, message);
    }
    if !intact {
        add(Kind::NotIntact, format!("the container {name} is not the one that was deployed"));
    }
}

/// An image's id, as Docker shows it.
fn short(id: &str) -> &str {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    digits.get(..12).unwrap_or(digits)
}
