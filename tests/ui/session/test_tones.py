# SPDX-License-Identifier: GPL-3.0-or-later
"""Three sounds that differ, through a player that is fed by a pipe, or as beeps."""

from __future__ import annotations

import struct
import sys

import pytest
from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from clinicam.capture.session import Tone
from clinicam.ui.tones import BEEPS, NOTES, RATE_HZ, Tones, samples


def test_each_tone_is_its_own() -> None:
    assert len({samples(tone) for tone in Tone}) == len(Tone)
    assert len(set(BEEPS.values())) == len(Tone)


@pytest.mark.parametrize("tone", list(Tone))
def test_a_tone_is_short_soft_and_ends_in_silence(tone: Tone) -> None:
    data = samples(tone)
    values = struct.unpack(f"<{len(data) // 2}h", data)
    assert len(values) / RATE_HZ == pytest.approx(sum(seconds for _, seconds in NOTES[tone]), abs=0.01)
    assert len(values) / RATE_HZ < 0.8
    assert 3_000 < max(values) < 14_000
    assert abs(values[0]) < 50
    assert abs(values[-1]) < 50


def test_a_player_is_given_the_samples(qtbot: QtBot) -> None:
    counts = "import sys; sys.exit(0 if len(sys.stdin.buffer.read()) == int(sys.argv[1]) else 3)"
    tones = Tones((sys.executable, "-c", counts, str(len(samples(Tone.KEPT)))), lambda: pytest.fail("beeped"))
    process = tones.findChild(QProcess)
    assert process is not None
    with qtbot.waitSignal(process.finished) as done:
        tones.play(Tone.KEPT)
    assert done.args is not None
    assert done.args[0] == 0
    tones.close()


def test_a_newer_tone_cuts_the_older_short(qtbot: QtBot) -> None:
    tones = Tones((sys.executable, "-c", "import time; time.sleep(60)"), lambda: pytest.fail("beeped"))
    process = tones.findChild(QProcess)
    assert process is not None
    tones.play(Tone.KEPT)
    assert process.waitForStarted(5000)
    first = process.processId()
    tones.play(Tone.REFUSED)
    assert process.waitForStarted(5000)
    assert process.processId() != first
    tones.close()
    assert process.state() is QProcess.ProcessState.NotRunning


@pytest.mark.parametrize("tone", list(Tone))
def test_without_a_player_beeps_are_counted(qtbot: QtBot, tone: Tone) -> None:
    beeps: list[int] = []
    tones = Tones(None, lambda: beeps.append(1))
    tones.play(tone)
    assert len(beeps) == 1
    qtbot.waitUntil(lambda: len(beeps) == BEEPS[tone])
    qtbot.wait(250)
    assert len(beeps) == BEEPS[tone]


def test_a_player_that_cannot_start_becomes_a_beep(qtbot: QtBot) -> None:
    beeps: list[int] = []
    tones = Tones(("/nonexistent/player",), lambda: beeps.append(1))
    tones.play(Tone.KEPT)
    qtbot.waitUntil(lambda: beeps == [1])
    tones.play(Tone.KEPT)
    assert beeps == [1, 1]
    tones.close()
