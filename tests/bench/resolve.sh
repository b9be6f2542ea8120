#!/usr/bin/env bash
# What a resolve costs, as a ratio to an empty answer of the same server in the same run: one token, a kubeconfig of
# 4 KiB, SQLite, durable audit. Builds the release program; needs wrk and python3.
#
#   tests/bench/resolve.sh [SECONDS [CONNECTIONS]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-10}
connections=${2:-64}
cargo build --locked --release --quiet
VOUCHER=${CARGO_TARGET_DIR:-$PWD/target}/release/voucher
source tests/support/scenario.sh

start_dev "$scratch/data"
token=bench
cat >"$scratch/kubeconfig" <<'END'
apiVersion: v1
kind: Config
current-context: bench
contexts:
- name: bench
  context: {cluster: bench, user: bench}
clusters:
- name: bench
  cluster: {server: "https://192.0.2.1:6443"}
users:
- name: bench
END
printf '  user: {token: "%s"}\n' "$(head -c 3837 /dev/zero | tr '\0' t)" >>"$scratch/kubeconfig"
person store kubernetes "$token" --variant kubeconfig "kubeconfig=@$scratch/kubeconfig"
size=$("$VOUCHER" resolve "$token" --format kubeconfig | wc -c)

cat >"$scratch/resolve.lua" <<END
wrk.method = "POST"
wrk.body = '{"tokens":["$token"],"formats":["kubeconfig"]}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer $VOUCHER_ACCESS_KEY"
END
cat >"$scratch/report.lua" <<'END'
done = function(summary, latency, requests)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %d %f %f %f %d\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
END
cat "$scratch/report.lua" >>"$scratch/resolve.lua"

# Processor time of the server so far, in clock ticks: utime and stime.
ticks() { sed 's/.*) //' "/proc/$dev_pid/stat" | awk '{print $12 + $13}'; }

measure() { # NAME SCRIPT PATH
  wrk -t2 -c"$connections" -d2s -s "$2" "$VOUCHER_URL$3" >/dev/null
  local before after
  before=$(ticks)
  wrk -t2 -c"$connections" -d"${seconds}s" -s "$2" "$VOUCHER_URL$3" >"$scratch/wrk.out"
  after=$(ticks)
  printf '%s %s %s\n' "$1" "$((after - before))" "$(sed -n 's/^RESULT //p' "$scratch/wrk.out")" >>"$scratch/results"
}

# Turn about, so that a machine that slows down slows both.
for _ in 1 2 3; do
  measure ping "$scratch/report.lua" /ping
  measure resolve "$scratch/resolve.lua" /api/v1/resolve
done
stop_dev
"$PYTHON" - "$scratch/results" "$size" "$connections" "$(getconf CLK_TCK)" <<'END'
import statistics, sys
lines, size, connections, tick = open(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
found = {}
for line in lines:
    name, ticks, requests, took, p50, p99, failed = line.split()
    if int(failed):
        sys.exit(f"{failed} of {requests} {name} requests failed")
    row = (int(requests) / float(took), float(p50), float(p99), int(ticks) / tick / int(requests) * 1e6)
    found.setdefault(name, []).append(row)
middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in found.items()}
print(f"{connections} connections, a kubeconfig of {size} bytes, SQLite, durable audit; median of 3")
print(f"{'':10}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'CPU us':>10}")
for name, (rate, p50, p99, cpu) in middle.items():
    print(f"{name:10}{rate:12.0f}{p50:10.2f}{p99:10.2f}{cpu:10.1f}")
ping, resolve = middle["ping"], middle["resolve"]
print(f"throughput: {resolve[0] / ping[0]:.0%} of ping's (goal: 50% or more)")
print(f"p99:        {resolve[2] / ping[2]:.1f} x ping's (goal: 5 or less)")
print(f"CPU:        {resolve[3] / ping[3]:.1f} x ping's")
END
