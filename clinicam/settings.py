# SPDX-License-Identifier: GPL-3.0-or-later
"""This workstation's own settings: where things lie, how the window looks. Nothing about patients, nothing about safety.

`settings.toml` holds this account's choices. A machine-wide file (`/etc/clinicam/machine.toml`) names the vault for every account, so
that a second account on the same computer is never offered a fresh, empty vault. Policy lives in the vault, not here.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import platformdirs

from clinicam.errors import SettingsError

_T = TypeVar("_T")
MACHINE_FILE = Path("/etc/clinicam/machine.toml")


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The choices a person makes about this window."""

    theme: Literal["light", "dark", "system"] = "system"
    text_percent: int = 100

    def __post_init__(self) -> None:
        if not 100 <= self.text_percent <= 200:
            raise ValueError("text_percent is 100 to 200")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `settings.toml`. `vault` is empty until the first start is over.

    `unfinished` is a vault that was made but whose recovery kit was never typed back: it holds no patient and may be
    made anew.
    """

    vault: str = ""
    unfinished: str = ""
    workstation: str = ""
    look: Look = Look()


class MachineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of the machine-wide file."""

    vault: str = ""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where this account's files lie. Every folder is made with mode 0700 on first use."""

    config: Path
    data: Path
    state: Path
    runtime: Path

    @classmethod
    def of_this_account(cls) -> Folders:
        """The XDG folders (through platformdirs)."""
        here = platformdirs.PlatformDirs("clinicam", appauthor=False)
        return cls(here.user_config_path, here.user_data_path, here.user_state_path, runtime_folder())

    @classmethod
    def below(cls, root: Path) -> Folders:
        """All four below one folder: the demo's, and a test's."""
        return cls(root / "config", root / "data", root / "state", root / "run")

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.toml"

    @property
    def default_vault(self) -> Path:
        return self.data / "vault"

    @property
    def log_file(self) -> Path:
        return self.state / "clinicam.log"

    def make(self) -> None:
        """Create what is missing, owner-only.

        Raises:
            SettingsError: a folder cannot be made, or belongs to somebody else.
        """
        for folder in (self.config, self.data, self.state, self.runtime):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder.stat().st_uid != os.getuid():
                    raise SettingsError("a folder of CliniCam belongs to another account")
                folder.chmod(0o700)
            except OSError as refused:
                raise SettingsError(f"folder cannot be used: {refused.strerror}") from refused


def runtime_folder() -> Path:
    """A folder for sockets that lives as long as the login session; below the state folder where there is none."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and os.access(given, os.W_OK):
        return Path(given) / "clinicam"
    return platformdirs.PlatformDirs("clinicam", appauthor=False).user_state_path / "run"


def resources_dir() -> Path:
    """Forms, series, profiles, theme and desktop files: beside the package in a checkout, inside it when installed.

    Raises:
        SettingsError: they are nowhere; the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for place in (package / "resources", package.parent / "resources"):
        if (place / "forms").is_dir():
            return place
    raise SettingsError("the resources folder is missing")


def load_settings(folders: Folders, machine_file: Path = MACHINE_FILE) -> Settings:
    """This account's settings; defaults where there is no file. The machine-wide vault wins over the account's.

    Raises:
        SettingsError: a file exists but cannot be read or holds something unknown. It is left as it is.
    """
    settings = _read(folders.settings_file, Settings)
    machine = _read(machine_file, MachineSettings)
    if machine.vault:
        settings = msgspec.structs.replace(settings, vault=machine.vault)
    return settings


def save_settings(folders: Folders, settings: Settings) -> None:
    """Write whole or not at all: a new file, flushed, renamed over the old.

    Raises:
        SettingsError: the operating system refused; the old file is untouched.
    """
    folders.make()
    new = folders.settings_file.with_suffix(".new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(_as_toml(settings))
            out.flush()
            os.fsync(out.fileno())
        new.replace(folders.settings_file)
    except OSError as refused:
        raise SettingsError(f"settings cannot be written: {refused.strerror}") from refused


def _read(path: Path, kind: type[_T]) -> _T:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return kind()
    except OSError as refused:
        raise SettingsError(f"settings cannot be read: {refused.strerror}") from refused
    try:
        return msgspec.convert(tomllib.loads(raw.decode()), kind)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as wrong:
        raise SettingsError("the settings file holds something unknown") from wrong


def _as_toml(settings: Settings) -> bytes:
    def quoted(text: str) -> str:
        return msgspec.json.encode(text).decode()

    return (
        f"vault = {quoted(settings.vault)}\nunfinished = {quoted(settings.unfinished)}\n"
        f"workstation = {quoted(settings.workstation)}\n\n"
        f"[look]\ntheme = {quoted(settings.look.theme)}\ntext_percent = {settings.look.text_percent}\n"
    ).encode()
