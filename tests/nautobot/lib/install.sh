# What the machine needs: Debian packages and the pinned virtual environment. Sourced by ../server.
# shellcheck shell=bash disable=SC2034,SC2154

requirements=$here/requirements.txt

# The newest PostgreSQL of the machine; Debian keeps its programs off the PATH.
find_postgres() {
    local dir
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr); do
        [ -x "$dir/initdb" ] && echo "$dir" && return
    done
    return 1
}

# A pyenv shim may exist and yet fail, and Debian's python3 may lack venv: only running it tells.
python_works() {
    "$1" -c 'import ensurepip, ssl, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${NAUTOBRIDGE_PYTHON:-} /usr/bin/python3 python3.11 python3.12 python3.13 python3; do
        python_works "$candidate" && command -v "$candidate" && return
    done
    return 1
}

install_packages() {
    local packages=$here/../../scripts/packages
    # Nautobot's GitPython cannot be imported without git.
    "$packages" '/usr/lib/postgresql/*/bin/initdb:postgresql' redis-server:redis-server curl:curl git:git
    find_python >/dev/null || "$packages" :python3 :python3-venv
    pgbin=$(find_postgres) || die "no PostgreSQL below /usr/lib/postgresql"
    python=$(find_python) || die "Nautobot $NAUTOBOT_VERSION needs a Python from 3.11 to 3.13 with venv; name one in NAUTOBRIDGE_PYTHON"
}

# checked_install FILE: install what a requirements file lists; each download must have one of the checksums there.
checked_install() {
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input --require-hashes --no-build-isolation \
        --use-pep517 -r "$1" </dev/null >"$run/pip.log" 2>&1 || {
        tail -n 20 "$run/pip.log" >&2
        die "pip install -r $1 failed; see $run/pip.log"
    }
}

# A virtual environment can't be moved, so it is made in place and counts only once its mark is written.
install_venv() {
    local version
    version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
    venv=$cache/nautobot-venv/$version-$(hash_of "$here/build.txt" "$requirements")
    if [ -e "$venv/.complete" ] && "$venv/bin/python" -c '' 2>/dev/null; then
        return
    fi
    say "making the Python environment (Python $version, under a minute)"
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv "$venv"
    # What builds packages comes first, as pip would fetch it unchecked.
    checked_install "$here/build.txt"
    checked_install "$requirements"
    touch "$venv/.complete"
}
