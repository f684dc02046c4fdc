//! `apps check` with an inventory: the apps that every host would have after a push.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::lab::{Lab, context};

/// Networks for all, so that the homelab's contexts are well.
const NETWORKS: (&str, &str) = (
    "config_contexts/networks.yml",
    "_metadata: {name: networks, weight: 1000}\napp_networks: {proxy: null}\n",
);

fn lab(files: &[(&str, &str)], edit: impl FnOnce(&mut Value)) -> Lab {
    let lab = Lab::new(files);
    lab.snapshot(edit);
    lab
}

const WITH: [&str; 2] = ["--snapshot", "lab.json"];

#[test]
fn the_homelab_as_it_is() {
    let lab = lab(&[], |_| {});
    assert_snapshot!(lab.finds(&WITH));
}

#[test]
fn a_context_beside_those_of_nautobot() {
    let lab = lab(&[NETWORKS], |_| {});
    assert_eq!(
        lab.is_fine(&WITH),
        "1 context and 0 local contexts in 1 file; 12 apps on 6 hosts: no problems found"
    );
    // From Nautobot's settings the same.
    let output = lab.run(&["apps", "check", "--inventory", "--snapshot", "lab.json"]);
    assert_eq!(output.code, 0, "{}", output.stdout);
}

#[test]
fn a_context_in_the_place_of_its_former_self() {
    // Nautobot has `docker-host` with the exporter on port 9100; on the host `docker-media` it meets jellyfin's 8096.
    let lab = lab(
        &[
            NETWORKS,
            (
                "config_contexts/roles/Docker Host.yml",
                "_metadata: {name: docker-host, weight: 5000}\napp_list:\n  zz-exporter:\n    image: exporter:1\n    \
                 ports:\n      - 1:1\n      - \"8096:9100\"\n",
            ),
        ],
        |_| {},
    );
    assert_snapshot!(lab.finds(&WITH), @r#"
    error: config_contexts/roles/Docker Host.yml:7:9: app_list.zz-exporter.ports[1]: port 8096/tcp is published by the app `jellyfin` already (app_list.jellyfin.ports[0]) (publish it on another port, or on an address of its own) [port-clash on docker-media]
    warning: config_contexts/roles/Docker Host.yml:6:9: this is a number to the base of sixty in YAML 1.1, which Nautobot reads (quote it: "53:53" is a port, and 53:53 is 3233) [yaml]
    2 contexts and 0 local contexts in 2 files; 12 apps on 6 hosts: 1 error, 1 warning
    "#);
}

#[test]
fn the_context_that_said_it_last_is_told() {
    let base = "_metadata: {name: base, weight: 10}\napp_list:\n  web: &web\n    image: nginx\n    ports: [\"80:80\"]\n";
    let high = "_metadata: {name: high, weight: 9000}\napp_list:\n  web:\n    order: 5\n    networks:\n      - lost\n";
    let local = "app_list:\n  web:\n    ports:\n      - \"81:80\"\n      - \"81:81\"\n";
    let lab = lab(
        &[
            ("config_contexts/base.yml", base),
            ("config_contexts/high.yml", high),
            ("config_contexts/devices/pve1.yml", local),
        ],
        |data| {
            data["contexts"] = json!([]);
            data["hosts"].as_array_mut().unwrap().retain(|host| {
                ["pve1", "pve2", "truenas", "sw-core", "fw1"].contains(&host["name"].as_str().unwrap())
            });
        },
    );
    assert_snapshot!(lab.finds(&WITH), @"
    error: config_contexts/devices/pve1.yml:5:9: app_list.web.ports[1]: port 81/tcp is published by this app already (app_list.web.ports[0]) (publish it on another port, or on an address of its own) [port-clash on pve1]
    error: config_contexts/high.yml:6:9: app_list.web.networks[0]: there is no network `lost` (declare it for the host (`app_networks: {lost: null}`), or for this app alone below `compose.networks`) [network-missing on fw1, pve1, pve2 and 2 more]
    warning: config_contexts/base.yml:4:5: app_list.web.image: the image has no version: whatever is newest on the day runs (add a tag that stays (`:1.29`), or a digest) [unpinned on fw1, pve1, pve2 and 2 more]
    2 contexts and 1 local context in 3 files; 5 apps on 5 hosts: 2 errors, 1 warning
    ");
}

#[test]
fn scopes_that_name_nothing() {
    let lab = lab(
        &[
            NETWORKS,
            (
                "config_contexts/a.yml",
                "_metadata:\n  name: a\n  roles: [{name: Docker Hosts}]\n  locations:\n    - {name: Home, parent__name: x}\n    \
                 - name: Server Room\n  tags: [{name: nonsense}]\n  cluster_groups: [{name: Staging}]\n",
            ),
            ("config_contexts/tags/midia.yml", "_metadata: {name: b}\napp_list: {web: {image: nginx}}\n"),
            ("config_contexts/device_families/Mini PC.yml", "_metadata: {name: c}\nx: 1\n"),
            ("config_contexts/dynamic_groups/docker-hosts.yml", "_metadata: {name: d}\nx: 1\n"),
            (
                "config_contexts/e.yml",
                "_metadata:\n  name: e\n  tenants: [{name: Lab, comments__icontains: x}]\n",
            ),
            ("config_contexts/devices/pve9.yml", "x: 1\n"),
            ("config_contexts/devices/dns1.yml", "x: 1\n"),
            ("config_contexts/virtual_machines/dns1.yml", "x: 1\n"),
        ],
        |_| {},
    );
    assert_snapshot!(lab.finds(&WITH));
}

#[test]
fn a_host_that_filters_leave_out_may_be_there() {
    let lab = lab(&[NETWORKS, ("config_contexts/devices/elsewhere.yml", "x: 1\n")], |data| {
        data["filters"]["status"] = json!(["Active"]);
    });
    let output = lab.run(&["apps", "check", "--snapshot", "lab.json"]);
    assert_eq!(output.code, 0, "{}", output.stdout);
    assert!(
        output
            .stdout
            .starts_with("warning: config_contexts/devices/elsewhere.yml: there is no device `elsewhere`")
    );
}

#[test]
fn families_stay_those_that_nautobot_has() {
    let file = "_metadata: {name: proxmox-node, weight: 9999}\napp_list: {agent: {image: agent}}\n";
    let lab = lab(&[NETWORKS, ("config_contexts/device_families/Mini PC.yml", file)], |_| {});
    let output = lab.run(&["apps", "check", "--snapshot", "lab.json"]);
    assert_snapshot!(output.stdout, @"
    warning: config_contexts/device_families/Mini PC.yml:2:20: app_list.agent.image: the image has no version: whatever is newest on the day runs (add a tag that stays (`:1.29`), or a digest) [unpinned on pve-old, pve1, pve2 and 1 more]
    2 contexts and 0 local contexts in 2 files; 16 apps on 10 hosts: 1 warning
    ");
}

#[test]
fn one_public_name_on_two_hosts() {
    let lab = lab(
        &[
            NETWORKS,
            (
                "config_contexts/tags/monitoring.yml",
                "_metadata: {name: more, weight: 9000}\napp_list:\n  clone:\n    image: nginx:1.29\n    \
                 expose: {host: Jellyfin.lab.example, port: 80}\n",
            ),
        ],
        |_| {},
    );
    let output = lab.run(&["apps", "check", "--snapshot", "lab.json"]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout, @"
    warning: config_contexts/tags/monitoring.yml:5:14: app_list.clone.expose.host: several hosts serve `jellyfin.lab.example`: docker-media (jellyfin), monitoring (clone) (a name leads to one host: give each its own name) [host-clash on docker-media, monitoring]
    2 contexts and 0 local contexts in 2 files; 13 apps on 6 hosts: 1 warning
    ");
}

#[test]
fn contexts_that_nautobot_rendered() {
    let lab = lab(&[NETWORKS], |data| {
        data["contexts"] = Value::Null;
        for host in data["hosts"].as_array_mut().unwrap() {
            host["config_context"] = json!({});
        }
        data["hosts"][0]["config_context"] = json!({"app_list": {"web": {"image": "nginx"}}});
        data["hosts"][1]["config_context"] = json!({"app_list": {"web": {"image": "nginx"}}});
    });
    let output = lab.run(&["apps", "check", "--snapshot", "lab.json"]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout, @"
    warning: the config context, as Nautobot renders it: app_list.web.image: the image has no version: whatever is newest on the day runs (add a tag that stays (`:1.29`), or a digest) [unpinned on ap-hallway, fw1]
    warning: Nautobot rendered the config contexts of this data, so the repository's could not be put in: what is told of hosts is what they have now, not what they would have after a push (let the token view extras.configcontext, and leave `context.render` at `auto` or `local` (a snapshot: take it anew)) [not-checked]
    1 context and 0 local contexts in 1 file; 2 apps on 2 hosts: 2 warnings
    ");
    assert_eq!(lab.run(&["apps", "check", "--snapshot", "lab.json", "--strict"]).code, 1);
}

#[test]
fn no_contexts_at_all() {
    let lab = lab(&[NETWORKS], |data| data["contexts"] = Value::Null);
    let output = lab.run(&["apps", "check", "--snapshot", "lab.json"]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout, @"
    warning: there are no config contexts in this data: no host's apps were checked (leave `context.mode` at `flatten` (a snapshot: take it anew)) [not-checked]
    1 context and 0 local contexts in 1 file; 0 apps on 0 hosts: 1 warning
    ");
}

#[test]
fn a_list_of_apps_replaces() {
    let lab = lab(
        &[
            NETWORKS,
            (
                "config_contexts/virtual_machines/docker-media.yml",
                "app_list:\n  - name: a\n    image: a:1\n    ports: ['1:1']\n  - name: b\n    image: b:1\n    \
                 ports: ['1:1']\n",
            ),
        ],
        |_| {},
    );
    assert_snapshot!(lab.finds(&WITH), @"
    error: config_contexts/virtual_machines/docker-media.yml:7:13: app_list[1].ports[0]: port 1/tcp is published by the app `a` already (app_list[0].ports[0]) (publish it on another port, or on an address of its own) [port-clash on docker-media]
    1 context and 1 local context in 2 files; 12 apps on 6 hosts: 1 error
    ");
}

#[test]
fn the_folder_of_apps_is_the_hosts_own() {
    let mount = "_metadata: {name: mount}\napp_list:\n  jellyfin:\n    files: [{dest: start, content: x}]\n    \
                 volumes: [/srv/apps/jellyfin/start:/start]\n";
    let at = |edit: fn(&mut Value)| {
        let lab = lab(
            &[
                NETWORKS,
                (
                    "config_contexts/tags/media.yml",
                    &mount.replace("{name: mount}", "{name: mount, weight: 9000}"),
                ),
            ],
            edit,
        );
        lab.run(&["apps", "check", "--snapshot", "lab.json"]).stdout
    };
    let projects =
        |data: &mut Value| context(data, "docker-host")["data"]["docker"]["projects"] = "/srv/apps".into();
    let root = |data: &mut Value| context(data, "defaults")["data"]["docker_app_root"] = "/srv/apps".into();
    assert!(!at(|_| {}).contains("file-mount"));
    assert!(at(projects).contains("[file-mount on docker-media]"));
    assert!(at(root).contains("[file-mount on docker-media]"));
}

#[test]
fn what_is_wrong_in_a_file_is_told_once_with_its_hosts() {
    let lab = lab(
        &[NETWORKS, ("config_contexts/all.yml", "_metadata: {name: all}\napp_list: {web: {imgae: x}}\n")],
        |_| {},
    );
    let said = lab.finds(&WITH);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("app_list.web.imgae: unknown key `imgae` (did you mean `image`?) [unknown-key on aap, ap-hallway, dns1 and 25 more]"), "{said}");
    let output = lab.run(&["apps", "check", "--snapshot", "lab.json", "--json"]);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(said["findings"][0]["hosts"].as_array().unwrap().len(), 28);
    assert_eq!((&said["hosts"], &said["apps"]), (&json!(6), &json!(12)));
}
