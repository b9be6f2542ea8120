#!/usr/bin/env bash
# A Jenkins controller: its command line and Jenkins Job Builder read what Voucher delivers, whatever the token looks
# like; a Jenkins that knows the user by it is told from one that does not.
source "$(dirname "$0")/../support/scenario.sh"

cd "$scratch"
# No real token looks like that. Each reader has something in it to stumble over.
token='50%(user)s %%x% ;#=:"\'"'"'$HOME ü'
cat >controller.py <<'END'
import base64, http.server, json, sys

class Controller(http.server.BaseHTTPRequestHandler):
    """The two questions that the probe asks, below a context path, as Jenkins answers them."""

    def do_GET(self):
        pair = base64.b64decode(self.headers.get("Authorization", "")[6:]).decode()
        status, body, more = 404, "<html>", {}
        if pair != "pipeline:" + sys.argv[2]:
            status, more = 401, {"WWW-Authenticate": 'Basic realm="Jenkins"'}
        elif self.path == "/ci/whoAmI/api/json":
            status, body = 200, json.dumps({"name": "pipeline", "anonymous": False, "authenticated": True})
        elif self.path == "/ci/api/json?tree=mode":
            status, body = 200, '{"mode": "NORMAL"}'
        self.send_response(status)
        for name, value in {"X-Jenkins": "2.462.3", **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

server = http.server.HTTPServer(("127.0.0.1", 0), Controller)
open(sys.argv[1], "w").write(str(server.server_port))
server.serve_forever()
END
beside controller "$PYTHON" controller.py port "$token"
until_true "the controller to serve" test -s port
url=http://127.0.0.1:$(cat port)/ci/

start_dev "$scratch/data"
same "verify and save" saved "$(person store jenkins ci --verify "url=$url" username=pipeline "api_token=$token")"
contains "the health" "$(person verify ci)" "works as pipeline"
contains "the verdict on a wrong token" \
  "$(person store jenkins wrong --verify "url=$url" username=pipeline api_token=wrong)" "Refused by the other system"

# The environment of jenkins-cli.jar, and the file of its `-auth @file`.
seen=$("$VOUCHER" exec --env ci -- bash -c 'printf "%s %s " "$JENKINS_URL" "$JENKINS_USER_ID"; printf %s "$JENKINS_API_TOKEN" | sha256sum')
same "what jenkins-cli.jar would see" "$url pipeline $(printf %s "$token" | sha256sum)" "$seen"
"$VOUCHER" resolve ci --format jenkins-cli-auth --output auth
same "the file of -auth" "pipeline:$token" "$(cat auth)"

# The settings of Jenkins Job Builder, read as it reads them.
"$VOUCHER" resolve ci --format jenkins-jobs --output jenkins_jobs.ini
same "what Jenkins Job Builder reads" "$url|pipeline|$token" "$("$PYTHON" -c '
import configparser
settings = configparser.ConfigParser()
settings.read_file(open("jenkins_jobs.ini", encoding="utf-8"))
print("|".join(settings.get("jenkins", name) for name in ("url", "user", "password")))')"
stop_dev
