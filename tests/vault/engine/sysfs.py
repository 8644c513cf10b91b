# SPDX-License-Identifier: GPL-3.0-or-later
"""Fake machines: a sysfs tree in a folder, a mount table, and what the kernel says of a directory."""

from __future__ import annotations

import os
from pathlib import Path

from clinicam.vault.mounts import Standing, System


class Machine:
    """Add disks, then mounts; `system` answers for them."""

    def __init__(self, root: Path) -> None:
        self.sys = root / "sys"
        self.mounts: list[str] = []
        self.standings: dict[str, Standing] = {}
        for name in ("devices", "dev/block", "class/block", "bus", "fs/btrfs"):
            (self.sys / name).mkdir(parents=True)

    def node(self, path: str, subsystem: str = "", **files: str) -> Path:
        """A device directory below ``/sys/devices`` with its subsystem link and attribute files."""
        where = self.sys / "devices" / path
        where.mkdir(parents=True, exist_ok=True)
        if subsystem and not (where / "subsystem").is_symlink():
            (self.sys / "bus" / subsystem).mkdir(exist_ok=True)
            (where / "subsystem").symlink_to(self.sys / "bus" / subsystem)
        for name, text in files.items():
            (where / name).write_text(f"{text}\n")
        return where

    def disk(self, parent: str, name: str, number: str, *, removable: str = "0", partitions: int = 0) -> Path:
        """A block device hanging on `parent`, with its partitions named and numbered on."""
        where = self.node(f"{parent}/block/{name}", "block", removable=removable)
        self._block(where, name, number)
        major, _, minor = number.partition(":")
        for n in range(1, partitions + 1):
            part = self.node(f"{parent}/block/{name}/{name}{n}", "block", partition=str(n))
            self._block(part, f"{name}{n}", f"{major}:{int(minor) + n}")
        return where

    def virtual(self, name: str, number: str, *, slaves: tuple[Path, ...] = (), backing: str | None = None) -> Path:
        """A device mapper, md, loop, zram or network block device."""
        where = self.node(f"virtual/block/{name}", "block", removable="0")
        self._block(where, name, number)
        (where / "slaves").mkdir()
        for slave in slaves:
            (where / "slaves" / slave.name).symlink_to(slave)
        if backing is not None:
            (where / "loop").mkdir()
            (where / "loop" / "backing_file").write_text(f"{backing}\n")
        return where

    def _block(self, where: Path, name: str, number: str) -> None:
        (self.sys / "dev/block" / number).symlink_to(where)
        (self.sys / "class/block" / name).symlink_to(where)

    def btrfs(self, *members: Path) -> None:
        devices = self.sys / "fs/btrfs" / f"uuid-{len(os.listdir(self.sys / 'fs/btrfs'))}" / "devices"
        devices.mkdir(parents=True)
        for member in members:
            (devices / member.name).symlink_to(member)

    def mount(
        self, point: str, kind: str, *, device: str = "0:50", source: str = "none", options: str = "rw,relatime"
    ) -> None:
        number = 20 + len(self.mounts)
        escaped = point.replace(" ", "\\040")
        self.mounts.append(f"{number} 1 {device} / {escaped} {options} shared:1 - {kind} {source} rw")

    def stand(self, path: Path) -> Standing:
        """As the kernel would: st_dev of the nearest known place; mount ids are left to the mount table."""
        found = [name for name in self.standings if path.is_relative_to(name)]
        if not found:
            raise FileNotFoundError(path)
        best = max(found, key=len)
        return Standing(path, self.standings[best].device, self.standings[best].mount_id)

    def at(self, point: str, device: str, mount_id: int | None = None) -> None:
        self.standings[point] = Standing(Path(point), device, mount_id)

    @property
    def system(self) -> System:
        return System(sysfs=self.sys, mountinfo="\n".join([*self.mounts, "not a line"]), stand=self.stand)
