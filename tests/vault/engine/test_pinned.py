# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets pinned in memory, seen from the kernel's side; and that a kernel that refuses is no error."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from clinicam.vault.pinned import NEEDED


def locked_kib() -> int:
    found = re.search(r"^VmLck:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def flags_at(address: int) -> set[str]:
    """What the kernel says of the mapping that holds `address` in this process: ``VmFlags`` of smaps(5)."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        span = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if span is not None:
            inside = int(span[1], 16) <= address < int(span[2], 16)
        elif inside and line.startswith("VmFlags:"):
            return set(line.split()[1:])
    raise AssertionError("no such mapping")


def in_a_process(code: str) -> str:
    """Memory that earlier tests locked and gave back stays locked: so each looks at a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def need_room() -> None:
    room = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if room != resource.RLIM_INFINITY and room < 8 * NEEDED:
        pytest.skip(f"this account may lock {room} bytes only")


def test_pages_are_locked() -> None:
    need_room()
    code = (
        "from clinicam.vault.pinned import pin\n"
        "from tests.vault.engine.test_pinned import locked_kib\n"
        "before = locked_kib()\n"
        "large = bytearray(1024 * 1024)\n"
        "done = pin(b'k' * 32, large, b'')\n"
        "print(done, locked_kib() - before)\n"
        "large.append(1)"  # it is still an ordinary bytearray
    )
    done, kib = map(int, in_a_process(code).split())
    assert done == 2
    assert kib >= 1024


def test_the_kernel_says_locked_and_not_to_be_dumped() -> None:
    """``lo`` and ``dd``, for a key of 32 bytes among others and for a large buffer, to its last byte."""
    need_room()
    code = (
        "import os\n"
        "from clinicam.vault.pinned import address_of, pin\n"
        "from tests.vault.engine.test_pinned import flags_at\n"
        "secrets = [os.urandom(32), bytearray(os.urandom(32)), bytearray(3 * 4096 + 7)]\n"
        "plain = bytearray(1024 * 1024)\n"
        "pin(*secrets)\n"
        "for one in secrets:\n"
        "    print(*({'lo', 'dd'} <= flags_at(address_of(one) + at) for at in (0, len(one) - 1)))\n"
        "print({'lo', 'dd'} & flags_at(address_of(plain) + 512 * 1024))\n"
    )
    assert in_a_process(code).split("\n")[:4] == ["True True"] * 3 + ["set()"]


def test_the_keys_of_an_open_vault_are(tmp_path: Path) -> None:
    need_room()
    code = (
        "from pathlib import Path\n"
        "from clinicam.vault.pinned import address_of\n"
        "from tests.vault.engine.bench import make_practice, patient_row, someone\n"
        "from tests.vault.engine.test_pinned import flags_at\n"
        f"practice = make_practice(Path({str(tmp_path)!r}) / 'p')\n"
        "vault, opened = practice.unlocked()\n"
        "opened.append([patient_row(someone())])\n"
        "book = opened.inside.book\n"
        "keys = [book.epoch, book.secret.hpke_seed, book.secret.sign_seed, book.shared.locator, book.shared.index]\n"
        "keys += [book.shared.audit]\n"
        "print(all({'lo', 'dd'} <= flags_at(address_of(key)) for key in keys), len(keys))\n"
        "vault.close()\n"
    )
    assert in_a_process(code) == "True 6\n"


def test_refused_is_not_an_error() -> None:
    code = (
        "from clinicam.vault.pinned import pin\n"
        "import os, resource\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))\n"
        "os.getuid() or os.setuid(65534)\n"
        "print(pin(b'k' * 32))"
    )
    assert in_a_process(code) == "0\n"
