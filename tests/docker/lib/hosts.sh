# The three hosts, their network and their engines. Sourced by ../lab.
# shellcheck shell=bash disable=SC2034,SC2154

LINK=nb${NET/./-} # begins the names of what links the hosts
LOCAL_BRIDGE=$LINK-docker # the local engine's own
CGROUP=nautobridge-lab-$NET

# The machine may filter what crosses a bridge, as an engine that it runs itself makes it do.
firewall() { iptables "$1" FORWARD -s "$NET.0.0/16" -d "$NET.0.0/16" -m comment --comment nautobridge-lab -j ACCEPT; }

start_network() {
    local number=0 name
    for name in "$LINK" "$LOCAL_BRIDGE"; do
        ip link add "$name" type bridge
        ip address add "$NET.$number.1/24" dev "$name"
        ip link set "$name" up
        number=$((number + 1))
    done
    firewall -I
}

# What a lab that was killed left, too: bridges that the local engine made are known by their addresses.
stop_network() {
    local name
    for name in $(ip -o -4 address | awk -v net="$NET." '{split($4, a, "/")} index(a[1], net) == 1 {print $2}'); do
        ip link delete "$name"
    done
    # A host's link goes with its namespace, which the kernel takes apart a little after the last process.
    for name in web1 web2; do
        ip link delete "$LINK-$name" 2>/dev/null || true
    done
    while firewall -C 2>/dev/null; do firewall -D; done
}

# The engine names a group of its own for its containers; an emptied one stays until it is removed.
remove_cgroups() {
    local i left
    for ((i = 0; i < 50; i++)); do
        left=$(find /sys/fs/cgroup -depth -type d -path "*/$CGROUP*" -exec rmdir {} \; 2>&1 | sed -n 1p)
        [ -n "$left" ] || return 0
        sleep 0.1
    done
    die "a control group stays: $left"
}

make_keys() {
    local name
    ssh-keygen -q -t ed25519 -N '' -C nautobridge-lab -f "$run/key"
    : >"$run/known_hosts"
    for name in web1 web2; do
        ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$run/$name/host_key"
        printf '%s %s\n' "${ADDRESS[$name]}" "$(cut -d' ' -f1,2 "$run/$name/host_key.pub")" >>"$run/known_hosts"
        printf '%s\n' 'HostKey /run/lab/host_key' 'PidFile /run/lab/sshd.pid' 'PasswordAuthentication no' 'UsePAM no' \
            'PermitRootLogin prohibit-password' 'MaxStartups 100' 'UseDNS no' \
            'Subsystem sftp internal-sftp' >"$run/$name/sshd_config"
    done
}

# start_host HOST UNSHARE-OPTION... -- DOCKERD-OPTION...
start_host() {
    local name=$1 options=()
    shift
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    NAUTOBRIDGE_TEST_DOCKER=$run/$name setsid unshare --mount --pid --fork --kill-child "${options[@]}" \
        "$here/lib/inside" "$name" "$run/$name" "$compose" --cgroup-parent "/$CGROUP/$name" --exec-opt native.cgroupdriver=cgroupfs \
        --insecure-registry "$REGISTRY" --insecure-registry "$LOGIN_REGISTRY" "$@" >"$run/$name.log" 2>&1 </dev/null 9>&- &
    disown
}

start_local() {
    local folder=$run/local
    mkdir -p "$folder/client/cli-plugins"
    ln -sf "$compose" "$folder/client/cli-plugins/docker-compose"
    # The machine's firewall belongs to the machine: published ports come by way of the engine's proxy.
    start_host local --mount-proc --propagation slave -- --host "unix://$socket" --data-root "$folder/data" --exec-root "$folder/exec" \
        --pidfile "$folder/docker.pid" --config-file "$folder/daemon.json" --bridge "$LOCAL_BRIDGE" \
        --default-address-pool "base=$NET.128.0/17,size=24" --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false
    # Hosts of Ansible with a local connection get the engine's address from their Python.
    printf '#!/bin/sh\nDOCKER_HOST=%s DOCKER_CONFIG=%s exec /usr/bin/python3 "$@"\n' "unix://$socket" "$folder/client" >"$folder/python"
    chmod 755 "$folder/python"
}

start_web() {
    local name=$1 pid
    start_host "$name" --net --uts --ipc -- --config-file /run/lab/daemon.json
    wait_for 10 "$name" "$run/$name.log" init_of "$name"
    pid=$(init_of "$name")
    ip link add "$LINK-$name" type veth peer name eth0 netns "$pid"
    ip link set "$LINK-$name" master "$LINK" up
    nsenter -t "$pid" -n ip address add "${ADDRESS[$name]}/24" dev eth0
    nsenter -t "$pid" -n ip link set eth0 up
}

engine_answers() { on "$1" docker version; }

ssh_to() {
    ssh -F none -i "$run/key" -o UserKnownHostsFile="$run/known_hosts" -o BatchMode=yes -o ConnectTimeout=5 "root@${ADDRESS[$1]}" "${@:2}"
}

start_hosts() {
    local name
    mkdir -p "$run/local" "$run"/web{1,2}/stage "$run"/web{1,2}/disk
    for name in "${HOSTS[@]}"; do echo '{}' >"$run/$name/daemon.json"; done # not this machine's own settings
    make_keys
    start_local
    for name in web1 web2; do start_web "$name"; done
    for name in "${HOSTS[@]}"; do
        wait_for 60 "the engine of $name" "$run/$name.log" engine_answers "$name"
        on "$name" docker compose version >/dev/null || die "$name has no Compose"
    done
    for name in web1 web2; do wait_for 20 "sshd of $name" "$run/$name.log" ssh_to "$name" true; done
}

# fill HOST FOLDER SIZE: a small disk of its own for a folder of a host that has its own mounts.
fill() {
    [ "$1" != local ] || usage_error "this machine's mounts are its own; fill goes with web1 and web2"
    on "$1" mkdir -p "$2"
    on "$1" mount -t tmpfs -o "size=$3,mode=755" lab-small "$2"
}

free() { on "$1" umount "$2"; }

write_inventory() {
    local name
    {
        printf '%s\n' '---' 'all:' '  hosts:' '    local:' '      ansible_connection: local' \
            "      ansible_python_interpreter: $run/local/python" '  children:' '    ssh:' '      hosts:'
        for name in web1 web2; do
            printf '%s\n' "        $name:" "          ansible_host: ${ADDRESS[$name]}"
        done
        printf '%s\n' '      vars:' '        ansible_port: 22' '        ansible_user: root' "        ansible_ssh_private_key_file: $run/key" \
            "        ansible_ssh_common_args: -F none -o UserKnownHostsFile=$run/known_hosts -o StrictHostKeyChecking=yes" \
            '        ansible_python_interpreter: /usr/bin/python3'
    } >"$run/inventory.yml"
}
