# SPDX-License-Identifier: GPL-3.0-or-later
"""GDT records: one that GNUmed wrote, our own, damaged ones, and noise."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.chart import gdt
from clinicam.chart.launch import Source, from_bytes
from clinicam.errors import BadPatientData, LaunchRefused
from clinicam.identity import Identifier

_GNUMED = Path(__file__).resolve().parents[3] / "shared" / "gnumed-6301.gdt"
_PATIENT = (("3000", "4711"), ("3101", "Müller"), ("3102", "Jürgen"), ("3103", "29021980"))


def record(*fields: tuple[str, str], kind: str = "6302", codec: str = "cp437", whole: bool = True) -> bytes:
    """A GDT record; with field 8100 right if `whole`."""
    lines = [("8000", kind), *([("8100", "00000")] if whole else []), *fields]
    built = [line(field, content.encode(codec)) for field, content in lines]
    if whole:
        built[1] = line("8100", b"%05d" % sum(map(len, built)))
    return b"".join(built)


def line(field: str, content: bytes) -> bytes:
    return b"%03d" % (len(content) + 9) + field.encode() + content + b"\r\n"


@pytest.mark.skipif(not _GNUMED.exists(), reason="gnumed-6301.gdt is not beside this repository")
def test_the_file_gnumed_wrote() -> None:
    call = from_bytes(_GNUMED.read_bytes())
    assert (call.family, call.given, call.born) == ("Kirk", "James Tiberius", date(1931, 3, 21))
    assert call.identifiers == (Identifier("CHART", "12"),)
    assert call.source is Source.GDT


def test_our_own_like_it() -> None:
    fields = (*_PATIENT, ("3110", "1"), ("6330", "GNUmed::9206::encoding"), ("6331", "iso-8859-15"))
    call = from_bytes(record(*fields, kind="6301", codec="iso-8859-15", whole=False))
    assert (call.family, call.given, call.born) == ("Müller", "Jürgen", date(1980, 2, 29))


@pytest.mark.parametrize("kind", ["6301", "6302", "6311"])
@pytest.mark.parametrize(("charset", "codec"), [("2", "cp437"), ("3", "iso-8859-1")])
def test_character_sets(kind: str, charset: str, codec: str) -> None:
    call = from_bytes(record(("9206", charset), ("9218", "02.10"), *_PATIENT, kind=kind, codec=codec))
    assert (call.family, call.given) == ("Müller", "Jürgen")


def test_seven_bits_have_german_letters_too() -> None:
    call = from_bytes(record(("9206", "1"), ("3000", "1"), ("3101", "M}ller"), ("3102", "[nne")))
    assert (call.family, call.given) == ("Müller", "Änne")


def test_without_a_character_set_it_is_the_standards_own() -> None:
    assert from_bytes(record(*_PATIENT)).family == "Müller"


def test_title_and_prefix() -> None:
    call = from_bytes(record(("3000", "1"), ("3100", "von der"), ("3101", "Aue"), ("3104", "Dr.")))
    assert (call.family, call.title) == ("von der Aue", "Dr.")


def test_other_fields_do_not_matter() -> None:
    fields = (*_PATIENT, ("8402", "FOTO00"), ("6200", "21112026"), ("6227", "erste Zeile"), ("6227", "zweite Zeile"))
    assert from_bytes(record(*fields)).given == "Jürgen"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record(*_PATIENT, kind="6310"), "kind"),
        (record(*_PATIENT)[:-10], "damaged"),
        (record(*_PATIENT).replace(b"\r\n", b"\n"), "damaged"),
        (record(*_PATIENT) + b"\x1a", "damaged"),
        (record(*_PATIENT) + line("6200", b"x"), "not as long"),
        (record(*_PATIENT, ("3101", "Meier")), "twice"),
        (record(("9206", "7"), *_PATIENT), "unknown character set"),
        (record(("9206", "1"), *_PATIENT), "does not fit"),
        (record(*_PATIENT, ("6330", "x::9206::encoding"), ("6331", "utf-7")), "unknown character set"),
        (record(("3101", "Nobody")), "needs a number"),
        (b"0138000", "damaged"),
        (b"0078000\r\n", "damaged"),
        (line("8000", b"6302") + b"9993000x\r\n", "damaged"),
        (line("8000", b"6302") + b"0113000x\r\n", "damaged"),
        (line("8000", b"6302") + line("3000", b"1\n2"), "damaged"),
        (line("3000", b"1") + line("8000", b"6302"), "key=value"),
    ],
)
def test_damaged_records(content: bytes, reason: str) -> None:
    with pytest.raises(LaunchRefused, match=reason):
        from_bytes(content)


def test_a_wrong_length_in_a_line_we_do_not_use_does_no_harm() -> None:
    call = from_bytes(line("8000", b"6302") + line("3000", b"1") + b"0256330GNUmed::9206::encoding\r\n")
    assert call.identifiers == (Identifier("CHART", "1"),)


def test_too_many_lines() -> None:
    with pytest.raises(LaunchRefused, match="too long"):
        from_bytes(line("8000", b"6302") + line("6227", b"x") * (gdt.MOST_LINES + 1))


@pytest.mark.parametrize("born", ["31021980", "00000000", "01011880", "1980", "19800229"])
def test_impossible_dates(born: str) -> None:
    with pytest.raises(BadPatientData):
        from_bytes(record(("3000", "1"), ("3103", born)))


@pytest.mark.parametrize("name", ["-rf", "/etc", 'A"B', "x" * 130, "A\x07B", "A\x9bB"])
def test_hostile_names(name: str) -> None:
    with pytest.raises(LaunchRefused):
        from_bytes(record(("9206", "3"), ("3000", "1"), ("3101", name), codec="iso-8859-1"))


_FIELDS = st.tuples(
    st.sampled_from(["3000", "3100", "3101", "3102", "3103", "3104", "6227", "6330", "6331", "8100", "9206", "9218"]),
    st.binary(max_size=30),
)


@given(fields=st.lists(_FIELDS, max_size=10), kind=st.sampled_from([b"6301", b"6302", b"6310", b"\xff\xff"]))
def test_any_fields_give_a_call_or_a_refusal(fields: list[tuple[str, bytes]], kind: bytes) -> None:
    content = line("8000", kind) + b"".join(line(field, value) for field, value in fields)
    try:
        call = from_bytes(content)
    except (LaunchRefused, BadPatientData):
        return
    assert call.source is Source.GDT
    assert call.family.isprintable()


@given(st.binary(max_size=300))
def test_any_bytes_after_the_start(tail: bytes) -> None:
    with contextlib.suppress(LaunchRefused, BadPatientData):
        assert from_bytes(b"0138000" + tail).source is Source.GDT


@given(at=st.integers(0, 200), byte=st.integers(0, 255))
def test_one_wrong_byte_never_escapes(at: int, byte: int) -> None:
    content = bytearray(record(*_PATIENT))
    content[at % len(content)] = byte
    with contextlib.suppress(LaunchRefused, BadPatientData):
        assert from_bytes(bytes(content)).given.isprintable()
