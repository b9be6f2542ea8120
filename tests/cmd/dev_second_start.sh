#!/usr/bin/env bash
# A second start on the same data directory keeps everything: keys, credentials, the access key, sign-in.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
key=$VOUCHER_ACCESS_KEY
token=$(ready tokens kubernetes)
before=$("$VOUCHER" resolve "$token" --format kubeconfig)
stop_dev
credentials=$(sql "$scratch/data/voucher.db" "SELECT COUNT(*) FROM credentials")
keys=$(cat "$scratch/data/console.key" "$scratch/data/resolver.key" | sha256sum)

start_dev "$scratch/data"
same "the access key" "$key" "$VOUCHER_ACCESS_KEY"
same "the token" "$token" "$(ready tokens kubernetes)"
same "the kubeconfig" "$before" "$("$VOUCHER" resolve "$token" --format kubeconfig)"
same "the number of credentials" "$credentials" "$(sql "$scratch/data/voucher.db" "SELECT COUNT(*) FROM credentials")"
same "the key files" "$keys" "$(cat "$scratch/data/console.key" "$scratch/data/resolver.key" | sha256sum)"
stop_dev

# An end that nobody asked for is no different.
start_dev "$scratch/data"
kill -KILL "$dev_pid"
wait "$dev_pid" 2>/dev/null || true
start_dev "$scratch/data"
same "the kubeconfig after kill -9" "$before" "$("$VOUCHER" resolve "$token" --format kubeconfig)"
stop_dev
