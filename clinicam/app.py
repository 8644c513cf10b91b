# SPDX-License-Identifier: GPL-3.0-or-later
"""The window's process: start, one instance, heartbeat, and lock by replacing the process.

Nothing here knows a patient. What goes wrong without a sentence of its own gets a reference number, which is also in
the log; the log holds ids and classes, never names.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import math
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, qVersion
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication

from clinicam import __version__
from clinicam.chart.call import LaunchCall, recheck
from clinicam.chart.handover import HandoverServer, offer
from clinicam.chart.launch import LONGEST
from clinicam.compose import Workstation
from clinicam.errors import CliniCamError, LaunchRefused
from clinicam.settings import Folders, load_settings
from clinicam.ui.cannot_start import CannotStart
from clinicam.ui.messages import message_for
from clinicam.ui.shell import MainWindow
from clinicam.ui.theme import Theme, apply
from clinicam.ui.tokens import DARK, LIGHT
from clinicam.upkeep.machine import look

HEARTBEAT_MS = 1000
"""How often the camera's lease is renewed (design.md 3)."""
WINDOW_WAIT_S = 20.0
"""How long a call of the surgery's program waits for the window it started."""
_log = logging.getLogger("clinicam")


class Calls(QObject):
    """Brings calls of the surgery's program from the socket's thread to the window.

    Signals:
        arrived(LaunchCall): somebody asks for a patient's chart.
    """

    arrived = Signal(object)


def start_log(file: Path) -> None:
    """Events to one small file, mode 0600 by the umask, rotated; warnings also to standard error."""
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)


def report_unexpected(show: Callable[[str], None]) -> None:
    """From now on an error nobody expected is logged by class and place, and shown as a reference number only.

    The text of the exception is left out: it could quote what a person typed.
    """

    def hook(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
        reference = secrets.token_hex(3).upper()
        places = []
        while trace is not None:
            places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
            trace = trace.tb_next
        _log.error("unexpected %s, reference %s, at %s", kind.__name__, reference, " > ".join(places))
        show(reference)

    sys.excepthook = hook


def make_application() -> QApplication:
    """The one QApplication, with names that desktops show (never a patient's)."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["clinicam"])
    application.setApplicationName("CliniCam")
    application.setApplicationVersion(__version__)
    QGuiApplication.setDesktopFileName("clinicam")
    return application


def make_theme(application: QApplication, *, choice: str, text_percent: int) -> Theme:
    """Light, dark, or as the desktop says; scaled by the screen's physical resolution."""
    screen = application.primaryScreen()
    dark = choice == "dark" or (choice == "system" and application.styleHints().colorScheme().name == "Dark")
    dots = screen.physicalDotsPerInch()
    # Steps of an eighth keep lines and icons sharp on screens that are nearly 96 dpi.
    scale = max(1.0, math.floor(dots / 96.0 * 8) / 8) if 60.0 <= dots <= 400.0 else 1.0
    theme = Theme(DARK if dark else LIGHT, screen_scale=scale, text_scale=text_percent / 100)
    apply(application, theme)
    return theme


def has_display() -> bool:
    """Whether Qt will find a screen: it ends the process with no word of use to anybody when it does not."""
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in wanted)


def window_command(camera: str) -> list[str]:
    """The command line that opens this window again. Never carries a patient."""
    return [sys.executable, "-m", "clinicam", *(["--camera", camera] if camera else [])]


def replace_process(workstation: Workstation, command: Sequence[str]) -> None:
    """Lock: let go of everything, then become a fresh process with the lock screen (design.md 3)."""
    workstation.close()
    logging.shutdown()
    os.execv(command[0], list(command))  # noqa: S606  the same interpreter, fixed arguments


def run_window(*, camera: str = "", folders: Folders | None = None) -> int:
    """Open the window and stay until it closes; the exit code."""
    if not has_display():
        sys.stderr.write("There is no screen to open a window on. `clinicam demo` works without one.\n")
        return 1
    folders = folders or Folders.of_this_account()
    application = make_application()
    try:
        return _run(application, folders, camera)
    except CliniCamError as error:
        return _cannot_start(application, error)


def _cannot_start(application: QApplication, error: CliniCamError) -> int:
    """A window that says why, for whoever clicked an icon; 1."""
    message = message_for(error)
    sys.stderr.write(f"{message.sentence} {message.next_step}\n")
    theme = make_theme(application, choice="system", text_percent=100)
    window = CannotStart(theme, message)
    window.show()
    application.exec()
    return 1


def _run(application: QApplication, folders: Folders, camera: str) -> int:
    folders.make()
    start_log(folders.log_file)
    settings = load_settings(folders)
    calls = Calls()
    with contextlib.closing(HandoverServer(folders.runtime, calls.arrived.emit)):
        workstation = Workstation(folders, settings, camera=camera)
        try:
            theme = make_theme(application, choice=settings.look.theme, text_percent=settings.look.text_percent)
            window = MainWindow(workstation, theme, lambda: replace_process(workstation, window_command(camera)))
            calls.arrived.connect(window.receive_call)
            report_unexpected(window.show_unexpected)
            beat = QTimer(window)
            beat.timeout.connect(workstation.heartbeat)
            beat.start(HEARTBEAT_MS)
            window.showMaximized()
            return application.exec()
        finally:
            workstation.close()


def open_call(call: LaunchCall, *, folders: Folders | None = None) -> int:
    """Hand a patient over to the running CliniCam; start one first if there is none.

    What came by argument was parsed by this short-lived process. If it has to wait for a window, it replaces itself by
    one whose command line says nothing of the patient: the call waits in a pipe.
    """
    folders = folders or Folders.of_this_account()
    folders.make()
    if offer(folders.runtime, call):
        return 0
    subprocess.Popen(window_command(""), stdin=subprocess.DEVNULL, start_new_session=True, close_fds=True)
    return _wait_without_a_name(call)


def _wait_without_a_name(call: LaunchCall) -> NoReturn:
    waiting, filling = os.pipe()
    os.write(filling, msgspec.json.encode(call))
    os.close(filling)
    os.set_inheritable(waiting, True)
    command = [sys.executable, "-m", "clinicam", "open", "--waiting", str(waiting)]
    os.execv(command[0], command)  # noqa: S606  the same interpreter, fixed arguments


def deliver_waiting(descriptor: int, *, folders: Folders | None = None) -> int:
    """The second half of `open_call`: hand over what waits in the pipe once the window listens.

    Raises:
        LaunchRefused: not a call of ours.
    """
    folders = folders or Folders.of_this_account()
    with os.fdopen(descriptor, "rb") as pipe:
        untrusted = pipe.read(LONGEST)
    try:
        call = recheck(msgspec.json.decode(untrusted, type=LaunchCall))
    except msgspec.MsgspecError as wrong:
        raise LaunchRefused("call", "cannot be read") from wrong
    return 0 if offer(folders.runtime, call, wait_s=WINDOW_WAIT_S) else 1


def doctor_report(folders: Folders | None = None) -> tuple[list[str], bool]:
    """What this computer has and lacks, one line each, and whether the window can be used."""
    folders = folders or Folders.of_this_account()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _application = make_application()
    families = set(QFontDatabase.families())
    has_inter = "Inter" in families
    drawn = QFont("Inter").exactMatch() if has_inter else bool(families)
    lines = [
        f"CliniCam {__version__}, Python {sys.version.split()[0]}, Qt {qVersion()}",
        f"{'ok ' if has_inter else 'no '} font Inter (Debian: fonts-inter)",
        f"{'ok ' if families else 'NO '} {len(families)} font families; with none, nothing is readable",
    ]
    settings = load_settings(folders)
    lines.append(
        f"{'ok ' if settings.vault else '-  '} vault {'named in the settings' if settings.vault else 'not set up yet'}"
    )
    for library, package in (
        ("EGL", "libegl1"),
        ("xkbcommon-x11", "libxkbcommon-x11-0"),
        ("xcb-cursor", "libxcb-cursor0"),
        ("xcb-icccm", "libxcb-icccm4"),
        ("xcb-image", "libxcb-image0"),
        ("xcb-keysyms", "libxcb-keysyms1"),
        ("xcb-randr", "libxcb-randr0"),
        ("xcb-render-util", "libxcb-render-util0"),
        ("xcb-shape", "libxcb-shape0"),
        ("xcb-xkb", "libxcb-xkb1"),
    ):
        there = find_library(library) is not None
        lines.append(f"{'ok ' if there else 'no '} lib{library} for windows (Debian: {package})")
    lines += [finding.line() for finding in look()]
    lines.append(f"{'ok ' if find_spec('gphoto2') else 'no '} camera library (gphoto2)")
    lines.append(f"{'ok ' if Path('/run/udev').is_dir() else '-  '} udev: cameras are noticed when plugged in")
    return lines, drawn and bool(families)
