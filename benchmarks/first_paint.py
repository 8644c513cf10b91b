# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m clinicam` as it is, watched: says ``painted`` and the seconds of processor time it took until the unlock
screen was painted first, and ends.

`python -m benchmarks.first_paint` runs the same module in the same way; the one thing added is that the unlock screen,
when it is entered, gets an event filter. With ``bare`` it is the peer: a window of PySide6 with nothing in it.
"""

from __future__ import annotations

import runpy
import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget


class Watch(QObject):
    """Waits for the first painting of the widget it is put on."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Never stops an event."""
        if event.type() == QEvent.Type.Paint and not self._seen:
            self._seen = True
            # After this turn of the event loop the whole window was painted and flushed.
            QTimer.singleShot(0, self._tell)
        return False

    def _tell(self) -> None:
        print(f"painted {time.process_time()}", flush=True)
        for window in QApplication.topLevelWidgets():
            window.close()
        QApplication.quit()


def _bare() -> None:
    application = QApplication(["bare"])
    watch, window = Watch(), QWidget()
    window.installEventFilter(watch)
    window.resize(1280, 720)
    window.show()
    application.exec()


def _clinicam() -> None:
    from clinicam.ui.unlock import UnlockScreen

    watch, enter = Watch(), UnlockScreen.enter

    def watched(screen: UnlockScreen) -> None:
        screen.installEventFilter(watch)
        enter(screen)

    setattr(UnlockScreen, "enter", watched)  # noqa: B010  a method of a class that is not ours
    sys.argv[:] = ["clinicam"]
    runpy.run_module("clinicam", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["bare"]:
        _bare()
    else:
        _clinicam()
