# SPDX-License-Identifier: GPL-3.0-or-later
"""An extract of the ledger for somebody outside: chosen acts as text, and beside it a note that this workstation signed.

The text holds codes, times, pseudonyms, names of staff and hashes of rows: never a patient. It is the one thing of a
vault that may be put on a stick: it is meant to be carried away, and it is of no use to find a patient by. The note
names the text's SHA-256, what was chosen, and the heads of all chains, so that a stranger with a checkpoint can tell
that it was taken from this ledger and not from a shortened one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from clinicam.errors import Cancelled, Corrupt, ExtractRefused, UnsupportedFormat
from clinicam.vault.acts import What
from clinicam.vault.checkpoint import read_note
from clinicam.vault.heads import Head
from clinicam.vault.ledgerdesk import LedgerDesk
from clinicam.vault.ledgerfilter import ActFilter, ActRow
from clinicam.vault.stores.calls import translated, write_pieces, write_whole

FIRST_LINE = "clinicam extract v1"
NOTE_SUFFIX = ".note"
_PIECE = 256
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEX16, _HEX32, _NUMBER = "[0-9a-f]{32}", "[0-9a-f]{64}", "(?:0|[1-9][0-9]{0,19})"
_VAULT = re.compile(f"({_HEX16}) ({_NUMBER}) ({_HEX32})")
_FILE = re.compile(f"({_HEX32}) ({_NUMBER}) ({_NUMBER}) (jsonl|csv)")
_MADE = re.compile(f"({_NUMBER}) ({_HEX16})")
_HEAD = re.compile(f"({_HEX16}) ([1-9][0-9]{{0,19}}) ({_HEX32})")


class Form(StrEnum):
    """How the acts are written."""

    JSONL = "jsonl"
    """one JSON object a line"""
    CSV = "csv"
    """RFC 4180, the first line names the columns"""


COLUMNS = (
    *("lamport", "time", "wall", "what", "detail", "who", "name", "subject"),
    *("workstation", "seq", "row", "hash", "batch", "place", "of", "intent", "signed_by", "done"),
)
"""Of both forms, in this order."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a note says of its extract. `chosen`: the filter, as a line of JSON. `by`: the workstations that signed."""

    vault: bytes
    generation: int
    keyring_sha256: bytes
    sha256: bytes
    size: int
    rows: int
    form: Form
    made_ms: int
    user: bytes
    chosen: str
    heads: tuple[Head, ...]
    by: tuple[bytes, ...] = ()

    def text(self) -> str:
        """The signed text, each line ended; heads sorted by writer."""
        lines = [
            FIRST_LINE,
            f"{self.vault.hex()} {self.generation} {self.keyring_sha256.hex()}",
            f"{self.sha256.hex()} {self.size} {self.rows} {self.form}",
            f"{self.made_ms} {self.user.hex()}",
            self.chosen,
            *(f"{head.writer.hex()} {head.seq} {head.row_hash.hex()}" for head in sorted(self.heads)),
        ]
        return "".join(f"{line}\n" for line in lines)


def write_extract(
    desk: LedgerDesk,
    wanted: ActFilter,
    path: Path,
    form: Form,
    *,
    names: Mapping[bytes, str],
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Extract:
    """Write the acts that `wanted` keeps to `path`, the newest first, and the note beside it (`path` with ``.note``).

    The act that says so is recorded first: an extract the ledger does not know of must not exist.

    Args:
        names: of staff, by user.

    Raises:
        ExtractRefused: there is such a file, no such folder, or it lies in the vault.
        Cancelled: nothing is left of it.
        VaultClosed; Corrupt, UnsupportedFormat: a row is not what was written.
        DiskFull, WriteFailed: not written; or the note is missing, and without it the extract proves nothing.
    """
    _check_path(path, desk.files.place)
    desk.note(What.LEDGER_EXPORTED, _words(wanted, form))
    heads, tally = desk.reader.heads(), _Tally()

    def pieces() -> Iterator[bytes]:
        stream = desk.reader.stream(wanted)
        yield tally.add(_first(form), 0)
        while not stream.is_done:
            page = stream.take(_PIECE, progress=progress, cancelled=cancelled)
            if cancelled():
                raise Cancelled("extract")
            yield tally.add(_body(form, page, names), len(page))

    with translated("extract"):
        write_pieces(desk.files.calls, path.parent, path.name, pieces())
        keyring = desk.keyring
        extract = Extract(
            vault=keyring.vault,
            generation=keyring.generation,
            keyring_sha256=keyring.sha256,
            sha256=tally.sha256.digest(),
            size=tally.size,
            rows=tally.rows,
            form=form,
            made_ms=desk.wall_ms(),
            user=desk.user,
            chosen=_chosen(wanted),
            heads=heads,
            by=(desk.writer,),
        )
        write_whole(desk.files.calls, path.parent, path.name + NOTE_SUFFIX, desk.sign(extract.text()))
    return extract


def read_extract_note(note: bytes, *, vault: bytes, writers: Mapping[bytes, bytes]) -> Extract:
    """What a note says that one of `writers` (id -> Ed25519 public key) signed.

    Raises:
        Corrupt: damage, another vault, or signed by none of them.
        UnsupportedFormat: a later version.
    """
    signed = read_note(note, vault=vault, writers=writers)
    lines = signed.text[:-1].split("\n")
    if lines[0] != FIRST_LINE:
        raise UnsupportedFormat("extract: unknown first line")
    matched = [pattern.fullmatch(line) for pattern, line in zip((_VAULT, _FILE, _MADE), lines[1:4], strict=False)]
    heads = [_HEAD.fullmatch(line) for line in lines[5:]]
    if len(lines) < 5 or None in matched or None in heads:
        raise Corrupt("extract: not such a note")
    where, file, made = (one.groups() for one in matched if one is not None)
    extract = Extract(
        vault=bytes.fromhex(where[0]),
        generation=int(where[1]),
        keyring_sha256=bytes.fromhex(where[2]),
        sha256=bytes.fromhex(file[0]),
        size=int(file[1]),
        rows=int(file[2]),
        form=Form(file[3]),
        made_ms=int(made[0]),
        user=bytes.fromhex(made[1]),
        chosen=lines[4],
        heads=tuple(Head(bytes.fromhex(m[1]), int(m[2]), bytes.fromhex(m[3])) for m in heads if m is not None),
        by=signed.by,
    )
    if extract.vault != vault or extract.text() != signed.text:
        raise Corrupt("extract: of another vault, or out of order")
    return extract


def check_extract(pieces: Iterable[bytes], extract: Extract) -> None:
    """Return if `pieces` are the text that the note of `extract` was signed for.

    Raises:
        Corrupt: they are not, be it by one bit.
    """
    tally = _Tally()
    for piece in pieces:
        tally.add(piece, 0)
    if tally.size != extract.size or tally.sha256.digest() != extract.sha256:
        raise Corrupt("extract: not the text that was signed")


class _Tally:
    """What the note will say of the text."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.size = 0
        self.rows = 0

    def add(self, piece: bytes, rows: int) -> bytes:
        self.sha256.update(piece)
        self.size += len(piece)
        self.rows += rows
        return piece


def _check_path(path: Path, vault: Path) -> None:
    where = path.parent.resolve()
    if not path.name or not where.is_dir():
        raise ExtractRefused("missing")
    if where == vault.resolve() or vault.resolve() in where.parents:
        raise ExtractRefused("inside")
    if path.exists() or path.with_name(path.name + NOTE_SUFFIX).exists():
        raise ExtractRefused("exists")


def _asked(wanted: ActFilter) -> dict[str, object]:
    """What was chosen, as names and texts; only what was given."""
    given = {
        "subject": wanted.subject.hex() if wanted.subject is not None else None,
        "who": wanted.who.hex() if wanted.who is not None else None,
        "codes": sorted(wanted.codes) or None,
        "since": wanted.since_ms,
        "until": wanted.until_ms,
        "workstation": wanted.writer.hex() if wanted.writer is not None else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _chosen(wanted: ActFilter) -> str:
    return msgspec.json.encode(_asked(wanted)).decode()


def _words(wanted: ActFilter, form: Form) -> str:
    """For the act: the form, and by what was chosen, without the pseudonym itself."""
    return " ".join((f"form={form}", *(f"by={name}" for name in _asked(wanted))))


def _fields(row: ActRow, names: Mapping[bytes, str]) -> dict[str, Any]:
    act = row.act
    batch, place, of = act.batch
    values = (
        *(act.lamport, _time(act.wall), act.wall, row.code, row.detail),
        *(_hex(row.who), names.get(row.who or b"", ""), _hex(act.subject)),
        *(row.head.writer.hex(), row.head.seq, row.rid.hex(), row.head.row_hash.hex(), batch.hex(), place, of),
        *(_hex(act.intent), [user.hex() for user, _ in act.signatures or ()], _hex(act.done)),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _first(form: Form) -> bytes:
    return b"" if form is Form.JSONL else _csv([COLUMNS])


def _body(form: Form, rows: Iterable[ActRow], names: Mapping[bytes, str]) -> bytes:
    fields = [_fields(row, names) for row in rows]
    if form is Form.JSONL:
        return b"".join(msgspec.json.encode(one) + b"\n" for one in fields)
    return _csv([[_cell(value) for value in one.values()] for one in fields])


def _csv(lines: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """As a table program may take it: a text that would begin a formula there begins with an apostrophe instead."""
    if isinstance(value, list):
        return " ".join(value)
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value


def _hex(value: bytes | None) -> str:
    return value.hex() if value is not None else ""


def _time(wall_ms: int) -> str:
    """ISO 8601 in UTC; empty beyond the year 9999."""
    try:
        return (_EPOCH + timedelta(milliseconds=wall_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return ""
