# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the data files a practice runs on: forms, profiles, series, policy. Strict: an unknown key is a mistake, not a comment.

The only input this room does. Every refusal is `FormInvalid` and names the file, never quotes it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from clinicam.errors import FormInvalid

T = TypeVar("T")

LARGEST = 256 * 1024
"""bytes; the largest file of ours has a few thousand"""


def parse(data: bytes, kind: type[T], *, name: str) -> T:
    """The TOML in `data` as a `kind`.

    Raises:
        FormInvalid: too large, not UTF-8, not TOML, a key missing, unknown or of another type.
    """
    if len(data) > LARGEST:
        raise FormInvalid(f"{name}: too large")
    try:
        return msgspec.convert(tomllib.loads(data.decode("utf-8")), kind, strict=True)
    except UnicodeDecodeError as error:
        raise FormInvalid(f"{name}: not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise FormInvalid(f"{name}: not TOML") from error
    except (msgspec.ValidationError, RecursionError) as error:
        raise FormInvalid(f"{name}: {error}") from error


def load(path: Path, kind: type[T]) -> T:
    """As `parse`, from a file.

    Raises:
        FormInvalid: as `parse`, or the file cannot be read.
    """
    return parse(read(path), kind, name=path.name)


def read(path: Path) -> bytes:
    """The bytes of a resource, at most `LARGEST` and one.

    Raises:
        FormInvalid: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise FormInvalid(f"{path.name}: cannot be read") from error


def files(folder: Path) -> tuple[Path, ...]:
    """The TOML files of a folder, by name.

    Raises:
        FormInvalid: there is none.
    """
    found = tuple(sorted(folder.glob("*.toml")))
    if not found:
        raise FormInvalid(f"{folder.name}: no files")
    return found
