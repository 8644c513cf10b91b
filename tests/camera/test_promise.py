# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can promise, how it is asked for, and what a path gives away."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.camera.port import BodyFacts, FilePath, Proof
from clinicam.camera.promise import BodyRule, Destination, ask_for, load_rules, prove, rule_for
from clinicam.errors import CameraNoPromise
from tests.camera.fake_camera import FakeBody, FakeCamera

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


def body(maker: str, model: str, driver_model: str = "PTP/IP Camera") -> BodyFacts:
    return BodyFacts(maker, model, "1", driver_model)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (body("Nikon Corporation", "D7500"), "Nikon"),
        (body("Nikon Corporation", "CliniCam Bench"), "Nikon"),
        (body("GP", "VC", "Nikon DSC D750"), "Nikon"),
        (body("Canon Inc.", "Canon EOS R6"), "Canon EOS"),
        (body("Sony Corporation", "ILCE-7M3"), "Sony Alpha"),
    ],
)
def test_bodies_that_can_promise(facts: BodyFacts, name: str) -> None:
    assert rule_for(load_rules(RESOURCES), facts).name == name


@pytest.mark.parametrize(
    "facts",
    [
        body("Bench", "Generic"),
        body("", ""),
        body("Nikon Corporation", "NIKON 1 J3"),
        body("Nikon Corporation", "V1"),
        body("Canon Inc.", "Canon PowerShot G7"),
        body("FUJIFILM", "X-T5"),
        body("OLYMPUS", "E-M1"),
        body("Panasonic", "DC-S5"),
    ],
)
def test_bodies_that_cannot(facts: BodyFacts) -> None:
    with pytest.raises(CameraNoPromise):
        rule_for(load_rules(RESOURCES), facts)


def test_without_the_table_nobody_can(tmp_path: Path) -> None:
    with pytest.raises(CameraNoPromise):
        load_rules(tmp_path)
    (tmp_path / "cameras").mkdir()
    (tmp_path / "cameras" / "promise.toml").write_text(
        '[[body]]\nname = "x"\nmaker = ""\nmodel = ""\npromise = true\nbecause = ""\n'
    )
    with pytest.raises(CameraNoPromise):
        load_rules(tmp_path)


class Time:
    """A clock that runs only while the promise waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def asked(fake: FakeBody, rule: BodyRule | None = None) -> tuple[bool, bool]:
    time = Time()
    rule = rule or rule_for(load_rules(RESOURCES), body(fake.maker, fake.model))
    promise = ask_for(FakeCamera(fake), rule, now=time, pause=time.pause)
    return promise.screen, promise.body


@given(
    target=st.sampled_from(["Internal RAM", "Memory card"]),
    media=st.sampled_from(["SDRAM", "Card", None]),
    sticky=st.booleans(),
)
def test_the_promise_is_what_was_read_back(target: str, media: str | None, sticky: bool) -> None:
    fake = FakeBody(target=target, media=media, sticky=sticky)
    try:
        screen, button = asked(fake)
    except CameraNoPromise:
        assert sticky
        assert target != "Internal RAM"
        return
    assert screen
    assert fake.target == "Internal RAM"
    assert button == (fake.media == "SDRAM")


def test_nothing_is_set_when_all_is_well() -> None:
    fake = FakeBody()
    asked(fake)
    assert not [call for call in fake.calls if call.startswith("change")]


def test_a_setting_that_may_be_absent() -> None:
    absent = Destination("nothing", ("sdram",), may_be_absent=True)
    present = Destination("capturetarget", ("sdram",), may_be_absent=True)
    rule = BodyRule("Sony", "", "", True, "", absent)
    assert asked(FakeBody(), rule) == (True, True)
    with pytest.raises(CameraNoPromise):
        asked(FakeBody(), BodyRule("Sony", "", "", True, "", present))


@pytest.mark.parametrize(
    ("path", "proof"),
    [
        (FilePath("/", "capt0000.jpg"), Proof.MEMORY),
        (FilePath("/", "capt_DSC0001.ARW"), Proof.MEMORY),
        (FilePath("/store_00010001/DCIM/100NIKON", "DSC_0001.JPG"), Proof.CARD),
        (FilePath("/store_00010001/DCIM/100NIKON", "capt0000.jpg"), Proof.CARD),
        (FilePath("/", "DSC_0001.JPG"), Proof.CARD),
        (FilePath("/", "capt/../x"), Proof.CARD),
        (FilePath("", "capt0000.jpg"), Proof.CARD),
        (FilePath("/", ""), Proof.CARD),
    ],
)
def test_the_path_tells(path: FilePath, proof: Proof) -> None:
    assert prove(path) is proof
