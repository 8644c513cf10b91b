# SPDX-License-Identifier: GPL-3.0-or-later
"""Malformed snapshots, host state and checkpoints, made by the independent writer."""

from __future__ import annotations

from tests.vault import independent_writer as w
from tests.vault.independent_writer import FOUNDER, NURSE, OLD_WRITER, VAULT, WRITER
from tests.vault.malformed_keys import ELSEWHERE, SOMEBODY, Case

CASES: list[Case] = []
_ONE, _TWO = sorted(((WRITER, 5, b"\1" * 32), (OLD_WRITER, 7, b"\2" * 32)))
_END = "bytes after the end"


def _add(structure: str, name: str, data: bytes, says: str, error: str = "Corrupt") -> None:
    CASES.append(Case(structure, name, data, error, says))


def _snapshots() -> None:
    snap, heads = w.snapshot, w.heads
    good = snap(heads(_ONE, _TWO))
    for name, data, says in (
        ("empty", b"", "too short"),
        ("magic of marks", b"CCMARK\0\1" + good[8:], "not this kind"),
        ("of another vault", snap(heads(_ONE), vault=ELSEWHERE), "another vault"),
        ("of another generation", snap(heads(_ONE), generation=2), "another generation"),
        ("heads out of order", snap(heads(_TWO, _ONE)), "out of order"),
        ("a writer twice", snap(heads(_ONE, _ONE)), "a writer twice"),
        ("a head before the first row", snap(heads((WRITER, 0, bytes(32)))), "a head without a row"),
        ("more heads said than there", good[:36] + b"\xff\xff" + good[38:], "too short"),
        ("sealed as something else", snap(heads(_ONE), name="bag"), "do not authenticate"),
        ("under another key", snap(heads(_ONE), key=w.LOCATOR), "do not authenticate"),
        ("cut in the seal", good[:-1], "do not authenticate"),
        ("another schema", good[:35] + b"\2" + good[36:], "do not authenticate"),
    ):
        _add("snapshot", name, data, says)
    _add("snapshot", "version 2", good[:7] + b"\2" + good[8:], "version 2", "UnsupportedFormat")


def _marks() -> None:
    def bag(volume: int) -> bytes:
        return WRITER + volume.to_bytes(4, "big") + (1).to_bytes(8, "big") + bytes(32)

    listed = w.heads(_ONE, _TWO)
    make = w.marks
    good = make(listed, [bag(1)])
    for name, data, says in (
        ("empty", b"", "too short"),
        ("of another vault", make(listed, [], vault=ELSEWHERE), "another vault"),
        ("of another workstation", make(listed, [], writer=SOMEBODY), "another writer"),
        ("a bag twice", make(listed, [bag(1), bag(1)]), "a bag twice"),
        ("a chain twice", make(w.heads(_ONE, _ONE), []), "a writer twice"),
        ("a head before the first row", make(w.heads((WRITER, 0, bytes(32))), []), "a head without a row"),
        ("more bags said than there", make(listed, [bag(1)], count=2), "too short"),
        ("4 billion bags said", make(listed, [], count=2**32 - 1), "too short"),
        ("bytes before the signature", make(listed, [], tail=b"\0"), _END),
        ("bytes behind the signature", good + b"\0", _END),
        ("signed by another workstation", make(listed, [], signer=w.OLD_SIGNER), "signature"),
        ("signed as something else", make(listed, [], name="logins"), "signature"),
        ("signature cut", good[:-1], "too short"),
    ):
        _add("marks", name, data, says)
    _add("marks", "version 2", good[:7] + b"\2" + good[8:], "version 2", "UnsupportedFormat")


def _logins() -> None:
    make = w.logins
    ann = (FOUNDER, b"Ann")
    good = make(ann)
    for name, data, says in (
        ("empty", b"", "too short"),
        ("of another vault", make(ann, vault=ELSEWHERE), "another vault"),
        ("a user twice", make(ann, (FOUNDER, b"Bea")), "a user twice"),
        ("a name that is no text", make((NURSE, b"\xff\xfe")), "not text"),
        ("a name of two lines", make((NURSE, b"Ann\nBea")), "not a line of text"),
        ("a name with an escape", make((NURSE, b"\x1b[2J")), "not a line of text"),
        ("a name of 201 letters", make((NURSE, b"a" * 201)), "not a line of text"),
        ("more names said than there", make(ann, count=2), "too short"),
        ("fewer names said than there", make(ann, count=0), _END),
        ("signed by another workstation", make(ann, signer=w.OLD_SIGNER), "signature"),
        ("bytes behind the signature", good + b"\0", _END),
    ):
        _add("logins", name, data, says)
    _add("logins", "version 2", good[:7] + b"\2" + good[8:], "version 2", "UnsupportedFormat")


def _writers() -> None:
    good = w.frozen("writer")
    for name, data, says in (
        ("empty", b"", "too short"),
        ("a byte short", good[:-1], "too short"),
        ("a byte long", good + b"\0", _END),
        ("of another vault", good[:8] + ELSEWHERE + good[24:], "another vault"),
        ("magic of marks", b"CCMARK\0\1" + good[8:], "not this kind"),
    ):
        _add("writer", name, data, says)
    _add("writer", "version 2", good[:7] + b"\2" + good[8:], "version 2", "UnsupportedFormat")


def _checkpoints() -> None:
    first = "clinicam checkpoint v1\n"
    second = f"{VAULT.hex()} 1 {'ab' * 32}\n"
    one, two = (f"{writer.hex()} {seq} {row_hash.hex()}\n" for writer, seq, row_hash in (_ONE, _TWO))
    text = first + second + one + two
    make, good = w.checkpoint, w.checkpoint(text)
    line, signed, sign_line = "not a line of heads", "signed by nobody we know", "not a signature line"
    last = good.decode().rpartition("\n\n")[2]
    for name, data, says in (
        ("empty", b"", "no signatures"),
        ("no signature", text.encode(), "no signatures"),
        ("no last line feed", good[:-1], "no signatures"),
        ("no blank line", good.replace(b"\n\n", b"\n"), "no signatures"),
        ("no text", b"\n\n" + last.encode(), "no signatures"),
        ("not UTF-8", good.replace(b"v1", b"\xff1"), "not text"),
        ("the first line alone", make(first), line),
        ("of another vault", make(first + f"{ELSEWHERE.hex()} 1 {'ab' * 32}\n" + one), "another vault"),
        ("heads out of order", make(first + second + two + one), "out of order"),
        ("a writer twice", make(first + second + one + one), line),
        ("a head in capitals", make(first + second + one.upper()), line),
        ("a head before the first row", make(first + second + f"{WRITER.hex()} 0 {'ab' * 32}\n"), line),
        ("a number with a leading zero", make(first + second + f"{WRITER.hex()} 05 {'ab' * 32}\n"), line),
        ("two blanks", make(first + second + one.replace(" ", "  ", 1)), line),
        ("a carriage return", make(first + second + one.replace("\n", "\r\n")), line),
        ("a hash one digit short", make(first + second + f"{WRITER.hex()} 5 {'ab' * 31}a\n"), line),
        ("generation 0", make(first + f"{VAULT.hex()} 0 {'ab' * 32}\n"), line),
        ("signed by another workstation", make(text, writer=OLD_WRITER, signer=w.OLD_SIGNER), signed),
        ("signed with another's key under our name", make(text, signer=w.OLD_SIGNER), signed),
        ("signed under another name", make(text, name=f"clinicam/{ELSEWHERE.hex()}/{WRITER.hex()}"), signed),
        ("a signature over another text", make(text).replace(one.encode(), b""), "signature does not verify"),
        ("signed twice", good + last.encode(), "signed twice"),
        ("a short signature", make(text, stamp=last.split()[2][:40]), "signed twice, or not at all"),
        ("a signature that is no base64", make(text, stamp="x" * 93), sign_line),
        ("a signature with another spelling", make(text, stamp=last.split()[2][:-2] + _other(last.split()[2])), sign_line),
        ("a signature line without a dash", good.replace("\N{EM DASH}".encode(), b"-"), sign_line),
        ("a line that is no signature behind", good + b"hello\n", sign_line),
    ):  # fmt: skip
        _add("checkpoint", name, data, says)
    later = make("clinicam checkpoint v2\n" + second + one)
    _add("checkpoint", "a later first line", later, "unknown first line", "UnsupportedFormat")


def _other(stamp: str) -> str:
    """The last two characters of base64 with bits set that mean nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    meaningless = letters[letters.index(stamp[-2]) | 1] if stamp.endswith("=") else letters[-1]
    return meaningless + stamp[-1]


_snapshots()
_marks()
_logins()
_writers()
_checkpoints()
