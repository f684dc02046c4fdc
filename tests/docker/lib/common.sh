# Paths, addresses, messages and small helpers. Sourced by ../lab.
# shellcheck shell=bash disable=SC2034,SC2154

HOSTS=(local web1 web2)
# The lab's own addresses: .0 links the hosts, the rest belongs to the local engine's networks. They name all that the lab
# makes, so that another lab with other addresses can run beside it.
NET=${NAUTOBRIDGE_TEST_LAB_NET:-10.86}
declare -A ADDRESS=([local]=$NET.0.1 [web1]=$NET.0.11 [web2]=$NET.0.12)
REGISTRY=$NET.0.1:15000
LOGIN_REGISTRY=$NET.0.1:15001
LOGIN_USER=deploy
LOGIN_PASSWORD=registry-password-of-the-lab

cache=${NAUTOBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nautobridge}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)
run=$cache/run/docker-$NET
downloads=$cache/docker
mkdir -p "$run" "$downloads"
socket=$run/local/docker.sock

say() { printf 'lab: %s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

# hash_of FILE...: a short key that changes with the names and the content of the files.
hash_of() { sha256sum -- "$@" | sed "s|$here/||" | sha256sum | cut -c1-12; }

check_host() {
    local name
    for name in "${HOSTS[@]}"; do
        [ "$1" != "$name" ] || return 0
    done
    usage_error "there is no host '$1', only: ${HOSTS[*]}"
}

# One change at a time: two test runs on one cache wait for each other. Daemons must not inherit the lock (9>&-).
lock() {
    exec 9>"$downloads/lock"
    flock -w 1800 9 || die "another $0 has held $downloads/lock for half an hour"
}

# pids COMPONENT: the processes that this script started as COMPONENT. They carry a mark in their environment, so a stale
# pid file can't make us kill, or trust, a stranger.
pids() {
    grep -lszxF "NAUTOBRIDGE_TEST_DOCKER=$run/$1" /proc/[0-9]*/environ | cut -d/ -f3 || true
}

# init_of HOST: the first process of its namespaces, by our own number of it.
init_of() {
    local pid
    for pid in $(pids "$1"); do
        if [ "$(awk '/^NSpid:/ {print NF ":" $NF}' "/proc/$pid/status" 2>/dev/null)" = 3:1 ]; then
            echo "$pid"
            return
        fi
    done
    return 1
}

# The end of a namespace's first process ends all others in it, containers too. Nothing in the lab outlives it, so
# nothing is asked to go in an orderly way.
stop_component() {
    local list i
    for ((i = 0; i < 100; i++)); do
        list=$(pids "$1")
        [ -n "$list" ] || return 0
        # shellcheck disable=SC2086
        kill -KILL $list 2>/dev/null || true
        sleep 0.1
    done
    die "$1 does not end: $list"
}

# wait_for SECONDS WHAT LOG COMMAND...: until COMMAND succeeds.
wait_for() {
    local limit=$((SECONDS + $1)) what=$2 log=$3
    shift 3
    until "$@" >/dev/null 2>&1 </dev/null; do
        if ((SECONDS >= limit)); then
            tail -n 20 "$log" >&2 || true
            die "$what did not answer in time; its log is $log"
        fi
        sleep 0.1
    done
}

# on HOST COMMAND...: as root on that host.
on() {
    local name=$1 pid
    shift
    if [ "$name" = local ]; then
        DOCKER_HOST=unix://$socket DOCKER_CONFIG=$run/local/client "$@"
        return
    fi
    pid=$(init_of "$name") || die "$name does not run; 'up' starts it"
    nsenter -t "$pid" -m -u -i -n -p -r -w env -i HOME=/root LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
