# SPDX-License-Identifier: GPL-3.0-or-later
"""The promise that frames never touch a card: which bodies can give it, how it is asked for, how each frame proves it.

Three things must agree: the vendor table (``resources/cameras/promise.toml``), the setting read back from the body, and
the path of every single frame. The setting alone is worth nothing: libgphoto2's virtual USB body says "Internal RAM" and
writes to its store.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from clinicam.camera.port import BodyFacts, CameraPort, FilePath, Proof
from clinicam.errors import CameraNoPromise, SettingsError
from clinicam.settings import resources_dir

_MEMORY_NAME = re.compile(r"capt[A-Za-z0-9_.-]*")
_READ_BACK_S = 3.0
_READ_BACK_STEP_S = 0.05


class Destination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A setting that decides where frames go, and its values that mean camera memory."""

    setting: str
    memory: tuple[str, ...]
    may_be_absent: bool = False


class BodyRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the vendor table."""

    name: str
    maker: str
    model: str
    promise: bool
    because: str
    target: Destination | None = None
    body_shutter: Destination | None = None

    def __post_init__(self) -> None:
        re.compile(self.maker), re.compile(self.model)
        if self.promise and self.target is None:
            raise ValueError(f"{self.name}: a promise needs a target")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    body: tuple[BodyRule, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """What was read back. `screen` covers our own shutter, `body` the camera's button."""

    rule: str
    screen: bool
    body: bool


def load_rules(resources: Path | None = None) -> tuple[BodyRule, ...]:
    """The vendor table, below `resources` or where the installation has it.

    Raises:
        CameraNoPromise: missing or unreadable; without it no body can be armed.
    """
    try:
        text = ((resources or resources_dir()) / "cameras" / "promise.toml").read_text("utf-8")
        return msgspec.convert(tomllib.loads(text), _Table).body
    except (SettingsError, OSError, ValueError, re.error) as broken:
        raise CameraNoPromise(f"vendor table: {type(broken).__name__}") from broken


def rule_for(rules: tuple[BodyRule, ...], body: BodyFacts) -> BodyRule:
    """The entry for this body.

    Raises:
        CameraNoPromise: nobody knows it, or it is known not to keep the promise.
    """
    for rule in rules:
        maker = re.search(rule.maker, body.maker, re.I) or re.search(rule.maker, body.driver_model, re.I)
        if maker and re.search(rule.model, body.model, re.I):
            if not rule.promise:
                raise CameraNoPromise(f"{rule.name}: {rule.because}")
            return rule
    raise CameraNoPromise("no entry for this body in the vendor table")


def ask_for(
    port: CameraPort,
    rule: BodyRule,
    *,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Promise:
    """Set every destination to memory and read it back. Cheap when nothing changed: called before every shot.

    Raises:
        CameraNoPromise: the body did not take or keep the setting for our own shutter.
        CameraError: it could not be asked.
    """
    if rule.target is None or not _settle(port, rule.target, now, pause):
        raise CameraNoPromise(f"{rule.name}: the target did not stay on camera memory")
    body = rule.body_shutter is None or _settle(port, rule.body_shutter, now, pause)
    return Promise(rule.name, screen=True, body=body)


def _settle(
    port: CameraPort, destination: Destination, now: Callable[[], float], pause: Callable[[float], None]
) -> bool:
    """Set one destination if it is not already there; False when it is missing, lacks the choice, or will not stay."""
    setting = port.setting(destination.setting)
    if setting is None:
        return destination.may_be_absent
    if setting.value in destination.memory:
        return True
    wanted = next((choice for choice in destination.memory if choice in setting.choices), None)
    if wanted is None:
        return False
    port.change(destination.setting, wanted)
    deadline = now() + _READ_BACK_S
    while True:
        setting = port.setting(destination.setting)
        if setting is not None and setting.value in destination.memory:
            return True
        if now() >= deadline:
            return False
        pause(_READ_BACK_STEP_S)


def prove(path: FilePath) -> Proof:
    """Where a frame lay, told by its path: ``capt*`` in the root is camera memory, anything else counts as a card."""
    in_memory = path.folder == "/" and _MEMORY_NAME.fullmatch(path.name) is not None
    return Proof.MEMORY if in_memory else Proof.CARD
