# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines made of folders, and those a vault may lie on; `media_refused` has the others. Shapes as the kernel lays them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.vault.engine.sysfs import Machine

SATA = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
USB = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0"
NVME = "pci0000:00/0000:00:1d.0/0000:3d:00.0/nvme/nvme0"

EMMC = "pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001"
BOLT = "pci0000:00/0000:00:1c.0/0000:05:00.0/nvme/nvme1"

HOME = "/home/ann/vault"


def sata(m: Machine, name: str = "sda", number: str = "8:0", removable: str = "0") -> Path:
    m.node("pci0000:00/0000:00:17.0", "pci")
    m.node(SATA, "scsi")
    return m.disk(SATA, name, number, removable=removable, partitions=2)


def usb(m: Machine, name: str = "sdb", number: str = "8:16", removable: str = "0") -> Path:
    m.node("pci0000:00/0000:00:14.0/usb1/1-2", "usb")
    m.node(USB, "scsi")
    return m.disk(USB, name, number, removable=removable, partitions=1)


def on(m: Machine, number: str, kind: str = "ext4", source: str = "/dev/sda1", point: str = "/") -> None:
    m.mount(point, kind, device=number, source=source)
    m.at(point, number)


def plain_sata(m: Machine) -> None:
    sata(m)
    on(m, "8:1")


def whole_disk(m: Machine) -> None:
    sata(m)
    on(m, "8:0", "xfs", "/dev/sda")


def nvme(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1d.0", "pci", removable="fixed")
    m.node(NVME, "nvme", transport="pcie")
    m.disk(NVME, "nvme0n1", "259:0", partitions=1)
    on(m, "259:1", source="/dev/nvme0n1p1")


def virtio(m: Machine) -> None:
    m.node("pci0000:00/0000:00:05.0/virtio2", "virtio")
    m.disk("pci0000:00/0000:00:05.0/virtio2", "vda", "254:0")
    on(m, "254:0", source="/dev/vda")


def emmc(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001", "mmc", type="MMC")
    m.disk("pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001", "mmcblk0", "179:0", partitions=1)
    on(m, "179:1")


def luks(m: Machine) -> None:
    disk = sata(m)
    m.virtual("dm-0", "253:0", slaves=(disk / "sda2",))
    on(m, "253:0", source="/dev/mapper/root")


def lvm_on_luks(m: Machine) -> None:
    disk = sata(m)
    crypt = m.virtual("dm-0", "253:0", slaves=(disk / "sda2",))
    m.virtual("dm-1", "253:1", slaves=(crypt,))
    on(m, "253:1")


def raid(m: Machine) -> None:
    one, two = sata(m), sata(m, "sdc", "8:32")
    m.virtual("md0", "9:0", slaves=(one / "sda1", two / "sdc1"))
    on(m, "9:0")


def btrfs(m: Machine) -> None:
    disk = sata(m)
    m.btrfs(disk / "sda2")
    m.mount("/", "btrfs", device="0:28", source="/dev/sda2")
    m.at("/", "0:30")


def btrfs_by_name(m: Machine) -> None:
    sata(m)
    m.mount("/", "btrfs", device="0:28", source="/dev/sda2")
    m.at("/", "0:30")


def loop_on_sata(m: Machine) -> None:
    sata(m)
    on(m, "8:1")
    m.virtual("loop0", "7:0", backing="/srv/image")
    on(m, "7:0", point="/home")


def by_mount_id(m: Machine) -> None:
    sata(m)
    usb(m)
    m.mount("/home", "ext4", device="8:17")
    m.mount("/home", "ext4", device="8:1")
    m.at("/home", "8:1", mount_id=21)


def thunderbolt_fixed(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1c.0", "pci", removable="fixed")
    m.disk("pci0000:00/0000:00:1c.0", "nvme1n1", "259:5")
    on(m, "259:5")


def mapped(m: Machine, name: str, number: str, called: str, *slaves: Path) -> Path:
    """A device mapper's device by the name it has in /dev/mapper."""
    made = m.virtual(name, number, slaves=slaves)
    (made / "dm").mkdir()
    (made / "dm" / "name").write_text(f"{called}\n")
    return made


def btrfs_on_luks(m: Machine) -> None:
    m.btrfs(mapped(m, "dm-0", "253:0", "luks-root", sata(m) / "sda2"))
    m.mount("/", "btrfs", device="0:28", source="/dev/mapper/luks-root")
    m.at("/", "0:30")


def lvm_on_raid(m: Machine) -> None:
    one, two = sata(m), sata(m, "sdc", "8:32")
    array = m.virtual("md0", "9:0", slaves=(one / "sda1", two / "sdc1"))
    mapped(m, "dm-0", "253:0", "vg-root", array)
    on(m, "253:0", "xfs", "/dev/mapper/vg-root")


def luks_on_nvme(m: Machine) -> None:
    nvme(m)
    mapped(m, "dm-0", "253:0", "home", m.sys / "devices" / NVME / "block/nvme0n1/nvme0n1p1")
    on(m, "253:0", point="/home")


def luks_on_emmc(m: Machine) -> None:
    emmc(m)
    mapped(m, "dm-0", "253:0", "home", m.sys / "devices" / EMMC / "block/mmcblk0/mmcblk0p1")
    on(m, "253:0", "f2fs", point="/home")


def nvme_of_several_paths(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1d.0", "pci", removable="fixed")
    subsystem(m, m.node(NVME, "nvme", transport="pcie"))


def subsystem(m: Machine, *controllers: Path) -> None:
    """An NVMe disk as native multipathing shows it: the node hangs on a subsystem that links to controllers."""
    above = m.node("virtual/nvme-subsystem/nvme-subsys0", "nvme-subsystem")
    for controller in controllers:
        (above / controller.name).symlink_to(controller)
    m.disk("virtual/nvme-subsystem/nvme-subsys0", "nvme0n1", "259:0", partitions=1)
    on(m, "259:1", source="/dev/nvme0n1p1")


def multipath_sas(m: Machine) -> None:
    one, two = sata(m), sata(m, "sdc", "8:32")
    mapped(m, "dm-0", "253:0", "mpatha", one, two)
    on(m, "253:0")


def xen(m: Machine) -> None:
    m.node("vbd-51712", "xen")
    m.disk("vbd-51712", "xvda", "202:0", partitions=1)
    on(m, "202:1")


def bcache(m: Machine) -> None:
    m.virtual("bcache0", "252:0", slaves=(sata(m) / "sda1",))
    on(m, "252:0")


def bind_mount(m: Machine) -> None:
    """A folder of the disk shown at another place: the same device."""
    sata(m)
    usb(m)
    on(m, "8:1")
    m.mount("/home", "ext4", device="8:2", source="/dev/sda2")
    m.at("/home", "8:2", mount_id=21)


def loop_in_memory_of_a_disk(m: Machine) -> None:
    """Loop on LUKS on LVM on a disk: every step down is looked at."""
    crypt = mapped(m, "dm-0", "253:0", "crypt", mapped(m, "dm-1", "253:1", "vg-lv", sata(m) / "sda2"))
    assert crypt.exists()
    on(m, "253:0")
    m.virtual("loop0", "7:0", backing="/srv/image")
    on(m, "7:0", point="/home")


ACCEPTED: list[Callable[[Machine], None]] = [
    plain_sata, whole_disk, nvme, virtio, emmc, luks, lvm_on_luks, raid, btrfs, btrfs_by_name, loop_on_sata, by_mount_id,
    thunderbolt_fixed, btrfs_on_luks, lvm_on_raid, luks_on_nvme, luks_on_emmc, nvme_of_several_paths, multipath_sas, xen,
    bcache, bind_mount, loop_in_memory_of_a_disk,
]  # fmt: skip
