//! Projects: what goes with which kind of source control. (AWX's `ProjectSerializer` and `ProjectOptions`.)

use url::Url;

use super::files::{Entry, Files};
use super::place::{Place, filled};
use super::simple;
use crate::seed::finding::Finding;
use crate::seed::item::{Data, Item};

pub(super) fn check(entry: &Entry<'_>, files: &Files<'_>, out: &mut Vec<Finding>) {
    let item = entry.item;
    check_url(item, out);
    match item.text("scm_type") {
        Some("") => check_manual(item, out),
        Some("insights") => {
            if item.reference("credential").is_none() {
                let place = Place::field(item, "credential");
                out.push(
                    files.lacking(place.error("Insights Credential is required for an Insights Project.")),
                );
            }
            simple::of_namespace(entry, files, "credential", &[("insights", "Insights")], out);
        }
        Some(kind) => {
            if filled(item, "scm_url").is_none() {
                let place = Place::field(item, "scm_url");
                out.push(files.lacking(place.error(format!("SCM URL is required for scm_type {kind}"))));
            }
            simple::of_namespace(entry, files, "credential", &[("scm", "Source Control")], out);
        }
        None if filled(item, "scm_url").is_some() => {
            let message =
                "`scm_type` is not declared: a new project is a manual one, and its scm_url means nothing";
            out.push(Place::field(item, "scm_url").warning(message).with_hint("scm_type: git"));
        }
        None => {}
    }
    check_git_only(item, out);
    let signature = [("gpg_public_key", "GPG Public Key")];
    simple::of_namespace(entry, files, "signature_validation_credential", &signature, out);
}

/// A manual project is a directory of the Controller.
fn check_manual(item: &Item, out: &mut Vec<Finding>) {
    if filled(item, "local_path").is_none() {
        let place = Place::field(item, "local_path");
        out.push(
            place
                .error("a manual project needs its `local_path`")
                .with_hint("or `scm_type: git` and `scm_url`"),
        );
    }
    for field in ["scm_url", "scm_branch"] {
        if filled(item, field).is_some() {
            out.push(
                Place::field(item, field).warning(format!("`{field}` means nothing for a manual project")),
            );
        }
    }
    for field in ["scm_update_on_launch", "scm_delete_on_update", "scm_track_submodules", "scm_clean"] {
        if item.flag(field) == Some(true) {
            let message = "Update options must be set to false for manual projects.";
            out.push(Place::field(item, field).error(message));
        }
    }
}

fn check_git_only(item: &Item, out: &mut Vec<Finding>) {
    if matches!(item.text("scm_type"), None | Some("git")) {
        return;
    }
    if filled(item, "scm_refspec").is_some() {
        out.push(Place::field(item, "scm_refspec").error("SCM refspec can only be used with git projects."));
    }
    if item.flag("scm_track_submodules") == Some(true) && item.text("scm_type") != Some("") {
        let place = Place::field(item, "scm_track_submodules");
        out.push(place.error("SCM track_submodules can only be used with git projects."));
    }
}

/// A password in the URL is shown to everybody who may see the project. It is not shown here.
fn check_url(item: &Item, out: &mut Vec<Finding>) {
    let Some(Data::Text(text)) = item.get("scm_url").map(|declared| &declared.data) else { return };
    if Url::parse(text).is_ok_and(|url| url.password().is_some()) {
        let place = Place::field(item, "scm_url");
        let hint = "put it in a credential of type Source Control, and name that in `credential`";
        out.push(place.warning("there is a password in the URL").with_hint(hint));
    }
}
