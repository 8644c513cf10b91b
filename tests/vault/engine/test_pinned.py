# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets pinned in memory, seen from the kernel's side; and that a kernel that refuses is no error."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest


def locked_kib() -> int:
    found = re.search(r"^VmLck:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_pages_are_locked() -> None:
    """In a process of its own: memory that earlier tests locked and gave back stays locked."""
    code = (
        "from clinicam.vault.pinned import pin\n"
        "from tests.vault.engine.test_pinned import locked_kib\n"
        "before = locked_kib()\n"
        "large = bytearray(1024 * 1024)\n"
        "done = pin(b'k' * 32, large, b'')\n"
        "print(done, locked_kib() - before)\n"
        "large.append(1)"  # it is still an ordinary bytearray
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    done, kib = map(int, found.stdout.split())
    room = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if room != resource.RLIM_INFINITY and room < 8 * 1024 * 1024:
        pytest.skip(f"this account may lock {room} bytes only")
    assert done == 2
    assert kib >= 1024


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
