"""Stores a kubeconfig of 4 KiB through the console, as a person would: URL ISSUER PERSONA TOKEN.

Signs in at the development issuer over HTTP and sends the form of a new credential. Standard library only.
"""

import html.parser
import http.cookiejar
import sys
import urllib.parse
import urllib.request


class Inputs(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "input" and attributes.get("type") == "hidden" and "name" in attributes:
            self.found[attributes["name"]] = attributes.get("value") or ""


def kubeconfig(size):
    text = """apiVersion: v1
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
  user: {token: "TOKEN"}
"""
    return text.replace("TOKEN", "t" * (size - len(text) + len("TOKEN")))


def main():
    url, issuer, persona, token = sys.argv[1:5]
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
    )

    def get(address):
        return opener.open(address).read().decode()

    def post(base, path, fields):
        request = urllib.request.Request(base + path, urllib.parse.urlencode(fields).encode())
        request.add_header("Origin", base)
        answer = opener.open(request)
        return answer.geturl(), answer.read().decode()

    page = get(f"{url}/sign-in/start")
    post(issuer, "/authorize", {**Inputs(page).found, "persona": persona})
    page = get(f"{url}/credentials/new/kubernetes?variant=kubeconfig")
    fields = {
        key: value for key, value in Inputs(page).found.items() if key in ("submission", "variant")
    } | {
        "name": "Benchmark",
        "token": token,
        "field-kubeconfig": kubeconfig(4096),
        "project-reach": "all",
        "repository-reach": "all",
    }
    where, page = post(url, "/credentials/new/kubernetes", fields)
    if "/credentials/new" in where:
        sys.exit(f"the credential was not stored:\n{page}")


if __name__ == "__main__":
    main()
