# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking for bytes that must not be there: in folders, shared memory and the memory of running processes.

A hunt that finds nothing proves something only if it would have found it: every test plants a marker in each place first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_STRETCH = 1 << 22
_MAPS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r\S+) \S+ \S+ \S+ *(.*)")


@dataclass(frozen=True)
class Find:
    """Where a marker was."""

    marker: bytes
    where: str


def spellings(text: str) -> tuple[bytes, ...]:
    """How a text may lie in memory or a file: UTF-8, UTF-16 (Qt), UTF-32 (Python)."""
    return tuple({text.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")})


def in_folders(folders: Iterable[Path], markers: Sequence[bytes], *, skip: Sequence[Path] = ()) -> list[Find]:
    """Every regular file below `folders`, and every file name."""
    found = []
    for folder in folders:
        for root, names, files in os.walk(folder, followlinks=False):
            here = Path(root)
            names[:] = [n for n in names if here / n not in skip]
            for name in [*names, *files]:
                found += [Find(m, f"name {here / name}") for m in markers if m in os.fsencode(name)]
            for name in files:
                path = here / name
                if path.is_file() and not path.is_symlink():
                    found += [Find(m, str(path)) for m in _in_file(path, markers)]
    return found


def in_process(pid: int, markers: Sequence[bytes]) -> list[Find]:
    """The readable memory of a process, stretch by stretch.

    Raises:
        PermissionError: the kernel does not let this account look (the process is not dumpable and we are not root).
    """
    found = []
    overlap = max(len(m) for m in markers) - 1
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            match = _MAPS.match(line)
            if match is None or match[4] in {"[vvar]", "[vsyscall]", "[vvar_vclock]"}:
                continue
            start, end = int(match[1], 16), int(match[2], 16)
            tail = b""
            at = start
            while at < end:
                try:
                    memory.seek(at)
                    data = memory.read(min(_STRETCH, end - at))
                except OSError:
                    break
                if not data:
                    break
                block = tail + data
                found += [Find(m, f"pid {pid} {match[4] or 'memory'} near {at:x}") for m in markers if m in block]
                tail = block[-overlap:]
                at += len(data)
    return found


def _in_file(path: Path, markers: Sequence[bytes]) -> list[bytes]:
    overlap = max(len(m) for m in markers) - 1
    found: set[bytes] = set()
    try:
        with path.open("rb") as file:
            tail = b""
            while data := file.read(_STRETCH):
                block = tail + data
                found |= {m for m in markers if m in block}
                tail = block[-overlap:]
    except (FileNotFoundError, PermissionError):
        return []
    return sorted(found)


def descendants(pid: int) -> list[int]:
    """A process and all its children, deep."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children.get(one, [])
    return found
