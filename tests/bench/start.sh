#!/usr/bin/env bash
# How long `voucher serve` takes until it answers its first resolve, how much memory it then holds, and how large the
# program is: the middle one of nine starts, beside nine of `voucher --version`, which starts and does nothing.
#
#   VOUCHER=target/release/voucher tests/bench/start.sh
export VOUCHER=${VOUCHER:-target/release/voucher}
source "$(dirname "${BASH_SOURCE[0]}")/../support/scenario.sh"
VOUCHER=$(realpath "$VOUCHER")
start_dev "$scratch/dev"
kill -INT "$dev_pid"
wait "$dev_pid" || true
dev_pid=
"$PYTHON" - "$VOUCHER" "$scratch/dev" "$VOUCHER_ACCESS_KEY" "$(ready tokens kubernetes)" <<'END'
import http.client, pathlib, socket, statistics, subprocess, sys, time

program, data, key, token = sys.argv[1:]
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
settings = pathlib.Path(data, "serve.toml")
settings.write_text(f"""
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
database = "sqlite:{data}/voucher.db"
node = "bench"
[keys]
console = "{data}/console.key"
resolver = "{data}/resolver.key"
[sign_in]
issuer = "https://id.example"
client_id = "voucher"
enterprise = "aurora"
first_administrator = "nobody"
""")

def resolve():
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("GET", f"/api/v1/credentials/{token}/kubeconfig", headers={"Authorization": f"Bearer {key}"})
    answer = line.getresponse()
    assert answer.status == 200 and answer.read(), answer.status

def started():
    began = time.monotonic()
    server = subprocess.Popen([program, "serve", "--config", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                resolve()
                break
            except ConnectionRefusedError:
                assert server.poll() is None, "serve ended"
                time.sleep(0.001)
        took = time.monotonic() - began
        time.sleep(1)
        held = next(line for line in open(f"/proc/{server.pid}/status") if line.startswith("VmRSS"))
        return took, int(held.split()[1]) / 1024
    finally:
        server.terminate()
        server.wait()

def nothing():
    began = time.monotonic()
    subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began

both = [(started(), nothing()) for _ in range(9)]
middle = statistics.median
base = middle(of[1] for of in both)
print(f"first resolve after {middle(of[0][0] for of in both) * 1000:.0f} ms, doing nothing takes {base * 1000:.1f} ms")
print(f"then idle with {middle(of[0][1] for of in both):.0f} MiB")
print(f"the program has {pathlib.Path(program).stat().st_size / 2**20:.1f} MiB")
END
