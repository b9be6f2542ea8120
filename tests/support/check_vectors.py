"""Checks tests/data/sealed/v1.json with PyNaCl and hashlib alone: envelopes, manifests, signatures, fingerprints.

    check_vectors.py [FILE]

Needs Python 3.11 and PyNaCl.
"""

import base64
import json
import pathlib
import sys
import tomllib

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from open_envelope import CannotOpen, digest, framed, open_envelope

VECTORS = pathlib.Path(__file__).parent.parent / "data" / "sealed" / "v1.json"


def unpack(text):
    return base64.b64decode(text, validate=True)


def public_half(entry):
    if "public" in entry:
        return unpack(entry["public"])
    return bytes(SigningKey(unpack(entry["secret"])).verify_key)


def by_id(entries, domain):
    keys = {}
    for entry in entries:
        public = public_half(entry)
        assert digest(domain, public)[:8].hex() == entry["id"], "the id of a key"
        keys[entry["id"]] = VerifyKey(public)
    return keys


def manifest_bytes(version):
    parts = [
        b"voucher manifest 1",
        version["enterprise"].encode(),
        version["credential"].encode(),
        version["credential_type"].encode(),
        version["number"].to_bytes(4, "little", signed=True),
        version["variant"].encode(),
    ]
    plain = sorted((name.encode(), value.encode()) for name, value in version["plain"].items())
    sealed = sorted((name.encode(), unpack(field["envelope"])) for name, field in version["fields"].items())
    parts.append(len(plain).to_bytes(8, "little"))
    parts.extend(part for pair in plain for part in pair)
    parts.append(len(sealed).to_bytes(8, "little"))
    for name, envelope in sealed:
        parts.extend([name, digest("voucher envelope 1", envelope)])
    return framed(*parts)


def must_not_open(*arguments):
    try:
        open_envelope(*arguments)
    except CannotOpen:
        return
    sys.exit("opened what must not open")


def main():
    document = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else VECTORS).read_text())
    console = tomllib.loads(document["console_keys"])
    fingerprint_key = unpack(console["fingerprint"])
    signers = by_id(console["signing"], "voucher signing key 1")
    envelopes = 0
    for version in document["versions"]:
        place = [version[part] for part in ("enterprise", "credential", "credential_type")]
        for name, field in version["fields"].items():
            envelope, value = unpack(field["envelope"]), unpack(field["value"])
            assert open_envelope(document["resolver_keys"], envelope, *place, name) == value, "the value"
            must_not_open(document["console_keys"], envelope, *place, name)
            must_not_open(document["resolver_keys"], envelope, *place, name + "x")
            expected = digest("voucher fingerprint 1", place[0].encode(), value, key=fingerprint_key)
            assert unpack(field["fingerprint"]) == expected, "the fingerprint"
            envelopes += 1
        manifest = manifest_bytes(version)
        assert unpack(version["manifest_digest"]) == digest("voucher manifest digest 1", manifest), "the digest"
        signer, signature = signers[version["signing_key_id"]], unpack(version["signature"])
        signer.verify(manifest, signature)
        try:
            signer.verify(manifest + b"x", signature)
            sys.exit("a changed manifest was believed")
        except CryptoError:
            pass
    checkpoint = document["checkpoint"]
    auditors = by_id(console["audit"], "voucher audit key 1")
    signed = framed(b"voucher audit checkpoint 1", unpack(checkpoint["bytes"]))
    auditors[checkpoint["audit_key_id"]].verify(signed, unpack(checkpoint["signature"]))
    derived = digest("voucher derived key 1", b"vectors", key=fingerprint_key, size=64)
    assert unpack(document["derived"]) == derived, "the derived key"
    print(f"{envelopes} envelopes, {len(document['versions'])} versions, 1 checkpoint: as written down")


if __name__ == "__main__":
    main()
