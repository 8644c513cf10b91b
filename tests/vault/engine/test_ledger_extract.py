# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the ledger: checkpoints handed out, and extracts that a stranger can check."""

from __future__ import annotations

import csv
import errno
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.errors import Cancelled, Corrupt, DiskFull, ExtractRefused, UnsupportedFormat, WriteFailed
from clinicam.identity import NOBODY
from clinicam.vault.acts import What
from clinicam.vault.checkpoint import read_any, sign_note
from clinicam.vault.extract import (
    COLUMNS,
    NOTE_SUFFIX,
    Extract,
    Form,
    check_extract,
    read_extract_note,
    write_extract,
)
from clinicam.vault.ledgerdesk import LedgerDesk
from clinicam.vault.ledgerfilter import ActFilter
from tests.vault.engine.audit_bench import audited, everybody, pseudonyms, some_acts, with_auditor
from tests.vault.engine.bench import FaultyCalls, Practice, someone
from tests.vault.engine.ledger_bench import VAULT, WHO, Deed, Office
from tests.vault.engine.people_bench import by_kit, without_stretching


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "v")
    for at in range(120):
        office.write([Deed(WHO if at % 3 else NOBODY, "image.viewed", b"%016d" % (at % 7), at)] * 5)
    office.write([Deed(WHO, "=1+1 @later", None, 2**62)])
    yield office
    office.close()


def check(office: Office, path: Path) -> Extract:
    note = path.with_name(path.name + NOTE_SUFFIX).read_bytes()
    found = read_extract_note(note, vault=VAULT, writers=office.writers)
    check_extract([path.read_bytes()], found)
    return found


def extract(office: Office, path: Path, form: Form = Form.JSONL, wanted: ActFilter | None = None) -> Extract:
    return write_extract(office.desk, wanted or ActFilter(), path, form, names={WHO: "Wim Who"})


def test_json_lines(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "acts.jsonl"
    made = extract(office, path)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len(lines) == made.rows == 602
    assert all(tuple(line) == COLUMNS for line in lines)
    assert lines[0]["what"] == "ledger.exported"
    assert lines[0]["detail"] == "form=jsonl"
    assert (lines[0]["who"], lines[0]["name"]) == (WHO.hex(), "Wim Who")
    assert lines[1]["time"] == ""  # beyond the year 9999
    assert lines[2]["time"] == "1970-01-01T00:00:00.119Z"
    assert {line["who"] for line in lines} == {WHO.hex(), ""}
    assert check(office, path) == made
    assert made.heads == office.desk.reader.heads()
    assert made.by == (office.keys[0].writer,)


def test_csv(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "acts.csv"
    made = extract(office, path, Form.CSV, ActFilter(who=WHO, codes=frozenset({"image.viewed", "=1+1"})))
    table = list(csv.reader(io.StringIO(path.read_text(), newline="")))
    assert tuple(table[0]) == COLUMNS
    assert len(table) - 1 == made.rows == 401
    what = COLUMNS.index("what")
    # A table program would take it for a formula.
    assert (table[1][what], table[1][what + 1]) == ("'=1+1", "'@later")
    assert json.loads(made.chosen) == {"who": WHO.hex(), "codes": ["=1+1", "image.viewed"]}
    assert check(office, path).form is Form.CSV
    newest = office.desk.reader.stream().take(1)[0]
    assert (newest.code, newest.detail) == ("ledger.exported", "form=csv by=who by=codes")


def test_all_that_can_be_chosen_is_named(office: Office, tmp_path: Path) -> None:
    wanted = ActFilter(b"%016d" % 3, WHO, frozenset(), 10, 90, office.keys[0].writer)
    made = extract(office, tmp_path / "x", wanted=wanted)
    assert json.loads(made.chosen) == {
        "subject": wanted.subject.hex() if wanted.subject else "",
        "who": WHO.hex(),
        "since": 10,
        "until": 90,
        "workstation": office.keys[0].writer.hex(),
    }
    assert 0 < made.rows < 60


def test_every_flipped_bit_shows(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "acts"
    extract(office, path, wanted=ActFilter(since_ms=119))
    note = path.with_name("acts" + NOTE_SUFFIX)
    for file in (path, note):
        whole = file.read_bytes()
        for place in range(len(whole)):
            for bit in range(8) if file is note else (place % 8,):
                bad = bytearray(whole)
                bad[place] ^= 1 << bit
                file.write_bytes(bad)
                with pytest.raises((Corrupt, UnsupportedFormat)):
                    check(office, path)
        for bad_length in (b"", whole[:-1], whole + b"\n", whole + whole):
            file.write_bytes(bad_length)
            with pytest.raises((Corrupt, UnsupportedFormat)):
                check(office, path)
        file.write_bytes(whole)
    check(office, path)


LINES = (
    "clinicam extract v1",
    f"{VAULT.hex()} 1 {b'k' * 32!r}".replace(repr(b"k" * 32), (b"k" * 32).hex()),
    f"{(b's' * 32).hex()} 10 2 jsonl",
    f"5 {WHO.hex()}",
    "{}",
    f"{(b'a' * 16).hex()} 3 {(b'h' * 32).hex()}",
    f"{(b'b' * 16).hex()} 3 {(b'h' * 32).hex()}",
)


def signed(office: Office, *lines: str) -> Extract:
    text = "".join(f"{line}\n" for line in lines)
    note = sign_note(text, vault=VAULT, writer=office.keys[0].writer, key=office.keys[0].signing)
    return read_extract_note(note, vault=VAULT, writers=office.writers)


def test_notes_properly_signed_and_still_not_to_be_believed(office: Office) -> None:
    assert signed(office, *LINES).rows == 2
    bad: list[tuple[str, ...]] = [LINES[:n] for n in range(1, 5)]
    for place, text in (
        (1, LINES[1].replace(" 1 ", " 01 ")), (1, LINES[1].upper()), (1, LINES[1].replace(VAULT.hex(), "ab" * 16)),
        (2, LINES[2].replace("jsonl", "pdf")), (2, LINES[2] + " "), (3, f"-5 {WHO.hex()}"), (5, "rubbish"),
        (5, LINES[5].replace(" 3 ", " 0 ")),
    ):  # fmt: skip
        bad.append((*LINES[:place], text, *LINES[place + 1 :]))
    bad.append((*LINES[:5], LINES[6], LINES[5]))
    for lines in bad:
        with pytest.raises(Corrupt):
            signed(office, *lines)
    with pytest.raises(UnsupportedFormat):
        signed(office, "clinicam extract v2", *LINES[1:])
    with pytest.raises(Corrupt):
        read_extract_note(b"no note", vault=VAULT, writers=office.writers)


def test_where_an_extract_may_lie(office: Office, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "noted.note").write_text("mine")
    (tmp_path / "way").symlink_to(office.files.place)
    rows = office.desk.reader.rows()
    for path, reason in (
        (tmp_path / "there", "exists"), (tmp_path / "noted", "exists"), (tmp_path / "nowhere" / "x", "missing"),
        (office.files.place / "x", "inside"), (office.files.place / "objects" / "x", "inside"),
        (tmp_path / "way" / "x", "inside"), (Path("/"), "missing"),
    ):  # fmt: skip
        with pytest.raises(ExtractRefused) as refused:
            extract(office, path)
        assert refused.value.reason == reason
    assert (tmp_path / "there").read_text() == "mine"
    assert office.desk.reader.rows() == rows


def test_stopped_or_unrecorded_there_is_none(office: Office, tmp_path: Path) -> None:
    told: list[int] = []
    with pytest.raises(Cancelled):
        write_extract(
            office.desk, ActFilter(), tmp_path / "x", Form.JSONL, names={},
            progress=lambda done, _of: told.append(done), cancelled=lambda: bool(told),
        )  # fmt: skip
    assert told
    office.full = True
    with pytest.raises(DiskFull):
        extract(office, tmp_path / "x")
    with pytest.raises(DiskFull):
        office.desk.hand_out()
    assert not {"x", "x.note", ".new-x"} & {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(("op", "nth"), [("open", 1), ("write_at", 0), ("fsync", 0), ("replace", 0), ("write_at", 2)])
def test_a_disk_that_takes_no_more(office: Office, tmp_path: Path, op: str, nth: int) -> None:
    calls = FaultyCalls()
    office.files._calls = calls
    calls.fail(op, nth, errno.ENOSPC if op == "write_at" else errno.EIO, stays=True)
    with pytest.raises(DiskFull if op == "write_at" else WriteFailed):
        extract(office, tmp_path / "x")
    assert not (tmp_path / ("x" + NOTE_SUFFIX)).exists()
    assert not list(tmp_path.glob(".new-*"))


def test_a_checkpoint_for_somebody_to_keep(office: Office) -> None:
    heads = office.desk.reader.heads()
    handed = office.desk.hand_out()
    checkpoint, by = read_any(handed.note, vault=VAULT, writers=office.writers)
    assert checkpoint == handed.checkpoint
    assert by == (office.keys[0].writer,)
    assert checkpoint.heads == heads
    assert office.files.checkpoints() == {office.keys[0].writer: handed.note}
    newest = office.desk.reader.stream().take(1)[0]
    assert (newest.what, newest.detail) == (What.CHECKPOINT, handed.short)
    name, key_hash, key = office.desk.vkey.split("+", 2)
    assert name == f"clinicam/{VAULT.hex()}/{office.keys[0].writer.hex()}"
    assert len(key_hash) == 8
    assert key


def test_no_patient_is_in_what_auditors_and_managers_carry_away(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_stretching(monkeypatch)
    auditor = with_auditor(practice)
    with by_kit(practice) as desk:
        some_acts(desk.opened)
        known = pseudonyms(desk.opened)
        patients = everybody(desk.opened)
        office = LedgerDesk.of(desk.opened.inside)
        write_extract(office, ActFilter(), tmp_path / "manager", Form.CSV, names={})
    with audited(practice, auditor) as (_, vault):
        write_extract(vault.desk, ActFilter(), tmp_path / "auditor", Form.JSONL, names={})
    lines = [json.loads(line) for line in (tmp_path / "auditor").read_text().splitlines()]
    assert {line["subject"] for line in lines} - {""} == {one.hex() for one in known}
    for file in ("auditor", "manager", "auditor.note", "manager.note"):
        text = (tmp_path / file).read_text().lower()
        for patient in (*patients, someone()):
            for word in (patient.family, patient.given, patient.patient.hex(), str(patient.born)):
                assert word.lower() not in text
