//! Published ports: which apps would take the same one of a host.

use std::net::IpAddr;

use serde_json::Value;

use super::app::App;
use super::services::Service;
use crate::apps::finding::{Code, Finding};
use crate::apps::path::Path;

/// Ports of a host that a container takes for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The address; none stands for all of them.
    ip: Option<IpAddr>,
    first: u16,
    last: u16,
    protocol: String,
}

/// What is taken, by whom and where that stands.
#[derive(Debug, Default)]
pub(super) struct Claims(Vec<(Published, String, Path)>);

impl Claims {
    pub(super) fn check(&mut self, app: &App<'_>, services: &[Service], found: &mut Vec<Finding>) {
        // In the host's own network nothing is published.
        for service in services.iter().filter(|service| service.text("network_mode") != Some("host")) {
            for (item, path) in service.items("ports") {
                let Some(published) = published(item) else { continue };
                if let Some((taken, other, place)) =
                    self.0.iter().find(|(taken, ..)| taken.overlaps(&published))
                {
                    let whose =
                        if *other == app.name { "this app".to_owned() } else { format!("the app `{other}`") };
                    let message = format!(
                        "port {} is published by {whose} already ({place})",
                        taken.shared(&published)
                    );
                    let hint = "publish it on another port, or on an address of its own";
                    found.push(Finding::error(Code::PortClash, path.clone(), message, hint));
                }
                self.0.push((published, app.name.clone(), path));
            }
        }
    }
}

impl Published {
    fn overlaps(&self, other: &Self) -> bool {
        self.protocol == other.protocol
            && (self.ip.is_none() || other.ip.is_none() || self.ip == other.ip)
            && self.first <= other.last
            && other.first <= self.last
    }

    /// The ports that both take, in words.
    fn shared(&self, other: &Self) -> String {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        let ports = if first == last { first.to_string() } else { format!("{first}-{last}") };
        format!("{ports}/{}", self.protocol)
    }
}

/// What an item of `ports` publishes; none where Docker chooses the port, or where it makes no sense: that is for
/// Compose to say, who knows the variables.
fn published(item: &Value) -> Option<Published> {
    match item {
        Value::String(text) => short(text),
        Value::Object(map) => {
            let text = |key: &str| match map.get(key) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            let protocol = text("protocol").unwrap_or_else(|| "tcp".to_owned());
            made(&text("host_ip").unwrap_or_default(), &text("published")?, &text("target")?, &protocol)
        }
        _ => None,
    }
}

/// `[IP:]HOST:CONTAINER[/PROTOCOL]`.
fn short(text: &str) -> Option<Published> {
    let (ports, protocol) = text.rsplit_once('/').unwrap_or((text, "tcp"));
    let (host, container) = ports.rsplit_once(':')?;
    let (ip, host) = host.rsplit_once(':').unwrap_or(("", host));
    made(ip, host, container, protocol)
}

fn made(ip: &str, host: &str, container: &str, protocol: &str) -> Option<Published> {
    let protocol = protocol.to_lowercase();
    let ip: Option<IpAddr> = match ip.trim_start_matches('[').trim_end_matches(']') {
        "" => None,
        ip => Some(ip.parse().ok()?),
    };
    let (first, last) = range(host)?;
    let (from, to) = range(container)?;
    // A range for one port of the container means any free one of them.
    let is_fixed = last - first == to - from;
    let known = ["tcp", "udp", "sctp"].contains(&protocol.as_str());
    (is_fixed && known).then_some(Published {
        ip: ip.filter(|ip| !ip.is_unspecified()),
        first,
        last,
        protocol,
    })
}

/// `80` or `80-90`.
fn range(text: &str) -> Option<(u16, u16)> {
    let port = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|port| is_number && *port > 0)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<String>, u16, u16, String)> {
        let Published { ip, first, last, protocol } = short(text)?;
        Some((ip.map(|ip| ip.to_string()), first, last, protocol))
    }

    #[test]
    fn the_short_form() {
        let tcp = || "tcp".to_owned();
        assert_eq!(read("80:8080"), Some((None, 80, 80, tcp())));
        assert_eq!(read("127.0.0.1:80-81:90-91/udp"), Some((Some("127.0.0.1".into()), 80, 81, "udp".into())));
        assert_eq!(read("[::1]:80:80"), Some((Some("::1".into()), 80, 80, tcp())));
        assert_eq!(read("::1:80:80"), Some((Some("::1".into()), 80, 80, tcp())));
        assert_eq!(read("[::]:80:80"), Some((None, 80, 80, tcp())));
        for none in [
            "80",
            "80-81",
            "127.0.0.1::80",
            "0:80",
            "a:80",
            "80:a",
            "+80:80",
            "80-90:80",
            "x:80:80",
            "1:2:3:4",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
