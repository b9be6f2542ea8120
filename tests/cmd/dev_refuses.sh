#!/usr/bin/env bash
# What `voucher dev` cannot do, it says in two lines, with exit code 3, and without a trace of a panic.
source "$(dirname "$0")/../support/scenario.sh"

dev=("$VOUCHER" dev --ready-file "$scratch/other.json")

start_dev "$scratch/data"
taken=${VOUCHER_URL#http://}

refused 3 "${dev[@]}" --listen "$taken" --data "$scratch/elsewhere"
contains "a taken port" "$said" "$taken"

refused 3 "${dev[@]}" --listen 127.0.0.1:0 --data "$scratch/data"
contains "a directory in use" "$said" "$scratch/data"
stop_dev

refused 3 "${dev[@]}" --listen 0.0.0.0:0 --data "$scratch/elsewhere"
contains "an address that others can reach" "$said" "0.0.0.0"

# Not even root can write below a file, or make a directory in /proc.
touch "$scratch/file"
refused 3 "${dev[@]}" --listen 127.0.0.1:0 --data "$scratch/file/below"
contains "a directory below a file" "$said" "$scratch/file/below"
refused 3 "${dev[@]}" --listen 127.0.0.1:0 --data /proc/voucher
contains "a directory that cannot be made" "$said" "/proc/voucher"
if [ "$(id -u)" != 0 ]; then
  mkdir -m 500 "$scratch/closed"
  refused 3 "${dev[@]}" --listen 127.0.0.1:0 --data "$scratch/closed/data"
fi

sql "$scratch/data/voucher.db" "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')"
refused 3 "${dev[@]}" --listen 127.0.0.1:0 --data "$scratch/data"
contains "a directory of a newer version" "$said" newer
sql "$scratch/data/voucher.db" "DELETE FROM __diesel_schema_migrations WHERE version = '99991231000000'"

chmod 644 "$scratch/data/resolver.key"
refused 3 "${dev[@]}" --listen 127.0.0.1:0 --data "$scratch/data"
contains "a key file that others may read" "$said" "$scratch/data/resolver.key"
chmod 600 "$scratch/data/resolver.key"

# Another pair of keys cannot open what is stored; the one that is missing is named.
start_dev "$scratch/second"
stop_dev
cp -p "$scratch/second/console.key" "$scratch/second/resolver.key" "$scratch/data/"
refused 3 "${dev[@]}" --listen 127.0.0.1:0 --data "$scratch/data"
missing=$(sql "$scratch/data/voucher.db" "SELECT lower(hex(key_id)) FROM needed_keys" | while read -r id; do
  case $said in *"$id"*) echo "$id" ;; esac
done)
[ -n "$missing" ] || fail "no missing key is named in: $said"

[ ! -e "$scratch/other.json" ] || fail "a start that failed wrote a ready file"
