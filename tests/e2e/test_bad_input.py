# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong passwords and hostile words at the program's own doors: each is said in a sentence, and a session goes on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from clinicam.capture.session import ShotState
from clinicam.chart.handover import NAME, HandoverServer, offer
from clinicam.chart.launch import LaunchCall, from_arguments, from_bytes
from clinicam.errors import BadPatientData, CliniCamError, LaunchRefused, LockedOut, WrongPassword
from clinicam.identity import make_patient
from tests.e2e.places import REPOSITORY
from tests.e2e.practice_day import PASSWORD, Day, practice_day, station_at
from tests.e2e.saying import sentence_for

FREE_TRIES = 5


def test_five_wrong_passwords_lock_out_and_the_kit_opens(cheap: None, tmp_path: Path) -> None:
    with practice_day(tmp_path, camera="", wait_camera=False) as day:
        created = day.created
    with station_at(tmp_path) as station:

        def unlock(password: str) -> CliniCamError | None:
            return station.thread.submit(station.unlock, created.user, password).exception(60)  # type: ignore[return-value]

        for number in range(FREE_TRIES):
            problem = unlock(f"wrong password number {number}")
            assert type(problem) is WrongPassword
            assert "password" in sentence_for(problem).sentence
        for password in ("wrong again", PASSWORD):
            problem = unlock(password)
            assert isinstance(problem, LockedOut)
            assert problem.seconds > 0
            assert any(digit in sentence_for(problem).next_step for digit in "123456789")
        with pytest.raises(WrongPassword):
            station.thread.submit(station.unlock_with_kit, (*created.kit_words[1:], created.kit_words[0])).result(60)
        surgery = station.thread.submit(station.unlock_with_kit, created.kit_words).result(60)
        acts = surgery.vault.counts().acts
        assert acts["unlock.failed"] >= FREE_TRIES
        assert acts["unlock.kit"] == 1


def test_a_lock_out_outlives_the_program(cheap: None, tmp_path: Path) -> None:
    with practice_day(tmp_path, camera="", wait_camera=False) as day:
        user = day.created.user
    for _ in range(FREE_TRIES):
        with station_at(tmp_path) as station, pytest.raises(WrongPassword):
            station.thread.submit(station.unlock, user, "wrong").result(60)
    with station_at(tmp_path) as station, pytest.raises(LockedOut):
        station.thread.submit(station.unlock, user, PASSWORD).result(60)


# --- words ---------------------------------------------------------------------------------------------------------------

TODAY = date.today()
IMPOSSIBLE_BIRTHS = (
    "1980-02-30", "1981-02-29", "1980-13-01", "1980-00-10", "0000-00-00", "1880-01-01", "03/04/1980", "19800229",
    (TODAY + timedelta(days=1)).isoformat(), "yesterday", "29-Foo-1980", "1980-02-29; DROP TABLE", "９９９９-０１-０１", "1",
)  # fmt: skip


@pytest.mark.parametrize("born", IMPOSSIBLE_BIRTHS)
def test_an_impossible_date_of_birth(born: str) -> None:
    """Refused on the way in, or at the latest by the form of a new patient."""

    def taken_in() -> None:
        call = from_arguments(identifiers=("NHS|9434765919",), family="Smith", given="Ann", born=born)
        make_patient(family=call.family, given=call.given, born=call.born or TODAY, today=TODAY)

    with pytest.raises(BadPatientData) as caught:
        taken_in()
    assert sentence_for(caught.value).sentence.startswith("The date of birth")
    assert born not in str(caught.value)


@pytest.mark.parametrize("born", [TODAY + timedelta(days=1), date(1880, 1, 1), date(1, 1, 1), date.max])
def test_an_impossible_date_of_birth_typed_by_hand(born: date) -> None:
    with pytest.raises(BadPatientData) as caught:
        make_patient(family="Smith", given="Ann", born=born, today=TODAY)
    assert sentence_for(caught.value).sentence.startswith("The date of birth")


HOSTILE = (
    "\0", "Smith\0", "Smith\nborn=1980-02-29", "Sm\x1b[31mith", "\u202eSmith", "Sm\u200bith", "--help",
    "-rf", "/bin/sh", 'Smith"; rm -rf /', "\udc80Smith", "S" * 10_000, "\ufeffSmith", "\u2028Smith", "\x7f",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda one: ascii(one)[:24])
@pytest.mark.parametrize("name", ["family", "given", "title"])
def test_a_hostile_name(name: str, text: str) -> None:
    words = {"family": "Smith", "given": "Ann", "born": "1980-02-29"} | {name: text}
    with pytest.raises((LaunchRefused, BadPatientData)) as caught:
        from_arguments(identifiers=(), **words)
    sentence_for(caught.value)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "identifier",
    [
        *HOSTILE,
        "NHS|9434765918",
        "NHS|",
        "|1",
        "NHS|943|4765919",
        "N\0S|1",
        "NHS|94347659190000",
        "CHART|../../x",
        "a|b|c",
    ],
    ids=lambda one: ascii(one)[:24],
)
def test_a_hostile_number(identifier: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        from_arguments(identifiers=(identifier,), family="Smith", given="Ann", born="1980-02-29")
    sentence_for(caught.value)
    assert identifier not in str(caught.value)


BAD_FILES = (
    b"", b" \n", b"\0" * 100, b"\xff\xfe\xfd", b"family=Smith\n", os.urandom(4096), b"x" * (1 << 21),
    b"0138000630200147\r\n", b"9999999" * 40, b"family=Sm\xffith\nborn=1980-02-29\n", b"born=1980-02-30\nfamily=Smith\n",
    b"[PATIENT]\nLASTNAME=\n", b"family=Smith\nfamily=Jones\nborn=1980-02-29\n",
)  # fmt: skip


@pytest.mark.parametrize("content", BAD_FILES, ids=lambda one: ascii(one[:16]))
def test_a_hostile_file(content: bytes) -> None:
    with pytest.raises((LaunchRefused, BadPatientData)) as caught:
        from_bytes(content)
    sentence_for(caught.value)


def command(home: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment |= {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        [sys.executable, "-m", "clinicam", "open", *arguments],
        check=False, env=environment, input=stdin, capture_output=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("--family", "Sm\x1b[31mith", "--born", "1980-02-29"), b""),
        (("--family", "Quellmarsch", "--born", "1980-02-30"), b""),
        (("--family", "Quellmarsch", "--born", "03/04/1980"), b""),
        (("--id", "NHS|9434765918"), b""),
        (("-",), b"family=Quellmarsch\nborn=1980-02-30\n"),
        (("/nonexistent/call.gdt",), b""),
    ],
    ids=["escape", "no-such-day", "two-readings", "check-digit", "stdin", "no-file"],
)
def test_the_command_refuses_in_one_sentence(tmp_path: Path, arguments: tuple[str, ...], stdin: bytes) -> None:
    answer = command(tmp_path, *arguments, stdin=stdin)
    said = answer.stderr.decode()
    assert answer.returncode == 1
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1
    assert said.rstrip().endswith(".")
    for secret in ("Quellmarsch", "\x1b", "9434765918", "02-30"):
        assert secret not in said
    assert not list(tmp_path.rglob("*.log")), "nobody was to be shown"


def test_a_session_goes_on_while_somebody_sends_rubbish(day: Day, tmp_path: Path) -> None:
    """The surgery's program, or whoever pretends to be it, at the door of a running session."""
    day.in_session()
    day.shoot()
    calls: list[LaunchCall] = []
    runtime = day.station.folders.runtime
    server = HandoverServer(runtime, calls.append)
    try:
        for rubbish in (b"", b"\0" * 64, b"\xff" * 64, os.urandom(4096), b"\x00\x00\xff\xff" + b"x" * 100_000):
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(10)
                sock.connect(str(runtime / NAME))
                refuse(lambda sock=sock, rubbish=rubbish: sock.sendall(rubbish))
                refuse(lambda sock=sock: sock.shutdown(socket.SHUT_WR))
        assert calls == []
        good = from_arguments(identifiers=("NHS|9434765919",), family="Smith", given="Ann", born="1980-02-29")
        assert offer(runtime, good)
        assert calls == [good]
    finally:
        server.close()
    day.shoot()
    assert day.states() == [ShotState.SAFE, ShotState.SAFE]


def refuse(send: Callable[[], object]) -> None:
    """It may hang up in the middle of what it is sent."""
    try:
        send()
    except OSError:
        return
