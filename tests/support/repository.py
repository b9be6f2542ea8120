"""A Maven repository that lets one user in, on loopback, without anything else that Maven would fetch.

    repository.py PORT-FILE USERNAME PASSWORD

It holds the parent pom com.example:parent:1, in /releases/ and, as 2-SNAPSHOT, in /snapshots/. Like the usual repository
managers it asks for a login first and is then silent about folders. Writes its port to the file. Standard library only.
"""

import base64
import hashlib
import http.server
import pathlib
import sys
import threading

LOGIN = "Basic " + base64.b64encode(f"{sys.argv[2]}:{sys.argv[3]}".encode()).decode()


def pom(version):
    return (
        "<project><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId>"
        f"<artifactId>parent</artifactId><version>{version}</version><packaging>pom</packaging></project>"
    ).encode()


FILES = {
    "/releases/com/example/parent/1/parent-1.pom": pom("1"),
    "/snapshots/com/example/parent/2-SNAPSHOT/parent-2-SNAPSHOT.pom": pom("2-SNAPSHOT"),
}
FILES |= {f"{path}.sha1": hashlib.sha1(data).hexdigest().encode() for path, data in FILES.items()}


class Requests(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body, more = 404, b"", {}
        if self.headers.get("Authorization") != LOGIN:
            status, more = 401, {"WWW-Authenticate": 'BASIC realm="Repository"'}
        elif self.path in FILES:
            status, body = 200, FILES[self.path]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *words):
        """What was asked is of no use to the reader of a failure."""


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Requests)
threading.Thread(target=server.serve_forever).start()
pathlib.Path(sys.argv[1]).write_text(str(server.server_port))
