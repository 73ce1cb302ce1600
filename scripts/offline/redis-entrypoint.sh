#!/bin/bash
# As the official image: options alone start the server, which serves other hosts than its own.
set -euo pipefail

if [ "${1:0:1}" = '-' ] || [ "${1%.conf}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ]; then
  set -- "$@" --protected-mode no
  if [ "$(id -u)" = 0 ]; then
    chown redis:redis /data
    exec gosu redis "$@"
  fi
fi
exec "$@"
