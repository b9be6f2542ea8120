#!/usr/bin/env bash
# `voucher serve`: keys, settings, tables, start; a console that cannot open and a resolver without pages.
source "$(dirname "$0")/../support/scenario.sh"

cd "$scratch"
port() { "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
"$VOUCHER" keys generate --console console.key --resolver resolver.key >generate.out
same "who may read the resolver's keys" 600 "$(stat -c %a resolver.key)"
lacks "what was printed" "$(cat generate.out)" "$(sed -n 's/.*"\([A-Za-z0-9+/=]\{40,\}\)".*/\1/p' resolver.key | head -n 1)"

settings() { # FILE PORT CONSOLE RESOLVER
  cat >"$1" <<END
listen = "127.0.0.1:$2"
public_url = "http://127.0.0.1:$2"
database = "sqlite:$scratch/voucher.db"
node = "node-$2"
[keys]
$3
$4
[sign_in]
issuer = "https://id.example"
client_id = "voucher"
enterprise = "acme"
first_administrator = "alice"
END
}
start() { # NAME PORT ROLE
  "$VOUCHER" serve --config "$1.toml" --role "$3" >"$1.out" 2>"$1.err" </dev/null &
  dev_pid=$!
  until_true "$1 to serve" curl --silent --fail --output /dev/null "http://127.0.0.1:$2/ping"
}
stop() {
  local status=0
  kill -TERM "$dev_pid"
  wait "$dev_pid" || status=$?
  dev_pid=
  same "the exit code after SIGTERM" 0 "$status"
}
status_of() { curl --silent --output /dev/null --write-out '%{http_code}' "$@"; }

at=$(port)
settings all.toml "$at" 'console = "console.key"' 'resolver = "resolver.key"'
refused 3 "$VOUCHER" serve --config all.toml
contains "tables that are not there" "$said" migrate
"$VOUCHER" migrate --config all.toml
"$VOUCHER" migrate --config all.toml | grep -q "up to date" || fail "a second migrate"
start all "$at" all
same "the sign-in page" 200 "$(status_of "http://127.0.0.1:$at/sign-in")"
same "resolve without a key" 401 "$(status_of -X POST -H 'content-type: application/json' -d '{"tokens":["a"]}' "http://127.0.0.1:$at/api/v1/resolve")"
stop

at=$(port)
settings console.toml "$at" 'console = "console.key"' ''
start console "$at" console
same "the console's sign-in page" 200 "$(status_of "http://127.0.0.1:$at/sign-in")"
same "resolve at a console" 404 "$(status_of -X POST -H 'content-type: application/json' -d '{"tokens":["a"]}' "http://127.0.0.1:$at/api/v1/resolve")"
stop

at=$(port)
settings resolver.toml "$at" '' 'resolver = "resolver.key"'
start resolver "$at" resolver
same "the sign-in page of a resolver" 404 "$(status_of "http://127.0.0.1:$at/sign-in")"
same "resolve without a key" 401 "$(status_of -X POST -H 'content-type: application/json' -d '{"tokens":["a"]}' "http://127.0.0.1:$at/api/v1/resolve")"
stop

refused 3 "$VOUCHER" serve --config nowhere.toml
sed 's/^node/nod/' all.toml >typo.toml
refused 3 "$VOUCHER" serve --config typo.toml
contains "a setting that does not exist" "$said" nod
sed 's/^database.*/database = "hunter2"/' all.toml >bad.toml
refused 3 "$VOUCHER" serve --config bad.toml
lacks "a value that may be a password" "$said" hunter2
rule() { { cat all.toml; printf '%s\n' '[[sign_in.rules]]' "$@"; } >rule.toml; }
rule 'claim = "groups"' 'has = "hunter2"'
refused 3 "$VOUCHER" serve --config rule.toml
contains "a rule that gives nothing" "$said" "sign-in rule 1"
lacks "what a rule looks for" "$said" hunter2
rule 'claim = "groups"' 'has = "a"' 'role = "root"'
refused 3 "$VOUCHER" serve --config rule.toml
contains "a role that does not exist" "$said" "owner, administrator, auditor or member"
rule 'claim = "groups"' 'has = "a"' 'project = "shop"' 'as = "manager"'
start rule "$(sed -n 's/^listen = "127.0.0.1:\([0-9]*\)"/\1/p' rule.toml)" all
stop
refused 3 "$VOUCHER" keys generate --console console.key --resolver resolver.key
