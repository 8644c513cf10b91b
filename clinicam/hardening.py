# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process does to itself before anything else: private files, no core dumps, not readable by debuggers.

None of this can be switched off. Linux calls are prctl(2) through the C library; elsewhere the portable part is done
and `Hardened` says what was not.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import signal
import sys
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
NOWHERE = "/nonexistent"
"""Where TMPDIR points: a library that tries to write a temporary file fails at once instead of leaving plaintext."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hardened:
    """What took hold. A False here is shown on the health page, never ignored silently."""

    private_files: bool
    no_core: bool
    not_dumpable: bool
    dies_with_parent: bool


def _prctl(option: int, value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)


def harden_process(*, die_with_parent: bool = False) -> Hardened:
    """Harden the calling process. Call from the main thread before any other thread or file exists.

    Args:
        die_with_parent: also have the kernel kill this process when the thread that spawned it ends (prctl(2),
            PR_SET_PDEATHSIG). If the parent is already gone, the process ends here.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in ("TMPDIR", "TEMP", "TMP"):
        os.environ[name] = NOWHERE
    dies = False
    if die_with_parent:
        parent = os.getppid()
        dies = _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between fork and prctl
            sys.exit(0)
    done = Hardened(True, resource.getrlimit(resource.RLIMIT_CORE) == (0, 0), _prctl(_PR_SET_DUMPABLE, 0), dies)
    _log.debug("hardened: %s", done)
    return done
