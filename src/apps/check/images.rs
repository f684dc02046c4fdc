//! Images: every service has one, and it has a version.

use serde_json::Value;

use super::app::App;
use super::services::Service;
use crate::apps::finding::{Code, Finding};
use crate::apps::path::Path;

pub(super) fn check(app: &App<'_>, services: &[Service], found: &mut Vec<Finding>) {
    let hint = "name one: `image: REGISTRY/NAME:VERSION`";
    if services.is_empty() {
        let message = "the app has no image".to_owned();
        found.push(Finding::error(Code::NoImage, app.path.key("image"), message, hint));
    }
    for service in services {
        let path = service.place(&Path::keys(["image"]));
        match service.says.get("image").and_then(Value::as_str) {
            None => {
                let message = if service.name == app.name {
                    "the app has no image".to_owned()
                } else {
                    format!("the service `{}` has no image", service.name)
                };
                found.push(Finding::error(Code::NoImage, path, message, hint));
            }
            Some(image) if image.contains('$') => {
                let message = "the image's name holds a variable, which nothing puts in".to_owned();
                let hint = "write the image as it is";
                found.push(Finding::error(Code::ImageVariable, path, message, hint));
            }
            Some(image) if !is_pinned(image) => {
                let message = "the image has no version: whatever is newest on the day runs".to_owned();
                let hint = "add a tag that stays (`:1.29`), or a digest";
                found.push(Finding::warning(Code::Unpinned, path, message, hint));
            }
            Some(_) => {}
        }
    }
}

/// Whether an image has a digest or a tag other than `latest`.
fn is_pinned(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    image.contains('@') || name.split_once(':').is_some_and(|(_, tag)| tag != "latest")
}
