# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fuzzed: every parser of bytes that somebody else may have written, with good samples to start from.

What lies behind a seal is fuzzed without it, since no fuzzer gets through AES-GCM: bodies of bags, acts, contents, meta,
intents, padding. `limit` is how many bytes of memory one byte of input may cost, beside `SLACK`. Twice, where bytes
stay bytes; more where MessagePack becomes objects, of which each has a header larger than its smallest spelling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clinicam.chart import gdt, inifile, launch
from clinicam.errors import CliniCamError, Corrupt, LaunchRefused, UnsupportedFormat, WrongPassword
from clinicam.vault import (
    acts,
    bag,
    checkpoint,
    content,
    erasurelist,
    extract,
    hoststate,
    keyring,
    kit,
    manifest,
    objectfile,
    rows,
    segment,
    snapshotfile,
)
from clinicam.vault import slot as slots
from clinicam.vault.codec import decode, encode
from clinicam.vault.heads import chain_start
from clinicam.vault.index import FrameNote, decode_patient
from clinicam.vault.roster import parse_roster
from tests.vault import independent_writer as w
from tests.vault import world
from tests.vault.make_malformed import FOLDER, base_of, join

PUBLIC = world.SIGNER.public
DAMAGE = (Corrupt, UnsupportedFormat)
SLACK = 64 * 1024
"""Bytes that any call may take, whatever it is given."""
BYTES, OBJECTS = 2.0, 12.0


@dataclass(frozen=True)
class Target:
    """One parser. `allowed` is what may come out of it besides a result."""

    name: str
    parse: Callable[[bytes], object]
    samples: Callable[[], Sequence[bytes]]
    allowed: tuple[type[CliniCamError], ...] = DAMAGE
    limit: float = BYTES


@cache
def _malformed(structure: str) -> tuple[bytes, ...]:
    """The cases of tests/vault/malformed, which stand at every border there is."""
    path = FOLDER / f"{structure}.json"
    if not path.exists():
        return ()
    file = json.loads(path.read_text())
    base = base_of(file["base"])
    return (base, *(join(case["parts"], base) for case in file["cases"]))


def _slot(data: bytes) -> object:
    slot = slots.Slot.decode(data)
    return slots.open_kit_slot(slot, world.KIT) if slot.cost is None else slot


def _bag(data: bytes) -> object:
    return bag.open_bag(data, vault=world.VAULT, epoch=world.EPOCH_1, writer_public=PUBLIC)


def _rows(data: bytes) -> object:
    """A whole segment, as it is read at open: signatures last, so that what stands before them is reached."""
    found = segment.scan_segment(data, vault=world.VAULT, head=chain_start(world.VAULT, world.WRITER))
    for row in found.rows:
        rows.open_act(row, world.VAULT, world.AUDIT)
        rows.open_content(row, world.VAULT, world.table())
        rows.check_signature(row, PUBLIC)
    return found.whole()


def _loose_row(data: bytes) -> object:
    return rows.parse_row(data, 0, world.VAULT)


def _object(data: bytes) -> object:
    return objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=world.OBJECT_ID)


def _act(data: bytes) -> object:
    act = decode(data, acts.Act)
    acts.read_what(act.what)
    users = {user: secret.signing_key().public for user, secret in list(world.SECRETS.items())[:2]}
    return acts.check_intent(act, vault=world.VAULT, rid=world.named("rid"), users=users) if act.intent else act


def _content(data: bytes) -> object:
    return content.decode_content(data, world.PATIENT_KEY)


def _words(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    kit.check_row(1, text, text[-2:])
    return kit.secret_of(text.split())


def _note(data: bytes) -> object:
    return checkpoint.read_any(data, vault=world.VAULT, writers={world.WRITER: PUBLIC})


def _manifest(data: bytes) -> object:
    found = manifest.parse_manifest(data)
    found.check(PUBLIC)
    return found


def _sample_manifest() -> bytes:
    files = (
        manifest.FileEntry("keyring", 7000, (bytes(32),)),
        manifest.FileEntry(f"ledger/{world.WRITER.hex()}/000001.rows", manifest.PIECE + 1, (bytes(32), bytes(32))),
    )
    made = manifest.Manifest(
        world.VAULT, world.WRITER, 1, world.WALL, 1, (world.open_rows_head(),), world.frozen("checkpoint"),
        manifest.Blob(50, bytes(32)), files, (manifest.ListEntry(3, bytes(32)),),
    )  # fmt: skip
    return made.encode(world.SIGNER)


def _sample_erasures() -> bytes:
    row = rows.parse_row(world.open_rows()[4].data, 0, world.VAULT)
    act = rows.open_act(row, world.VAULT, world.AUDIT)
    part = erasurelist.make_part(generation=2, roster=world.roster_2(), intents=[(row.rid, act, "")])
    return erasurelist.encode_erasure_list(world.VAULT, [part])


def _list(data: bytes) -> object:
    return manifest.parse_list(data, len(data) // 56)


_PATIENT = {
    "patient": world.PATIENT, "family": "Marsh", "given": "Eleanor", "title": "", "born": "1987-03-14",
    "identifiers": [{"system": "local", "value": "TR-1"}],
}  # fmt: skip
_GDT = b"01380006301\r\n014810000150\r\n0133000TR-1\r\n0143101Marsh\r\n0163102Eleanor\r\n017310314031987\r\n"
_INI = b"[Patient]\r\nPATLFDNR=TR-1\r\nLAST=Marsh\r\nFIRST=Eleanor\r\nBIRTH=19870314\r\n"

TARGETS: tuple[Target, ...] = (
    Target("slot", _slot, lambda: (world.frozen("slot-password"), *_malformed("slot")), (*DAMAGE, WrongPassword)),
    Target(
        "roster",
        lambda data: parse_roster(data, vault=world.VAULT, generation=2, anchor=None),
        lambda: (world.roster_2(), *_malformed("roster")[:20]),
    ),
    Target(
        "keyring",
        lambda data: keyring.parse_keyring(data, vault=None, anchor=None),
        lambda: (world.frozen("keyring-1"), world.frozen("keyring-2")),
    ),
    Target("bag", _bag, lambda: (world.frozen("bag-2"), *_malformed("bag")), limit=OBJECTS),
    Target(
        "bag-body",
        lambda data: decode(data, bag._Body),
        lambda: (w.pack({"keys": [w.content_key(1, w.PATIENT, None)], "shared": w.shared()}), b"\x82\xa4keys\x90"),
        limit=OBJECTS,
    ),
    Target("ledger", _rows, lambda: (world.frozen("ledger"), *_malformed("ledger")), limit=OBJECTS),
    Target("row", _loose_row, lambda: (world.frozen("ledger")[8:], *(d[8:] for d in _malformed("ledger")))),
    Target("padding", rows.unpad, lambda: (rows.pad(b""), rows.pad(b"x" * 252), rows.pad(b"x" * 253))),
    Target("act", _act, lambda: (w.pack(w.act()), w.pack(w.act(signatures=[], intent=b"\x80"))), limit=OBJECTS),
    Target(
        "intent",
        acts.decode_intent,
        lambda: (acts.encode_intent(acts.Intent((bytes(16),), "because")),),
        limit=OBJECTS,
    ),
    Target("content", _content, lambda: (w.pack(w.note()), w.pack(w.picture())), limit=OBJECTS),
    Target("patient", decode_patient, lambda: (encode(_PATIENT),), limit=OBJECTS),
    Target(
        "frame-note",
        lambda data: decode(data, FrameNote),
        lambda: (encode(FrameNote(bytes(16), 1, None, None, "camera", "ram")),),
        limit=OBJECTS,
    ),
    Target("object", _object, lambda: (world.frozen("object-small"), *_malformed("object"))),
    Target("object-header", objectfile.parse_header, lambda: (world.frozen("object-small"),)),
    Target("meta", lambda data: decode(data, content.ObjectMeta), lambda: (w.pack(w.meta()),), limit=OBJECTS),
    Target(
        "snapshot",
        lambda data: snapshotfile.open_snapshot(data, vault=world.VAULT, generation=1, index_key=world.SHARED.index),
        lambda: (world.frozen("snapshot"), *_malformed("snapshot")),
        limit=OBJECTS,
    ),
    Target(
        "writer",
        lambda data: hoststate.WriterState.decode(data, vault=world.VAULT),
        lambda: (world.frozen("writer"),),
    ),
    Target(
        "marks",
        lambda data: hoststate.Marks.decode(data, vault=world.VAULT, writer=world.WRITER, public=PUBLIC),
        lambda: (world.frozen("marks"), *_malformed("marks")),
        limit=OBJECTS,
    ),
    Target(
        "logins",
        lambda data: hoststate.decode_logins(data, vault=world.VAULT, public=PUBLIC),
        lambda: (world.frozen("logins"), *_malformed("logins")),
        limit=OBJECTS,
    ),
    Target("checkpoint", _note, lambda: (world.frozen("checkpoint"), *_malformed("checkpoint")), limit=OBJECTS),
    Target(
        "extract-note",
        lambda data: extract.read_extract_note(data, vault=world.VAULT, writers={world.WRITER: PUBLIC}),
        lambda: (world.frozen("checkpoint"),),
        limit=OBJECTS,
    ),
    Target("manifest", _manifest, lambda: (_sample_manifest(),), limit=OBJECTS),
    Target("object-list", _list, lambda: (bytes(16) + (4000).to_bytes(8, "big") + bytes(32),), limit=OBJECTS),
    Target(
        "erasure-list",
        lambda data: erasurelist.parse_erasure_list(data, vault=world.VAULT, anchor=None),
        lambda: (_sample_erasures(),),
        limit=OBJECTS,
    ),
    Target("kit-words", _words, lambda: (" ".join(kit.words_of(world.KIT)).encode(),), (WrongPassword,), OBJECTS),
    Target("gdt", gdt.parse, lambda: (_GDT, _shared("gnumed-6301.gdt")), (LaunchRefused,), OBJECTS),
    Target("ini", inifile.parse_ini, lambda: (_INI,), (LaunchRefused,), OBJECTS),
    Target("handed-over", launch.from_bytes, lambda: (_GDT, _INI), (CliniCamError,), OBJECTS),
)
"""By the file or the body they stand in."""


def _shared(name: str) -> bytes:
    """A sample from outside the project, where it is there."""
    path = Path(__file__).resolve().parents[2] / "shared" / name
    return path.read_bytes() if path.exists() else b""


BY_NAME = {target.name: target for target in TARGETS}
