#!/usr/bin/env bash
# `voucher exec` where a person sits at a terminal: the command has a terminal too, of the same size, is asked and
# interrupted as usual, its output is hidden, and ours is afterwards as it was.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
alibaba=$(ready tokens alibaba-cloud)
secret=$("$VOUCHER" resolve "$alibaba" --format env | "$PYTHON" -c '
import json, sys
print(next(value for name, value in json.load(sys.stdin).items() if "SECRET" in name))')

"$PYTHON" - "$VOUCHER" "$alibaba" "$secret" <<'END' || fail "at a terminal"
import fcntl, os, pty, select, struct, sys, termios, time

voucher, token, secret = sys.argv[1:]
COMMAND = """
test -t 0 && test -t 1 && test -t 2 && echo is-a-terminal
echo "size $(stty size)"
trap 'echo "now $(stty size)"' WINCH
printf 'name? '; read -r name; echo "hello $name"
env | grep SECRET
trap 'echo interrupted; exit 9' INT
echo waiting
while :; do sleep 0.1; done
"""

def resize(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

master, ours = pty.openpty()
resize(33, 101)
before = termios.tcgetattr(ours)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(ours, termios.TIOCSCTTY, 0)
    for stream in (0, 1, 2):
        os.dup2(ours, stream)
    os.execv(voucher, [voucher, "exec", "--env", token, "--", "bash", "-c", COMMAND])

seen = b""
def until(text):
    global seen
    deadline = time.monotonic() + 30
    while text not in seen:
        if not select.select([master], [], [], max(0, deadline - time.monotonic()))[0]:
            sys.exit(f"{text} never came: {seen}")
        seen += os.read(master, 65536)

until(b"is-a-terminal")
until(b"size 33 101")
until(b"name? ")
os.write(master, b"Ann\r")
until(b"hello Ann")
until(b"[voucher]")
until(b"waiting")
resize(40, 120)
until(b"now 40 120")
os.write(master, b"\x03")
until(b"interrupted")
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 9, status
assert secret.encode() not in seen, "the secret was shown"
assert termios.tcgetattr(ours) == before, "the terminal is not as it was"
END
stop_dev
