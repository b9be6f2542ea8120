"""Opens an envelope with PyNaCl: a second implementation, so that the format is more than what our code does.

    open_envelope.py --keys FILE --enterprise ID --credential ID --type NAME --field NAME ENVELOPE

ENVELOPE is base64, or - to read it from standard input. FILE is a key file without a passphrase. The value goes
to standard output, byte for byte. Exit code 1 when the keys in the file cannot open the envelope: that is what a
console key file must get. Needs Python 3.11 and PyNaCl.
"""

import argparse
import base64
import binascii
import hashlib
import pathlib
import sys
import tomllib

from nacl import bindings, exceptions


class CannotOpen(Exception):
    pass


def framed(*parts):
    """Each part preceded by its length, u64 little-endian."""
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def digest(domain, *parts, key=b"", size=32):
    return hashlib.blake2b(framed(domain.encode(), *parts), digest_size=size, key=key).digest()


def sealing_key_id(public):
    return digest("voucher sealing key 1", public)[:8]


def keys_in(text):
    """Every 32 bytes of base64 in the file, whatever they are called there."""

    def strings(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for inner in value.values():
                yield from strings(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from strings(inner)

    for string in strings(tomllib.loads(text)):
        try:
            key = base64.b64decode(string, validate=True)
        except binascii.Error:
            continue
        if len(key) == 32:
            yield key


def scalars(key):
    """The key as an X25519 secret, and what it would be if it were an Ed25519 seed."""
    yield key
    yield bindings.crypto_sign_ed25519_sk_to_curve25519(bindings.crypto_sign_seed_keypair(key)[1])


def open_envelope(keys_text, envelope, enterprise, credential, credential_type, field):
    if len(envelope) < 132 or envelope[:4] != b"VCH1":
        raise CannotOpen("this is not an envelope of format VCH1")
    key_id, sealed_key, nonce, ciphertext = envelope[4:12], envelope[12:92], envelope[92:116], envelope[116:]
    context = framed(b"VCH1", *(part.encode() for part in (enterprise, credential, credential_type, field)))
    keys = list(keys_in(keys_text))
    for secret in (scalar for key in keys for scalar in scalars(key)):
        public = bindings.crypto_scalarmult_base(secret)
        try:
            data_key = bindings.crypto_box_seal_open(sealed_key, public, secret)
        except exceptions.CryptoError:
            continue
        if sealing_key_id(public) != key_id:
            raise CannotOpen("the envelope names another key than the one that opens it")
        try:
            return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, context, nonce, data_key)
        except exceptions.CryptoError:
            raise CannotOpen("the content was changed or belongs elsewhere") from None
    raise CannotOpen(f"none of the {len(keys)} keys in the file opens it")


def main():
    parser = argparse.ArgumentParser(description="Opens an envelope with PyNaCl.")
    parser.add_argument("--keys", required=True, type=pathlib.Path)
    parser.add_argument("--enterprise", required=True)
    parser.add_argument("--credential", required=True)
    parser.add_argument("--type", required=True)
    parser.add_argument("--field", required=True)
    parser.add_argument("envelope")
    given = parser.parse_args()
    text = sys.stdin.read() if given.envelope == "-" else given.envelope
    envelope = base64.b64decode("".join(text.split()), validate=True)
    try:
        value = open_envelope(
            given.keys.read_text(), envelope, given.enterprise, given.credential, given.type, given.field
        )
    except CannotOpen as reason:
        sys.exit(f"cannot open the envelope with {given.keys}: {reason}")
    sys.stdout.buffer.write(value)


if __name__ == "__main__":
    main()
