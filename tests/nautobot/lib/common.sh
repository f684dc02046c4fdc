# Paths, messages and small helpers. Sourced by ../server.
# shellcheck shell=bash disable=SC2034,SC2154

NAUTOBOT_VERSION=3.2.7
TOKEN=0123456789abcdef0123456789abcdef01234567
PG_PORT=${NAUTOBRIDGE_TEST_PG_PORT:-54329}
REDIS_PORT=${NAUTOBRIDGE_TEST_REDIS_PORT:-63799}

cache=${NAUTOBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nautobridge}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)
run=$cache/run/nautobot
dumps=$cache/nautobot-dumps
mkdir -p "$run" "$dumps"

say() { printf 'nautobot: %s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

# hash_of FILE...: a short key that changes with the content of the files.
hash_of() { cat -- "$@" | sha256sum | cut -c1-12; }

# write_secret FILE: a random secret, made once, readable by its owner only.
write_secret() {
    [ -s "$1" ] && return
    (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$1.tmp" && mv "$1.tmp" "$1")
}

check_name() {
    [[ $1 =~ ^[a-z][a-z0-9_]{0,30}$ ]] || die "'$1' is no usable name: lower case letters, digits and _, starting with a letter"
}

# One change at a time: two test runs on one cache wait for each other. Daemons must not inherit the lock (9>&-).
lock() {
    exec 9>"$run/lock"
    flock -w 1800 9 || die "another $0 has held $run/lock for half an hour"
}

# pids COMPONENT: the processes that this script started as COMPONENT. They carry a mark in their environment, so a stale
# pid file can't make us kill, or trust, a stranger.
pids() {
    grep -lszxF "NAUTOBRIDGE_TEST_SERVER=$run/$1" /proc/[0-9]*/environ | cut -d/ -f3 || true
}

stop_component() {
    local list i
    list=$(pids "$1")
    [ -n "$list" ] || return 0
    say "stopping $1"
    # shellcheck disable=SC2086
    kill -TERM $list 2>/dev/null || true
    for ((i = 0; i < 100; i++)); do
        [ -n "$(pids "$1")" ] || return 0
        sleep 0.1
    done
    list=$(pids "$1")
    # shellcheck disable=SC2086
    [ -z "$list" ] || kill -KILL $list 2>/dev/null || true
}

# wait_for SECONDS WHAT LOG COMMAND...: until COMMAND succeeds.
wait_for() {
    local limit=$((SECONDS + $1)) what=$2 log=$3
    shift 3
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= limit)); then
            tail -n 20 "$log" >&2 || true
            die "$what did not answer in time; its log is $log"
        fi
        sleep 0.3
    done
}
