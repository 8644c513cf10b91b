# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a vault may lie, on mounts this machine really makes: loop, bind, tmpfs, overlay, FUSE. Root and the tools needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from clinicam.errors import PlaceRefused
from clinicam.vault.media import Refusal, judge, refusals
from clinicam.vault.mounts import System

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed on this machine")


def run(*command: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which(str(command[0])) or command[0], *command[1:]],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def mounted(point: Path, *options: str | Path) -> Iterator[Path]:
    """`mount` with these options at `point` until the block ends; skips where this machine refuses."""
    point.mkdir(exist_ok=True)
    need("mount", "umount")
    done = run("mount", *options, point)
    if done.returncode:
        pytest.skip(f"this machine does not mount {' '.join(map(str, options))}: {done.stderr.strip()}")
    try:
        yield point
    finally:
        undone = run("umount", point)
        assert undone.returncode == 0, undone.stderr


def image(path: Path, maker: str, *options: str) -> Path:
    need(maker, "losetup")
    with path.open("wb") as file:
        file.truncate(128 * 1024 * 1024)
    done = run(maker, *options, path)
    assert done.returncode == 0, done.stderr
    return path


def said(place: Path) -> set[Refusal]:
    return set(refusals(place, System()))


@pytest.fixture
def base(tmp_path: Path) -> set[Refusal]:
    """What is said of this machine's own temporary folder: whatever a mount adds comes on top."""
    return said(tmp_path)


def test_a_loop_device_is_as_good_as_where_its_file_lies(tmp_path: Path, base: set[Refusal]) -> None:
    disk = image(tmp_path / "image", "mkfs.ext4", "-q")
    with mounted(tmp_path / "loop", "-o", "loop", disk) as point:
        assert said(point) == base
        assert said(point / "new" / "vault") == base
        with mounted(tmp_path / "bound", "--bind", point / "lost+found") as bound:
            assert said(bound) == base
            (tmp_path / "link").symlink_to(bound)
            assert said(tmp_path / "link" / "vault") == base
        assert run("mount", "-o", "remount,ro", point).returncode == 0
        assert Refusal.FILESYSTEM in said(point)


def test_a_loop_device_on_memory(tmp_path: Path) -> None:
    with ExitStack() as stack:
        memory = stack.enter_context(mounted(tmp_path / "memory", "-t", "tmpfs", "none"))
        disk = image(memory / "image", "mkfs.ext4", "-q")
        point = stack.enter_context(mounted(tmp_path / "loop", "-o", "loop", disk))
        assert said(point) == {Refusal.TMPFS}
        bound = stack.enter_context(mounted(tmp_path / "bound", "--bind", point))
        assert said(bound) == {Refusal.TMPFS}


def test_a_loop_device_whose_file_is_gone(tmp_path: Path) -> None:
    disk = image(tmp_path / "image", "mkfs.ext4", "-q")
    with mounted(tmp_path / "loop", "-o", "loop", disk) as point:
        disk.unlink()
        assert Refusal.UNKNOWN in said(point)


def test_a_loop_device_in_a_synced_folder(tmp_path: Path) -> None:
    (tmp_path / "Dropbox").mkdir()
    disk = image(tmp_path / "Dropbox" / "image", "mkfs.ext4", "-q")
    with mounted(tmp_path / "loop", "-o", "loop", disk) as point, pytest.raises(PlaceRefused, match="synced"):
        judge(point, training=not said(tmp_path).isdisjoint({Refusal.UNKNOWN, Refusal.TMPFS}))


@pytest.mark.parametrize(
    ("maker", "options", "reason"),
    [("mkfs.vfat", (), Refusal.FILESYSTEM), ("mkfs.exfat", (), Refusal.FILESYSTEM), ("mkfs.btrfs", ("-q",), None)],
)
def test_other_file_systems(
    tmp_path: Path, base: set[Refusal], maker: str, options: tuple[str, ...], reason: Refusal | None
) -> None:
    disk = image(tmp_path / "image", maker, *options)
    with mounted(tmp_path / "loop", "-o", "loop", disk) as point:
        assert said(point) - base == ({reason} if reason is not None else set())


def test_a_volume_of_btrfs_bound_elsewhere(tmp_path: Path, base: set[Refusal]) -> None:
    """Its st_dev is anonymous: the mount table and sysfs lead to the device."""
    disk = image(tmp_path / "image", "mkfs.btrfs", "-q")
    with mounted(tmp_path / "loop", "-o", "loop", disk) as point:
        assert run("btrfs", "subvolume", "create", point / "home").returncode == 0
        with mounted(tmp_path / "bound", "--bind", point / "home") as bound:
            assert said(bound) == base


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_memory(tmp_path: Path, kind: str) -> None:
    with mounted(tmp_path / "memory", "-t", kind, "none") as point:
        assert said(point / "vault") == {Refusal.TMPFS}
        (tmp_path / "link").symlink_to(point)
        assert said(tmp_path / "link" / "vault") == {Refusal.TMPFS}
        judge(point, training=True)
        with pytest.raises(PlaceRefused, match="tmpfs"):
            judge(point)


def test_overlay(tmp_path: Path) -> None:
    with mounted(tmp_path / "memory", "-t", "tmpfs", "none") as memory:
        for name in ("lower", "upper", "work"):
            (memory / name).mkdir()
        layers = f"lowerdir={memory}/lower,upperdir={memory}/upper,workdir={memory}/work"
        with mounted(tmp_path / "over", "-t", "overlay", "overlay", "-o", layers) as point:
            assert said(point) == {Refusal.UNKNOWN}


def test_something_mounted_over_the_vault_between_two_sessions(tmp_path: Path, base: set[Refusal]) -> None:
    place = tmp_path / "vault"
    place.mkdir()
    assert said(place) == base
    with mounted(place, "-t", "tmpfs", "none"):
        assert said(place) == {Refusal.TMPFS}
    assert said(place) == base


@contextmanager
def by_fuse(point: Path, *command: str | Path, given: str | None = None) -> Iterator[Path]:
    """A file system of another program at `point`."""
    point.mkdir()
    need(str(command[0]), "umount")
    if not Path("/dev/fuse").exists():
        pytest.skip("this machine has no FUSE")
    done = run(*command, given=given)
    if done.returncode:
        pytest.skip(f"{command[0]} does not mount here: {done.stderr.strip()}")
    try:
        yield point
    finally:
        assert run("umount", point).returncode == 0


def test_a_folder_through_bindfs(tmp_path: Path, base: set[Refusal]) -> None:
    (tmp_path / "real").mkdir()
    with by_fuse(tmp_path / "point", "bindfs", tmp_path / "real", tmp_path / "point") as point:
        assert Refusal.FUSE in said(point) - base
        (tmp_path / "link").symlink_to(point)
        assert Refusal.FUSE in said(tmp_path / "link" / "vault")
        with pytest.raises(PlaceRefused):
            judge(point)


def test_a_folder_through_gocryptfs(tmp_path: Path) -> None:
    need("gocryptfs")
    cipher, secret = tmp_path / "cipher", tmp_path / "secret"
    cipher.mkdir()
    secret.write_text("password\n")
    made = run("gocryptfs", "-q", "-init", "-scryptn", "10", "-passfile", secret, cipher)
    assert made.returncode == 0, made.stderr
    point = tmp_path / "point"
    with by_fuse(point, "gocryptfs", "-q", "-passfile", secret, cipher, point):
        assert said(point) == {Refusal.FUSE}
