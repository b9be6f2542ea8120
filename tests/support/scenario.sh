# Sourced by the scenarios of the command line: a directory of their own, a running `voucher dev`, and what to
# expect of a command that fails. Needs VOUCHER (the program) and VOUCHER_TESTS_PYTHON, as tests/run sets them.
set -euo pipefail

: "${VOUCHER:?the program to test}"
PYTHON=${VOUCHER_TESTS_PYTHON:-python3}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/voucher-cmd-XXXXXX")
dev_pid=
beside_pids=()
unset VOUCHER_URL VOUCHER_ACCESS_KEY VOUCHER_ACCESS_KEY_FILE VOUCHER_ID_TOKEN VOUCHER_ID_TOKEN_FILE VOUCHER_AUDIENCE \
  VOUCHER_CA_FILE ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN RUST_LOG

tidy() {
  local status=$?
  [ -z "$dev_pid" ] || kill -KILL "$dev_pid" 2>/dev/null || true
  [ ${#beside_pids[@]} = 0 ] || kill -KILL "${beside_pids[@]}" 2>/dev/null || true
  if [ "$status" != 0 ]; then
    for said in "$scratch"/*.out "$scratch"/*.err; do
      [ -s "$said" ] && { echo "--- $(basename "$said")"; tail -n 40 "$said"; }
    done
  fi
  rm -rf "$scratch"
  exit "$status"
}
trap tidy EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

same() { # WHAT EXPECTED ACTUAL
  [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

contains() { # WHAT TEXT PART
  case $2 in *"$3"*) ;; *) fail "$1: no '$3' in: $2" ;; esac
}

lacks() { # WHAT TEXT PART
  case $2 in *"$3"*) fail "$1: '$3' is in it" ;; *) ;; esac
}

# Waits for a condition, at most 30 seconds.
until_true() { # WHAT COMMAND…
  local what=$1 tries=0
  shift
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "waited for $what"
    sleep 0.05
  done
}

# Starts `voucher dev` on free ports; its answers are in $scratch/dev.out, $scratch/dev.err and ready.json.
start_dev() { # DATA [ARGUMENT…]
  local data=$1
  shift
  rm -f "$scratch/ready.json"
  # A shell without job control gives its background jobs no ear for Ctrl-C; this gives it back.
  "$PYTHON" -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' \
    "$VOUCHER" dev --listen 127.0.0.1:0 --data "$data" --ready-file "$scratch/ready.json" "$@" \
    >"$scratch/dev.out" 2>"$scratch/dev.err" </dev/null &
  dev_pid=$!
  until_true "voucher dev to serve" is_ready
  VOUCHER_URL=$(ready url)
  VOUCHER_ACCESS_KEY=$(ready access_key)
  export VOUCHER_URL VOUCHER_ACCESS_KEY
}

is_ready() {
  kill -0 "$dev_pid" 2>/dev/null || fail "voucher dev ended: $(cat "$scratch/dev.err")"
  [ -s "$scratch/ready.json" ]
}

# A value of the ready file: `ready url`, `ready tokens kubernetes`.
ready() {
  "$PYTHON" -c 'import json, sys
value = json.load(open(sys.argv[1]))
for step in sys.argv[2:]: value = value[int(step) if isinstance(value, list) else step]
print("" if value is None else value)' "$scratch/ready.json" "$@"
}

# The owner of the demonstration enterprise in front of the console; see person.py.
person() { # store TYPE TOKEN … | verify TOKEN | trust CI_ISSUER JWKS_FILE PROJECT_ID PLACE | recipes TOKEN | provision NAME | cookie
  "$PYTHON" "$here/person.py" "$(ready url)" "$(ready issuer)" "$(ready personas 0)" "$@"
}

# Starts a system of somebody else, which ends with the scenario; what it says is in $scratch/NAME.out and NAME.err.
beside() { # NAME COMMAND…
  local name=$1
  shift
  "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" </dev/null &
  beside_pids+=($!)
  # The shell need not say that it was ended.
  disown
}

# Ctrl-C; it has ten seconds and ends with 0.
stop_dev() {
  local status=0 pid=$dev_pid
  kill -INT "$pid"
  until_true "voucher dev to end" has_ended "$pid"
  wait "$pid" || status=$?
  dev_pid=
  same "the exit code after Ctrl-C" 0 "$status"
}

has_ended() {
  ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" | cut -c1)" = Z ]
}

# Runs a command that must fail with an exit code and two lines: what failed, and what to do.
refused() { # CODE COMMAND…
  local expected=$1 status=0
  shift
  timeout 60 "$@" >"$scratch/refused.out" 2>"$scratch/refused.err" </dev/null || status=$?
  same "the exit code of $*" "$expected" "$status"
  said=$(cat "$scratch/refused.err")
  lacks "the words of $*" "$said" panicked
  same "the lines that $* says" 2 "$(grep -c '^voucher: ' "$scratch/refused.err")"
  same "all that $* says" 2 "$(wc -l <"$scratch/refused.err")"
}

sql() { # FILE STATEMENT: prints the rows, columns joined by |
  "$PYTHON" - "$1" "$2" <<'END'
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
for row in connection.execute(sys.argv[2]):
    print("|".join("" if value is None else str(value) for value in row))
connection.commit()
END
}
