# SPDX-License-Identifier: GPL-3.0-or-later
"""Three short sounds a nurse knows without looking. Generated in memory and handed to the system's player by a pipe.

Where no player is installed, or it fails, the desktop's own beep counts instead: one for kept, two for poor, three
for refused.
"""

from __future__ import annotations

import math
import shutil
import struct
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from clinicam.capture.session import Tone

RATE_HZ = 22_050
_LOUDNESS = 0.32
_EDGE_S = 0.012
_BEEP_GAP_MS = 180

NOTES: dict[Tone, tuple[tuple[float, float], ...]] = {
    Tone.KEPT: ((880.0, 0.07), (1318.5, 0.11)),
    Tone.POOR: ((880.0, 0.09), (0.0, 0.05), (880.0, 0.09), (0.0, 0.05), (659.3, 0.16)),
    Tone.REFUSED: ((233.1, 0.22), (0.0, 0.05), (196.0, 0.34)),
}
"""(Hz, seconds) one after the other; 0 Hz is silence. Rising is good, falling is not, low is no."""

BEEPS: dict[Tone, int] = {Tone.KEPT: 1, Tone.POOR: 2, Tone.REFUSED: 3}

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("pacat", "--playback", "--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1", "--latency-msec=40"),
    ("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE_HZ), "-c", "1", "-"),
)
"""Programs that play raw samples from standard input; the first one installed is used."""


def samples(tone: Tone) -> bytes:
    """The tone as signed 16-bit little-endian mono samples at 22 050 Hz, each note faded in and out."""
    sound = bytearray()
    for hertz, seconds in NOTES[tone]:
        count = int(seconds * RATE_HZ)
        for i in range(count):
            edge = min(1.0, i / (_EDGE_S * RATE_HZ), (count - 1 - i) / (_EDGE_S * RATE_HZ))
            value = _LOUDNESS * edge * math.sin(2 * math.pi * hertz * i / RATE_HZ)
            sound += struct.pack("<h", round(value * 32_767))
    return bytes(sound)


def installed_player() -> tuple[str, ...] | None:
    """The command of the first player on this machine, with its full path, or None."""
    for command in PLAYERS:
        path = shutil.which(command[0])
        if path is not None:
            return (path, *command[1:])
    return None


class Tones(QObject):
    """Plays one tone at a time; a newer one cuts the older short. UI thread.

    `player` is a command that reads samples from standard input, or None to beep; `beep` is called for each beep.

    Signals:
        none
    """

    def __init__(
        self,
        player: Sequence[str] | None,
        beep: Callable[[], None] = QApplication.beep,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._player = tuple(player) if player is not None else None
        self._beep = beep
        self._left = 0
        self._sounds = {tone: samples(tone) for tone in Tone} if self._player else {}
        self._now: Tone | None = None
        self._process = QProcess(self)
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.setStandardErrorFile(QProcess.nullDevice())
        self._process.errorOccurred.connect(self._failed)
        self._timer = QTimer(self)
        self._timer.setInterval(_BEEP_GAP_MS)
        self._timer.timeout.connect(self._beep_again)

    def play(self, tone: Tone) -> None:
        """Sound `tone` now and return at once."""
        self._now = tone
        if self._player is None:
            self._start_beeps(tone)
            return
        self._silence()
        self._process.start(self._player[0], list(self._player[1:]))
        self._process.write(self._sounds[tone])
        self._process.closeWriteChannel()

    def close(self) -> None:
        """Silence; the player has ended when this returns."""
        self._timer.stop()
        self._silence()

    def _silence(self) -> None:
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.blockSignals(True)
            self._process.kill()
            self._process.waitForFinished(200)
            self._process.blockSignals(False)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._now is not None:
            self._player = None
            self._start_beeps(self._now)

    def _start_beeps(self, tone: Tone) -> None:
        self._left = BEEPS[tone]
        self._beep_again()
        if self._left:
            self._timer.start()

    def _beep_again(self) -> None:
        self._left -= 1
        self._beep()
        if self._left <= 0:
            self._timer.stop()
