# SPDX-License-Identifier: GPL-3.0-or-later
"""Malformed slots, rosters, keyrings and bags, made by the independent writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.vault import independent_writer as w
from tests.vault.independent_writer import ANCHOR, FOUNDER, KIT_USER, NURSE, OLD_WRITER, PAIRS, PEOPLE, VAULT, WRITER


@dataclass(frozen=True)
class Case:
    """One malformed structure. `error` is the class by name, `says` a piece of its text."""

    structure: str
    name: str
    data: bytes
    error: str
    says: str


CASES: list[Case] = []
ELSEWHERE, NEW, SOMEBODY = w.named("another vault"), w.named("new"), w.named("somebody")
_END = "bytes after the end"


def _put(data: bytes, at: int, piece: bytes) -> bytes:
    return data[:at] + piece + data[at + len(piece) :]


def _add(structure: str, name: str, data: bytes, says: str, error: str = "Corrupt") -> None:
    CASES.append(Case(structure, name, data, error, says))


# --- slots ---------------------------------------------------------------------------------------------------------------


def _slots() -> None:
    good = w.frozen("slot-kit")
    kind = "unknown kind or flag"

    def password(m: int = 65536, t: int = 3, p: int = 4, flags: int = 0) -> bytes:
        data = _put(good, 40, bytes([1, flags]))
        return _put(data, 44, b"".join(n.to_bytes(4, "big") for n in (m, t, p)))

    def sealed(header: bytes, secret: bytes | None = None) -> bytes:
        return w.kit_slot(header, secret)

    for name, data, says in (
        ("empty", b"", "too short"),
        ("one byte short", good[:-1], "too short"),
        ("one byte long", good + b"\0", _END),
        ("magic of a bag", _put(good, 0, b"CCBAG\0\0\1"), "not this kind"),
        ("version 0", _put(good, 7, b"\0"), "not this kind"),
        ("a secret of 64 bytes", sealed(good[:88], bytes(64)), "too short"),
        ("a secret of 128 bytes", sealed(good[:88], bytes(128)), _END),
        ("kind 0", sealed(_put(good[:88], 40, b"\0")), kind),
        ("kind 3", sealed(_put(good[:88], 40, b"\3")), kind),
        ("kit with a device key", sealed(_put(good[:88], 41, b"\1")), kind),
        ("kit with an unknown flag", sealed(_put(good[:88], 41, b"\x80")), kind),
        ("kit with memory", sealed(_put(good[:88], 44, b"\0\1\0\0")), kind),
        ("kit with passes", sealed(_put(good[:88], 51, b"\3")), kind),
        ("kit with lanes", sealed(_put(good[:88], 55, b"\4")), kind),
        ("first reserved byte", sealed(_put(good[:88], 42, b"\1")), "reserved"),
        ("second reserved byte", sealed(_put(good[:88], 43, b"\1")), "reserved"),
        ("password with an unknown flag", password(flags=2), kind),
        ("password: memory below the floor", password(m=65535), "password cost"),
        ("password: memory above the ceiling", password(m=1024 * 1024 + 1), "password cost"),
        ("password: memory of 4 TiB", password(m=2**32 - 1), "password cost"),
        ("password: too few passes", password(t=2), "password cost"),
        ("password: too many passes", password(t=11), "password cost"),
        ("password: too few lanes", password(p=3), "password cost"),
        ("password: too many lanes", password(p=17), "password cost"),
        ("password: all costs zero", password(0, 0, 0), "password cost"),
        ("a password's slot tried with a kit", password(), "not behind a kit"),
        ("of another vault", sealed(_put(good[:88], 8, ELSEWHERE)), "another vault or user"),
        ("of another user", sealed(_put(good[:88], 24, FOUNDER)), "another vault or user"),
    ):
        _add("slot", name, data, says)
    _add("slot", "version 2", _put(good, 7, b"\2"), "version 2", "UnsupportedFormat")
    for name, data in (
        ("another salt", _put(good, 60, bytes([good[60] ^ 1]))),
        ("another nonce", _put(good, 88, bytes(12))),
        ("another tag", _put(good, 196, bytes(16))),
    ):
        _add("slot", name, data, "does not open", "WrongPassword")


# --- rosters -------------------------------------------------------------------------------------------------------------


def _rosters() -> None:
    first = w.founding()
    entry, user = w.entry, w.user
    signer = w.SIGNER
    writer = entry(3, WRITER, ed=signer.public)
    kit, nurse = user(KIT_USER, 4), user(NURSE, 2)
    gone = entry(2, NURSE, generation=2)
    final = ((7).to_bytes(8, "big") + bytes(32)).ljust(1216, b"\0")
    old = entry(3, OLD_WRITER, ed=w.OLD_SIGNER.public)
    founder, manager = "begin with the founder", "not an active manager"
    role_or_key, removal = "without role or key", "a removal with keys"
    no_user, no_writer = "removes a user who is not there", "removes a workstation that is not there"
    station = "a workstation with role or without key"
    for name, data, says in (
        ("empty", b"", "roster: empty"),
        ("length beyond the end", first + b"\0\0\5\x4b" + first[4:], "too short"),
        ("length of 4 GiB", b"\xff" * 4 + first[4:], "too short"),
        ("half a length", first + b"\0\0", "too short"),
        ("entry one byte short", w.lp(first[4:-1]), "too short"),
        ("entry one byte long", w.lp(first[4:] + b"\0"), _END),
        ("generation 0", w.founding(generation=0), "run backwards"),
        ("generations run backwards", w.founding(generation=2) + nurse, "run backwards"),
        ("ahead of its keyring", first + user(NURSE, 2, generation=3), "ahead of its keyring"),
        ("begins with a workstation", writer, founder),
        ("begins with a clinician", w.founding(role=3), founder),
        ("begins with somebody else as author", w.founding(author=NURSE), founder),
        ("begins with another key than the anchor", w.founding(ed=PEOPLE[NURSE].public, signer=PEOPLE[NURSE]), founder),
        ("operation 0", first + entry(0, NEW), "unknown operation"),
        ("operation 5", first + entry(5, NEW), "unknown operation"),
        ("role 5", first + user(NURSE, 5), "unknown operation or role"),
        ("author unknown", first + user(NURSE, 2, author=SOMEBODY), manager),
        ("author a nurse", first + nurse + user(KIT_USER, 4, author=NURSE, signer=PEOPLE[NURSE]), manager),
        ("author a workstation", first + writer + user(NURSE, 2, author=WRITER, signer=signer), manager),
        (
            "author a manager who left",
            first
            + kit
            + entry(2, KIT_USER, generation=2)
            + user(NURSE, 2, generation=2, author=KIT_USER, signer=PEOPLE[KIT_USER]),
            manager,
        ),
        ("signed with another's key", first + user(NURSE, 2, signer=PEOPLE[NURSE]), "signature"),
        ("signed for another vault", first + user(NURSE, 2, vault=ELSEWHERE), "signature"),
        ("founder signed for another vault", w.founding(vault=ELSEWHERE), "signature"),
        ("signature of zeros", first + nurse[:-64] + bytes(64), "signature"),
        ("user with a workstation's role", first + user(NURSE, 0), role_or_key),
        ("user without an HPKE key", first + user(NURSE, 2, hpke=bytes(1216)), role_or_key),
        ("user without a signing key", first + user(NURSE, 2, ed=bytes(32)), role_or_key),
        ("user twice", first + nurse + user(NURSE, 3), "an id used twice"),
        ("founder twice", first + user(FOUNDER, 4), "an id used twice"),
        ("user with a workstation's id", first + entry(3, NURSE, ed=signer.public) + nurse, "an id used twice"),
        ("workstation with a user's id", first + nurse + entry(3, NURSE, ed=signer.public), "an id used twice"),
        ("user comes back", first + nurse + gone + user(NURSE, 2, generation=2), "an id used twice"),
        ("workstation twice", first + writer + writer, "an id used twice"),
        ("unknown user leaves", first + gone, no_user),
        ("user leaves twice", first + nurse + gone + gone, no_user),
        ("workstation leaves as a user", first + writer + entry(2, WRITER), no_user),
        ("user leaves with another role", first + nurse + entry(2, NURSE, role=3), no_user),
        ("user leaves with an HPKE key", first + nurse + entry(2, NURSE, hpke=PAIRS[NURSE].public), removal),
        ("user leaves with a signing key", first + nurse + entry(2, NURSE, ed=ANCHOR), removal),
        ("workstation with a role", first + entry(3, WRITER, role=2, ed=signer.public), station),
        ("workstation with an HPKE key", first + entry(3, WRITER, ed=signer.public, hpke=PAIRS[NURSE].public), station),
        ("workstation without a key", first + entry(3, WRITER), station),
        ("unknown workstation leaves", first + entry(4, WRITER, hpke=final), no_writer),
        ("user leaves as a workstation", first + nurse + entry(4, NURSE, hpke=final), no_writer),
        ("workstation leaves twice", first + old + entry(4, OLD_WRITER, hpke=final) * 2, no_writer),
        ("workstation leaves with a role", first + old + entry(4, OLD_WRITER, role=1, hpke=final), no_writer),
        ("bytes behind the final row", first + old + entry(4, OLD_WRITER, hpke=final[:-1] + b"\1"), removal),
        ("byte right behind the final row", first + old + entry(4, OLD_WRITER, hpke=_put(final, 40, b"\1")), removal),
        ("workstation leaves with a key", first + old + entry(4, OLD_WRITER, hpke=final, ed=ANCHOR), removal),
    ):
        _add("roster", name, data, says)


# --- keyrings ------------------------------------------------------------------------------------------------------------


def _keyrings() -> None:
    good = w.frozen("keyring-1")
    length = int.from_bytes(good[1282:1286], "big")
    roster = good[1286 : 1286 + length]
    sealed = w.sealed_parts(good, 1288 + length)
    (one, first), (two, second) = sealed
    fit, active, signed = "do not fit", "not the active users", "not signed by an active manager"
    wider = roster + w.user(NURSE, 2)
    nurses = [*sealed, (NURSE, first)]
    key = w.keyring
    for name, data, says in (
        ("empty", b"", "too short"),
        ("magic of a slot", _put(good, 0, b"CCSLOT\0\1"), "not this kind"),
        ("of another vault", key(vault=ELSEWHERE), "of another vault"),
        ("flag 2", key(flags=2), "unknown flag"),
        ("highest flag", key(flags=0x8001), "unknown flag"),
        ("generation 0", key(generation=0), fit),
        ("generation 0 with a previous one", key(generation=0, prev=b"\1" * 32), fit),
        ("generation 1 with a previous one", key(prev=b"\1" * 32), fit),
        ("generation 2 without a previous one", key(generation=2), fit),
        ("no roster", key(roster=b""), "roster: empty"),
        ("roster longer than the file", _put(good, 1282, b"\xff\xff\xff\xff"), "too short"),
        (
            "roster ahead",
            key(roster=roster + w.user(NURSE, 2, generation=2), recipients=nurses),
            "ahead of its keyring",
        ),
        ("a recipient missing", key(recipients=sealed[:1]), active),
        ("no recipients", key(recipients=[]), active),
        ("a recipient twice", key(recipients=[*sealed, sealed[0]]), active),
        ("a recipient who is no user", key(recipients=[*sealed, (SOMEBODY, first)]), active),
        ("an active user who gets nothing", key(roster=wider), active),
        ("a leaver who still gets it", key(roster=wider + w.entry(2, NURSE), recipients=nurses), active),
        ("more recipients said than there", key(count=3), "too short"),
        ("fewer recipients said than there", key(count=1), _END),
        ("65,535 recipients said", key(count=65535), "too short"),
        ("signed by a nurse", key(roster=wider, recipients=nurses, signer=NURSE), signed),
        ("signed by a stranger", key(signer=SOMEBODY), signed),
        ("signed by a workstation", key(signer=WRITER, key=w.SIGNER), signed),
        ("signed with another's key", key(key=PEOPLE[KIT_USER]), "signature"),
        ("signature of zeros", good[:-64] + bytes(64), "signature"),
        ("one byte short", good[:-1], "too short"),
        ("one byte long", good + b"\0", _END),
        ("a sealed part of another user", key(recipients=[(one, second), (two, first)]), "does not authenticate"),
        ("a sealed part of zeros", key(recipients=[(one, bytes(1168)), (two, bytes(1168))]), "does not authenticate"),
        ("sealed for another generation", key(generation=2, prev=b"\1" * 32), "does not authenticate"),
    ):
        _add("keyring", name, data, says)
    _add("keyring", "version 2", _put(good, 7, b"\2"), "version 2", "UnsupportedFormat")


# --- bags ----------------------------------------------------------------------------------------------------------------


def _bags() -> None:
    good = w.frozen("bag-1")
    held = w.content_key(1, w.PATIENT, None)
    shape, wide = "not a record of this shape", "wider than need be"

    def of(*keys: Any, shared: Any = None) -> bytes:
        return w.bag(w.pack({"keys": list(keys), "shared": shared}))

    def raw(body: bytes) -> bytes:
        return w.bag(body)

    def spelled(name: str, spelling: bytes) -> bytes:
        """A key in which one value is spelled otherwise."""
        return of(held | {name: w.Raw(spelling)})

    pairs = list(held.items())
    deep = w.Raw(b"\x91" * 3000 + b"\xc0")
    for name, data, says in (
        ("empty", b"", "too short"),
        ("no room for a signature", good[:167], "too short"),
        ("of another vault", w.bag(b"", vault=ELSEWHERE), "another vault or epoch"),
        ("of an unknown workstation", w.bag(b"", writer=SOMEBODY), "not an active workstation"),
        ("generation 0", w.bag(b"", generation=0), "revision or generation 0"),
        ("revision 0", w.bag(b"", revision=0), "revision or generation 0"),
        ("under another epoch key", w.bag(b"", epoch=bytes(32)), "another vault or epoch"),
        ("says our epoch, is another", w.bag(b"", epoch=bytes(32), told=good[60:76]), "do not authenticate"),
        ("signed by another workstation", w.bag(b"", signer=w.OLD_SIGNER), "signature"),
        ("signature of zeros", good[:-64] + bytes(64), "signature"),
        ("sealed as something else", w.bag(b"", aad_name="index"), "do not authenticate"),
        ("no body", raw(b""), shape),
        ("a list", raw(w.pack([])), shape),
        ("keys alone", raw(w.pack({"keys": []})), shape),
        ("an unknown name", raw(w.pack({"keys": [], "shared": None, "more": 1})), shape),
        ("a name twice", raw(w.pack(w.Pairs([("keys", []), ("shared", None), ("keys", [])]))), "a name twice"),
        ("a name that is bin", raw(w.pack(w.Pairs([(b"keys", []), ("shared", None)]))), shape),
        ("keys that are a map", raw(w.pack({"keys": {}, "shared": None})), shape),
        ("bytes after the end", raw(w.pack({"keys": [], "shared": None}) + b"\0"), shape),
        ("a key that is nil", of(None), shape),
        ("a key id of 15 bytes", of(held | {"key_id": bytes(15)}), shape),
        ("a key id of 17 bytes", of(held | {"key_id": bytes(17)}), shape),
        ("a key id that is text", of(held | {"key_id": "sixteen letters."}), shape),
        ("a secret of 31 bytes", of(held | {"secret": bytes(31)}), shape),
        ("a secret of 33 bytes", of(held | {"secret": bytes(33)}), shape),
        ("a patient that is nil", of(held | {"patient": None}), shape),
        ("a session that is text", of(held | {"session": "x"}), shape),
        ("a version below zero", of(held | {"version": -1}), shape),
        ("a version of 64 bits", of(held | {"version": 2**63}), shape),
        ("a version that is a float", of(held | {"version": 1.0}), shape),
        ("a version that is true", of(held | {"version": True}), shape),
        ("a version that is an extension", spelled("version", b"\xd4\1\1"), shape),
        ("a version that is nothing", spelled("version", b"\xc1"), shape),
        ("a key nested too deeply", of(held | {"version": deep}), shape),
        ("a key without created", of({n: v for n, v in pairs if n != "created"}), shape),
        ("a key with an unknown name", of(held | {"owner": 1}), shape),
        ("a key with a name twice", of(w.Pairs([*pairs, ("version", 2)])), "a name twice"),
        ("a number in two bytes", spelled("version", b"\xcc\1"), wide),
        ("a number in three bytes", spelled("version", b"\xcd\0\1"), wide),
        ("a number in nine bytes", spelled("version", b"\xcf" + bytes(7) + b"\1"), wide),
        ("a signed number", spelled("version", b"\xd0\1"), wide),
        ("bin in a longer form", spelled("key_id", b"\xc5\0\x10" + bytes(16)), wide),
        ("bin in the longest form", spelled("key_id", b"\xc6\0\0\0\x10" + bytes(16)), wide),
        ("bin longer than the bag", spelled("key_id", b"\xc6\xff\xff\xff\xff"), shape),
        ("a list in a longer form", raw(b"\x82\xa4keys\xdc\0\0\xa6shared\xc0"), wide),
        ("a list of 4 billion", raw(b"\x82\xa4keys\xdd\xff\xff\xff\xff"), shape),
        ("a map in a longer form", raw(b"\xde\0\2\xa4keys\x90\xa6shared\xc0"), wide),
        ("a name in a longer form", raw(b"\x82\xd9\4keys\x90\xa6shared\xc0"), wide),
        ("a name that is no text", raw(b"\x82\xa4\xff\xff\xff\xff\x90\xa6shared\xc0"), shape),
        ("two keys of one id", of(held, held | {"version": 2}), "two of one id"),
        ("a key from a later generation", of(held | {"created": 2}), "later generation"),
        ("shared keys that are a list", of(shared=[]), shape),
        ("a locator of 31 bytes", of(shared=w.shared(locator=bytes(31))), shape),
        ("no audit seed", of(shared={"locator": bytes(32), "index": bytes(32)}), shape),
        ("a shared key too many", of(shared=w.shared(more=bytes(32))), shape),
    ):
        _add("bag", name, data, says)
    _add("bag", "version 2", _put(good, 7, b"\2"), "version 2", "UnsupportedFormat")


_slots()
_rosters()
_keyrings()
_bags()
assert VAULT != ELSEWHERE
