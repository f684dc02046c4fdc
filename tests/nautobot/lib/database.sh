# Databases: the migrated template, copies of it, and named states. Sourced by ../server.
# shellcheck shell=bash disable=SC2034,SC2154

sql() { PGOPTIONS="-c client_min_messages=warning" "$pgbin/psql" -h 127.0.0.1 -p "$PG_PORT" -U nautobot -d postgres -XAtq -v ON_ERROR_STOP=1 -c "$1" </dev/null; }
database_exists() {
    local found
    found=$(sql "SELECT count(*) FROM pg_database WHERE datname = '$1'") || die "PostgreSQL does not answer on port $PG_PORT"
    [ "$found" = 1 ]
}

# Which data a database was made from is kept as its comment, so that one of another version is noticed.
origin() { sql "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '$1'"; }

# copy_database FROM TO ORIGIN: TO appears whole or not at all, also over a database in use. PostgreSQL copies only a
# database without connections, so FROM is closed for the moment (`up` opens it again if we are killed here).
copy_database() {
    sql "DROP DATABASE IF EXISTS \"${2}__new\" WITH (FORCE)"
    sql "ALTER DATABASE \"$1\" ALLOW_CONNECTIONS false"
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$1'" >/dev/null
    local failed=
    sql "CREATE DATABASE \"${2}__new\" TEMPLATE \"$1\"" || failed=1
    sql "ALTER DATABASE \"$1\" ALLOW_CONNECTIONS true"
    [ -z "$failed" ] || die "can't copy the database $1"
    sql "COMMENT ON DATABASE \"${2}__new\" IS '$3'"
    sql "DROP DATABASE IF EXISTS \"$2\" WITH (FORCE)"
    sql "ALTER DATABASE \"${2}__new\" RENAME TO \"$2\""
}

dump_database() {
    "$pgbin/pg_dump" -h 127.0.0.1 -p "$PG_PORT" -U nautobot -Fc -f "$2.part$$" "$1" </dev/null
    mv "$2.part$$" "$2"
}

restore_dump() {
    sql "DROP DATABASE IF EXISTS \"${2}__new\" WITH (FORCE)"
    sql "CREATE DATABASE \"${2}__new\""
    "$pgbin/pg_restore" -h 127.0.0.1 -p "$PG_PORT" -U nautobot --no-owner -j 2 --exit-on-error -d "${2}__new" "$1" </dev/null || return 1
    sql "ALTER DATABASE \"${2}__new\" RENAME TO \"$2\""
}

# The sets of data that a database can start from, named by what they follow from.
name_sources() {
    template=migrated_$(hash_of "$requirements" "$here/prepare.py")
    bulk=bulk_$(hash_of "$requirements" "$here/prepare.py" "$here/bulk.py")
    local contexts
    # Their names say what they are for.
    mapfile -d '' -t contexts < <(cd "$demo/.." && find config_context_schemas config_contexts -type f -print0 | sort -z)
    homelab=homelab_$(cd "$demo/.." && hash_of "$requirements" "$here/prepare.py" demo/load.py demo/loader/*.py demo/homelab/*.yml \
        <(printf '%s\n' "${contexts[@]}") "${contexts[@]}")
}

is_current() { [ "$1" = "$template" ] || [ "$1" = "$bulk" ] || [ "$1" = "$homelab" ]; }

# from_dump NAME DUMP LOG: the database from its dump; false when there is none that works.
from_dump() {
    [ -s "$2" ] || return 1
    say "restoring $1 from the cache"
    restore_dump "$2" "$1" 2>"$3" && return
    sql "SELECT 1" >/dev/null || die "PostgreSQL does not answer on port $PG_PORT"
    say "the cached dump is unusable, making it anew; see $3"
    rm -f "$2"
    return 1
}

# The migrated, prepared database that all others are copies of: in the cluster, else from the dump, else by `migrate`.
ensure_template() {
    local dump=$dumps/$NAUTOBOT_VERSION-$template.dump
    if database_exists "$template" || from_dump "$template" "$dump" "$run/restore.log"; then return; fi
    say "migrating an empty database (5 to 8 minutes, once: the result is cached)"
    sql "DROP DATABASE IF EXISTS migrating WITH (FORCE)"
    sql "CREATE DATABASE migrating"
    manage migrating migrate --no-input >"$run/migrate.log" 2>&1 </dev/null || {
        tail -n 20 "$run/migrate.log" >&2
        die "the migration failed; see $run/migrate.log"
    }
    script migrating "$here/prepare.py" PREPARED "$run/prepare.log"
    dump_database migrating "$dump"
    sql "ALTER DATABASE migrating RENAME TO \"$template\""
}

# fresh DATABASE SOURCE: a new copy of SOURCE, under a web server that knows nothing of what was there before.
fresh() {
    say "making the database $1"
    stop_component "worker-$1"
    stop_component "web-$1"
    copy_database "$2" "$1" "$2"
    forget_cache "$1"
}

# A database that follows from older requirements is replaced: the code would not fit it any more.
ensure_database() {
    ensure_template
    if database_exists "$1"; then
        sql "ALTER DATABASE \"$1\" ALLOW_CONNECTIONS true"
        if is_current "$(origin "$1")"; then return; fi
        say "the database $1 was made with other versions"
    fi
    fresh "$1" "$template"
}

# The benchmark's set of data: made once by bulk.py, then kept as a dump.
ensure_bulk() {
    ensure_template
    local dump=$dumps/$NAUTOBOT_VERSION-$bulk.dump
    if ! database_exists "$bulk" && ! from_dump "$bulk" "$dump" "$run/restore.log"; then
        say "making the benchmark's data (half a minute, once: the result is cached)"
        copy_database "$template" filling "$template"
        forget_cache filling
        script filling "$here/bulk.py" LOADED "$run/bulk.log"
        dump_database filling "$dump"
        sql "ALTER DATABASE filling RENAME TO \"$bulk\""
    fi
    if ! database_exists "$1" || [ "$(origin "$1")" != "$bulk" ]; then fresh "$1" "$bulk"; fi
    sql "ALTER DATABASE \"$1\" ALLOW_CONNECTIONS true"
}

# The homelab of demo/, loaded once through the API on DATABASE's own server, then kept as a dump.
ensure_homelab() {
    ensure_template
    local dump=$dumps/$NAUTOBOT_VERSION-$homelab.dump
    if ! database_exists "$homelab" && ! from_dump "$homelab" "$dump" "$run/restore.log"; then
        fresh "$1" "$template"
        start_web "$1" "$2"
        say "loading the homelab (about a minute, once: the result is cached)"
        NAUTOBOT_URL=http://127.0.0.1:$2 NAUTOBOT_TOKEN=$TOKEN "$venv/bin/python" "$demo/load.py" --quiet </dev/null >&2 || die "demo/load.py failed"
        stop_component "web-$1"
        copy_database "$1" "$homelab" "$homelab"
        dump_database "$homelab" "$dump"
    fi
    if ! database_exists "$1" || [ "$(origin "$1")" != "$homelab" ]; then fresh "$1" "$homelab"; fi
    sql "ALTER DATABASE \"$1\" ALLOW_CONNECTIONS true"
}

# script DATABASE FILE WORD LOG: nbshell exits 0 after an exception too, so the script has to print WORD at its end.
script() {
    manage "$1" nbshell --quiet-load --plain --command "exec(compile(open('$2').read(), '$2', 'exec'), {'__name__': '__main__'})" >"$4" 2>&1 </dev/null || true
    grep -q "^$3" "$4" || {
        tail -n 20 "$4" >&2
        die "$2 failed; see $4"
    }
}
