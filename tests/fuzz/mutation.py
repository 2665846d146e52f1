"""Damage done on purpose to good inputs: bytes, texts, JSON values and XML, all from one seeded generator.

Byte-level damage reaches the lexers; structured damage passes them and reaches the code behind.
"""

from __future__ import annotations

import copy
import json
import random
import zlib
from decimal import Decimal

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\x1b[2J\x07",
    "\ud800",
    "\udfff\ud800",
    "\u202e\u2066",
    "\ufeff\ufffe\uffff",
    "é" * 300,
    "a" * 5000,
    "𝟙𝟚𝟛",
    "٣٤",
    "²",
    "NaN",
    "sNaN",
    "-Infinity",
    "1e999999999",
    "-1e-999999999",
    "9" * 5000,
    "0" * 4400 + "1",
    "0x1F",
    "1_000",
    "--1",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30",
    "2026-W01-1",
    "20261102",
    "true",
    "null",
    "../../etc/passwd",
    "CON",
    "a/b\\c",
    "%s{0}{x}%(y)s",
    "[bold]x[/]",
    "<a>&amp;</a>",
    "]]>",
    "FR76" + "0" * 40,
    "\r\n\t\v\f\x85\u2028",
    "Z" + "\u0301" * 400,
)
ODD_NUMBERS = (
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**64),
    10**400,
    10**4000,
    Decimal("0.1"),
    Decimal("-0.0"),
    Decimal("1e-30"),
    Decimal("1e15"),
    Decimal("1e400"),
    Decimal("1E+999999"),
    Decimal("123456789.123456789123456789"),
)
ODD_PARTS = (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"1e999", b"NaN", b"[" * 2000, b"{}")


def nested(depth, inner=1):
    """A list in a list, so deep."""
    for _ in range(depth):
        inner = [inner]
    return inner


def odd_value(chance: random.Random):
    """Something that no field expects."""
    pick = chance.randrange(10)
    if pick < 4:
        return chance.choice(ODD_TEXTS)
    if pick < 6:
        return chance.choice(ODD_NUMBERS)
    if pick == 6:
        return nested(chance.choice((3, 90, 300)))
    return copy.deepcopy(chance.choice((None, True, False, [], {}, [[]], [None], [{}], {"": {}}, {"id": None})))


def json_value(value, chance: random.Random, changes: int = 3):
    """A copy of a JSON value with up to so many changes, anywhere in it."""
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, changes)):
        value = _changed(value, chance)
    return value


def _changed(value, chance):
    places = list(_places(value))
    if not places:
        return odd_value(chance)
    holder, key = chance.choice(places)
    act = chance.randrange(8)
    if act < 4:
        holder[key] = odd_value(chance)
    elif act == 4:
        del holder[key]
    elif act == 5:
        other, name = chance.choice(places)
        holder[key] = copy.deepcopy(other[name])
    elif act == 6:
        holder[key] = _retyped(holder[key])
    elif isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[chance.choice(("id", "total", "items", "data", chance.choice(ODD_TEXTS)))] = copy.deepcopy(holder[key])
    return value


def _places(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield value, index
            if index < 20:
                yield from _places(inner)


def _retyped(value):
    """The same thing in another type."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, list):
        return {str(index): inner for index, inner in enumerate(value)}
    if isinstance(value, dict):
        return list(value.values())
    return ""


def json_bytes(value) -> bytes:
    """JSON with whatever stands in the value: lone surrogates as escapes, decimals as numbers with their digits."""
    marks: dict[str, str] = {}

    def number(one):
        mark = f"@{len(marks)}@"
        marks[f'"{mark}"'] = str(one)
        return mark

    text = json.dumps(value, default=number)
    for mark, digits in marks.items():
        text = text.replace(mark, digits, 1)
    return text.encode("ascii")


def spoiled(content: bytes, chance: random.Random, changes: int = 4) -> bytes:
    """Bytes flipped, cut, doubled, moved, replaced."""
    data = bytearray(content)
    for _ in range(chance.randint(1, changes)):
        place = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 8, 64, 400))
        act = chance.randrange(7)
        if act == 0 and data:
            data[place % len(data)] ^= 1 << chance.randrange(8)
        elif act == 1:
            del data[place : place + length]
        elif act == 2:
            data[place:place] = data[place : place + length]
        elif act == 3:
            data[place : place + length] = chance.randbytes(min(length, 16))
        elif act == 4:
            data[place:place] = chance.choice(ODD_PARTS)
        elif act == 5:
            del data[place:]
        else:
            source = chance.randrange(len(data) + 1)
            data[place : place + length] = data[source : source + length]
    return bytes(data)


def text(seed: str, chance: random.Random) -> str:
    """A text replaced, joined to an odd one, or cut in the middle."""
    odd = chance.choice(ODD_TEXTS)
    place = chance.randrange(len(seed) + 1)
    return chance.choice((odd, seed + odd, odd + seed, seed[:place] + odd + seed[place:], seed[:place], seed[place:]))


XML_PARTS = (
    b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>",
    b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>",
    b"<!DOCTYPE x PUBLIC '-//X' 'http://127.0.0.1:9/x.dtd'>",
    b"&xxe;",
    b"&#0;",
    b"&#xD800;",
    b"&#x1F600;",
    b"<![CDATA[\x01]]>",
    b"<?php echo 1 ?>",
    b"<?xml-stylesheet href='http://127.0.0.1:9/'?>",
    b"<!-- -- -->",
    b"<ram:ID xmlns:ram='urn:x'>",
    b"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>",
    b"<a>" * 300,
    b"</a>" * 3,
    b" xmlns=''",
    b"x" * 20000,
)
XML_HEADS = (
    b"<?xml version='1.0' encoding='UTF-16'?>",
    b"<?xml version='1.0' encoding='utf-7'?>",
    b"<?xml version='1.1' encoding='UTF-8'?>",
    b"<?xml version='1.0' encoding='nonsense'?>",
    b"<?xml version='9.9'?>",
    b"\xff\xfe",
    b"\xfe\xff",
    b"",
)


def xml(content: bytes, chance: random.Random) -> bytes:
    """XML with its elements, texts, attributes, head or encoding changed; often still well formed."""
    act = chance.randrange(10)
    body = content.partition(b"?>")[2] if content.startswith(b"<?xml") else content
    if act < 5:
        return _element(content, chance)
    if act == 5:
        return chance.choice(XML_HEADS) + body
    if act == 6:
        return _recoded(content, chance)
    if act == 7:
        place = chance.randrange(len(content))
        return content[:place] + chance.choice(XML_PARTS) + content[place:]
    if act == 8:
        depth = chance.choice((50, 255, 257, 3000))
        return b"<a>" * depth + body + b"</a>" * depth
    return spoiled(content, chance)


def _recoded(content, chance):
    encoding = chance.choice(("utf-16", "utf-16-be", "utf-32", "latin-1", "cp037"))
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def _element(content, chance):
    """Texts between tags replaced, elements doubled, left out or renamed."""
    pieces = content.split(b"<")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(1, len(pieces))
        tag, closing, inner = pieces[place].partition(b">")
        odd = chance.choice(ODD_TEXTS)
        clean = odd.encode("utf-8", "ignore").replace(b"<", b"").replace(b"&", b"").translate(None, bytes(range(9)))
        pick = chance.randrange(6)
        if pick < 3:
            pieces[place] = tag + closing + clean
        elif pick == 3:
            pieces[place] = tag + b' odd="' + clean[:50].replace(b'"', b"") + b'"' + closing + inner
        elif pick == 4:
            pieces.insert(place, pieces[place])
        else:
            del pieces[place]
            if len(pieces) < 2:
                break
    return b"<".join(pieces)


def pdf(content: bytes, chance: random.Random) -> bytes:
    """A PDF cut, its cross-references moved, its names and numbers exchanged, its streams replaced or swollen."""
    place = chance.randrange(len(content))
    plain = (
        lambda: content[:place],
        lambda: content.replace(b"startxref", chance.choice((b"startxxxx", b"startxref\n9999999999", b"")), 1),
        lambda: content + content[place:],
        lambda: b"\n" * chance.choice((1, 1000, 1023, 1030)) + content,
        lambda: spoiled(content, chance, changes=12),
        lambda: _renamed(content, chance),
        lambda: _renamed(content, chance),
        lambda: _streamed(content, chance),
        lambda: _numbered(content, chance),
    )
    return chance.choice(plain)()


PDF_NAMES = (
    b"/Root", b"/Pages", b"/Kids", b"/Type", b"/Page", b"/Catalog", b"/Names", b"/EmbeddedFiles", b"/AF", b"/EF",
    b"/UF", b"/F ", b"/Filespec", b"/Params", b"/ModDate", b"/CheckSum", b"/Size", b"/Metadata", b"/XML",
    b"/OutputIntents", b"/DestOutputProfile", b"/Font", b"/FontFile2", b"/FontDescriptor", b"/ToUnicode", b"/Widths",
    b"/Resources", b"/XObject", b"/ProcSet", b"/Contents", b"/MediaBox", b"/Count", b"/Parent", b"/Length",
    b"/Filter", b"/FlateDecode", b"/N 3", b"/Lang", b"/Info", b"/ID", b"/AFRelationship", b"/Data", b"/Subtype",
)  # fmt: skip
PDF_VALUES = (
    b"null",
    b"[]",
    b"<<>>",
    b"()",
    b"(\xfe\xff\xd8\x00)",
    b"-1",
    b"1e9",
    b"true",
    b"/X",
    b"99999 0 R",
    b"1 0 R",
)


def _renamed(content, chance):
    name = chance.choice(PDF_NAMES)
    if name not in content:
        return spoiled(content, chance)
    places = content.count(name)
    head, rest = _split_at(content, name, chance.randrange(places))
    if chance.random() < 0.5:
        return head + chance.choice(PDF_NAMES) + rest[len(name) :]
    return head + name + b" " + chance.choice(PDF_VALUES) + b" " + rest[len(name) :]


def _numbered(content, chance):
    """A reference that leads elsewhere, perhaps back to itself."""
    count = content.count(b" 0 R")
    if not count:
        return spoiled(content, chance)
    head, rest = _split_at(content, b" 0 R", chance.randrange(count))
    digits = len(head) - len(head.rstrip(b"0123456789"))
    return head[: len(head) - digits] + str(chance.randrange(40)).encode() + rest


def _streamed(content, chance):
    count = content.count(b"stream\n")
    if not count:
        return spoiled(content, chance)
    head, rest = _split_at(content, b"stream\n", chance.randrange(count))
    inner, end, tail = rest[7:].partition(b"endstream")
    new = chance.choice(
        (
            b"",
            zlib.compress(bytes(chance.choice((10, 1_000_000, 30_000_000)))),
            zlib.compress(b"q " * 200_000),
            zlib.compress(b"<?xml version='1.0'?>" + b"<a>" * 50_000),
            zlib.compress(b"BT (x) Tj ET [ << " * 400),
            spoiled(inner, chance),
        )
    )
    return head + b"stream\n" + new + end + tail


def _split_at(content, part, which):
    place = -1
    for _ in range(which + 1):
        place = content.find(part, place + 1)
    return content[:place], content[place:]
