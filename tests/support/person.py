"""A person in front of the console, without a browser: signs in at the development issuer and fills forms.

    person.py URL ISSUER PERSONA store TYPE TOKEN [--variant ID] [--verify] [FIELD=VALUE | FIELD=@FILE]...
    person.py URL ISSUER PERSONA verify TOKEN
    person.py URL ISSUER PERSONA trust CI_ISSUER JWKS_FILE PROJECT_ID PLACE [--bound]
    person.py URL ISSUER PERSONA recipes TOKEN
    person.py URL ISSUER PERSONA cookie
    person.py URL ISSUER PERSONA provision NAME [--access-keys]

`store` makes a credential that may be used everywhere. It prints `saved`, or what the verification said when the
credential was not saved for it. `verify` has a stored one verified and prints what the page says of its health. `trust`
trusts the issuer of a CI system by its keys, lets a project of it in for the project or repository that has PLACE in its
name, and prints the audience that its tokens need; with `--bound` they have to name their sealing key. `recipes` prints what the
page of a credential offers to copy, as a JSON object. `cookie` prints what a browser would send from then on. `provision` makes a provisioning key, with
`--access-keys` one that may manage access keys, and prints its text, which the page shows once.
Anything else that happens ends it with status 1 and the page's text. Standard library only.
"""

import html.parser
import http.cookiejar
import json
import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


class Page(html.parser.HTMLParser):
    """The hidden inputs of a page, the others with a value, its links, the text of its parts by their id, and code as it stands."""

    def __init__(self, text):
        super().__init__()
        self.inputs, self.filled, self.links, self.parts, self.open, self.text = {}, {}, {}, {}, [], ""
        self.code, self.link, self.choices, self.radio = {}, None, {}, None
        self.source = text
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "input" and attributes.get("type") == "hidden" and "name" in attributes:
            self.inputs[attributes["name"]] = attributes.get("value") or ""
        if tag == "input" and attributes.get("type") == "radio":
            self.radio = (attributes.get("name"), attributes.get("value"))
        if tag == "input" and "name" in attributes:
            self.filled.setdefault(attributes["name"], attributes.get("value") or "")
        if tag == "a":
            self.link = attributes.get("href")
        if tag not in ("input", "br", "img", "meta", "link", "use", "path", "rect", "circle"):
            self.open.append((tag, attributes.get("id")))

    def handle_endtag(self, tag):
        if tag == "a":
            self.link = None
        if tag == "label":
            self.radio = None
        # The end of one that was not kept open, such as <use/>, ends nothing else.
        if any(name == tag for name, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        tag, name = self.open[-1] if self.open else (None, None)
        if tag == "code" and name:
            self.code[name] = self.code.get(name, "") + data
        words = " ".join(data.split())
        if not words:
            return
        if self.radio:
            self.choices[self.radio] = (self.choices.get(self.radio, "") + " " + words).strip()
        self.text += words + "\n"
        if self.link:
            self.links.setdefault(words, self.link)
        for part in {name for _, name in self.open if name}:
            self.parts[part] = (self.parts.get(part, "") + " " + words).strip()


class Person:
    def __init__(self, url, issuer, persona):
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )
        self.opener.addheaders = [("Accept-Language", "en")]
        page = self.get("/sign-in/start")
        self.post("/authorize", {**page.inputs, "persona": persona}, base=issuer)

    def ask(self, request):
        try:
            answer = self.opener.open(request)
        except urllib.error.HTTPError as error:
            answer = error
        page = Page(answer.read().decode())
        page.status, page.where = answer.status, urllib.parse.urlsplit(answer.geturl()).path
        return page

    def get(self, path):
        return self.ask(self.url + path)

    def post(self, path, fields, base=None):
        base = base or self.url
        request = urllib.request.Request(base + path, urllib.parse.urlencode(fields).encode())
        request.add_header("Origin", base)
        return self.ask(request)

    def store(self, kind, token, fields, variant="", verify=False):
        """Sends the form of a new credential; the page that came back."""
        form = self.get(f"/credentials/new/{kind}" + (f"?variant={variant}" if variant else ""))
        kept = {name: value for name, value in form.inputs.items() if name in ("submission", "variant")}
        filled = {f"field-{name}": value for name, value in fields.items()}
        scope = {"project-reach": "all", "repository-reach": "all"}
        more = {"verify": "on"} if verify else {}
        return self.post(
            f"/credentials/new/{kind}", kept | filled | scope | more | {"name": token, "token": token}
        )

    def provision(self, name, access_keys=False):
        """Makes a provisioning key; its text."""
        form = self.get("/access/provisioning/new")
        right = {"manages_access": "on"} if access_keys else {}
        filled = {"submission": form.inputs.get("submission", ""), "name": name}
        page = self.post("/access/provisioning/new", filled | right)
        found = re.search(r'value="(vpk_[0-9A-Za-z_]+)"', page.source)
        return found.group(1) if found else sys.exit(f"no key was made, status {page.status}:\n{page.text}")

    def find(self, token):
        """The address of a credential."""
        found = self.get("/credentials?" + urllib.parse.urlencode({"q": token}))
        at = next((link for link in found.links.values() if re.fullmatch(r"/credentials/[0-9a-f-]{36}", link)), None)
        if at is None:
            sys.exit(f"there is no credential {token}")
        return at

    def verify(self, token):
        """Has a credential verified; the text of its health card once it is answered."""
        at = self.find(token)
        self.post(f"{at}/verify", {})
        for _ in range(200):
            said = self.get(f"{at}/health").parts.get("health", "")
            if "Asking the other system" not in said:
                return said
            time.sleep(0.1)
        sys.exit("nobody answered")

    def trust(self, issuer, keys, project, place, bound=False):
        """Trusts a CI system, adds a rule, and says the audience."""
        form = self.get("/access/issuers/new?preset=gitlab")
        audience = form.filled["audience"]
        filled = {"name": "our CI", "url": issuer, "audience": audience, "algorithms": "RS256"}
        more = {"token_minutes": "15", "key_set": keys} | ({"key_bound": "yes"} if bound else {})
        page = self.post("/access/issuers/new", form.inputs | filled | more)
        if not re.fullmatch(r"/access/issuers/[0-9a-f-]{36}", page.where):
            sys.exit(f"not trusted, status {page.status}:\n{page.text}")
        form = self.get(f"{page.where}/rules/new")
        chosen = next(value for (name, value), label in form.choices.items() if name == "place" and place in label)
        rule = {"name": "deploy", "place": chosen, "id-project_id": project}
        made = self.post(f"{page.where}/rules/new", form.inputs | rule)
        if made.where != page.where:
            sys.exit(f"no rule, status {made.status}:\n{made.text}")
        return audience


def value_of(text):
    return pathlib.Path(text[1:]).read_text() if text.startswith("@") else text


def main():
    url, issuer, persona, what, *rest = sys.argv[1:]
    person = Person(url, issuer, persona)
    if what == "verify":
        print(person.verify(rest[0]))
        return
    if what == "cookie":
        print("; ".join(f"{cookie.name}={cookie.value}" for cookie in person.jar))
        return
    if what == "recipes":
        print(json.dumps(person.get(person.find(rest[0])).code))
        return
    if what == "trust":
        issuer, keys, project, place, *rest = rest
        print(person.trust(issuer, pathlib.Path(keys).read_text(), project, place, "--bound" in rest))
        return
    if what == "provision":
        print(person.provision(rest[0], "--access-keys" in rest))
        return
    kind, token, *rest = rest
    variant = rest[rest.index("--variant") + 1] if "--variant" in rest else ""
    pairs = [argument.split("=", 1) for argument in rest if "=" in argument]
    page = person.store(
        kind, token, {name: value_of(value) for name, value in pairs}, variant, "--verify" in rest
    )
    if re.fullmatch(r"/credentials/[0-9a-f-]{36}", page.where):
        print("saved")
    elif "verdict" in page.parts:
        print(page.parts["verdict"])
    else:
        sys.exit(f"not stored, status {page.status}:\n{page.text}")


if __name__ == "__main__":
    main()
