# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a vault may lie, on machines made of folders. Real mounts are tried in `test_mounts`, real devices in no test."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import PlaceRefused
from clinicam.vault.media import Refusal, judge, refusals
from clinicam.vault.mounts import Standing, System
from clinicam.vault.synced import LONGEST, synced_roots
from tests.vault.engine.media_refused import REFUSED, TRAINING_TOO, loop_on_a_lost_file, vfat_stick
from tests.vault.engine.media_trees import ACCEPTED, HOME, mapped, on, plain_sata, sata, usb
from tests.vault.engine.sysfs import Machine


@pytest.mark.parametrize("tree", ACCEPTED, ids=lambda tree: tree.__name__)
def test_accepted(tmp_path: Path, tree: Callable[[Machine], None]) -> None:
    machine = Machine(tmp_path)
    tree(machine)
    assert list(refusals(Path(HOME), machine.system)) == []
    judge(Path(HOME), system=machine.system)


def test_there_are_enough_trees_of_each() -> None:
    names = [tree.__name__ for tree in [*ACCEPTED, *(tree for tree, _ in REFUSED)]]
    assert len(names) == len(set(names))
    assert (len(ACCEPTED), len(REFUSED)) >= (20, 80)


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
     "Syncthing", "pCloudDrive", "Proton Drive", "dropbox (Personal)", "Box", "Mobile Documents", "com~apple~CloudDocs",
     "GoogleDrive-ann", "SeaDrive", "pCloud Sync", "CloudStorage"],
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


# --- ways to a place ---------------------------------------------------------------------------------------------------


def test_a_link_leads_to_where_it_leads(tmp_path: Path) -> None:
    """The real kernel follows it; what is judged is the folder that was opened."""
    real = tmp_path / "stick"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    system = System()
    assert system.stand(tmp_path / "link").path == real.resolve()
    (real / "Dropbox").mkdir()
    (tmp_path / "vault").symlink_to(real / "Dropbox")
    with pytest.raises(PlaceRefused, match="synced"):
        judge(tmp_path / "vault" / "new", training=True)


def test_a_link_to_nowhere_is_not_made_into_a_place(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    plain_sata(machine)
    (tmp_path / "link").symlink_to(tmp_path / "gone" / "vault")
    assert list(refusals(tmp_path / "link", machine.system)) == [Refusal.UNKNOWN]
    assert list(refusals(tmp_path / "link" / "deeper", machine.system)) == [Refusal.UNKNOWN]


def test_a_way_up_through_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    """``new/../../stick`` is on this disk while ``new`` is missing, and on the stick once it was made."""
    machine = Machine(tmp_path / "machine")
    plain_sata(machine)
    assert Refusal.UNKNOWN in set(refusals(tmp_path / "new" / ".." / ".." / "stick", machine.system))
    (tmp_path / "new").mkdir()
    assert Refusal.UNKNOWN not in set(refusals(tmp_path / "new" / ".." / "vault", machine.system))


def test_a_place_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: Path, **_options: bool) -> os.stat_result:
        raise PermissionError(errno.EACCES, "no")

    machine = Machine(tmp_path / "machine")
    plain_sata(machine)
    monkeypatch.setattr(Path, "stat", refused)
    assert list(refusals(Path(HOME), machine.system)) == [Refusal.UNKNOWN]


def test_names_of_devices_by_other_names(tmp_path: Path) -> None:
    real = System()
    assert real.device_name("/dev/sda1") == "sda1"
    assert real.device_name("/dev/disk/by-uuid/none") == "none"
    machine = Machine(tmp_path)
    for number, called in enumerate(("one", "two")):
        mapped(machine, f"dm-{number}", f"253:{number}", called, sata(machine, f"sd{number}", f"8:{number * 16}"))
    assert machine.system.device_name("/dev/mapper/two") == "dm-1"
    assert machine.system.device_name("/dev/mapper/none") == "none"


# --- synced folders by what their programs are set to ----------------------------------------------------------------------

SETTINGS: dict[str, tuple[str, str]] = {
    "Dropbox": (".dropbox/info.json", '{"personal": {"path": "@"}, "odd": 1}'),
    "Dropbox for teams": (".dropbox/info.json", '{"business": {"path": "@", "host": 7}}'),
    "OneDrive": (".config/onedrive/config", 'threads = "8"\nsync_dir = "@"\n'),
    "a second OneDrive": (".config/onedrive-work/config", 'sync_dir="@"\n'),
    "Nextcloud": (".config/Nextcloud/nextcloud.cfg", "[Accounts]\n0\\Folders\\1\\localPath=@/\n"),
    "ownCloud": (".config/ownCloud/owncloud.cfg", "[Accounts]\n0\\FoldersWithPlaceholders\\2\\localPath=@\n"),
    "Syncthing": (".config/syncthing/config.xml", '<configuration><folder id="a" path="@"/></configuration>'),
    "Syncthing anew": (".local/state/syncthing/config.xml", '<c><folder path="~/x"/><folder path="@"/></c>'),
    "Seafile": (".ccnet/seafile.ini", "@/data\n"),
    "Insync": (".config/Insync/settings.json", '{"base_folder": "@"}'),
}


def synced_home(tmp_path: Path, file: str, text: str, root: Path) -> Path:
    home = tmp_path / "someone"
    (home / file).parent.mkdir(parents=True)
    (home / file).write_text(text.replace("@", str(root)))
    return home


@pytest.mark.parametrize("program", SETTINGS)
def test_synced_by_a_programs_settings(tmp_path: Path, program: str) -> None:
    file, text = SETTINGS[program]
    root = tmp_path / "our photos"
    (root / "deep").mkdir(parents=True)
    (tmp_path / "beside").mkdir()
    (tmp_path / "link").symlink_to(root)
    home = synced_home(tmp_path, file, text, tmp_path / "link")  # settings may name a link, and so may we
    machine = Machine(tmp_path / "machine")
    plain_sata(machine)
    for place in (root, root / "deep" / "vault"):
        system = System(sysfs=machine.sys, mountinfo="\n".join(machine.mounts), stand=machine.stand, home=home)
        with pytest.raises(PlaceRefused, match="synced"):
            judge(place, training=True, system=system)
    judge(tmp_path / "beside", system=system)


def test_settings_without_a_place_mean_the_usual_one(tmp_path: Path) -> None:
    home = synced_home(tmp_path, ".config/onedrive/config", "# nothing\n", tmp_path)
    assert list(synced_roots(home)) == [home / "OneDrive"]
    (home / ".config/onedrive/config").write_text('sync_dir = "~"\n')
    assert list(synced_roots(home)) == [home]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".dropbox/info.json", "not json"),
        (".dropbox/info.json", "[1]"),
        (".dropbox/info.json", '{"personal": {"path": 7}}'),
        (".config/syncthing/config.xml", "<configuration>"),
        (".config/syncthing/config.xml", '<!DOCTYPE a [<!ENTITY x "y">]><a><folder path="/"/></a>'),
        (".config/syncthing/config.xml", '<a><folder id="x"/></a>'),
        (".ccnet/seafile.ini", "elsewhere"),
        (".config/Nextcloud/nextcloud.cfg", "localPath"),
        (".dropbox/info.json", " " * (LONGEST + 1)),
    ],
)
def test_settings_nobody_can_read_say_nothing(tmp_path: Path, file: str, text: str) -> None:
    assert list(synced_roots(synced_home(tmp_path, file, text, tmp_path))) == []


def test_settings_that_are_a_folder_say_nothing(tmp_path: Path) -> None:
    (tmp_path / ".dropbox/info.json").mkdir(parents=True)
    assert list(synced_roots(tmp_path)) == []


def test_a_folder_of_settings_is_no_mark_but_a_file_is(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    plain_sata(machine)
    home = tmp_path / "ann"
    (home / ".dropbox").mkdir(parents=True)
    judge(home / "vault", system=machine.system)
    (home / "photos").mkdir()
    (home / "photos" / ".dropbox").write_bytes(b"")
    with pytest.raises(PlaceRefused, match="synced"):
        judge(home / "photos" / "vault", system=machine.system)
