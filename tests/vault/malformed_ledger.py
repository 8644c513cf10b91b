# SPDX-License-Identifier: GPL-3.0-or-later
"""Malformed rows, acts, contents and objects, made by the independent writer: most are sealed and signed as they should."""

from __future__ import annotations

import struct
from typing import Any

from tests.vault import independent_writer as w
from tests.vault.independent_primitives import label, sha256
from tests.vault.independent_writer import pack, pad
from tests.vault.malformed_keys import ELSEWHERE, Case

CASES: list[Case] = []
_MAGIC = b"CCROWS\0\1"
_SHAPE = "not a record of this shape"


def _ledger(name: str, rows: bytes, says: str, error: str = "Corrupt") -> None:
    CASES.append(Case("ledger", name, _MAGIC + rows, error, says))


def _act(**changes: Any) -> bytes:
    return pad(pack(w.act(**changes)))


def _after(first: bytes, **changes: Any) -> bytes:
    """A second row behind `first`."""
    prev = sha256(label("row hash"), w.VAULT, first[:-64])
    return w.row(_act(**({"lamport": 2} | changes)), seq=2, prev=prev)


def _rows() -> None:
    good, act = w.row(_act()), _act()
    body = w.lp(bytes(40)) + w.lp(b"")
    short = "row: too short"
    for name, data, says in (
        ("a header cut", good[:95], short),
        ("a signature cut", good[:-1], short),
        ("a byte behind the row", good + b"\0", short),
        ("unknown flag 4", w.row(act, flags=4), "unknown flag"),
        ("highest flag", w.row(act, flags=0x8000), "unknown flag"),
        ("number 0", w.row(act, seq=0), "no number"),
        ("first row is number 2", w.row(act, seq=2), "does not follow"),
        ("first row follows zeros", w.row(act, prev=bytes(32)), "does not follow"),
        ("another workstation's row", w.row(act, writer=w.OLD_WRITER), "does not follow"),
        ("no room for two lengths", w.row(b"", body=bytes(7)), short),
        ("a body of nothing", w.row(b"", body=b""), short),
        ("a body longer than the file", good[:4] + b"\xff\xff\xff\xff" + good[8:], short),
        ("an act longer than its row", w.row(b"", body=(41).to_bytes(4, "big") + bytes(44)), "act longer"),
        ("an act of 4 GiB", w.row(b"", body=b"\xff\xff\xff\xff" + bytes(44)), "act longer"),
        ("a byte between act and content", w.row(b"", body=body + b"\0"), "add up"),
        ("content longer than the row", w.row(b"", body=w.lp(bytes(40)) + b"\0\0\0\1"), "add up"),
        ("key reference without content", w.row(act, ref=b"k" * 16), "do not go together"),
        ("content without key reference", w.row(act, pad(pack(w.note())), ref=bytes(16)), "do not go together"),
        ("signed by another workstation", w.row(act, signer=w.OLD_SIGNER), "signature"),
        ("signature of zeros", good[:-64] + bytes(64), "signature"),
        ("of another vault", w.row(act, vault=ELSEWHERE), "signature"),
        ("an act sealed as content", w.row(act, act_name="content"), "do not authenticate"),
        ("an act too short to be sealed", w.row(b"", body=w.lp(bytes(27)) + w.lp(b"")), "too short"),
        ("no act", w.row(b"", body=w.lp(b"") + w.lp(b"")), "too short"),
        ("a sealed act that says it is for the audit key pair", w.row(act, flags=1), "does not authenticate"),
        ("an empty act", w.row(b""), "too short"),
        ("padding twice as long", w.row(act + bytes(256)), "padding"),
        ("padding with a one", w.row(act[:-1] + b"\1"), "padding"),
        ("padding cut", w.row(act[:-1]), "padding"),
        ("no padding", w.row(w.lp(pack(w.act()))), "padding"),
        ("an act longer than its padding", w.row(b"\0\0\2\0" + bytes(252)), "too short"),
        ("the last batch is incomplete", w.row(_act(batch=[bytes(16), 1, 2]), flags=2), "incomplete"),
        ("a row twice", good + good, "does not follow"),
        ("time stands still", good + _after(good, lamport=1), "Lamport"),
        ("time runs backwards", good + _after(good, lamport=0), "Lamport"),
        ("a batch that begins with its second row", good + _after(good, batch=[bytes(16), 2, 2]), "batch"),
        ("a second row under the first one's parent", good + w.row(act, seq=2), "does not follow"),
    ):
        _ledger(name, data, says)
    first = w.row(_act(batch=[bytes(16), 1, 2]), flags=2)
    _ledger("a batch that goes on as another", first + _after(first, batch=[b"b" * 16, 2, 2]), "batch")
    _ledger("a batch that repeats its first row", first + _after(first, batch=[bytes(16), 1, 2]), "batch")
    _ledger("a batch that ends early", first + _after(first, batch=[bytes(16), 2, 3]), "batch")
    _ledger("a row of version 2", w.row(act, version=2), "unknown version", "UnsupportedFormat")
    _ledger("a row of version 0", w.row(act, version=0), "unknown version", "UnsupportedFormat")
    CASES.append(Case("ledger", "no magic", good, "Corrupt", "not this kind"))
    CASES.append(Case("ledger", "empty", b"", "Corrupt", "too short"))
    CASES.append(Case("ledger", "a segment of version 2", b"CCROWS\0\2" + good, "UnsupportedFormat", "version 2"))


def _acts() -> None:
    usual = w.act()

    def raw(plain: bytes) -> bytes:
        return w.row(pad(plain))

    def of(**changes: Any) -> bytes:
        return w.row(_act(**changes))

    signature = [w.FOUNDER, bytes(64)]
    for name, data in (
        ("an act that is a list", raw(pack(list(usual.values())))),
        ("an act of nothing", raw(b"")),
        ("an act without done", raw(pack({n: v for n, v in usual.items() if n != "done"}))),
        ("an act with an unknown name", of(why="x")),
        ("an act with bytes behind", raw(pack(usual) + b"\xc0")),
        ("who of 15 bytes", of(who=bytes(15))),
        ("who as text", of(who="ann")),
        ("what that is bin", of(what=b"lock")),
        ("what that is nil", of(what=None)),
        ("what that is no text", of(what=w.Raw(b"\xa2\xff\xfe"))),
        ("wall below zero", of(wall=-1)),
        ("wall of 64 bits", of(wall=2**63)),
        ("lamport as a float", of(lamport=1.0)),
        ("subject of 32 bytes", of(subject=bytes(32))),
        ("a batch of two", of(batch=[bytes(16), 1])),
        ("a batch of four", of(batch=[bytes(16), 1, 1, 1])),
        ("a batch that is nil", of(batch=None)),
        ("a batch id of 8 bytes", of(batch=[bytes(8), 1, 1])),
        ("a batch number below zero", of(batch=[bytes(16), -1, 1])),
        ("an intent that is text", of(intent="x")),
        ("a signature of 63 bytes", of(signatures=[[w.FOUNDER, bytes(63)]])),
        ("a signature of three parts", of(signatures=[[*signature, 1]])),
        ("signatures that are a map", of(signatures={})),
        ("done of 8 bytes", of(done=bytes(8))),
    ):
        _ledger(name, data, _SHAPE)
    for name, data, says in (
        ("an act with a name twice", raw(pack(w.Pairs([*usual.items(), ("what", "lock")]))), "a name twice"),
        ("an act with a number too wide", of(lamport=w.Raw(b"\xcd\0\1")), "wider than need be"),
        ("an act with a code too wide", of(what=w.Raw(b"\xd9\4lock")), "wider than need be"),
        ("a batch from 0", of(batch=[bytes(16), 0, 1]), "batch"),
        ("a batch of more rows than the flag says", of(batch=[bytes(16), 1, 2]), "batch"),
        ("a flag of more rows than the batch", w.row(_act(), flags=2) + b"", "incomplete"),
    ):
        _ledger(name, data, says)


def _contents() -> None:
    act = _act()

    def of(content: dict[str, Any], key: str = "k1") -> bytes:
        return w.row(act, pad(pack(content)), key=key)

    def raw(plain: bytes) -> bytes:
        return w.row(act, pad(plain))

    scope = "of another patient or session"
    note, picture = w.note(), w.picture()
    for name, data, says in (
        ("content of another patient", of(w.note(patient=w.OTHER)), scope),
        ("content of the practice under a patient's key", of(w.note(patient=bytes(16))), scope),
        ("a picture of another patient", of(w.picture(patient=w.OTHER), "k2"), scope),
        ("a picture of another session", of(w.picture(session=w.FRAME), "k2"), scope),
        ("a picture of no session under a session's key", of(w.picture(session=None), "k2"), scope),
        ("a picture under the patient's own key", of(picture), scope),
        ("a note of another session under a session's key", of(w.note(session=w.FRAME), "k2"), scope),
        ("content without kind", raw(pack({n: v for n, v in note.items() if n != "kind"})), "content: not a record"),
        ("content that is a list", raw(pack([])), "content: not a record"),
        ("content of nothing", raw(b""), "content: not a record"),
        ("a kind that is a number", of(note | {"kind": 1}), "content: not a record"),
        ("content with bytes behind", raw(pack(note) + b"\0"), "not a record"),
        ("a note with an unknown name", of(note | {"more": 1}), _SHAPE),
        ("a note without topic", raw(pack({n: v for n, v in note.items() if n != "topic"})), _SHAPE),
        ("a note whose body is text", of(note | {"body": "x"}), _SHAPE),
        ("a note without subject", of(note | {"subject": None}), _SHAPE),
        ("a note with a name twice", raw(pack(w.Pairs([*note.items(), ("topic", "x")]))), "a name twice"),
        ("a picture without object", of(w.picture(object_id=None), "k2"), _SHAPE),
        ("rendition 0", of(w.picture(rendition=0), "k2"), _SHAPE),
        ("rendition 6", of(w.picture(rendition=6), "k2"), _SHAPE),
        ("a picture's hash of 31 bytes", of(w.picture(sha256=bytes(31)), "k2"), _SHAPE),
        ("a picture with a note's names", of(note | {"kind": "image"}), _SHAPE),
        ("content sealed as an act", w.row(act, pad(pack(note)), content_name="act"), "do not authenticate"),
        ("content under another key than it says", w.row(act, pad(pack(note)), ref=w.key_ref("k3", w.named("a row"))), "do not authenticate"),
        ("content with its padding cut", w.row(act, pad(pack(note))[:-1]), "padding"),
    ):  # fmt: skip
        _ledger(name, data, says)
    _ledger("content of a later kind", of(note | {"kind": "hologram"}), "unknown kind", "UnsupportedFormat")


def _objects() -> None:
    meta = pack(w.meta())
    plain, other = w.plaintext(meta), w.named("another object")
    thing, text = w.thing, w.plaintext
    good = thing(plain)
    size, seal, lengths = "impossible size", "authenticate", "lengths or padding"

    def said(**changes: Any) -> bytes:
        return thing(text(pack(w.meta(**changes))))

    def add(name: str, data: bytes, says: str, error: str = "Corrupt") -> None:
        CASES.append(Case("object", name, data, error, says))

    for name, data, says in (
        ("empty", b"", "too short"),
        ("a header cut", good[:127], "too short"),
        ("a header alone", good[:128], size),
        ("a byte short", good[:-1], size),
        ("a byte long", good + b"\0", size),
        ("a block short", good[: 128 + 16], size),
        ("two objects", good + good, size),
        ("not padded", thing(plain[:4000]), size),
        ("chunks of another length", thing(w.plaintext(meta, size=8192), chunk=4096), size),
        ("another last byte of magic", good[:7] + b"\r" + good[8:], "not this kind"),
        ("version 0", good[:6] + b"\0" + good[7:], "not this kind"),
        ("rendition 0", thing(plain, rendition=0), "unknown rendition"),
        ("rendition 6", thing(plain, rendition=6), "unknown rendition"),
        ("rendition 65,535", thing(plain, rendition=65535), "unknown rendition"),
        ("reserved bytes before the vault", thing(plain, reserved=b"\0\0\0\1"), "reserved"),
        ("reserved bytes before the chunks", thing(plain, tail=b"\1\0\0\0"), "reserved"),
        ("of another vault", thing(plain, vault=ELSEWHERE), "another vault or name"),
        ("of another name", thing(plain, name=other), "another vault or name"),
        ("a key reference to nothing", good[:48] + bytes(16) + good[64:], "no key"),
        ("a key that was wrapped as something else", thing(plain, wrap_name="object"), seal),
        ("a key wrapped for another rendition", good[:11] + b"\3" + good[12:], seal),
        ("a key wrapped with another nonce", good[:64] + b"\1" * 12 + good[76:], seal),
        ("a chunk sealed as something else", thing(plain, chunk_name="object key"), seal),
        ("a last chunk that is not marked", thing(plain, last=0), seal),
        ("a last chunk marked twice", thing(plain, last=2), seal),
        ("a block of padding too much", thing(text(meta, size=8192)), lengths),
        ("padding of ones", thing(text(meta, fill=b"\1")), lengths),
        ("a last byte of padding", thing(plain[:-1] + b"\1"), lengths),
        ("a picture longer than its bytes", thing(text(meta, image_len=4000)), lengths),
        ("a picture of 16 EiB", thing(text(meta, image_len=2**64 - 1)), lengths),
        ("a picture shorter than its bytes", thing(text(meta, image_len=2)), lengths),
        ("meta of 4 GiB", thing(text(meta, meta_len=2**32 - 1)), lengths),
        ("meta longer by one", thing(text(meta, b"img", meta_len=len(meta) + 1, image_len=2)), _SHAPE),
        ("meta shorter by one", thing(text(meta, b"img", meta_len=len(meta) - 1, image_len=4)), _SHAPE),
        ("no meta", thing(text(b"")), _SHAPE),
        ("nothing at all", thing(bytes(4096)), _SHAPE),
        ("meta that is a list", thing(text(pack([]))), _SHAPE),
        ("meta with an unknown name", said(more=1), _SHAPE),
        ("meta without a camera", thing(text(pack({n: v for n, v in w.meta().items() if n != "camera"}))), _SHAPE),
        ("meta with a name twice", thing(text(pack(w.Pairs([*w.meta().items(), ("view", "x")])))), "a name twice"),
        ("meta with a number too wide", said(captured=w.Raw(b"\xcc\1")), "wider than need be"),
        ("captured before time", said(captured=-1), _SHAPE),
        ("a consent of 8 bytes", said(consent=bytes(8)), _SHAPE),
        ("a hash of 20 bytes", said(sha256=bytes(20)), _SHAPE),
        ("of another patient", said(patient=w.OTHER), "another patient or session"),
        ("of another session", said(session=w.FRAME), "another patient or session"),
        ("of no session", said(session=None), "another patient or session"),
        ("under another patient's key", thing(plain, key="k4"), "another patient or session"),
        ("another picture", thing(text(pack(w.meta(b"another")))), "not the picture"),
    ):
        add(name, data, says)
    add("a later magic", good[:6] + b"\2" + good[7:], "version 2", "UnsupportedFormat")
    add("version 2", thing(plain, version=2), "unknown version", "UnsupportedFormat")
    assert struct.calcsize(">IQ") == 12


_rows()
_acts()
_contents()
_objects()
