# Two registries, one of them with a login, and the images in them. Sourced by ../lab.
# shellcheck shell=bash disable=SC2034,SC2154

# The images are built again when anything that they are made of changes.
name_images() {
    local files=()
    mapfile -t files < <(find "$here/images" -type f | sort)
    images=$downloads/registry-$({
        hash_of "${files[@]}" "$here/lib/registry.sh"
        hash_of "$busybox" "$caddy"
    } | sha256sum | cut -c1-12)
}

# write_config NAME ADDRESS STORAGE
write_config() {
    printf '%s\n' 'version: 0.1' 'log: {level: warn, accesslog: {disabled: true}}' 'storage:' \
        "  filesystem: {rootdirectory: $3}" '  delete: {enabled: true}' '  maintenance: {uploadpurging: {enabled: false}}' \
        "http: {addr: '$2', secret: lab}" >"$run/$1.yml"
}

# start_registry NAME ADDRESS: its process; write_config came before.
start_registry() {
    # shellcheck disable=SC1007
    NAUTOBRIDGE_TEST_DOCKER=$run/$1 OTEL_TRACES_EXPORTER=none setsid docker-registry serve "$run/$1.yml" >"$run/$1.log" 2>&1 </dev/null 9>&- &
    disown # its end is nothing to report
    wait_for 20 "the registry on $2" "$run/$1.log" registry_answers "$2"
}

# 401 is an answer, too.
registry_answers() { [[ $(curl -s --noproxy '*' -m 5 -o /dev/null -w '%{http_code}' "http://$1/v2/") =~ ^(200|401)$ ]]; }

# shellcheck disable=SC2016
hash_password() { perl -e 'print crypt($ARGV[0], q($2y$05$) . "nautobridgelabnautobri")' "$1"; }

start_registries() {
    mkdir -p "$run/registry"
    cp -a "$images/." "$run/registry/"
    write_config registry "$REGISTRY" "$run/registry"
    start_registry registry "$REGISTRY"
    printf '%s:%s\n' "$LOGIN_USER" "$(hash_password "$LOGIN_PASSWORD")" >"$run/htpasswd"
    write_config login-registry "$LOGIN_REGISTRY" "$run/registry"
    printf '%s\n' "auth: {htpasswd: {realm: lab, path: $run/htpasswd}}" >>"$run/login-registry.yml"
    start_registry login-registry "$LOGIN_REGISTRY"
}

# build NAME TAG: the folder images/NAME; what it says about its version comes from VERSION.
build() {
    local folder=$here/images/$1
    local image=$REGISTRY/$1:$2 context=$run/context/$1
    rm -rf "$context"
    mkdir -p "$context"
    cp -R "$folder/." "$context/"
    case $1 in
    base) cp "$busybox" "$context/busybox" ;;
    proxy) cp "$caddy" "$context/caddy" ;;
    esac
    {
        DOCKER_BUILDKIT=0 on local docker build --quiet --build-arg "VERSION=$2" --build-arg "BASE=$REGISTRY/base:1" --tag "$image" "$context" &&
            on local docker push --quiet "$image"
    } >>"$run/build.log" 2>&1
}

# Made once, on the local engine; the registry's own storage is what is kept.
ensure_images() {
    local name
    [ ! -e "$images/.complete" ] || return 0
    say "building the images (once: they are cached)"
    rm -rf "$images" "$run/context"
    : >"$run/build.log"
    mkdir -p "$images"
    write_config building "$REGISTRY" "$images"
    start_registry building "$REGISTRY"
    for name in base:1 web:1 web:2 proxy:1 healthy:1 healthy:2 unhealthy:1 crash:1 exit1:1 oneshot:1 hup:1 slow:1; do
        build "${name%:*}" "${name#*:}" || {
            tail -n 20 "$run/build.log" >&2
            die "the image $name could not be built; see $run/build.log"
        }
    done
    stop_component building
    # A host starts without any image.
    on local docker image prune --all --force >>"$run/build.log" 2>&1
    rm -rf "$run/context"
    touch "$images/.complete"
    find "$downloads" -mindepth 1 -maxdepth 1 -name 'registry-*' ! -path "$images" -exec rm -rf {} +
}
