# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says of mounts and open directories, for `media`. Tests give other roots and texts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of ``/proc/self/mountinfo``."""

    mount_id: int
    device: str
    """``major:minor``; anonymous (``0:n``) where the file system has no single device"""
    point: str
    kind: str
    source: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What the kernel says of one open directory."""

    path: Path
    device: str
    """``major:minor`` of st_dev"""
    mount_id: int | None


class System:
    """The machine's own answers. Tests give other roots and texts."""

    def __init__(
        self,
        *,
        sysfs: Path = Path("/sys"),
        mountinfo: str | None = None,
        stand: Callable[[Path], Standing] | None = None,
        home: Path | None = None,
    ) -> None:
        self.sysfs = sysfs
        self.home = home if home is not None else Path.home()
        self._mountinfo = mountinfo
        self._stand = stand

    def mounts(self) -> tuple[Mount, ...]:
        """Every mount, in order; none where the kernel does not say."""
        text = self._mountinfo
        if text is None:
            try:
                text = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
            except OSError:
                return ()
        return tuple(mount for line in text.splitlines() if (mount := _mount(line)) is not None)

    def device_name(self, source: str) -> str:
        """The kernel's name of a mounted device: ``dm-0`` of ``/dev/mapper/root``, ``sda1`` of a name by uuid."""
        name = Path(source).name
        if source.startswith("/dev/mapper/"):
            for mapped in sorted(self.sysfs.glob("class/block/dm-*/dm/name")):
                if mapped.read_text("utf-8", "surrogateescape").strip() == name:
                    return mapped.parent.parent.name
        if source.startswith("/dev/disk/") and self._stand is None:
            return Path(os.path.realpath(source)).name
        return name

    def stand(self, path: Path) -> Standing:
        """Open `path`, a directory or a file, and ask the kernel about what was opened. Raises OSError."""
        if self._stand is not None:
            return self._stand(path)
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            number = os.fstat(fd).st_dev
            real = Path(os.readlink(f"/proc/self/fd/{fd}"))
            info = Path(f"/proc/self/fdinfo/{fd}").read_text("ascii")
        finally:
            os.close(fd)
        found = re.search(r"^mnt_id:\s*(\d+)$", info, re.MULTILINE)
        return Standing(real, f"{os.major(number)}:{os.minor(number)}", int(found[1]) if found else None)


def _mount(line: str) -> Mount | None:
    left, bar, right = line.partition(" - ")
    fields, tail = left.split(" "), right.split(" ")
    if not bar or len(fields) < 6 or len(tail) < 2 or not fields[0].isdecimal():
        return None
    options = fields[5].split(",")
    super_options = tail[2].split(",") if len(tail) > 2 else []
    read_only = "ro" in options or "ro" in super_options
    return Mount(int(fields[0]), fields[2], _unescape(fields[4]), tail[0], _unescape(tail[1]), read_only)


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
