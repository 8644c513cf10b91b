# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m clinicam` as it is, watched from outside: says ``painted`` when the unlock screen was painted first, and ends.

`python -m benchmarks.first_paint` runs the same module in the same way; the one thing added is an event filter on the
application object, which `clinicam.app` takes over when it finds one. With ``bare`` it is the peer instead: a window of
PySide6 with nothing in it.
"""

from __future__ import annotations

import runpy
import sys

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget


class Watch(QObject):
    """Waits for the first painting of a visible widget called `name`, or of any where that is empty."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._seen = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Never stops an event."""
        if event.type() == QEvent.Type.Paint and not self._seen and self._name in {"", watched.objectName()}:
            self._seen = True
            # After this turn of the event loop the whole window was painted and flushed.
            QTimer.singleShot(0, self._tell)
        return False

    def _tell(self) -> None:
        print("painted", flush=True)
        for window in QApplication.topLevelWidgets():
            window.close()
        QApplication.quit()


def main() -> None:
    """See the module."""
    is_bare = sys.argv[1:] == ["bare"]
    application = QApplication(["bare" if is_bare else "clinicam"])
    watch = Watch("" if is_bare else "unlock.password")
    application.installEventFilter(watch)
    if is_bare:
        window = QWidget()
        window.resize(1280, 720)
        window.show()
        application.exec()
        return
    sys.argv[:] = ["clinicam"]
    runpy.run_module("clinicam", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
