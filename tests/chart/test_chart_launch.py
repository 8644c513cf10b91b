# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of the surgery's program: by arguments, files and standard input, friendly and hostile."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.chart import launch
from clinicam.chart.call import nhs_number_is_right
from clinicam.chart.launch import LaunchCall, Source, from_arguments, from_bytes, from_file, from_stream
from clinicam.errors import BadPatientData, LaunchRefused
from clinicam.identity import Identifier

_VDDS = (
    "; written by the surgery program\r\n[GENERAL]\r\nVERSION=1\r\n[PATIENT]\r\nPVS=BENCHPVS\r\nPATID=4711\r\n"
    "LASTNAME=Müller-Lüdenscheidt\r\nFIRSTNAME=Jürgen\r\nBIRTHDAY=19800229\r\nREADY=0\r\nERRORLEVEL=0\r\n[MMO]\r\nPATID=9\r\n"
).encode("cp1252")


def test_arguments() -> None:
    call = from_arguments(
        identifiers=["NHS|943 476 5919"], family=" Smith ", given="Ann", born="1980-02-29", title="Ms"
    )
    assert call == LaunchCall(
        (Identifier("NHS", "9434765919"),), "Smith", "Ann", date(1980, 2, 29), Source.ARGUMENTS, "Ms"
    )


def test_a_number_alone_is_enough_and_so_are_name_and_birth() -> None:
    assert from_arguments(identifiers=["TR|TR-000412"]).born is None
    assert from_arguments(family="Smith", born="29-Feb-1980").identifiers == ()


@pytest.mark.parametrize(
    "parts", [{}, {"family": "Smith"}, {"born": "1980-02-29"}, {"given": "Ann", "born": "1980-02-29"}]
)
def test_nobody_named_is_refused(parts: dict[str, str]) -> None:
    with pytest.raises(LaunchRefused, match="patient"):
        from_arguments(**parts)  # type: ignore[arg-type]


def test_an_ambiguous_birth_is_refused_and_a_declared_one_read() -> None:
    with pytest.raises(BadPatientData, match="ambiguous"):
        from_arguments(family="Smith", born="03/04/1980")
    assert from_arguments(family="Smith", born="03/04/1980", born_format="mdy").born == date(1980, 3, 4)


@pytest.mark.parametrize("name", ["O'Brien", "van der Berg", "Nguyễn", "Ó Súilleabháin", "李", "D’Arcy", "Smith-Jones"])
def test_names_of_all_kinds(name: str) -> None:
    assert from_arguments(family=name, born="1980-02-29").family == name


def test_names_are_composed_so_that_they_can_be_compared() -> None:
    assert from_arguments(family="Mu\u0308ller", born="1980-02-29").family == "Müller"


_HOSTILE = [
    ("Smith\n", "shown"), ("Smith\tX", "shown"), ("a\0b", "shown"), ("\x1b[31mred", "shown"), ("\u202egnp.exe", "shown"),
    ("\u2066x", "shown"), ("zero\u200bwidth", "shown"), ("\ufeffbom", "shown"), ("a\x85b", "shown"), ("a\u2028b", "shown"),
    ("-rf", "option"), ("--help", "option"), ("/etc/passwd", "path"), ('Sm"ith', "quotation"), ("`id`", "quotation"), ("„x“", "quotation"),
    ("x" * 121, "long"), ("x" * 100_000, "long"), ("\udcff", "UTF-8"), ("  -rf", "option"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "reason"), _HOSTILE)
@pytest.mark.parametrize("field", ["family", "given", "title", "identifier"])
def test_hostile_values_are_refused_without_repeating_them(value: str, reason: str, field: str) -> None:
    parts: dict[str, Any] = {"family": "Smith", "born": "1980-02-29"}
    parts |= {"identifiers": [f"TR|{value}"]} if field == "identifier" else {field: value}
    with pytest.raises(LaunchRefused) as refused:
        from_arguments(**parts)
    assert value not in str(refused.value)
    if field == "family":
        assert reason in refused.value.reason


@pytest.mark.parametrize(
    "identifier",
    ["", "4711", "|4711", "TR|", "TR|a|b", "1TR|5", "TR|a b;c", "TR|$(id)", "T=R|5", "NHS|9434765918", "NHS|12", "NHS|943476591X", "TR|" + "9" * 65],
)  # fmt: skip
def test_identifiers_that_are_none(identifier: str) -> None:
    with pytest.raises(LaunchRefused):
        from_arguments(identifiers=[identifier])


def test_the_same_identifier_twice_counts_once_and_too_many_are_refused() -> None:
    assert len(from_arguments(identifiers=["NHS|9434765919", "nhs|943-476-5919"]).identifiers) == 1
    with pytest.raises(LaunchRefused, match="too many"):
        from_arguments(identifiers=[f"TR|{n}" for n in range(9)])


@pytest.mark.parametrize(
    ("digits", "right"),
    [
        ("9434765919", True), ("9990412871", True), ("9990604312", True), ("9434765910", False), ("0000000000", True),
        ("943476591", False), ("٩٤٣٤٧٦٥٩١٩", False), ("943476591X", False),
    ],
)  # fmt: skip
def test_nhs_check_digit(digits: str, right: bool) -> None:
    assert nhs_number_is_right(digits) is right


@given(st.integers(0, 999_999_999).map("{:09}".format))
def test_at_most_one_check_digit_is_right(nine: str) -> None:
    assert sum(nhs_number_is_right(f"{nine}{digit}") for digit in range(10)) <= 1


def test_a_vdds_file() -> None:
    call = from_bytes(_VDDS)
    assert call.family == "Müller-Lüdenscheidt"
    assert call.given == "Jürgen"
    assert call.born == date(1980, 2, 29)
    assert call.identifiers == (Identifier("CHART", "4711"),)
    assert call.source is Source.VDDS


@pytest.mark.parametrize(
    "content",
    [
        b"[OTHER]\r\nPATID=1\r\n",
        b"[PATIENT]\r\nPATID=1\r\n[PATIENT]\r\nPATID=2\r\n",
        b"[PATIENT]\r\nPATID=1\r\nPATID=2\r\n",
        b"[PATIENT]\r\nnonsense\r\n",
        b"[PATIENT]\r\nPATID=1\r\nLASTNAME=\x81\r\n",
        b"[PATIENT]\r\nPATID=1\0\r\n",
        b"[PATIENT]\r\nSSN=078051120\r\nPATID=1\r\n",
        b"[PATIENT]\r\nPATID=1\r\nLASTNAME=A\x0bB\r\n",
        b"[PATIENT]\r\n",
    ],
)
def test_ini_files_that_are_refused(content: bytes) -> None:
    with pytest.raises(LaunchRefused):
        from_bytes(content)


def test_an_ini_file_in_utf8_says_so_with_its_mark() -> None:
    assert from_bytes(b"\xef\xbb\xbf[patient]\npatid=1\nlastname=\xc3\x96z\n").family == "Öz"


def test_lines_of_a_template() -> None:
    text = """# Open Dental output
PatNum = 4711
LName=Marsh
FName=Eleanor
NHS Number=943 476 5919
id=TR|TR-000412
Birthdate=03/04/1987
Date-Format=MM/dd/yyyy
ProvNum=3
"""
    call = from_bytes(text.encode())
    assert call.born == date(1987, 3, 4)
    assert [one.system for one in call.identifiers] == ["TR", "CHART", "NHS"]
    assert call.source is Source.TEXT


def test_the_caller_may_declare_the_order_but_the_file_wins() -> None:
    assert from_bytes(b"family=Marsh\nborn=03/04/1987", born_format="dmy").born == date(1987, 4, 3)
    assert from_bytes(b"family=Marsh\nborn=03/04/1987\ndate_format=mdy", born_format="dmy").born == date(1987, 3, 4)


@pytest.mark.parametrize(
    "content",
    [
        b"", b" \r\n", b"family=M\xfcller\nborn=1980-01-01", b"family=Marsh\nborn=1980-01-01\nssn=1", b"just words",
        b"family=A\nsurname=B\nborn=1980-01-01", b"id=4711", b"\xff\xfef\0a\0", b"x=1\n" * 501, b"a=" + b"x" * 70_000,
        b"family=Marsh\nborn=1980-01-01\ndate_format=sideways", b"family=Marsh\nborn=1980-02-30",
    ],
)  # fmt: skip
def test_lines_that_are_refused(content: bytes) -> None:
    with pytest.raises((LaunchRefused, BadPatientData)):
        from_bytes(content)


def test_a_file_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "patient.ini"
    file.write_bytes(_VDDS)
    assert from_file(file).given == "Jürgen"


def test_files_that_cannot_be_files(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    big = tmp_path / "big"
    big.write_bytes(b"a=b\n" * 20_000)
    for path in (tmp_path, tmp_path / "missing", pipe, big, Path("/dev/zero"), Path("nul\0l")):
        with pytest.raises(LaunchRefused) as refused:
            from_file(path)
        assert "Jürgen" not in str(refused.value)


class _Slow(io.RawIOBase):
    """Gives one byte at a time, as a pipe may."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1) -> bytes:
        piece, self._rest = self._rest[:1], self._rest[1:]
        return piece


class _Broken(_Slow):
    def read(self, _size: int = -1) -> bytes:
        raise OSError(5, "broken")


def test_standard_input_is_read_to_its_end() -> None:
    assert from_stream(_Slow(_VDDS)).given == "Jürgen"  # type: ignore[arg-type]


def test_endless_or_broken_input_is_refused() -> None:
    with pytest.raises(LaunchRefused, match="too long"):
        from_stream(io.BytesIO(b"a" * (launch.LONGEST + 1)))
    with pytest.raises(LaunchRefused, match="cannot be read"):
        from_stream(_Broken(b""))  # type: ignore[arg-type]


def _only_refusals(content: bytes) -> None:
    try:
        call = from_bytes(content)
    except (LaunchRefused, BadPatientData):
        return
    assert call.identifiers or (call.family and call.born)
    for text in (call.family, call.given, call.title, *(one.value for one in call.identifiers)):
        assert text.isprintable()
        assert not text.startswith(("-", "/"))


@given(st.binary(max_size=400))
def test_any_bytes_give_a_call_or_a_refusal(content: bytes) -> None:
    _only_refusals(content)


@given(
    st.sampled_from([b"[PATIENT]\r\nPATID=1\r\nLASTNAME=", b"id=TR|1\nfamily=", b"\xef\xbb\xbf[patient]\npatid="]),
    st.binary(max_size=200),
)
def test_any_tail_gives_a_call_or_a_refusal(head: bytes, tail: bytes) -> None:
    _only_refusals(head + tail)


@given(
    identifiers=st.lists(st.text(max_size=30), max_size=4),
    family=st.text(max_size=20),
    born=st.sampled_from(["1980-02-29", "03/04/1980", "", "x"]),
    born_format=st.sampled_from(["", "dmy", "x"]),
)
def test_any_arguments_give_a_call_or_a_refusal(
    identifiers: list[str], family: str, born: str, born_format: str
) -> None:
    try:
        call = from_arguments(identifiers=identifiers, family=family, born=born, born_format=born_format)
    except (LaunchRefused, BadPatientData):
        return
    assert call.family.isprintable()
