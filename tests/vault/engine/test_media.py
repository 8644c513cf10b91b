# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a vault may lie, on machines made of folders. Real devices are another test's (usb-lab)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import PlaceRefused
from clinicam.vault.media import Refusal, judge, refusals
from clinicam.vault.mounts import Standing, System
from tests.vault.engine.sysfs import Machine

SATA = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
USB = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0"
NVME = "pci0000:00/0000:00:1d.0/0000:3d:00.0/nvme/nvme0"

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


ACCEPTED: list[Callable[[Machine], None]] = [
    plain_sata, whole_disk, nvme, virtio, emmc, luks, lvm_on_luks, raid, btrfs, btrfs_by_name, loop_on_sata, by_mount_id,
    thunderbolt_fixed,
]  # fmt: skip


@pytest.mark.parametrize("tree", ACCEPTED, ids=lambda tree: tree.__name__)
def test_accepted(tmp_path: Path, tree: Callable[[Machine], None]) -> None:
    machine = Machine(tmp_path)
    tree(machine)
    assert list(refusals(Path(HOME), machine.system)) == []
    judge(Path(HOME), system=machine.system)


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
]

TRAINING_TOO = {
    some_fuse, ntfs_3g, tmpfs, zram, overlay, unheard_of, no_device, no_mount, no_answer, empty_dm,
    loop_without_backing, loop_on_a_lost_file, loop_on_itself, btrfs_of_nothing,
}  # fmt: skip


@pytest.mark.parametrize(("tree", "reason"), REFUSED, ids=[tree.__name__ for tree, _ in REFUSED])
def test_refused(tmp_path: Path, tree: Callable[[Machine], None], reason: Refusal) -> None:
    machine = Machine(tmp_path)
    tree(machine)
    with pytest.raises(PlaceRefused) as caught:
        judge(Path(HOME), system=machine.system)
    assert caught.value.reason == reason.value
    if tree in TRAINING_TOO:
        judge(Path(HOME), training=True, system=machine.system)
    else:
        with pytest.raises(PlaceRefused):
            judge(Path(HOME), training=True, system=machine.system)


def test_a_place_below_a_mount_with_blanks(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    sata(machine)
    usb(machine)
    on(machine, "8:1")
    on(machine, "8:17", point="/media/My Stick")
    assert list(refusals(Path("/media/Other"), machine.system)) == []
    standing = machine.stand(Path("/media/My Stick/vault"))
    system = System(sysfs=machine.sys, mountinfo="\n".join(machine.mounts), stand=lambda _path: standing)
    assert next(refusals(Path("/"), system)) is Refusal.USB


@pytest.mark.parametrize(
    "name",
    ["Dropbox", "OneDrive - Surgery", "Google Drive", "Nextcloud", "ownCloud", "iCloudDrive", "Seafile", "Box Sync",
     "Syncthing", "pCloudDrive", "Proton Drive", "dropbox (Personal)"],
)  # fmt: skip
def test_synced_by_name(tmp_path: Path, name: str) -> None:
    machine = Machine(tmp_path)
    plain_sata(machine)
    with pytest.raises(PlaceRefused, match="synced"):
        judge(Path(f"/home/ann/{name}/vault"), training=True, system=machine.system)


@pytest.mark.parametrize("name", ["Sandbox", "inbox", "boxes", "synced photos", "Dropboxes", "vault"])
def test_not_synced_by_a_like_name(tmp_path: Path, name: str) -> None:
    machine = Machine(tmp_path)
    plain_sata(machine)
    judge(Path(f"/home/ann/{name}/vault"), system=machine.system)


@pytest.mark.parametrize("mark", [".stfolder", ".dropbox.cache", ".sync_1234abcd.db", "._sync_0f0f.db", ".sync"])
def test_synced_by_its_marks(tmp_path: Path, mark: str) -> None:
    machine = Machine(tmp_path / "machine")
    sata(machine)
    on(machine, "8:1")
    folder = tmp_path / "photos" / "deep"
    folder.mkdir(parents=True)
    judge(folder, system=machine.system)
    (tmp_path / "photos" / mark).write_bytes(b"")
    with pytest.raises(PlaceRefused, match="synced"):
        judge(folder / "new" / "vault", system=machine.system)


def test_this_machine_answers() -> None:
    system = System()
    assert system.mounts()
    here = system.stand(Path("/"))
    assert here.path == Path("/")
    assert here.mount_id is not None
    judge(Path.cwd(), training=True)
    assert list(refusals(Path("/proc"), system))[-1] in {Refusal.UNKNOWN, Refusal.TMPFS}


def test_a_kernel_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_text

    def none(self: Path, *args: str, **kwargs: str) -> str:
        if self.name == "mountinfo":
            raise FileNotFoundError(self)
        text = real(self, *args, **kwargs)
        return "" if "fdinfo" in str(self) else text

    monkeypatch.setattr(Path, "read_text", none)
    system = System()
    assert system.mounts() == ()
    assert system.stand(tmp_path) == Standing(tmp_path, system.stand(tmp_path).device, None)
    with pytest.raises(PlaceRefused, match="unknown"):
        judge(tmp_path, system=system)


def test_every_reason_is_given(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    vfat_stick(machine)
    assert list(refusals(Path(HOME), machine.system)) == [Refusal.FILESYSTEM, Refusal.USB, Refusal.REMOVABLE]


def test_a_mount_id_nobody_lists_falls_back_to_the_path(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    sata(machine)
    machine.mount("/", "ext4", device="8:1")
    machine.at("/", "8:1", mount_id=999)
    assert list(refusals(Path(HOME), machine.system)) == []


def test_a_backing_file_on_a_machine_that_then_says_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    loop_on_a_lost_file(machine)
    assert list(refusals(Path("/home/ann"), machine.system)) == [Refusal.UNKNOWN]


def test_a_backing_folder_that_cannot_be_listed_is_judged_by_the_rest(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    sata(machine)
    on(machine, "8:1")
    machine.virtual("loop0", "7:0", backing="/nowhere/at/all/image")
    on(machine, "7:0", point="/home")
    assert list(refusals(Path("/home"), machine.system)) == []
