#!/usr/bin/env bash
# What a resolve costs, as a ratio to an empty answer of the same server in the same run: one token, a kubeconfig of
# 4 KiB, durable audit. On SQLite and PostgreSQL; with 1, 64 and 256 connections; with what was opened kept open for a
# moment and without; and as the stored credentials grow from 1,000 to 1,000,000. Takes about half an hour, mostly
# to store them. Builds the tests in release; needs wrk and what tests/run installs.
#
#   tests/bench/resolve.sh [SECONDS [MOST_CREDENTIALS]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
most=${2:-1000000}
stored=1000
for more in 10000 100000 1000000; do
  [ "$more" -gt "$most" ] || stored+=,$more
done
export RUST_BACKTRACE=0 VOUCHER_BENCH_SECONDS="${1:-5}" VOUCHER_BENCH_CONNECTIONS=1,64,256 \
  VOUCHER_BENCH_STORED="$stored" VOUCHER_BENCH_SPREAD=1000 VOUCHER_BENCH_ROUNDS=3
tests/support/with_postgres.sh cargo test --locked --release --test it -- --nocapture load:: |
  grep -vE '^(running|test result|$)'
