"""A CI system that signs tokens for its runs, with RS256. Keys are made and used by openssl.

    ci.py keys DIRECTORY                            makes a key there and prints the key set
    ci.py token DIRECTORY ISSUER AUDIENCE [CLAIM=VALUE]...
    ci.py serve DIRECTORY ISSUER BEARER [CLAIM=VALUE]...

`serve` signs while a job runs, for the audience that the job asks for, as GitHub Actions does. It prints the address to
ask at and runs until it is ended. Standard library only.
"""

import base64
import http.server
import json
import pathlib
import subprocess
import sys
import time
import urllib.parse
import uuid


def encoded(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **more).stdout


def keys(directory):
    key = directory / "ci.pem"
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    modulus = openssl("rsa", "-in", key, "-noout", "-modulus").decode().strip().removeprefix("Modulus=")
    return {"keys": [{"kty": "RSA", "kid": "ci", "use": "sig", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB"}]}


def token(directory, issuer, audience, claims):
    now = int(time.time())
    claims = {
        "iss": issuer, "aud": audience, "sub": "project_path:my-group/my-project", "jti": str(uuid.uuid4()),
        "iat": now, "nbf": now, "exp": now + 600, "project_id": "42", "pipeline_source": "push",
        "ref_path": "refs/heads/main", "ref_protected": "true",
    } | claims
    parts = [{"alg": "RS256", "kid": "ci", "typ": "JWT"}, claims]
    message = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    signature = openssl("dgst", "-sha256", "-sign", directory / "ci.pem", input=message.encode())
    return f"{message}.{encoded(signature)}"


def serve(directory, issuer, bearer, claims):
    class System(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            known = self.headers["Authorization"] in (f"Bearer {bearer}", f"bearer {bearer}")
            status = 200 if known and asked.get("audience") else 401
            answer = {"value": token(directory, issuer, asked["audience"][0], claims)} if status == 200 else {}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), System)
    print(f"http://127.0.0.1:{server.server_address[1]}/token?api-version=2.0", flush=True)
    server.serve_forever()


def main():
    what, directory, *rest = sys.argv[1:]
    directory = pathlib.Path(directory)
    claims = dict(argument.split("=", 1) for argument in rest[2:])
    if what == "keys":
        print(json.dumps(keys(directory)))
    elif what == "token":
        print(token(directory, rest[0], rest[1], claims))
    else:
        serve(directory, rest[0], rest[1], claims)


main()
