#!/usr/bin/env bash
# What the pages of a large enterprise cost, as ratios to a page that reads nothing of it, in the same run: 200 projects,
# 2,000 repositories, 5,000 members and 20,000 memberships, which are imported through the console first.
#
#   VOUCHER=target/release/voucher tests/bench/pages.sh
#
# Also prints how long the import takes, and the longest that a pipeline waited for its credential meanwhile.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
"$PYTHON" - "$here" "$VOUCHER_URL" "$(ready issuer)" "$(ready personas 0)" "$(ready tokens kubernetes)" <<'END'
import os, re, statistics, sys, threading, time, urllib.request

sys.path.insert(0, sys.argv[1])
from person import Person

url, issuer, persona, token = sys.argv[2:]
person = Person(url, issuer, persona)

table = ["kind,project,repository,subject,email,name,role"]
table += [f"project,group-{n},,,,Group {n}," for n in range(200)]
table += [f"repository,group-{n % 200},group-{n % 200}/service-{n},,,," for n in range(2000)]
table += [f'member,,,person-{n},person-{n}@aurora.example,"Person, {n}",member' for n in range(5000)]
for n in range(20000):
    member, around = n % 5000, n // 5000
    service = (member * 4 + around * 501) % 2000
    place = f"group-{member % 200}," if around == 0 else f",group-{service % 200}/service-{service}"
    table.append(f"membership,{place},person-{member},,,{'member' if n % 10 else 'manager'}")



def upload(text):
    end = "------a-table-goes-here"
    parts = f'--{end}\r\nContent-Disposition: form-data; name="text"\r\n\r\n{text}\r\n--{end}--\r\n'
    request = urllib.request.Request(f"{url}/import", parts.encode())
    request.add_header("Origin", url)
    request.add_header("Content-Type", f"multipart/form-data; boundary={end}")
    return person.ask(request)


waits = []
over = threading.Event()


def pipeline():
    headers = {"Authorization": "Bearer " + os.environ["VOUCHER_ACCESS_KEY"]}
    request = urllib.request.Request(f"{url}/api/v1/credentials/{token}/fields", headers=headers)
    while not over.is_set():
        began = time.perf_counter()
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            answer.read()
        waits.append(time.perf_counter() - began)
        time.sleep(0.01)


runner = threading.Thread(target=pipeline)
runner.start()
began = time.perf_counter()
preview = upload("\n".join(table))
looked = time.perf_counter()
if preview.status != 200 or "shown" not in preview.inputs:
    over.set()
    sys.exit(f"not taken, {preview.status}: {preview.text}")
person.post(f"{preview.where}/apply", {"shown": preview.inputs["shown"]})
while "What changed" not in (page := person.get(preview.where)).text:
    if "could not be applied" in page.text:
        over.set()
        sys.exit("not applied")
    time.sleep(0.1)
applied = time.perf_counter()
over.set()
runner.join()
print(f"import of {len(table) - 1} lines: preview after {looked - began:.1f} s, applied after {applied - looked:.1f} s more")
print(f"{len(waits)} resolves meanwhile: median {statistics.median(waits) * 1000:.1f} ms, longest {max(waits) * 1000:.0f} ms")


def first(path, pattern):
    page = person.get(path)
    return next(link for link in page.links.values() if re.fullmatch(pattern, link))


project = first("/projects?q=group-7", r"/projects/[0-9a-f-]{36}")
member = first("/members?q=person-7@", r"/members/[0-9a-f-]{36}")
credential = first("/credentials", r"/credentials/[0-9a-f-]{36}")
pages = {
    "baseline: /signed-out": "/signed-out",
    "projects": "/projects",
    "projects, searched": "/projects?q=group-17",
    "a project": project,
    "its members": f"{project}/members",
    "members": "/members",
    "members, searched": "/members?q=person-49",
    "members, nothing found": "/members?q=no-such-person",
    "a member": member,
    "credentials": "/credentials",
    "a credential, who can use it": credential,
    "all who can use it": f"{credential}/users",
    "form of a new credential": "/credentials/new/username-password",
    "search for a repository": "/credentials/choices/repositories?q=service-17",
}
times = {name: [] for name in pages}
# Turn about, so that a machine that slows down slows all of them.
for _ in range(100):
    for name, path in pages.items():
        request = urllib.request.Request(url + path)
        began = time.perf_counter()
        with person.opener.open(request) as answer:
            answer.read()
        times[name].append((time.perf_counter() - began) * 1000)
base = statistics.median(times["baseline: /signed-out"])
print(f"{'page':32}{'p50 ms':>10}{'p99 ms':>10}{'p50 / baseline':>16}")
for name, taken in times.items():
    taken.sort()
    print(f"{name:32}{statistics.median(taken):10.1f}{taken[98]:10.1f}{statistics.median(taken) / base:16.1f}")
END
stop_dev
