# SPDX-License-Identifier: GPL-3.0-or-later
"""What `clinicam doctor` says of machines made of folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinicam.errors import KeyStoreRefused
from clinicam.upkeep.machine import Finding, Weight, look
from clinicam.vault.device_key import OsKeyStore
from tests.vault.machine.fakes import FakeKernel

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


class FakeStore(OsKeyStore):
    """A key store that says what it is told to."""

    def __init__(self, refuses: str = "") -> None:
        super().__init__()
        self.refuses = refuses

    def check(self) -> str:
        if self.refuses:
            raise KeyStoreRefused(self.refuses)
        return "Secret Service"


class Place:
    """A root with what the kernel says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.says("proc/swaps", HEAD)
        self.says("proc/sys/kernel/core_pattern", "core\n")
        self.says("proc/sys/kernel/yama/ptrace_scope", "1\n")

    def says(self, path: str, text: str) -> None:
        where = self.root / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)

    def swap(self, *areas: str) -> None:
        self.says("proc/swaps", HEAD + "".join(f"{area} partition 8388604 0 -2\n" for area in areas))

    def crypt(self, name: str, mapped: str, *, uuid: str = "CRYPT-PLAIN-swap", on: str = "") -> None:
        self.says(f"sys/devices/virtual/block/{name}/dm/name", f"{mapped}\n")
        self.says(f"sys/devices/virtual/block/{name}/dm/uuid", f"{uuid}\n")
        blocks = self.root / "sys/class/block"
        blocks.mkdir(parents=True, exist_ok=True)
        (blocks / name).symlink_to(self.root / f"sys/devices/virtual/block/{name}")
        if on:
            slaves = self.root / f"sys/devices/virtual/block/{name}/slaves"
            slaves.mkdir()
            (slaves / on).symlink_to(self.root / f"sys/devices/virtual/block/{on}")

    def look(self, **other: object) -> tuple[Finding, ...]:
        return look(
            root=self.root,
            store=FakeStore(str(other.get("store", ""))),
            keys=FakeKernel(is_there=bool(other.get("kernel", True))),
            memlock=int(str(other.get("memlock", -1))),
        )

    def risks(self, **other: object) -> list[str]:
        return [one.words for one in self.look(**other) if one.weight is Weight.RISK]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_machine_as_it_should_be(place: Place) -> None:
    assert place.risks() == []
    assert {one.weight for one in place.look()} == {Weight.GOOD}
    assert all(one.line().startswith("ok ") for one in place.look())


@pytest.mark.parametrize("area", ["/dev/sda5", "/swapfile", "/dev/dm-7", "/dev/mapper/none"])
def test_bare_swap_is_a_risk_and_says_what_to_do(place: Place, area: str) -> None:
    place.swap(area)
    (words,) = place.risks()
    assert area in words
    assert "swapoff" in words


def test_encrypted_swap_is_none(place: Place) -> None:
    place.crypt("dm-0", "swap")
    place.crypt("dm-1", "vg-swap", uuid="LVM-abc", on="dm-0")
    place.swap("/dev/dm-0", "/dev/mapper/swap", "/dev/dm-1", "/dev/mapper/vg-swap", "/dev/zram0")
    assert place.risks() == []


def test_swap_on_a_volume_of_which_a_part_is_bare(place: Place) -> None:
    place.crypt("dm-0", "swap")
    place.crypt("dm-2", "bare", uuid="LVM-bare")
    place.crypt("dm-1", "vg-swap", uuid="LVM-abc", on="dm-0")
    slaves = place.root / "sys/devices/virtual/block/dm-1/slaves"
    (slaves / "dm-2").symlink_to(place.root / "sys/devices/virtual/block/dm-2")
    place.swap("/dev/mapper/vg-swap")
    assert len(place.risks()) == 1


def test_a_volume_that_lies_on_itself_is_no_loop(place: Place) -> None:
    place.crypt("dm-1", "odd", uuid="LVM-abc", on="dm-1")
    place.swap("/dev/dm-1")
    assert len(place.risks()) == 1


@pytest.mark.parametrize(
    ("disk", "line", "risks"),
    [
        ("[platform] shutdown", "root=/dev/sda1 resume=/dev/sda5 quiet", 1),
        ("[platform] shutdown", "root=/dev/sda1 resume=UUID=1234", 1),
        ("[platform] shutdown", "root=/dev/sda1 resume=/dev/mapper/swap", 0),
        ("[platform] shutdown", "root=/dev/sda1", 0),
        ("[disabled]", "root=/dev/sda1 resume=/dev/sda5", 0),
    ],
)
def test_hibernation(place: Place, disk: str, line: str, risks: int) -> None:
    place.crypt("dm-0", "swap")
    place.says("sys/power/state", "freeze mem disk\n")
    place.says("sys/power/disk", f"{disk}\n")
    place.says("proc/cmdline", f"{line}\n")
    assert len(place.risks()) == risks


def test_a_machine_that_cannot_hibernate(place: Place) -> None:
    place.says("sys/power/state", "freeze mem\n")
    assert "hibernation is not set up" in [one.words for one in place.look()]


def test_crashes_handed_to_a_program(place: Place) -> None:
    place.says("proc/sys/kernel/core_pattern", "|/usr/lib/systemd/systemd-coredump %P\n")
    assert any("handed to a program" in one.words for one in place.look())


def test_debuggers(place: Place) -> None:
    place.says("proc/sys/kernel/yama/ptrace_scope", "0\n")
    assert "ptrace_scope" in place.risks()[0]
    (place.root / "proc/sys/kernel/yama/ptrace_scope").unlink()
    assert any("Yama" in one.words and one.weight is Weight.LACKS for one in place.look())


def test_memory_that_cannot_be_locked(place: Place) -> None:
    assert "64 KiB" in place.risks(memlock=64 * 1024)[0]
    assert place.risks(memlock=8 * 1024 * 1024) == []


@pytest.mark.parametrize("reason", ["none", "locked", "slow", "forgets", "plaintext"])
def test_a_key_store_that_is_not_used_and_why(place: Place, reason: str) -> None:
    last = place.look(store=reason)[-1]
    assert last.weight is Weight.LACKS
    assert "key store" in last.words


def test_no_key_service(place: Place) -> None:
    assert any("no PIN" in one.words for one in place.look(kernel=False))


def test_another_operating_system(tmp_path: Path) -> None:
    found = look(root=tmp_path, store=FakeStore(), keys=FakeKernel(), memlock=-1)
    assert [one for one in found if one.weight is Weight.RISK] == []


def test_this_machine() -> None:
    assert len(look()) >= 3
