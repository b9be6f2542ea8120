#!/usr/bin/env bash
# How long the list of credentials takes with 100,000 of them, for every filter and order, on SQLite and PostgreSQL: the
# median and the 99th of a hundred tries, seen from a client, and how many times that is of what 1,000 take.
#
#   tests/bench/list.sh [HOW_MANY]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export RUST_BACKTRACE=0 VOUCHER_MANY="${1:-100000}"
tests/support/with_postgres.sh cargo test --locked --release --test it -- --nocapture \
  list::a_list_of_very_many | grep -E "^on |p99|^test "
