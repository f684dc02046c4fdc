//! Interfaces, and what their cables lead to.

use serde::{Deserialize, Serialize};

use super::model::{Address, Id, Named, Vlan};

/// An interface.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Its type, e.g. `A_1000BASE_T`. Virtual machines' have none.
    #[serde(rename = "type")]
    pub type_: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether it is for management only.
    pub mgmt_only: bool,
    /// MAC address.
    pub mac_address: Option<String>,
    /// MTU, in bytes.
    pub mtu: Option<i64>,
    /// What it is for.
    pub description: String,
    /// `ACCESS`, `TAGGED` or `TAGGED_ALL`.
    pub mode: Option<String>,
    /// The aggregate it belongs to.
    pub lag: Option<Named>,
    /// The bridge it belongs to.
    pub bridge: Option<Named>,
    /// The interface it is a part of.
    pub parent_interface: Option<Named>,
    /// Addresses.
    pub ip_addresses: Vec<Address>,
    /// Untagged VLAN.
    pub untagged_vlan: Option<Vlan>,
    /// Tagged VLANs.
    pub tagged_vlans: Vec<Vlan>,
    /// Its id; not with a virtual machine's.
    pub id: Option<Id>,
    /// Its cable.
    pub cable: Option<Cable>,
    /// The other end (up to Nautobot 3.1): an interface.
    pub cable_peer_interface: Option<Port>,
    /// The other end: a front port of a patch panel.
    pub cable_peer_front_port: Option<Port>,
    /// The other end: a rear port of a patch panel.
    pub cable_peer_rear_port: Option<Port>,
}

impl Interface {
    /// The other ends of its cable, sorted.
    #[must_use]
    pub fn peers(&self) -> Vec<CablePeer> {
        let peers = [&self.cable_peer_interface, &self.cable_peer_front_port, &self.cable_peer_rear_port];
        let mut found: Vec<CablePeer> = peers.into_iter().flatten().map(Port::peer).collect();
        let terminations = self.cable.as_ref().map_or(&[][..], |cable| &cable.terminations);
        let own_end = terminations
            .iter()
            .find(|end| end.interface.as_ref().is_some_and(|port| port.id.is_some() && port.id == self.id))
            .map(|end| end.cable_end.as_str());
        if let Some(own_end) = own_end {
            let others = terminations.iter().filter(|end| end.cable_end != own_end);
            found.extend(others.filter_map(Termination::port).map(Port::peer));
        }
        found.sort();
        found.dedup();
        found
    }
}

/// A cable.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cable {
    /// Its label.
    pub label: String,
    /// Its ends (Nautobot 3.2 on): a breakout cable has several on a side.
    pub terminations: Vec<Termination>,
}

/// One end of a cable.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Termination {
    /// The side, `A` or `B`.
    pub cable_end: String,
    /// What it is plugged into, when that is an interface.
    pub interface: Option<Port>,
    /// … a front port.
    pub front_port: Option<Port>,
    /// … a rear port.
    pub rear_port: Option<Port>,
}

impl Termination {
    fn port(&self) -> Option<&Port> {
        self.interface.as_ref().or(self.front_port.as_ref()).or(self.rear_port.as_ref())
    }
}

/// A port that a cable is plugged into.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Port {
    /// Its id, where it is asked for.
    #[serde(default)]
    pub id: Option<Id>,
    /// Its name.
    pub name: String,
    /// Its device.
    pub device: Option<PeerDevice>,
}

/// A device at a cable's other end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerDevice {
    /// Its name, if it has one.
    pub name: Option<String>,
}

impl Port {
    fn peer(&self) -> CablePeer {
        let device = self.device.as_ref().and_then(|device| device.name.clone());
        CablePeer { device, port: self.name.clone() }
    }
}

/// The other end of a cable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CablePeer {
    /// The device there.
    pub device: Option<String>,
    /// The port there.
    pub port: String,
}
