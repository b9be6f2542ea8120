#!/usr/bin/env bash
# The first minute of a newcomer: start, paste the line that was printed, get the kubeconfig, press Ctrl-C.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
greeting=$(cat "$scratch/dev.out")
contains "the greeting" "$greeting" "$(ready url)"
contains "the greeting" "$greeting" "$(ready issuer)"

line=$(grep -E '^ *curl ' "$scratch/dev.out") || fail "no curl line in: $greeting"
pasted=$(bash -c "$line --silent --show-error --fail")
contains "what the pasted line prints" "$pasted" "apiVersion: v1"
contains "what the pasted line prints" "$pasted" "clusters:"

for part in url issuer enterprise personas access_key tokens; do
  [ -n "$(ready $part)" ] || fail "the ready file lacks $part"
done
same "who may read the ready file" 600 "$(stat -c %a "$scratch/ready.json")"
same "who may enter the data directory" 700 "$(stat -c %a "$scratch/data")"
for file in console.key resolver.key; do
  same "who may read $file" 600 "$(stat -c %a "$scratch/data/$file")"
done
lacks "the log of a quiet start" "$(cat "$scratch/dev.err")" ERROR
lacks "the log" "$(cat "$scratch/dev.err")" "$VOUCHER_ACCESS_KEY"

stop_dev
if curl --silent --max-time 5 "$VOUCHER_URL/ping" >/dev/null; then fail "it still answers after Ctrl-C"; fi
