#!/usr/bin/env bash
# `voucher audit verify`: whole after use, and names the record after one byte of it was changed.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
for _ in $(seq 1 20); do "$VOUCHER" resolve "$(ready tokens kubernetes)" >/dev/null; done
stop_dev
database=$scratch/data/voucher.db
audit() {
  "$VOUCHER" audit verify --database "sqlite:$database" --keys "$scratch/data/console.key" "$@"
}

audit >"$scratch/verify.out" || fail "a chain that nobody touched: $(cat "$scratch/verify.out")"
chain=$(sql "$database" "SELECT chain FROM audit_chains")
records=$(sql "$database" "SELECT seq FROM audit_chains")
contains "the report" "$(cat "$scratch/verify.out")" "$chain"
contains "the report" "$(cat "$scratch/verify.out")" "$records"

# Each column of a record in the middle, one byte at a time.
victim=$((records / 2))
cp "$database" "$scratch/whole.db"
for change in "actor_name = actor_name || 'x'" "at = at + 1" "outcome = 'refused'" "reason = 'x'" "detail = replace(detail, '1', '2')" \
  "object_id = replace(object_id, '0', '1')" "hash = x'00' || substr(hash, 2)"; do
  cp "$scratch/whole.db" "$database"
  rm -f "$database-wal" "$database-shm"
  same "rows changed by $change" 1 "$(sql "$database" "UPDATE audit_records SET $change WHERE seq = $victim RETURNING 1")"
  status=0
  audit >"$scratch/verify.out" 2>&1 || status=$?
  same "the exit code after $change" 6 "$status"
  # A changed hash is noticed at its own record or, because it is no longer what the next one holds, there.
  grep -qE "\\b($victim|$((victim + 1)))\\b" "$scratch/verify.out" || fail "$change: record $victim is not named: $(cat "$scratch/verify.out")"
done

# A record that was taken out, and a tail that was cut off.
cp "$scratch/whole.db" "$database"
sql "$database" "DELETE FROM audit_records WHERE seq = $victim"
refused_code=0
audit >"$scratch/verify.out" 2>&1 || refused_code=$?
same "the exit code after a record was taken out" 6 "$refused_code"
contains "the report" "$(cat "$scratch/verify.out")" "$victim"
