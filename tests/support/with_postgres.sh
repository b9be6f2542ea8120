#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own: on a private socket, on no port, gone afterwards.
#
#   tests/support/with_postgres.sh COMMAND…
#
# The command finds a database of it in VOUCHER_TEST_POSTGRES; unit tests that need one make theirs beside it.
set -euo pipefail
bin=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)")
[ -x "$bin/initdb" ] || bin=$(pg_config --bindir)
# Not under target/: the path of a socket is short, and the server's user may not reach a home directory.
directory=$(mktemp -d /tmp/voucher-pg-XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then # the server refuses to be root
  user=$(id -un postgres 2>/dev/null || echo nobody)
  chown "$user" "$directory"
  as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
fi
cd_there() { (cd "$directory" && exec "${as[@]}" "$@"); }
finish() {
  cd_there "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$directory"
}
trap finish EXIT
cd_there "$bin/initdb" --auth=trust --username=voucher --encoding=UTF8 --locale=C --no-sync -D "$directory/data" >/dev/null
cd_there "$bin/pg_ctl" -D "$directory/data" -w -l "$directory/log" -o \
  "-c listen_addresses= -c unix_socket_directories=$directory -c fsync=off -c max_connections=400" start >/dev/null
export VOUCHER_TEST_POSTGRES="postgres://voucher@${directory//\//%2F}/postgres"
"$@"
