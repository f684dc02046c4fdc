# Our own PostgreSQL and Redis, apart from any that the machine runs. Sourced by ../server.
# shellcheck shell=bash disable=SC2034,SC2154

# PostgreSQL refuses to run as root. As root, its data belongs to the system user `postgres`, who must be able to reach it:
# a cache in the home of root is closed to that user, so the data then lies in /var/lib.
postgres_paths() {
    pg_user=()
    pgdata=$run/postgres
    if [ "$(id -u)" = 0 ]; then
        pg_user=(runuser -u postgres --)
        pgdata=/var/lib/nautobridge-test/$(printf %s "$run" | sha256sum | cut -c1-12)/postgres
    fi
    pg_log=$pgdata/server.log
}

as_postgres() { (cd / && "${pg_user[@]}" "$@" 9>&- </dev/null); }

# A killed server leaves its pid file behind, and pg_ctl believes it as long as nobody has reaped the process: in a container
# without an init that's forever. So look at the process, and clear away what is left of a dead one.
postgres_runs() {
    local pid state
    pid=$(head -n 1 "$pgdata/postmaster.pid" 2>/dev/null) || return 1
    state=$(sed -n 's/^State:[[:space:]]*\([A-Z]\).*/\1/p' "/proc/$pid/status" 2>/dev/null) || true
    case $state in
    '' | Z | X)
        rm -f "$pgdata/postmaster.pid"
        return 1
        ;;
    esac
    as_postgres "$pgbin/pg_ctl" status -D "$pgdata" >/dev/null 2>&1
}

# A cluster belongs to the password that it was made with: a run directory that was deleted takes the cluster with it.
cluster_is_whole() {
    [ "$(cat "$pgdata.complete" 2>/dev/null)" = "$(basename "$(dirname "$pgbin")") $(printf %s "$PGPASSWORD" | sha256sum)" ]
}

make_cluster() {
    say "making a PostgreSQL cluster in $pgdata"
    rm -rf "$pgdata" "$pgdata.complete" "$pgdata.pw"
    mkdir -p "$pgdata"
    # initdb reads the superuser's password from a file: open to the server's user alone, and gone afterwards.
    (umask 077 && printf '%s\n' "$PGPASSWORD" >"$pgdata.pw")
    [ "$(id -u)" != 0 ] || chown postgres: "$pgdata" "$pgdata.pw"
    as_postgres "$pgbin/initdb" -D "$pgdata" -U nautobot -A scram-sha-256 --pwfile="$pgdata.pw" -E UTF8 --locale=C.UTF-8 --no-sync >"$run/initdb.log" 2>&1 || {
        tail -n 20 "$run/initdb.log" >&2
        die "initdb failed"
    }
    rm -f "$pgdata.pw"
    # Test data: speed is worth more than surviving a power cut.
    printf '%s\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = ''" 'fsync = off' 'synchronous_commit = off' \
        'full_page_writes = off' 'shared_buffers = 256MB' 'max_connections = 60' >>"$pgdata/postgresql.conf"
    printf '%s %s' "$(basename "$(dirname "$pgbin")")" "$(printf %s "$PGPASSWORD" | sha256sum)" >"$pgdata.complete"
}

start_postgres() {
    postgres_paths
    write_secret "$run/postgres.password"
    PGPASSWORD=$(cat "$run/postgres.password")
    export PGPASSWORD
    if ! cluster_is_whole; then
        if postgres_runs; then as_postgres "$pgbin/pg_ctl" stop -m immediate -D "$pgdata" >/dev/null; fi
        make_cluster
    fi
    if postgres_runs; then return; fi
    say "starting PostgreSQL on 127.0.0.1:$PG_PORT"
    as_postgres "$pgbin/pg_ctl" start -w -t 60 -D "$pgdata" -l "$pg_log" -o "-p $PG_PORT" >"$run/pg_ctl.log" 2>&1 || {
        tail -n 20 "$pg_log" >&2 || true
        die "PostgreSQL did not start (is port $PG_PORT taken? set NAUTOBRIDGE_TEST_PG_PORT)"
    }
}

stop_postgres() {
    postgres_paths
    pgbin=$(find_postgres) || return 0
    postgres_runs || return 0
    say "stopping PostgreSQL"
    as_postgres "$pgbin/pg_ctl" stop -w -m fast -D "$pgdata" >/dev/null
}

redis() { REDISCLI_AUTH=$(cat "$run/redis.password") redis-cli -h 127.0.0.1 -p "$REDIS_PORT" "$@"; }
redis_runs() { [ -s "$run/redis.password" ] && [ "$(redis ping 2>/dev/null)" = PONG ]; }

# 64 databases: two per server (cache and queue). A process title would overwrite the mark that `pids` looks for.
start_redis() {
    write_secret "$run/redis.password"
    if redis_runs; then return; fi
    stop_component redis
    say "starting Redis on 127.0.0.1:$REDIS_PORT"
    (umask 077 && printf '%s\n' "bind 127.0.0.1" "port $REDIS_PORT" "databases 64" 'save ""' "appendonly no" "daemonize yes" \
        "set-proc-title no" "dir $run" "logfile $run/redis.log" "requirepass $(cat "$run/redis.password")" >"$run/redis.conf")
    NAUTOBRIDGE_TEST_SERVER=$run/redis redis-server "$run/redis.conf" 9>&- </dev/null >/dev/null
    wait_for 20 "Redis on port $REDIS_PORT (is it taken? set NAUTOBRIDGE_TEST_REDIS_PORT)" "$run/redis.log" redis_runs
}
