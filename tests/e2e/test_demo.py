# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, done once by `clinicam demo` against a body of our own; then everything it left is looked through.

The body's marker is new in every run, so whatever is found comes from this one. The screenshots of the demo show
simulated patients and are left out by name; nothing else is.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mnemonic import Mnemonic
from PIL import Image, ImageStat

from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.demo import story
from tests.e2e import markers
from tests.e2e.hunt import Find, Marker, in_folders
from tests.e2e.places import NEEDED, REPOSITORY, Shelter
from tests.vault import independent_reader
from tests.vault.independent_reader import open_slot, read_vault

SCREENSHOT = re.compile(r"\d\d-[a-z-]+\.png")
PEOPLE = (story.FAMILY, story.GIVEN, story.NUMBER.partition("|")[2], story.NOTE, "Okafor", "Lindqvist", "9990604312")
PATIENCE_S = 400
ORIGINAL = 1


@dataclass
class Demo:
    """One run, over."""

    shelter: Shelter
    out: Path
    marker: str
    result: subprocess.CompletedProcess[str]

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode((self.out / "summary.json").read_bytes())
        return found

    @property
    def screenshots(self) -> list[Path]:
        return sorted(path for path in self.out.iterdir() if SCREENSHOT.fullmatch(path.name))

    def pictures(self) -> list[tuple[int, bytes]]:
        """Rendition and bytes of every object, through the second reader."""
        summary = self.summary
        _, objects = read_vault(self.out / "vault", bytes.fromhex(summary["user_id"]), summary["password"])
        return [(rendition, picture) for _, rendition, picture in objects.values()]

    def markers(self) -> list[Marker]:
        return [
            *markers.of_words(self.marker, *PEOPLE),
            *markers.of_pixels(self.marker),
            *markers.of_pictures(picture for _, picture in self.pictures()),
        ]

    def places(self) -> dict[str, Path]:
        """Everything the demo could have written to, by name."""
        return {"out": self.out, "vault": self.out / "vault", "demo's home": self.out / "home"} | self.shelter.places()

    def hunt(self, places: dict[str, Path], wanted: list[Marker]) -> list[Find]:
        """The one hunt of both tests: without screenshots, and in shared folders only what changed since the start."""
        found = []
        for name, folder in places.items():
            since = 0.0 if folder.is_relative_to(self.shelter.root) else self.shelter.since(name)
            own = folder.is_relative_to(self.shelter.root)
            skip = {*self.screenshots} | (set() if own else {self.shelter.root, *NEEDED})
            found += in_folders([folder], wanted, skip=skip, since=since)
        return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    root = tmp_path_factory.mktemp("demo")
    shelter = Shelter(root)
    marker = f"MARK-{secrets.token_hex(8)}"
    out = root / "out"
    with SimulatorProcess.start(marker=marker) as body:
        command = [sys.executable, "-m", "clinicam", "demo", "--out", str(out), "--camera", body.port]
        result = subprocess.run(
            shelter.command(command),
            check=False,
            env=shelter.environment,
            cwd=shelter.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    assert result.returncode == 0, result.stdout + result.stderr
    return Demo(shelter, out, marker, result)


def test_the_summary_tells_of_a_whole_day(demo: Demo) -> None:
    summary = demo.summary
    assert summary["images"] >= 10
    assert summary["verify"] == "ok"
    assert summary["findings"] == []
    assert summary["refused_without_permit"] >= 2
    assert summary["ledger_rows"] > summary["images"]
    assert 0 < summary["unlock_to_first_frame_s"] < 120
    assert all(seconds >= 0 for seconds in summary["timings"].values())
    assert summary["screenshots"] == len(demo.screenshots) >= 20


def test_every_screenshot_shows_something(demo: Demo) -> None:
    for path in demo.screenshots:
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.width >= 1280, path.name
            assert picture.height >= 720, path.name
            grey = picture.convert("L")
            assert ImageStat.Stat(grey).stddev[0] > 5, f"{path.name} is a plain surface"
            assert len(grey.getcolors() or ()) > 20, f"{path.name} has no writing"
    # The lock screen may well look as it did before; no other two screens may.
    once = [path for path in demo.screenshots if "lock-screen-again" not in path.name]
    assert len({path.read_bytes() for path in once}) == len(once), "two are the same"


def test_the_second_reader_opens_the_vault_with_the_password(demo: Demo) -> None:
    pictures = demo.pictures()
    originals = [picture for rendition, picture in pictures if rendition == ORIGINAL]
    assert len(originals) == demo.summary["images"]
    for picture in originals:
        assert demo.marker.encode() in picture, "a picture of another body"
        with Image.open(io.BytesIO(picture)) as image:
            assert image.size == (3000, 2000)


def test_the_second_reader_opens_the_vault_with_the_kit(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, user = demo.out / "vault", bytes.fromhex(demo.summary["user_id"])
    kit = bytes(Mnemonic("english").to_entropy(demo.summary["kit_words"]))
    (slot,) = (path for path in (folder / "slots").iterdir() if path.name != user.hex())
    secret = open_slot(slot.read_bytes(), kit=kit)
    assert secret.user != user
    monkeypatch.setattr(independent_reader, "open_slot", lambda _data, **_how: secret)
    rows, objects = read_vault(folder, user, "")
    assert len([1 for _, rendition, _ in objects.values() if rendition == ORIGINAL]) == demo.summary["images"]
    names = [row.content for row in rows if row.content is not None and row.content.get("topic") == "patient"]
    assert any(story.FAMILY.encode() in one["body"] for one in names)


def test_the_hunt_after_the_demo_finds_nothing(demo: Demo) -> None:
    wanted = demo.markers()
    assert len(wanted) > 60
    found = demo.hunt(demo.places(), wanted)
    assert not found, [f"{find.where}: {markers.shown(find.marker)}" for find in found]


def test_what_was_said_on_the_terminal_names_nobody(demo: Demo) -> None:
    said = (demo.result.stdout + demo.result.stderr).encode()
    assert b"verify: ok" in said
    assert not [one for one in demo.markers() if isinstance(one, bytes) and one in said]


def test_nothing_but_what_belongs_there_was_left(demo: Demo) -> None:
    left = {path.name for path in demo.out.iterdir() if not SCREENSHOT.fullmatch(path.name)}
    assert left == {"home", "vault", "summary.json"}
    assert not list((demo.out / "home" / "run").iterdir()), "the camera process's settings folder stayed"
    assert not Path("/nonexistent").exists()
    for path in demo.out.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, f"{path.relative_to(demo.out)} is open to other accounts"


def deepest(folder: Path) -> Path:
    """The last folder on a walk down: where a careless hunt would not look."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())]
    return max(folders, key=lambda path: (len(path.parts), str(path)))


def places_to_plant(demo: Demo) -> dict[str, Path]:
    own = {name: path for name, path in demo.places().items() if path.is_relative_to(demo.shelter.root)}
    shared = {name: path for name, path in demo.places().items() if name not in own}
    return (
        own
        | shared
        | {f"deep in {name}": deepest(path) for name, path in own.items()}
        | {"cache": demo.shelter.home / ".cache" / "qt", "hidden": demo.out / "home" / ".hidden"}
    )


def test_the_hunt_finds_every_marker_planted_in_every_place(demo: Demo) -> None:
    """The same hunt, over the same places: were it blind in one of them or to one marker, this fails."""
    wanted = demo.markers()
    noise = secrets.token_bytes(300)
    inside = noise.join(markers.planted(one) for one in wanted)
    across = os.urandom((1 << 22) - len(inside) // 2) + inside + noise  # over the edge of what is read at once
    plants: dict[str, Path] = {}
    made: list[Path] = []
    try:
        for name, folder in places_to_plant(demo).items():
            made += [path for path in (folder, *folder.parents) if not path.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            plants[name] = folder / f"planted-{demo.marker}"
            plants[name].write_bytes(across if name in {"vault", "home", "/tmp"} else inside)  # noqa: S108
        found = demo.hunt(demo.places(), wanted)
    finally:
        for plant in plants.values():
            plant.unlink(missing_ok=True)
        for path in sorted(made, reverse=True):
            path.rmdir()
    assert len(plants) >= 12
    for name, plant in plants.items():
        missed = {*wanted} - {find.marker for find in found if find.where == str(plant)}
        assert not missed, f"blind in {name} to {[markers.shown(one) for one in missed]}"
        assert any(find.where == f"name {plant}" for find in found), f"blind to file names in {name}"


def test_the_hunt_is_not_fooled_by_an_appended_log(demo: Demo) -> None:
    log = demo.out / "home" / "state" / "clinicam.log"
    before = log.read_bytes()
    log.write_bytes(before + f"opened {story.FAMILY}".encode())
    try:
        assert demo.hunt(demo.places(), demo.markers())
    finally:
        log.write_bytes(before)


def verify_command(demo: Demo, *more: str, words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "clinicam", "vault", "verify", str(demo.out / "vault")]
    command += ["--home", str(demo.out / "home"), *more]
    environment = demo.shelter.environment
    return subprocess.run(
        command, check=False, env=environment, cwd=REPOSITORY, input=words + "\n", capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip


def test_the_command_verifies_the_vault_with_the_kit_and_the_password(demo: Demo) -> None:
    kit = verify_command(demo, "--kit", "--deep", words=" ".join(demo.summary["kit_words"]))
    assert kit.returncode == 0, kit.stdout + kit.stderr
    password = verify_command(demo, "--user", demo.summary["user_id"], words=demo.summary["password"])
    assert password.returncode == 0, password.stdout + password.stderr
    assert password.stdout.splitlines()[-1].startswith("ok")


def test_the_command_says_what_is_damaged(demo: Demo) -> None:
    words = " ".join(demo.summary["kit_words"])
    victim = max((demo.out / "vault" / "objects").rglob("*"), key=lambda path: path.stat().st_size)
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
    try:
        damaged = verify_command(demo, "--kit", "--deep", words=words)
    finally:
        victim.write_bytes(whole)
    assert damaged.returncode == 1
    assert victim.name in damaged.stdout + damaged.stderr
    assert verify_command(demo, "--kit", "--deep", words=words).returncode == 0


def test_the_command_refuses_a_wrong_kit_in_a_sentence(demo: Demo) -> None:
    words = list(demo.summary["kit_words"])
    wrong = verify_command(demo, "--kit", words=" ".join([*words[1:], words[0]]))
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stderr
    assert "That is not" in wrong.stderr
