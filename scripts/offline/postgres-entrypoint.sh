#!/bin/bash
# The part of the official image's entry point that Milo uses: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, PGDATA, and
# arguments that are passed on to the server.
set -euo pipefail

if [ "${1:0:1}" = '-' ]; then set -- postgres "$@"; fi
if [ "$1" != postgres ]; then exec "$@"; fi

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec gosu postgres "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?must be set for a new database}"
  user=${POSTGRES_USER:-postgres}
  initdb --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  # Nobody can reach it before its database is there.
  pg_ctl -s -w -o "-c listen_addresses=''" start
  database=${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    createdb --username="$user" "$database"
  fi
  pg_ctl -s -w -m fast stop
fi
exec "$@" -c "listen_addresses=*"
