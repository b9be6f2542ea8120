"""Stands between a runner and the server, as a proxy that ends TLS does, and writes down every byte that passes.

    relay.py SERVER LOG [--busy N] [--seal-to KEY]

SERVER is host:port. The first N requests are answered 503 by the relay itself, with Retry-After. With KEY it asks for
answers that are sealed to that key, whatever the runner asks for. Prints its own address on the first line and runs
until it is ended.
"""

import argparse
import http.client
import http.server
import pathlib


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--seal-to")
    arguments = parser.parse_args()
    busy = [arguments.busy]

    class Relay(http.server.BaseHTTPRequestHandler):
        def note(self, *parts):
            with arguments.log.open("ab") as log:
                for part in parts:
                    log.write(part + b"\n")

        def do(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self.note(self.requestline.encode(), str(self.headers).encode(), body)
            if busy[0] > 0:
                busy[0] -= 1
                answer = b'{"code":"unavailable","detail":"Not now."}'
                self.send_response(503)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Type", "application/problem+json")
            else:
                there = http.client.HTTPConnection(arguments.server, timeout=20)
                headers = dict(self.headers)
                if arguments.seal_to:
                    headers = {name: value for name, value in headers.items() if name.lower() != "voucher-seal-to"}
                    headers["Voucher-Seal-To"] = arguments.seal_to
                there.request(self.command, self.path, body=body, headers=headers)
                reply = there.getresponse()
                answer = reply.read()
                self.note(str(reply.status).encode(), str(reply.headers).encode(), answer)
                self.send_response(reply.status)
                for name in ("Content-Type", "Voucher-Version"):
                    if reply.headers[name]:
                        self.send_header(name, reply.headers[name])
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


main()
