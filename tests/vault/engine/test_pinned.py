# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets pinned in memory, seen from the kernel's side; and that a kernel that refuses is no error."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

from clinicam.vault.pinned import pin


def locked_kib() -> int:
    found = re.search(r"^VmLck:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_pages_are_locked() -> None:
    before = locked_kib()
    large = bytearray(1024 * 1024)
    done = pin(b"k" * 32, large, b"")
    room = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if room == resource.RLIM_INFINITY or room >= 8 * 1024 * 1024:
        assert done == 2
        assert locked_kib() - before >= 1024
    large.append(1)  # it is still an ordinary bytearray


def test_refused_is_not_an_error() -> None:
    code = (
        "from clinicam.vault.pinned import pin\n"
        "import os, resource\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))\n"
        "os.getuid() or os.setuid(65534)\n"
        "print(pin(b'k' * 32))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "0\n"
