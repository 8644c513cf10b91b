# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking for bytes that must not be there: in folders, shared memory and the memory of running processes.

A hunt that finds nothing proves something only if it would have found it: every test plants a marker in each place first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Pattern(Protocol):
    """What is known by its look, not by its bytes: decoded pixels."""

    def search(self, data: bytes, /) -> object:
        """Something true where it is in `data`."""
        ...


Marker = bytes | Pattern

_STRETCH = 1 << 22
_PAGE = 4096
_LONGEST_PATTERN = 1 << 13
_MAPS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+) *(.*)")
_NO_MEMORY = frozenset({"[vvar]", "[vsyscall]", "[vvar_vclock]"})


@dataclass(frozen=True)
class Find:
    """Where a marker was."""

    marker: Marker
    where: str


def spellings(text: str) -> tuple[bytes, ...]:
    """How a text may lie in memory or a file: UTF-8, UTF-16 (Qt), UTF-32 (Python)."""
    return tuple({text.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")})


def in_folders(
    folders: Iterable[Path], markers: Sequence[Marker], *, skip: Collection[Path] = (), since: float = 0.0
) -> list[Find]:
    """Every regular file below `folders`, and every file name. `skip` names folders and files, `since` the oldest change.

    Raises:
        PermissionError: a file of this account cannot be read; nothing is known about it.
    """
    assert markers, "nothing to look for finds nothing"
    found = []
    for folder in folders:
        for root, names, files in os.walk(folder, followlinks=False, onerror=_unreadable):
            here = Path(root)
            names[:] = [n for n in names if here / n not in skip and not _keeps_nothing(here / n)]
            new = [n for n in files if here / n not in skip and _changed_since(here / n, since)]
            for name in [*(n for n in names if _changed_since(here / n, since)), *new]:
                found += [Find(m, f"name {here / name}") for m in among(markers, os.fsencode(name))]
            for name in new:
                path = here / name
                if path.is_file() and not path.is_symlink():
                    found += [Find(m, str(path)) for m in _in_file(path, markers)]
    return found


def _keeps_nothing(folder: Path) -> bool:
    """Whether a file system without room is mounted there (proc, sysfs): its files are the kernel's, and some never end."""
    return os.path.ismount(folder) and os.statvfs(folder).f_blocks == 0


def among(markers: Sequence[Marker], data: bytes) -> Iterator[Marker]:
    """Those of `markers` that are in `data`."""
    for marker in markers:
        if marker in data if isinstance(marker, bytes) else marker.search(data):
            yield marker


def in_process(pid: int, markers: Sequence[Marker]) -> list[Find]:
    """The readable memory of a process, stretch by stretch.

    Raises:
        PermissionError: the kernel does not let this account look (the process is not dumpable and we are not root).
    """
    assert markers, "nothing to look for finds nothing"
    found = []
    overlap = _overlap(markers)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, name in _regions(pid):
            tail = b""
            at = start
            step = _STRETCH
            while at < end:
                try:
                    memory.seek(at)
                    data = memory.read(min(step, end - at))
                except OSError:
                    # A page of it cannot be read, or the mapping went meanwhile: the rest is read page by page.
                    if step > _PAGE:
                        step = _PAGE
                        continue
                    data = b""
                if data:
                    block = tail + data
                    found += [Find(m, f"pid {pid} {name or 'memory'} near {at:x}") for m in among(markers, block)]
                    tail = block[-overlap:]
                    at += len(data)
                else:
                    tail = b""
                    at += _PAGE
                if at % _STRETCH == 0:
                    step = _STRETCH
    return found


def _regions(pid: int) -> Iterator[tuple[int, int, str]]:
    """Readable stretches of address space that may hold something.

    Pages of a plain file that the process has not changed are as they are on disk, where `in_folders` looks.
    """
    region: tuple[int, int, str] | None = None
    is_file = changed = False
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as lines:
        for line in [*lines, "0-0 ---- 0 0 0\n"]:
            match = _MAPS.match(line)
            if match is None:
                changed = changed or (line.startswith("Anonymous:") and line.split()[1] != "0")
                continue
            if region is not None and (changed or not is_file):
                yield region
            readable = match[3].startswith("r") and match[5] not in _NO_MEMORY
            region = (int(match[1], 16), int(match[2], 16), match[5]) if readable else None
            is_file = (
                match[4] != "0" and not match[5].startswith(("/memfd:", "/dev/", "/SYSV")) and "(del" not in match[5]
            )
            changed = False


def _overlap(markers: Sequence[Marker]) -> int:
    return max(len(m) if isinstance(m, bytes) else _LONGEST_PATTERN for m in markers)


def _changed_since(path: Path, since: float) -> bool:
    try:
        return since == 0.0 or path.lstat().st_ctime >= since
    except FileNotFoundError:
        return False


def _unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError) and _is_ours(Path(error.filename)):
        raise error


def _is_ours(path: Path) -> bool:
    return path.lstat().st_uid == os.getuid()


def _in_file(path: Path, markers: Sequence[Marker]) -> list[Marker]:
    overlap = _overlap(markers)
    found: list[Marker] = []
    try:
        with path.open("rb") as file:
            tail = b""
            while data := file.read(_STRETCH):
                block = tail + data
                found += [m for m in among(markers, block) if m not in found]
                tail = block[-overlap:]
    except FileNotFoundError:
        return found
    except PermissionError:
        if _is_ours(path):
            raise
    return found


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
