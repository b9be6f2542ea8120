#!/usr/bin/env bash
# `voucher exec`: the command gets its environment and files, its output hides them, nothing stays behind.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
kubernetes=$(ready tokens kubernetes)
alibaba=$(ready tokens alibaba-cloud)
# Where exec puts its files is up to the system; give it a place that can be looked into afterwards.
mkdir -m 700 "$scratch/runtime"
export XDG_RUNTIME_DIR=$scratch/runtime TMPDIR=$scratch/runtime

secret=$("$VOUCHER" resolve "$alibaba" --format env | "$PYTHON" -c '
import json, sys
print(next(value for name, value in json.load(sys.stdin).items() if "SECRET" in name))')

# The command itself sees the value; what it prints is hidden, also when written a letter at a time.
seen=$("$VOUCHER" exec --env "$alibaba" -- bash -c '
  value=$(env | grep SECRET | head -n 1 | cut -d= -f2-)
  printf "%s" "$value" | sha256sum | cut -c1-64
  echo "whole: $value"
  printf "split: "; for ((i = 0; i < ${#value}; i++)); do printf %s "${value:i:1}"; done; echo
  printf "base64: "; printf %s "$value" | base64 -w0; echo
  echo "stderr: $value" >&2' 2>"$scratch/exec.err")
contains "what the command saw" "$seen" "$(printf %s "$secret" | sha256sum | cut -c1-64)"
for said in "$seen" "$(cat "$scratch/exec.err")"; do
  lacks "the output" "$said" "$secret"
  lacks "the output" "$said" "$(printf %s "$secret" | base64 -w0)"
done
contains "the output" "$seen" "whole: "

# A file is private while the command runs, and gone afterwards.
"$VOUCHER" exec --file "KUBECONFIG=$kubernetes:kubeconfig" -- bash -c '
  grep -q "apiVersion: v1" "$KUBECONFIG" || exit 10
  [ "$(stat -c %a "$KUBECONFIG")" = 600 ] || exit 11
  [ "$(stat -c %a "$(dirname "$KUBECONFIG")")" = 700 ] || exit 12
  printf %s "$KUBECONFIG" >'"$scratch/path"'
  [ -z "${VOUCHER_ACCESS_KEY:-}" ] || exit 13' || fail "inside of exec: $?"
[ -s "$scratch/path" ] || fail "the command had no file"
[ ! -e "$(cat "$scratch/path")" ] || fail "the file is still there"
same "what stayed behind" "" "$(find "$scratch/runtime" -mindepth 1)"

# Exit codes and signals pass through.
status=0
"$VOUCHER" exec --env "$alibaba" -- bash -c 'exit 37' || status=$?
same "the exit code" 37 "$status"
"$VOUCHER" exec --file "K=$kubernetes:kubeconfig" -- bash -c 'echo ready >'"$scratch/started"'; trap "exit 42" TERM; while :; do sleep 0.1; done' &
running=$!
until_true "the command to run" test -s "$scratch/started"
kill -TERM "$running"
status=0
wait "$running" || status=$?
same "the exit code after a signal" 42 "$status"
same "what stayed behind after a signal" "" "$(find "$scratch/runtime" -mindepth 1)"

# However it ends, and whatever it leaves running: the file is gone.
status=0
"$VOUCHER" exec --file "K=$kubernetes:kubeconfig" -- bash -c 'kill -KILL $$' || status=$?
same "the exit code of a killed command" 137 "$status"
same "what a killed command left behind" "" "$(find "$scratch/runtime" -mindepth 1)"
mkfifo "$scratch/hold"
"$VOUCHER" exec --file "K=$kubernetes:kubeconfig" -- bash -c '(read -r <'"$scratch/hold"') & echo started >'"$scratch/left" >"$scratch/held.out" &
running=$!
until_true "the command to end" test -s "$scratch/left"
nothing_left() { [ -z "$(find "$scratch/runtime" -mindepth 1)" ]; }
until_true "the file to go while something holds the output" nothing_left
echo go >"$scratch/hold"
wait "$running" || fail "the command that left something running: $?"

# The means to get everything else stay behind.
VOUCHER_ID_TOKEN=canary VOUCHER_ID_TOKEN_FILE=/canary "$VOUCHER" exec --env "$alibaba" -- bash -c '
  ! env | grep -q -e canary -e VOUCHER_ACCESS_KEY' || fail "the command could ask for more"

# All or nothing: the command is not started with half of what it needs.
refused 4 "$VOUCHER" exec --env "$alibaba" --env nobody -- touch "$scratch/ran"
[ ! -e "$scratch/ran" ] || fail "the command ran without its credential"
stop_dev
