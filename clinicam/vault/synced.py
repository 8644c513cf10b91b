# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that copy themselves elsewhere: known by their names, by the marks they keep, and by what their programs are set to.

A vault in one would be copied to a company's computers, half-written files included, and come back in an older state.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from clinicam.vault.mediakinds import SYNC_FILES, SYNC_JOURNAL, SYNC_MARKS, SYNC_NAMES

LONGEST = 4 * 1024 * 1024
"""of a settings file that is read"""


def is_synced(path: Path, existing: Path, home: Path) -> bool:
    """Whether `path` lies in such a folder. `existing` is its deepest part that exists, both without links in them.

    Args:
        home: whose programs' settings are read.
    """
    if any(SYNC_NAMES.fullmatch(part) for part in path.parts):
        return True
    if any(_has_marks(where) for where in (existing, *existing.parents)):
        return True
    return any(path.is_relative_to(root) for root in synced_roots(home))


def _has_marks(where: Path) -> bool:
    try:
        with os.scandir(where) as entries:
            return any(
                entry.name in SYNC_MARKS
                or SYNC_JOURNAL.fullmatch(entry.name) is not None
                or (entry.name in SYNC_FILES and entry.is_file(follow_symlinks=False))
                for entry in entries
            )
    except OSError:
        return False


def synced_roots(home: Path) -> Iterator[Path]:
    """What the programs of this account are set to copy, links followed."""
    for pattern, read in _SETTINGS:
        for file in sorted(home.glob(pattern)):
            text = _text(file)
            if text is None:
                continue
            for root in read(text, file):
                # `~` is this account's home whatever the variable says.
                plain = str(home) + root[1:] if root == "~" or root.startswith("~/") else root
                if plain.startswith("/"):
                    yield Path(os.path.realpath(plain))


def _text(file: Path) -> str | None:
    try:
        if file.stat().st_size > LONGEST:
            return None
        return file.read_text("utf-8", "surrogateescape")
    except OSError:
        return None


def _dropbox(text: str, _file: Path) -> Iterator[str]:
    """``~/.dropbox/info.json``: an account's name to its path."""
    try:
        accounts = json.loads(text)
    except ValueError:
        return
    for account in accounts.values() if isinstance(accounts, dict) else ():
        path = account.get("path") if isinstance(account, dict) else None
        if isinstance(path, str):
            yield path


def _onedrive(text: str, _file: Path) -> Iterator[str]:
    """The Linux client's ``config``: sync_dir, by default ~/OneDrive."""
    found = re.findall(r'^\s*sync_dir\s*=\s*"(.+)"', text, re.MULTILINE)
    yield from found or ["~/OneDrive"]


def _owncloud(text: str, _file: Path) -> Iterator[str]:
    """``nextcloud.cfg`` and ``owncloud.cfg``: a localPath for each folder."""
    yield from re.findall(r"^[^=\n]*\\localPath=(.+?)/?\s*$", text, re.MULTILINE)


def _syncthing(text: str, _file: Path) -> Iterator[str]:
    """``config.xml``: folder elements with a path."""
    if "<!ENTITY" in text:
        return
    try:
        tree = ElementTree.fromstring(text)  # noqa: S314  without entities, and of a few MB at most
    except ElementTree.ParseError:
        return
    for folder in tree.iter("folder"):
        yield folder.get("path", "")


def _seafile(text: str, _file: Path) -> Iterator[str]:
    """``seafile.ini`` holds one line: where seafile-data lies, beside the libraries."""
    yield str(Path(text.strip()).parent) if text.strip().startswith("/") else ""


def _insync(text: str, _file: Path) -> Iterator[str]:
    """Insync's and others' plain settings: any base or sync folder they name."""
    yield from re.findall(r'"?(?:base_folder|sync_folder|local_folder|localPath)"?\s*[:=]\s*"?(/[^"\n]+)', text)


_SETTINGS: tuple[tuple[str, Callable[[str, Path], Iterator[str]]], ...] = (
    (".dropbox/info.json", _dropbox),
    (".config/onedrive*/config", _onedrive),
    (".config/Nextcloud/nextcloud.cfg", _owncloud),
    (".config/ownCloud/owncloud.cfg", _owncloud),
    (".config/syncthing/config.xml", _syncthing),
    (".local/state/syncthing/config.xml", _syncthing),
    (".ccnet/seafile.ini", _seafile),
    (".config/Insync/*.json", _insync),
    (".config/google-drive-ocamlfuse/*/config", _insync),
)
"""Where below the home folder a program keeps its settings, and how they are read."""
