# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines on which a vault must not lie, each with why not."""

from __future__ import annotations

from collections.abc import Callable

from clinicam.vault.media import TRAINING_ALLOWS, Refusal
from tests.vault.engine.media_trees import BOLT, NVME, SATA, mapped, on, sata, subsystem, usb
from tests.vault.engine.sysfs import Machine


def stick(m: Machine) -> None:
    usb(m, removable="1")
    on(m, "8:17")


def usb_ssd(m: Machine) -> None:
    usb(m)
    on(m, "8:17")


def luks_on_usb(m: Machine) -> None:
    m.virtual("dm-0", "253:0", slaves=(usb(m) / "sdb1",))
    on(m, "253:0")


def raid_with_one_on_usb(m: Machine) -> None:
    m.virtual("md0", "9:0", slaves=(sata(m) / "sda1", usb(m) / "sdb1"))
    on(m, "9:0")


def btrfs_with_one_on_usb(m: Machine) -> None:
    m.btrfs(sata(m) / "sda2", usb(m) / "sdb1")
    m.mount("/", "btrfs", device="0:28", source="/dev/sda2")
    m.at("/", "0:30")


def loop_on_usb(m: Machine) -> None:
    usb(m)
    on(m, "8:17", point="/media")
    m.virtual("loop0", "7:0", backing="/media/image")
    on(m, "7:0")


def removable_sata(m: Machine) -> None:
    sata(m, removable="1")
    on(m, "8:1")


def sd_card(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:aaaa", "mmc", type="SD")
    m.disk("pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:aaaa", "mmcblk0", "179:0", partitions=1)
    on(m, "179:1")


def firewire(m: Machine) -> None:
    m.node("pci0000:00/fw1/fw1.0", "firewire")
    m.disk("pci0000:00/fw1/fw1.0", "sdd", "8:48")
    on(m, "8:48")


def thunderbolt(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1c.0", "pci", removable="removable")
    m.disk("pci0000:00/0000:00:1c.0/nvme/nvme1", "nvme1n1", "259:5")
    on(m, "259:5")


def iscsi(m: Machine) -> None:
    m.node("platform/host5/session1", "iscsi_session")
    m.disk("platform/host5/session1/target5:0:0/5:0:0:1", "sde", "8:64")
    on(m, "8:64")


def nvme_over_tcp(m: Machine) -> None:
    m.node("virtual/nvme-fabrics/ctl/nvme2", "nvme", transport="tcp")
    m.disk("virtual/nvme-fabrics/ctl/nvme2", "nvme2n1", "259:9")
    on(m, "259:9")


def nbd(m: Machine) -> None:
    m.virtual("nbd0", "43:0")
    on(m, "43:0")


def nfs(m: Machine) -> None:
    m.mount("/", "nfs4", source="nas:/x")
    m.at("/", "0:60")


def cifs(m: Machine) -> None:
    m.mount("/", "cifs", source="//nas/x")
    m.at("/", "0:60")


def sshfs(m: Machine) -> None:
    m.mount("/", "fuse.sshfs", source="nas:")
    m.at("/", "0:60")


def some_fuse(m: Machine) -> None:
    m.mount("/", "fuse.gocryptfs", source="/x")
    m.at("/", "0:60")


def ntfs_3g_on_usb(m: Machine) -> None:
    usb(m)
    on(m, "8:17", "fuseblk", "/dev/sdb1")


def ntfs_3g(m: Machine) -> None:
    sata(m)
    on(m, "8:1", "fuseblk")


def tmpfs(m: Machine) -> None:
    m.mount("/", "tmpfs", source="tmpfs")
    m.at("/", "0:60")


def zram(m: Machine) -> None:
    m.virtual("zram0", "252:0")
    on(m, "252:0")


def vfat(m: Machine) -> None:
    sata(m)
    on(m, "8:1", "vfat")


def vfat_stick(m: Machine) -> None:
    usb(m, removable="1")
    on(m, "8:17", "exfat")


def read_only(m: Machine) -> None:
    sata(m)
    m.mount("/", "ext4", device="8:1", options="ro,relatime")
    m.at("/", "8:1")


def cd(m: Machine) -> None:
    m.node(SATA, "scsi")
    m.disk(SATA, "sr0", "11:0")
    on(m, "11:0")


def overlay(m: Machine) -> None:
    m.mount("/", "overlay", source="overlay")
    m.at("/", "0:60")


def unheard_of(m: Machine) -> None:
    m.mount("/", "zfs", source="tank/home")
    m.at("/", "0:60")


def no_device(m: Machine) -> None:
    on(m, "8:99")


def no_mount(m: Machine) -> None:
    m.at("/", "8:1")


def no_answer(m: Machine) -> None:
    sata(m)


def empty_dm(m: Machine) -> None:
    m.virtual("dm-0", "253:0")
    on(m, "253:0")


def loop_without_backing(m: Machine) -> None:
    m.virtual("loop0", "7:0")
    on(m, "7:0")


def loop_on_a_lost_file(m: Machine) -> None:
    m.virtual("loop0", "7:0", backing="/srv/image")
    on(m, "7:0", point="/home")


def loop_in_a_synced_folder(m: Machine) -> None:
    sata(m)
    on(m, "8:1")
    m.virtual("loop0", "7:0", backing="/srv/Dropbox/image")
    on(m, "7:0", point="/home")


def loop_on_itself(m: Machine) -> None:
    m.virtual("loop0", "7:0", backing="/srv/image")
    on(m, "7:0")


def btrfs_of_nothing(m: Machine) -> None:
    m.btrfs(sata(m) / "sda2")
    m.mount("/", "btrfs", device="0:28", source="tank")
    m.at("/", "0:30")


def uas_enclosure(m: Machine) -> None:
    """An NVMe disk in a USB case: removable=0, and the driver is uas."""
    m.node("pci0000:00/0000:00:14.0/usb2/2-1", "usb")
    m.node("pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0", "usb")
    where = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0"
    m.node(where, "scsi")
    m.disk(where, "sdf", "8:80", partitions=1)
    on(m, "8:81")


def card_in_a_usb_reader(m: Machine) -> None:
    usb(m, removable="1")
    on(m, "8:17", "ext4")


def luks_on_sd(m: Machine) -> None:
    sd_card(m)
    card = m.sys / "devices/pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0/mmcblk0p1"
    mapped(m, "dm-0", "253:0", "card", card)
    on(m, "253:0", point="/home")


def sdio_card(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:bbbb", "mmc", type="SDcombo")
    m.disk("pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:bbbb", "mmcblk0", "179:0", partitions=1)
    on(m, "179:1")


def memory_stick(m: Machine) -> None:
    m.node("pci0000:00/memstick0", "memstick")
    m.disk("pci0000:00/memstick0", "mspblk0", "252:0")
    on(m, "252:0")


def luks_on_thunderbolt(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1c.0", "pci", removable="fixed")
    m.node("pci0000:00/0000:00:1c.0/0000:05:00.0", "pci", removable="removable")
    m.node(BOLT, "nvme", transport="pcie")
    mapped(m, "dm-0", "253:0", "case", m.disk(BOLT, "nvme1n1", "259:5"))
    on(m, "253:0")


def thunderbolt_of_several_paths(m: Machine) -> None:
    m.node("pci0000:00/0000:00:1c.0/0000:05:00.0", "pci", removable="removable")
    subsystem(m, m.node(BOLT, "nvme", transport="pcie"))


def nvme_over_tcp_of_several_paths(m: Machine) -> None:
    subsystem(
        m, m.node(NVME, "nvme", transport="pcie"), m.node("virtual/nvme-fabrics/ctl/nvme2", "nvme", transport="tcp")
    )


def nvme_of_no_path(m: Machine) -> None:
    subsystem(m)


def nvme_over_something_new(m: Machine) -> None:
    m.node(NVME, "nvme", transport="carrier-pigeon")
    m.disk(NVME, "nvme0n1", "259:0", partitions=1)
    on(m, "259:1")


def btrfs_on_luks_on_usb(m: Machine) -> None:
    m.btrfs(mapped(m, "dm-0", "253:0", "luks-root", usb(m) / "sdb1"))
    m.mount("/", "btrfs", device="0:28", source="/dev/mapper/luks-root")
    m.at("/", "0:30")


def lvm_on_raid_with_one_on_usb(m: Machine) -> None:
    array = m.virtual("md0", "9:0", slaves=(sata(m) / "sda1", usb(m) / "sdb1"))
    mapped(m, "dm-0", "253:0", "vg-root", array)
    on(m, "253:0")


def multipath_iscsi(m: Machine) -> None:
    """As the kernel lays it out: the session's node names no subsystem but has a folder of that name."""
    parts = []
    for n, name in ((1, "sdd"), (2, "sde")):
        m.node(f"platform/host{n}/session{n}")
        m.node(f"platform/host{n}/session{n}/iscsi_session/session{n}", "iscsi_session")
        where = f"platform/host{n}/session{n}/target{n}:0:0/{n}:0:0:1"
        m.node(where, "scsi")
        parts.append(m.disk(where, name, f"8:{n * 16 + 32}"))
    mapped(m, "dm-0", "253:0", "mpatha", *parts)
    on(m, "253:0")


def fibre_channel(m: Machine) -> None:
    m.node("pci0000:00/0000:03:00.0/host1/rport-1:0-0")
    m.node("pci0000:00/0000:03:00.0/host1/rport-1:0-0/fc_remote_ports/rport-1:0-0", "fc_remote_ports")
    m.disk("pci0000:00/0000:03:00.0/host1/rport-1:0-0/target1:0:0/1:0:0:0", "sdd", "8:48")
    on(m, "8:48")


def drbd(m: Machine) -> None:
    m.virtual("drbd0", "147:0")
    on(m, "147:0")


def ceph_block(m: Machine) -> None:
    m.disk("rbd/0", "rbd0", "251:0")
    on(m, "251:0")


def bcache_with_a_stick(m: Machine) -> None:
    m.virtual("bcache0", "252:0", slaves=(sata(m) / "sda1", usb(m) / "sdb1"))
    on(m, "252:0")


def zfs_volume(m: Machine) -> None:
    m.virtual("zd0", "230:0")
    on(m, "230:0")


def user_space_block(m: Machine) -> None:
    m.virtual("ublkb0", "259:9")
    on(m, "259:9")


def bind_mount_of_a_stick(m: Machine) -> None:
    sata(m)
    usb(m)
    on(m, "8:1")
    m.mount("/home", "ext4", device="8:17", source="/dev/sdb1")
    m.at("/home", "8:17", mount_id=21)


def a_stick_over_a_disk(m: Machine) -> None:
    """Two mounts at one point: the later hides the earlier."""
    sata(m)
    usb(m)
    on(m, "8:1")
    m.mount("/home", "ext4", device="8:2", source="/dev/sda2")
    m.mount("/home", "ext4", device="8:17", source="/dev/sdb1")
    m.at("/home", "8:17")


def of_kind(kind: str, source: str = "none") -> Callable[[Machine], None]:
    """A mount without a device of its own."""

    def tree(m: Machine) -> None:
        m.mount("/", kind, source=source)
        m.at("/", "0:60")

    tree.__name__ = f"a {kind}"
    return tree


def on_sata(kind: str) -> Callable[[Machine], None]:
    """A file system on a plain disk."""

    def tree(m: Machine) -> None:
        sata(m)
        on(m, "8:1", kind)

    tree.__name__ = f"{kind} on a disk"
    return tree


NO_DEVICE = [
    (of_kind("ramfs"), Refusal.TMPFS),
    (of_kind("devtmpfs"), Refusal.TMPFS),
    (of_kind("hugetlbfs"), Refusal.TMPFS),
    *((of_kind(kind, "nas:/x"), Refusal.NETWORK) for kind in ("nfs", "smb3", "ceph", "afs", "glusterfs", "lustre")),
    *((of_kind(f"fuse.{kind}"), Refusal.NETWORK) for kind in ("gvfsd-fuse", "rclone", "s3fs", "davfs2", "onedriver")),
    *(
        (of_kind(f"fuse.{kind}"), Refusal.FUSE)
        for kind in ("gocryptfs", "encfs", "bindfs", "mergerfs", "pcloud", "portal")
    ),
    *(
        (of_kind(kind), Refusal.UNKNOWN)
        for kind in ("ecryptfs", "9p", "virtiofs", "autofs", "aufs", "proc", "zfs", "ubifs")
    ),
    *(
        (on_sata(kind), Refusal.FILESYSTEM)
        for kind in ("msdos", "exfat", "iso9660", "udf", "ntfs3", "hfsplus", "squashfs")
    ),
]

REFUSED: list[tuple[Callable[[Machine], None], Refusal]] = [
    (stick, Refusal.USB),
    (usb_ssd, Refusal.USB),
    (luks_on_usb, Refusal.USB),
    (raid_with_one_on_usb, Refusal.USB),
    (btrfs_with_one_on_usb, Refusal.USB),
    (loop_on_usb, Refusal.USB),
    (removable_sata, Refusal.REMOVABLE),
    (sd_card, Refusal.SD_CARD),
    (firewire, Refusal.REMOVABLE),
    (thunderbolt, Refusal.REMOVABLE),
    (iscsi, Refusal.NETWORK),
    (nvme_over_tcp, Refusal.NETWORK),
    (nbd, Refusal.NETWORK),
    (nfs, Refusal.NETWORK),
    (cifs, Refusal.NETWORK),
    (sshfs, Refusal.NETWORK),
    (some_fuse, Refusal.FUSE),
    (ntfs_3g_on_usb, Refusal.USB),
    (ntfs_3g, Refusal.FUSE),
    (tmpfs, Refusal.TMPFS),
    (zram, Refusal.TMPFS),
    (vfat, Refusal.FILESYSTEM),
    (vfat_stick, Refusal.FILESYSTEM),
    (read_only, Refusal.FILESYSTEM),
    (cd, Refusal.REMOVABLE),
    (overlay, Refusal.UNKNOWN),
    (unheard_of, Refusal.UNKNOWN),
    (no_device, Refusal.UNKNOWN),
    (no_mount, Refusal.UNKNOWN),
    (no_answer, Refusal.UNKNOWN),
    (empty_dm, Refusal.UNKNOWN),
    (loop_without_backing, Refusal.UNKNOWN),
    (loop_on_a_lost_file, Refusal.UNKNOWN),
    (loop_in_a_synced_folder, Refusal.SYNCED),
    (loop_on_itself, Refusal.UNKNOWN),
    (btrfs_of_nothing, Refusal.UNKNOWN),
    (uas_enclosure, Refusal.USB),
    (card_in_a_usb_reader, Refusal.USB),
    (luks_on_sd, Refusal.SD_CARD),
    (sdio_card, Refusal.SD_CARD),
    (memory_stick, Refusal.REMOVABLE),
    (luks_on_thunderbolt, Refusal.REMOVABLE),
    (thunderbolt_of_several_paths, Refusal.REMOVABLE),
    (nvme_over_tcp_of_several_paths, Refusal.NETWORK),
    (nvme_of_no_path, Refusal.UNKNOWN),
    (nvme_over_something_new, Refusal.NETWORK),
    (btrfs_on_luks_on_usb, Refusal.USB),
    (lvm_on_raid_with_one_on_usb, Refusal.USB),
    (multipath_iscsi, Refusal.NETWORK),
    (fibre_channel, Refusal.NETWORK),
    (drbd, Refusal.NETWORK),
    (ceph_block, Refusal.NETWORK),
    (bcache_with_a_stick, Refusal.USB),
    (zfs_volume, Refusal.UNKNOWN),
    (user_space_block, Refusal.UNKNOWN),
    (bind_mount_of_a_stick, Refusal.USB),
    (a_stick_over_a_disk, Refusal.USB),
    *NO_DEVICE,
]

TRAINING_TOO = {
    some_fuse, ntfs_3g, tmpfs, zram, overlay, unheard_of, no_device, no_mount, no_answer, empty_dm,
    loop_without_backing, loop_on_a_lost_file, loop_on_itself, btrfs_of_nothing, nvme_of_no_path, zfs_volume,
    user_space_block,
    *(tree for tree, reason in NO_DEVICE if reason in TRAINING_ALLOWS),
}  # fmt: skip
