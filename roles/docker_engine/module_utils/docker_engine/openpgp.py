"""Reads an armored OpenPGP key file (RFC 4880) as far as needed to say which keys it holds.

Strict on purpose: what this module does not understand, another program may read as one more key.
"""

from __future__ import absolute_import, division, print_function

import base64
import binascii
import hashlib
import re

__metaclass__ = type

BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
END = "-----END PGP PUBLIC KEY BLOCK-----"
HEADER = re.compile(r"^(Version|Comment|Hash|Charset|MessageID): [^\r\n]*$")
CHECKSUM = re.compile(r"^=[A-Za-z0-9+/]{4}$")
PUBLIC_KEY, SIGNATURE, USER_ID, USER_ATTRIBUTE, PUBLIC_SUBKEY, TRUST = 6, 2, 13, 17, 14, 12
PARTS_OF_A_KEY = (SIGNATURE, USER_ID, USER_ATTRIBUTE, PUBLIC_SUBKEY, TRUST)


class InvalidKey(ValueError):
    """The file is not a list of public keys."""


def fingerprints(content):
    """Return the fingerprint of each primary key in the bytes of an armored file, in order."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        raise InvalidKey("expected an armored public key, found binary data or characters that are not ASCII")
    found = []
    for block in _blocks(text):
        found.extend(_primary_keys(block))
    return found


def normalized(fingerprint):
    """Return a fingerprint as 40 upper-case digits, or None: people write it in groups and with a prefix."""
    digits = re.sub(r"[\s:]", "", fingerprint).upper()
    if digits.startswith("0X"):
        digits = digits[2:]
    return digits if re.match(r"^[0-9A-F]{40}$", digits) else None


def grouped(fingerprint):
    """Return a fingerprint as gpg prints it, in groups of four."""
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))


def _blocks(text):
    """Yield the bytes of each armored block. Nothing else may be in the file."""
    lines = [line.rstrip(" \t\r") for line in text.split("\n")]
    position, count = 0, 0
    while position < len(lines):
        if not lines[position]:
            position += 1
            continue
        if lines[position] != BEGIN:
            raise InvalidKey("expected `%s`, found another line" % BEGIN)
        if END not in lines[position:]:
            raise InvalidKey("`%s` not found" % END)
        end = lines.index(END, position)
        yield _dearmor(lines[position + 1 : end])
        position, count = end + 1, count + 1
    if not count:
        raise InvalidKey("expected an armored public key, found an empty file")


def _dearmor(lines):
    """Return the bytes of a block's lines: headers, an empty line, base64 and a checksum."""
    if "" not in lines:
        raise InvalidKey("a block has no empty line after its headers")
    start = lines.index("")
    if not all(HEADER.match(line) for line in lines[:start]):
        raise InvalidKey("a block has an unknown header")
    body = lines[start + 1 :]
    while body and not body[-1]:
        body.pop()
    checksum = body.pop() if body and CHECKSUM.match(body[-1]) else None
    if not all(body):
        raise InvalidKey("a block has an empty line in its data")
    try:
        data = base64.b64decode("".join(body).encode("ascii"), validate=True)
    except binascii.Error:
        raise InvalidKey("a block has invalid base64")
    if checksum is not None and base64.b64decode(checksum[1:]) != _crc24(data):
        raise InvalidKey("the checksum of a block does not match")
    return data


def _crc24(data):
    """Return the checksum of RFC 4880, section 6.1."""
    crc = 0xB704CE
    for byte in bytearray(data):
        crc ^= byte << 16
        for _bit in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return bytes(bytearray([crc >> 16 & 0xFF, crc >> 8 & 0xFF, crc & 0xFF]))


def _primary_keys(data):
    """Return the fingerprints of the primary keys in a block."""
    found = []
    for tag, body in _packets(bytearray(data)):
        if tag == PUBLIC_KEY:
            found.append(_fingerprint(body))
        elif tag not in PARTS_OF_A_KEY:
            raise InvalidKey("expected public keys, found an OpenPGP packet of type %d" % tag)
        elif not found:
            raise InvalidKey("the data does not begin with a public key")
    if not found:
        raise InvalidKey("a block holds no key")
    return found


def _fingerprint(body):
    """Return the fingerprint of a key packet (section 12.2)."""
    if not body or body[0] != 4:
        version = body[0] if body else "nothing"
        raise InvalidKey("expected a key of version 4, found version %s" % version)
    packet = bytes(bytearray([0x99, len(body) >> 8 & 0xFF, len(body) & 0xFF]) + body)
    if len(body) > 0xFFFF:
        raise InvalidKey("a key is too long")
    try:
        # A fingerprint is an identifier; with this, systems in FIPS mode compute it, too.
        digest = hashlib.sha1(packet, usedforsecurity=False)
    except TypeError:  # Before Python 3.9.
        digest = hashlib.sha1(packet)  # noqa: S324
    return digest.hexdigest().upper()


def _packets(data):
    """Yield the type and the body of each packet (section 4.2)."""
    position = 0
    while position < len(data):
        first = data[position]
        if not first & 0x80:
            raise InvalidKey("the data is not a list of OpenPGP packets")
        if first & 0x40:
            tag, (length, position) = first & 0x3F, _new_length(data, position + 1)
        else:
            tag, (length, position) = first >> 2 & 0x0F, _old_length(data, position + 1, first & 3)
        if position + length > len(data):
            raise InvalidKey("an OpenPGP packet is cut off")
        yield tag, data[position : position + length]
        position += length


def _new_length(data, position):
    """Return the length in a header of the new format, and the position after it."""
    first = _number(data, position, 1)
    if first < 192:
        return first, position + 1
    if first < 224:
        return ((first - 192) << 8) + _number(data, position + 1, 1) + 192, position + 2
    if first < 255:
        raise InvalidKey("a packet has a partial length, which keys must not have")
    return _number(data, position + 1, 4), position + 5


def _old_length(data, position, kind):
    """Return the length in a header of the old format, and the position after it."""
    if kind == 3:
        raise InvalidKey("a packet has no length")
    size = 1 << kind
    return _number(data, position, size), position + size


def _number(data, position, size):
    """Return a number of some bytes."""
    if position + size > len(data):
        raise InvalidKey("an OpenPGP packet is cut off")
    value = 0
    for byte in data[position : position + size]:
        value = value << 8 | byte
    return value
