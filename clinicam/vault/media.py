# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a vault may lie. Asked before a vault is made, when it is opened and before every session. Fails closed.

From an open directory the mount is found, from the mount the file system and the block devices below it (through dm, md
and loop), from each device its ancestors: what hangs on USB, in a card slot or can be pulled out is refused. A USB disk
says ``removable=0``, so the transport decides. Synced folders are known by their names and by the marks they keep.

Not seen: eSATA, disks of a virtual machine, a NAS with a stick behind it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from clinicam.errors import PlaceRefused
from clinicam.vault.mediakinds import LOCAL, MEMORY, NETWORK, UNFIT
from clinicam.vault.mounts import Mount, Standing, System
from clinicam.vault.synced import is_synced


class Refusal(Enum):
    """Why a place is refused."""

    REMOVABLE = "removable"
    """made to be pulled out, or on a port made for that"""
    USB = "usb"
    """a disk or stick on USB"""
    SD_CARD = "sd-card"
    """a memory card"""
    NETWORK = "network"
    """another machine's disk"""
    FUSE = "fuse"
    """a file system by a program nobody here knows"""
    SYNCED = "synced"
    """a folder that copies itself elsewhere"""
    TMPFS = "tmpfs"
    """in memory only: gone at power-off"""
    FILESYSTEM = "filesystem"
    """one that cannot keep a vault: no owner, no flush that counts, or read-only"""
    UNKNOWN = "unknown"
    """nothing certain can be said about it"""


TRAINING_ALLOWS = frozenset({Refusal.TMPFS, Refusal.UNKNOWN, Refusal.FUSE})
"""A training vault holds no patient: it may lie where only durability or knowledge is lacking."""


def judge(place: Path, *, training: bool = False, system: System | None = None) -> None:
    """Return if a vault may lie at `place` (which need not exist yet: its nearest existing parent answers).

    Raises:
        PlaceRefused: `reason` is a word of `Refusal`.
    """
    for reason in refusals(place, system if system is not None else System()):
        if not (training and reason in TRAINING_ALLOWS):
            raise PlaceRefused(reason.value)


def refusals(place: Path, system: System) -> Iterator[Refusal]:
    """Everything that speaks against `place`, the surest first."""
    try:
        existing = _nearest(place.absolute())
        standing = system.stand(existing)
    except OSError:
        yield Refusal.UNKNOWN
        return
    yield from _of_standing(standing, system, depth=0)
    tail = place.absolute().relative_to(existing)
    if ".." in tail.parts:
        yield Refusal.UNKNOWN  # where that leads is only known once the folders before it are made
    if is_synced(standing.path / tail, standing.path, system.home):
        yield Refusal.SYNCED


def _nearest(place: Path) -> Path:
    """The deepest part of `place` that exists. Raises OSError: it cannot be looked at, or is a link to nowhere."""
    while True:
        try:
            place.stat()
        except FileNotFoundError:
            if place.is_symlink():
                raise
        else:
            return place
        place = place.parent


def _of_standing(standing: Standing, system: System, depth: int) -> Iterator[Refusal]:
    mount = _mount_of(standing, system.mounts())
    if mount is None:
        yield Refusal.UNKNOWN
        return
    kind = mount.kind
    if kind in NETWORK:
        yield Refusal.NETWORK
    elif kind in MEMORY:
        yield Refusal.TMPFS
    elif kind in UNFIT or (mount.read_only and kind in LOCAL):
        yield Refusal.FILESYSTEM
        yield from _of_devices(mount, standing, system, depth)
    elif kind == "fuseblk" or kind == "fuse" or kind.startswith("fuse."):
        yield from _of_devices(mount, standing, system, depth, certain=False)
        yield Refusal.FUSE
    elif kind not in LOCAL:
        yield from _of_devices(mount, standing, system, depth, certain=False)
        yield Refusal.UNKNOWN
    else:
        yield from _of_devices(mount, standing, system, depth)


def _of_devices(
    mount: Mount, standing: Standing, system: System, depth: int, *, certain: bool = True
) -> Iterator[Refusal]:
    """What the block devices under a mount say; with `certain`, finding none is itself a reason."""
    devices = _devices(mount, standing, system)
    if not devices and certain:
        yield Refusal.UNKNOWN
    for device in devices:
        yield from _of_device(device, system, depth)


def _mount_of(standing: Standing, mounts: tuple[Mount, ...]) -> Mount | None:
    """By the kernel's mount id, else by the longest mount point; of equals the last, which hides the others."""
    if standing.mount_id is not None:
        for mount in mounts:
            if mount.mount_id == standing.mount_id:
                return mount
    best: Mount | None = None
    for mount in mounts:
        is_above = standing.path.is_relative_to(mount.point)
        if is_above and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def _devices(mount: Mount, standing: Standing, system: System) -> tuple[Path, ...]:
    """Directories of the block devices a mount lies on."""
    sysfs = system.sysfs
    for number in (mount.device, standing.device):
        direct = sysfs / "dev/block" / number
        if not number.startswith("0:") and direct.exists():
            return (direct.resolve(),)
    name = system.device_name(mount.source)
    if mount.kind == "btrfs":
        for members in sorted(sysfs.glob("fs/btrfs/*/devices")):
            names = sorted(os.listdir(members))
            if name in names:
                return tuple((members / member).resolve() for member in names)
    by_name = sysfs / "class/block" / name
    if mount.source.startswith("/dev/") and by_name.exists():
        return (by_name.resolve(),)
    return ()


_DEEPEST = 8
REMOTE = ("iscsi_session", "fc_remote_ports", "srp_remote_ports", "iscsi_endpoint")
"""A SCSI disk below one of these is another machine's. The node itself names no subsystem: it has a folder of that name."""


def _of_device(device: Path, system: System, depth: int) -> Iterator[Refusal]:
    """What one block device, what it is made of and what it hangs on say."""
    if depth > _DEEPEST:
        yield Refusal.UNKNOWN
        return
    whole = device.parent if (device / "partition").exists() else device
    name = whole.name
    if name.startswith(("nbd", "rbd", "drbd")):
        yield Refusal.NETWORK
    if name.startswith(("zram", "ram", "brd")):
        yield Refusal.TMPFS
    if name.startswith("fd") or name.startswith("sr"):
        yield Refusal.REMOVABLE
    if _word(whole / "removable") == "1":
        yield from _ancestors(whole, system.sysfs)
        yield Refusal.REMOVABLE
        return
    below = [entry.resolve() for part in {device, whole} for entry in sorted((part / "slaves").glob("*"))]
    backing = _text(whole / "loop/backing_file")
    if name.startswith("loop"):
        yield from _of_backing(backing, system, depth)
    elif not below and whole.parent == system.sysfs.resolve() / "devices/virtual/block":
        yield Refusal.UNKNOWN  # made of something, and it does not say of what
    for part in below:
        yield from _of_device(part, system, depth + 1)
    yield from _ancestors(whole, system.sysfs)


def _of_backing(backing: str, system: System, depth: int) -> Iterator[Refusal]:
    """A loop device is as good as where its file lies."""
    if not backing:
        yield Refusal.UNKNOWN
        return
    try:
        standing = system.stand(Path(backing))
    except OSError:
        yield Refusal.UNKNOWN
        return
    yield from _of_standing(standing, system, depth + 1)
    if is_synced(standing.path.parent, standing.path.parent, system.home):
        yield Refusal.SYNCED


def _ancestors(device: Path, sysfs: Path) -> Iterator[Refusal]:
    """Walk from a disk towards the root of the device tree."""
    top = sysfs.resolve()
    here = device
    while here not in {top, here.parent}:
        subsystem = _subsystem(here)
        if subsystem == "usb":
            yield Refusal.USB
        elif subsystem in {"firewire", "ieee1394", "pcmcia", "memstick", "ms_block", "mspro_block"}:
            yield Refusal.REMOVABLE
        elif subsystem == "mmc" and _word(here / "type") != "MMC":
            yield Refusal.SD_CARD
        elif (
            subsystem in REMOTE
            or any((here / name).is_dir() for name in REMOTE)
            or (subsystem == "nvme" and _word(here / "transport") not in {"", "pcie"})
        ):
            yield Refusal.NETWORK
        elif subsystem == "nvme-subsystem":
            yield from _controllers(here, sysfs)
        elif subsystem in {"pci", "thunderbolt"} and _word(here / "removable") == "removable":
            yield Refusal.REMOVABLE
        here = here.parent


def _controllers(subsystem: Path, sysfs: Path) -> Iterator[Refusal]:
    """A disk of several paths hangs on a subsystem, which only links to what it really hangs on."""
    paths = [one.resolve() for one in sorted(subsystem.glob("nvme*")) if (one / "transport").exists()]
    if not paths:
        yield Refusal.UNKNOWN
    for one in paths:
        yield from _ancestors(one, sysfs)


def _subsystem(path: Path) -> str:
    link = path / "subsystem"
    return Path(os.readlink(link)).name if link.is_symlink() else ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape").rstrip("\n")
    except OSError:
        return ""


def _word(path: Path) -> str:
    return _text(path).strip()
