#!/usr/bin/env bash
# `voucher resolve`: what a runner prints or writes, and how it ends when it gets nothing.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
token=$(ready tokens kubernetes)
key=$VOUCHER_ACCESS_KEY

contains "a kubeconfig" "$("$VOUCHER" resolve "$token" --format kubeconfig)" "apiVersion: v1"
contains "the fields" "$("$VOUCHER" resolve "$token")" '"kubeconfig"'

# Whatever lay there, only its owner can read what is written.
ln -s "$scratch/target" "$scratch/kubeconfig"
(umask 000; "$VOUCHER" resolve "$token" --format kubeconfig --output "$scratch/kubeconfig")
same "who may read the output" 600 "$(stat -c %a "$scratch/kubeconfig")"
[ ! -e "$scratch/target" ] || fail "wrote through a link"
same "the output" "$("$VOUCHER" resolve "$token" --format kubeconfig)" "$(cat "$scratch/kubeconfig")"

printf '%s\n' "$key" >"$scratch/key"
(unset VOUCHER_ACCESS_KEY; VOUCHER_ACCESS_KEY_FILE=$scratch/key "$VOUCHER" resolve "$token" >/dev/null) ||
  fail "the key is not read from a file"

refused 4 "$VOUCHER" resolve nobody
refused 4 "$VOUCHER" resolve "$token" --format no-such-format
VOUCHER_ACCESS_KEY=${key%?} refused 4 "$VOUCHER" resolve "$token"
contains "a mistyped key" "$said" checksum
lacks "a mistyped key" "$said" "${key%?}"
(unset VOUCHER_ACCESS_KEY; refused 3 "$VOUCHER" resolve "$token")
VOUCHER_URL=http://192.0.2.1 refused 3 "$VOUCHER" resolve "$token"
contains "plain http to another machine" "$said" https

stop_dev
refused 5 "$VOUCHER" resolve "$token"
