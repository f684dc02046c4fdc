//! Host names and addresses: which of them Ansible would take for something else than a managed host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// Names of the loopback interface in the `/etc/hosts` of common distributions; `*.localhost` is RFC 6761.
const LOOPBACK_NAMES: [&str; 9] = [
    "localhost",
    "localhost.localdomain",
    "localhost4",
    "localhost4.localdomain4",
    "localhost6",
    "localhost6.localdomain6",
    "ip6-localhost",
    "ip6-loopback",
    "loopback",
];

/// Why a text cannot be the name of a managed host; none when it can.
///
/// Ansible joins the name to `host_vars/` and expands `$NAME` in the result (tried on 2.16.19 and 2.21.5): `../x`, `.` and
/// `$NAME` read files that belong to others, and so does `web1.yml`, which is the file of the host `web1`.
#[must_use]
pub fn host_name_problem(name: &str) -> Option<&'static str> {
    if means_control_node(name) {
        Some("means the control node, where Ansible itself runs")
    } else if name.contains(['/', '$']) || matches!(name.trim(), "." | "..") {
        Some(
            "is a path or holds a variable, so Ansible would read other files than the host's own in host_vars",
        )
    } else if name.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Some("holds a control character")
    } else if [".yml", ".yaml", ".json"].iter().any(|ending| name.to_lowercase().ends_with(ending)) {
        Some("ends like a file, so Ansible would read the file of another host in host_vars")
    } else if name.starts_with('-') {
        Some("begins with `-`, so programs would take it for an option")
    } else {
        None
    }
}

/// Whether a text is a name or an address of the control node, in any spelling that a resolver takes: `LOCALHOST.`,
/// `127.1`, `0x7f000001`, `[::ffff:127.0.0.1]`.
#[must_use]
pub fn means_control_node(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.split('%').next().unwrap_or_default();
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        return is_loopback(IpAddr::V6(address));
    }
    match Host::parse(bare) {
        Ok(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            LOOPBACK_NAMES.contains(&name) || name.ends_with(".localhost")
        }
        Ok(Host::Ipv4(address)) => is_loopback(IpAddr::V4(address)),
        Ok(Host::Ipv6(address)) => is_loopback(IpAddr::V6(address)),
        Err(_) => false,
    }
}

/// Loopback addresses and "this host" (`0.0.0.0`, `::`), also as IPv4 inside IPv6.
fn is_loopback(address: IpAddr) -> bool {
    let four = |address: Ipv4Addr| address.is_loopback() || address.is_unspecified();
    match address {
        IpAddr::V4(address) => four(address),
        IpAddr::V6(address) => address.is_loopback() || address.to_ipv4().is_some_and(four),
    }
}

/// Whether a text is an IP address or a DNS name and nothing else: no option, user, port or path around it.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    if address.parse::<Ipv6Addr>().is_ok() {
        return !zone.is_empty()
            && zone.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && !zone.starts_with('-');
    }
    text.parse::<Ipv4Addr>().is_ok() || is_dns_name(text)
}

/// Whether a host's name may be given to ssh and the programs around it: what could be a name in DNS or in ssh's own
/// configuration, and has no character that one of them takes for something else (`root@web`, `web:22`, `web;id`).
#[must_use]
pub fn is_plain_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    is_address(text) || !text.is_empty() && !text.starts_with('-') && text.chars().all(plain)
}

fn is_dns_name(text: &str) -> bool {
    let labels: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    let good = |label: &&str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    // Resolvers take a name that ends in a number for an address in an old spelling (`127.1`).
    let is_number = |label: &&str| {
        label.starts_with("0x") || label.starts_with("0X") || label.chars().all(|c| c.is_ascii_digit())
    };
    text.len() <= 253 && labels.iter().all(good) && !labels.last().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_the_control_node() {
        for text in [
            "localhost",
            "LocalHost.",
            " localhost",
            "web.localhost",
            "localhost.localdomain",
            "ip6-loopback",
            "127.0.0.1",
            "127.1",
            "127.255.3.9",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "::1",
            "[::1]",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:7f00:1%lo",
            "::1%lo",
            "ｌｏｃａｌｈｏｓｔ",
        ] {
            assert!(means_control_node(text), "{text}");
            assert!(host_name_problem(text).is_some(), "{text}");
        }
        for text in
            ["localhost1", "mylocalhost", "web1", "10.0.0.1", "128.0.0.1", "fe80::1", "Küche", "1", ""]
        {
            assert!(!means_control_node(text), "{text}");
        }
    }

    #[test]
    fn names_that_are_no_names() {
        for name in [
            "a/b",
            "..",
            ".",
            "../../x",
            "$HOME",
            "a${X}",
            "a\nb",
            "a\u{7f}",
            "a\u{2028}b",
            "-oX",
            "/",
            "web1.yml",
            "web1.YAML",
            "web1.json",
        ] {
            assert!(host_name_problem(name).is_some(), "{name:?}");
        }
        for name in
            ["web1", "Rack 1, Switch (old)", "a..b", "~root", "a\\b", "Küche \"1\"", "a-b", "名", "x@y"]
        {
            assert_eq!(host_name_problem(name), None, "{name}");
        }
    }

    #[test]
    fn addresses() {
        for text in [
            "10.0.0.1",
            "fe80::1%eth0",
            "2001:db8::1",
            "web-1.example.com",
            "web_1",
            "a.",
            "1and1.com",
            "3com",
        ] {
            assert!(is_address(text), "{text}");
        }
        for text in [
            "",
            "-oProxyCommand=x",
            "a b",
            "root@web",
            "a/b",
            "ssh://web",
            "[::1]",
            "fe80::1%",
            "fe80::1%-x",
            "a..b",
            ".a",
            "a.-b",
            "127.1",
            "0x7f000001",
            "10.0.0.0x1",
            "web:22",
            "a\n",
            "$x",
            "`x`",
            "ä.example",
            "{{ x }}",
        ] {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn names_that_programs_take_for_something_else() {
        for text in ["web1", "web-1.example.com", "Küche", "a_b", "10.0.0.1", "fe80::1%eth0"] {
            assert!(is_plain_name(text), "{text}");
        }
        for text in [
            "root@127.0.0.1",
            "127.0.0.1:22",
            "[::1]:22",
            "127.0.0.1%lo",
            "web1;id",
            "x,localhost",
            "@file",
            "!x",
            "web1*",
            "~web",
            " -oX",
            "a b",
            "web1 ",
            "a|b",
            "a&b",
            "a'b",
            "a\"b",
            "#x",
            "a(b)",
            "-x",
            "",
        ] {
            assert!(!is_plain_name(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_address_has_no_character_with_a_meaning(text in "\\PC{0,40}") {
            if is_address(&text) {
                prop_assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "._-:%".contains(c)), "{}", text);
                prop_assert!(!text.starts_with('-'));
            }
        }

        #[test]
        fn every_number_in_the_loopback_net_is_found(low in 0u32..0x0100_0000) {
            let number = 0x7f00_0000 | low;
            let spellings = [number.to_string(), format!("{number:#x}"), Ipv4Addr::from(number).to_string()];
            prop_assert!(spellings.iter().all(|text| means_control_node(text)));
        }
    }
}
