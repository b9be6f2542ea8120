"""A Kubernetes API server as far as kubectl and a verification can tell: over TLS, with users who come in by client
certificate or by token.

    cluster.py PORT-FILE SERVER.pem AUTHORITY-OF-USERS.pem [TOKEN=USER]...

The first file of PEM has the server's certificate and key. Without tokens nobody gets through TLS who has no certificate
of that authority; the user is then its common name. Writes its port to the first file. Standard library only.
"""

import http.server
import json
import pathlib
import socket
import socketserver
import ssl
import sys
import threading

PODS = ["web-1", "web-2"]
TOKENS = dict(pair.split("=", 1) for pair in sys.argv[4:])

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(sys.argv[2])
CONTEXT.load_verify_locations(sys.argv[3])
CONTEXT.verify_mode = ssl.CERT_OPTIONAL if TOKENS else ssl.CERT_REQUIRED


def discovered(path):
    """What kubectl asks first: which kinds of things there are."""
    pods = {"name": "pods", "singularName": "", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}
    return {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [pods]},
    }.get(path)


def pod(name):
    return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "web"}}


class Requests(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def user(self):
        """Who it is, by certificate or by token; nobody otherwise."""
        certificate = self.connection.getpeercert()
        if certificate:
            return next(value for part in certificate["subject"] for name, value in part if name == "commonName")
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return TOKENS.get(token) if kind == "Bearer" else None

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def refuse(self, status, reason):
        said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": status}
        self.answer(status, {**said, "message": reason})

    def log_message(self, *words):
        """What was asked is of no use to the reader of a failure."""

    def do_GET(self):
        path = self.path.split("?")[0]
        if self.user() is None:
            self.refuse(401, "Unauthorized")
        elif discovered(path):
            self.answer(200, discovered(path))
        elif path == "/api/v1/namespaces/web/pods":
            pods = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}}
            self.answer(200, {**pods, "items": [pod(name) for name in PODS]})
        else:
            self.refuse(404, "NotFound")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.user() is None:
            self.refuse(401, "Unauthorized")
        elif self.path == "/apis/authentication.k8s.io/v1/selfsubjectreviews":
            review = {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"}
            self.answer(201, {**review, "status": {"userInfo": {"username": self.user()}}})
        else:
            self.refuse(404, "NotFound")


class Cluster(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def finish_request(self, request, client_address):
        request.settimeout(10)
        try:
            tls = CONTEXT.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            # The reason is on its way. Closing with something unread would tear the connection before it is there.
            self.drain(request)
            return
        super().finish_request(tls, client_address)
        tls.close()

    def drain(self, request):
        try:
            request.shutdown(socket.SHUT_WR)
            while request.recv(65536):
                pass
        except OSError:
            pass


server = Cluster(("127.0.0.1", 0), Requests)
threading.Thread(target=server.serve_forever).start()
pathlib.Path(sys.argv[1]).write_text(str(server.server_address[1]))
