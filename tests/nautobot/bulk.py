"""Run in `nautobot-server nbshell`: the benchmark's data, 2,000 devices and 1,000 virtual machines in a freshly migrated database.

Written with bulk_create, because the REST API would need an hour. Nothing is random: names, values and ids are the same in
every run, so that two benchmark runs fetch the same bytes.
"""

import uuid

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from nautobot.dcim.models import (
    Device,
    DeviceClusterAssignment,
    DeviceFamily,
    DeviceType,
    Interface,
    Location,
    LocationType,
    Manufacturer,
    Platform,
    Rack,
)
from nautobot.extras.models import ConfigContext, CustomField, CustomFieldChoice, DynamicGroup, Role, Status, Tag
from nautobot.extras.models.tags import TaggedItem
from nautobot.ipam.models import IPAddress, IPAddressToInterface, Namespace, Prefix, Service
from nautobot.tenancy.models import Tenant, TenantGroup
from nautobot.virtualization.models import Cluster, ClusterGroup, ClusterType, VirtualMachine, VMInterface

DEVICES, GUESTS, CONTEXTS = 2000, 1000, 59
_IDS = uuid.UUID("6e617574-6f62-7269-6467-650000000000")


def new(model, name, /, **fields):
    """An unsaved object whose id follows from its name."""
    return model(id=uuid.uuid5(_IDS, f"{model._meta.label}:{name}"), **fields)


def one(model, name, /, **fields):
    """A saved object, validated by Nautobot: for the small catalogues."""
    obj = new(model, name, **fields)
    obj.validated_save()
    return obj


def named(model, names, /, **fields):
    return [one(model, name, name=name, **fields) for name in names]


def pick(items, number):
    """The items in turn, with a stride that keeps two catalogues from running in step."""
    return items[number * 7 % len(items)]


def numbers(count, prefix):
    return [f"{prefix}-{number:02d}" for number in range(1, count + 1)]


device_ct, vm_ct = ContentType.objects.get_for_model(Device), ContentType.objects.get_for_model(VirtualMachine)
status = {name: Status.objects.get(name=name) for name in ("Active", "Planned", "Offline", "Staged")}
# Nine of ten hosts are active; the rest gives a filter by status something to leave out.
statuses = [status["Active"]] * 18 + [status["Planned"], status["Offline"]]


def catalogues():
    """Everything that is few."""
    c = {}
    region = one(LocationType, "Region", name="Region", nestable=False)
    site = one(LocationType, "Site", name="Site", parent=region)
    room = one(LocationType, "Room", name="Room", parent=site)
    room.content_types.set([device_ct, ContentType.objects.get_for_model(Rack)])
    site.content_types.set([ContentType.objects.get_for_model(Cluster), ContentType.objects.get_for_model(Prefix)])
    active = {"status": status["Active"]}
    c["regions"] = named(Location, numbers(4, "region"), location_type=region, **active)
    c["sites"] = [
        one(Location, name, name=name, location_type=site, parent=pick(c["regions"], number), **active)
        for number, name in enumerate(numbers(12, "site"))
    ]
    c["rooms"] = [
        one(Location, name, name=name, location_type=room, parent=pick(c["sites"], number), **active)
        for number, name in enumerate(numbers(34, "room"))
    ]
    c["racks"] = [
        one(Rack, f"{place.name} {name}", name=f"{place.name}-{name}", location=place, u_height=48, **active)
        for place in c["rooms"]
        for name in ("A", "B")
    ]
    c["tenant_groups"] = named(TenantGroup, ["customers"])
    c["tenant_groups"] += named(TenantGroup, ["retail", "internal"], parent=c["tenant_groups"][0])
    c["tenants"] = [
        one(Tenant, name, name=name, tenant_group=pick(c["tenant_groups"], number))
        for number, name in enumerate(numbers(10, "tenant"))
    ]
    c["roles"] = named(Role, numbers(20, "role"), color="2196f3")
    c["tags"] = named(Tag, numbers(15, "tag"), color="4caf50")
    for item in (*c["roles"], *c["tags"]):
        item.content_types.set([device_ct, vm_ct])
    makers = named(Manufacturer, [f"Maker {letter}" for letter in "ABCDE"])
    c["families"] = named(DeviceFamily, ["small", "large"])
    c["types"] = [
        one(
            DeviceType,
            name,
            model=name,
            manufacturer=pick(makers, number),
            device_family=pick(c["families"], number),
            u_height=1,
        )
        for number, name in enumerate(numbers(18, "model"))
    ]
    c["platforms"] = [
        one(Platform, name, name=name, network_driver=driver)
        for name, driver in zip(
            numbers(6, "platform"),
            ["linux", "arista_eos", "cisco_ios", "juniper_junos", "mikrotik_routeros", ""],
            strict=True,
        )
    ]
    cluster_type = one(ClusterType, "Proxmox VE", name="Proxmox VE")
    c["cluster_groups"] = named(ClusterGroup, ["production", "staging"])
    c["clusters"] = [
        one(
            Cluster,
            name,
            name=name,
            cluster_type=cluster_type,
            cluster_group=pick(c["cluster_groups"], number),
            location=pick(c["sites"], number),
        )
        for number, name in enumerate(numbers(20, "cluster"))
    ]
    return c


def custom_fields():
    for key, kind, models in (
        ("cpu_model", "text", [device_ct]),
        ("cpu_cores", "integer", [device_ct]),
        ("memory_gb", "integer", [device_ct]),
        ("disks", "json", [device_ct]),
        ("power_watts", "integer", [device_ct]),
        ("warranty_until", "date", [device_ct]),
        ("vmid", "integer", [vm_ct]),
        ("guest_type", "select", [vm_ct]),
        ("onboot", "boolean", [vm_ct]),
    ):
        field = one(CustomField, key, key=key, label=key.replace("_", " "), type=kind)
        if kind == "select":
            for value in ("vm", "lxc"):
                CustomFieldChoice.objects.create(custom_field=field, value=value)
        field.content_types.set(models)


def context_data(number, name):
    """About a dozen leaves: a mapping that merges, a list that replaces, and an app every third time."""
    data = {
        "limits": {f"limit_{number}": number, "max_sessions": 10 + number},
        "dns_servers": [f"192.0.2.{number + 1}", "192.0.2.53"],
        "owner": name,
        "flags": {f"flag_{number % 7}": number % 2 == 0},
    }
    if number % 3 == 0:
        data["app_list"] = {
            f"app-{number % 10}": {
                "image": f"registry.example/app-{number % 10}:1.{number}.0",
                "ports": [f"{8000 + number}:8080"],
                "environment": {"LEVEL": "info", "NUMBER": str(number)},
            }
        }
    return data


def contexts(c):
    scopes = [("everywhere", {})]
    for field, key, count in (
        ("locations", "regions", 4),
        ("locations", "sites", 12),
        ("roles", "roles", 10),
        ("platforms", "platforms", 5),
        ("device_types", "types", 6),
        ("device_families", "families", 1),
        ("tenants", "tenants", 6),
        ("tenant_groups", "tenant_groups", 2),
        ("cluster_groups", "cluster_groups", 2),
        ("clusters", "clusters", 5),
        ("tags", "tags", 4),
    ):
        scopes += [(f"{field} {item}", {field: [item]}) for item in c[key][:count]]
    scopes.append(("several scopes", {"roles": c["roles"][:5], "tags": c["tags"][:5], "locations": c["regions"][:2]}))
    assert len(scopes) == CONTEXTS, len(scopes)
    for number, (name, scope) in enumerate(scopes):
        context = one(ConfigContext, name, name=name, weight=1000 + 10 * number, data=context_data(number, name))
        for field, items in scope.items():
            getattr(context, field).set(items)


def hosts(c):
    """Devices and guests with what belongs to each: interfaces, an address, services, tags."""
    rows = {
        model: []
        for model in (
            Device,
            VirtualMachine,
            Interface,
            VMInterface,
            IPAddress,
            IPAddressToInterface,
            Service,
            TaggedItem,
        )
    }
    clustered = []
    active = status["Active"]
    subnet = Prefix(prefix="10.64.0.0/20", status=active, namespace=Namespace.objects.get(name="Global"))
    subnet.validated_save()
    for number in range(DEVICES + GUESTS):
        is_device = number < DEVICES
        common = {
            "status": statuses[number % len(statuses)],
            "role": pick(c["roles"], number),
            "tenant": pick(c["tenants"], number),
            "platform": pick(c["platforms"], number),
        }
        if is_device:
            name = f"dev-{number:04d}"
            rack = c["racks"][number % len(c["racks"])]
            host = new(
                Device,
                name,
                name=name,
                device_type=pick(c["types"], number),
                location=rack.location,
                rack=rack,
                position=1 + number // len(c["racks"]),
                face="front",
                serial=f"SN{number:06d}",
                asset_tag=f"A{number:06d}",
                **common,
            )
            host._custom_field_data = {
                "cpu_model": f"Example CPU {number % 12}",
                "cpu_cores": 4 + number % 60,
                "memory_gb": 16 * (1 + number % 32),
                "disks": [{"model": f"Example SSD {number % 5}", "size_gb": 960, "count": 1 + number % 8}],
                "power_watts": 40 + number % 400,
                "warranty_until": f"20{28 + number % 5}-0{1 + number % 9}-15",
            }
            if number % 10 == 0:
                host.local_config_context_data = {"owner": name, "limits": {"max_sessions": number}}
            if number % 20 == 0:
                clustered.append((host, pick(c["clusters"], number)))
        else:
            name = f"vm-{number - DEVICES:04d}"
            host = new(VirtualMachine, name, name=name, cluster=pick(c["clusters"], number), vcpus=1 + number % 16,
                       memory=1024 * (1 + number % 64), disk=10 + number % 500, **common)  # fmt: skip
            host._custom_field_data = {
                "vmid": 100 + number,
                "guest_type": ("vm", "lxc")[number % 2],
                "onboot": number % 3 > 0,
            }
        rows[type(host)].append(host)
        owner = "device" if is_device else "virtual_machine"
        for port in ("eth0", "eth1"):
            model, extra = (Interface, {"type": "10gbase-t"}) if is_device else (VMInterface, {})
            mac = f"02:00:{number >> 8:02X}:{number & 255:02X}:00:0{port[-1]}"
            rows[model].append(
                new(model, f"{name} {port}", name=port, status=active, mac_address=mac, **extra, **{owner: host})
            )
        text = f"10.64.{(number + 1) // 256}.{(number + 1) % 256}"
        address = new(
            IPAddress, text, address=f"{text}/20", status=active, parent=subnet, dns_name=f"{name}.bench.example"
        )
        rows[IPAddress].append(address)
        first = rows[Interface if is_device else VMInterface][-2]
        end = {"interface": first} if is_device else {"vm_interface": first}
        rows[IPAddressToInterface].append(new(IPAddressToInterface, name, ip_address=address, **end))
        host.primary_ip4 = address
        for service in (("ssh", [22]), pick([("https", [443]), ("dns", [53]), ("metrics", [9100, 9101])], number)):
            rows[Service].append(
                new(Service, f"{name} {service[0]}", name=service[0], protocol="tcp", ports=service[1], **{owner: host})
            )
        for tag in {pick(c["tags"], number), pick(c["tags"], number + 4)}:
            ct = device_ct if is_device else vm_ct
            rows[TaggedItem].append(new(TaggedItem, f"{name} {tag}", tag=tag, content_type=ct, object_id=host.id))
    # A host points at its address, and the address is made first; interfaces point at their host.
    order = (IPAddress, Device, VirtualMachine, Interface, VMInterface, IPAddressToInterface, Service, TaggedItem)
    for model in order:
        model.objects.bulk_create(rows[model], batch_size=1000)
    DeviceClusterAssignment.objects.bulk_create(
        [new(DeviceClusterAssignment, host.name, device=host, cluster=cluster) for host, cluster in clustered]
    )
    return rows


def groups(c):
    for name, content_type, role in (
        ("bench-devices", device_ct, c["roles"][0]),
        ("bench-guests", vm_ct, c["roles"][1]),
    ):
        one(
            DynamicGroup,
            name,
            name=name,
            content_type=content_type,
            group_type="dynamic-filter",
            filter={"role": [role.name]},
        )


with transaction.atomic():
    made = catalogues()
    custom_fields()
    contexts(made)
    filled = hosts(made)
    groups(made)

# The figures that the benchmark's text promises.
for model, count in (
    (Device, DEVICES),
    (VirtualMachine, GUESTS),
    (Service, 6000),
    (ConfigContext, CONTEXTS),
    (Location, 50),
):
    assert model.objects.count() == count, (model, model.objects.count())
print(
    f"LOADED {DEVICES} devices, {GUESTS} virtual machines, {len(filled[Service])} services, {CONTEXTS} config contexts"
)
