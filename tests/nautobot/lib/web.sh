# The Nautobot processes: management commands, the web server, the Celery worker. Sourced by ../server.
# shellcheck shell=bash disable=SC2034,SC2154

# redis_db DATABASE: the first of the two Redis databases that belong to a server.
redis_db() {
    touch "$run/redis-slots"
    grep -qx "$1" "$run/redis-slots" || echo "$1" >>"$run/redis-slots"
    echo $((2 * ($(grep -nx "$1" "$run/redis-slots" | cut -d: -f1) - 1)))
}

# After a database was replaced, what Redis remembers of the old one would be wrong.
forget_cache() { redis -n "$(redis_db "$1")" flushdb >/dev/null; }

# export_settings DATABASE: the environment that nautobot_config.py reads. To be called in a subshell.
export_settings() {
    write_secret "$run/secret-key"
    mkdir -p "$run/root-$1"
    # NAUTOBOT_URL and NAUTOBOT_TOKEN are the clients' names, the server has no use for them.
    unset NAUTOBOT_URL NAUTOBOT_TOKEN DJANGO_SETTINGS_MODULE
    export PATH="$venv/bin:$PATH" PYTHONUNBUFFERED=1
    export NAUTOBOT_CONFIG="$here/nautobot_config.py" NAUTOBOT_ROOT="$run/root-$1"
    export NAUTOBOT_DB_HOST=127.0.0.1 NAUTOBOT_DB_PORT="$PG_PORT" NAUTOBOT_DB_NAME="$1" NAUTOBOT_DB_USER=nautobot
    export NAUTOBOT_REDIS_HOST=127.0.0.1 NAUTOBOT_REDIS_PORT="$REDIS_PORT"
    NAUTOBRIDGE_TEST_REDIS_DB=$(redis_db "$1")
    NAUTOBOT_DB_PASSWORD=$PGPASSWORD
    NAUTOBOT_REDIS_PASSWORD=$(cat "$run/redis.password")
    NAUTOBOT_SECRET_KEY=$(cat "$run/secret-key")
    export NAUTOBRIDGE_TEST_REDIS_DB NAUTOBOT_DB_PASSWORD NAUTOBOT_REDIS_PASSWORD NAUTOBOT_SECRET_KEY
}

# manage DATABASE COMMAND...: nautobot-server COMMAND.
manage() {
    (
        export_settings "$1"
        exec "$venv/bin/nautobot-server" --config "$here/nautobot_config.py" "${@:2}"
    )
}

# daemon DATABASE COMPONENT COMMAND...: the same in the background, in a session of its own, with the mark that `pids` seeks.
daemon() {
    (
        export_settings "$1"
        export NAUTOBRIDGE_TEST_SERVER="$run/$2"
        exec setsid "$venv/bin/nautobot-server" --config "$here/nautobot_config.py" "${@:3}"
    ) >"$run/$2.log" 2>&1 </dev/null 9>&- &
}

# get PORT PATH: one request to the API with our token; fails unless the answer is a 2xx.
get() { curl -fsS --noproxy '*' -m 20 -H "Authorization: Token $TOKEN" "http://127.0.0.1:$1$2"; }

web_port() { cat "$run/web-$1.port" 2>/dev/null; }

# answers DATABASE PORT: our own web process of this database answers there, not somebody else's. (/api/status/ would say
# so too, but asks the Celery workers first and takes a second for it.)
answers() { [ -n "$(pids "web-$1")" ] && [ "$(web_port "$1")" = "$2" ] && get "$2" '/api/extras/tags/?limit=1' >/dev/null 2>&1; }

start_web() {
    local db=$1 port=$2
    if answers "$db" "$port"; then return; fi
    stop_component "web-$db"
    if curl -s --noproxy '*' -m 5 -o /dev/null "http://127.0.0.1:$port/"; then
        die "port $port is taken by another program; name a free one with --port"
    fi
    say "starting Nautobot on http://127.0.0.1:$port (database $db)"
    echo "$port" >"$run/web-$db.port"
    NAUTOBRIDGE_TEST_WEB_PORT=$port daemon "$db" "web-$db" start --ini "$here/uwsgi.ini"
    wait_for 180 "Nautobot on port $port" "$run/web-$db.log" answers "$db" "$port"
}

# GraphQL's schema is built when a process starts (its cf_* fields too), so a new database wants new processes.
restart_web() {
    [ -n "$(pids "web-$1")" ] || return 0
    local port
    port=$(web_port "$1")
    stop_component "web-$1"
    start_web "$1" "$port"
}

worker_answers() { get "$1" /api/status/ | grep -q '"celery-workers-running": *[1-9]'; }

start_worker() {
    local db=$1 port
    port=$(web_port "$db")
    if [ -n "$(pids "worker-$db")" ] && worker_answers "$port"; then return; fi
    stop_component "worker-$db"
    say "starting a Celery worker (database $db)"
    daemon "$db" "worker-$db" celery worker --concurrency 1 --loglevel INFO --without-gossip --without-mingle
    wait_for 120 "the worker" "$run/worker-$db.log" worker_answers "$port"
}
