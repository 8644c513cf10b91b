# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger from the command line: for a manager or an auditor with a password, and checking extracts without any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clinicam.consent.clock import SystemClock
from clinicam.consent.gate import Gate
from clinicam.errors import Corrupt, ExtractRefused, VaultMissing
from clinicam.practice.ledger import LedgerBook
from clinicam.practice.staff import StaffRegister
from clinicam.settings import Folders
from clinicam.upkeep.opening import Secrets, host_of, place_of
from clinicam.vault.checkpoint import read_vkey
from clinicam.vault.device_key import OsKeyStore
from clinicam.vault.extract import NOTE_SUFFIX, Extract, check_extract, read_extract_note
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank
from clinicam.vault.vault import Vault

_PIECE = 1 << 20
"""bytes read at once"""
_LONGEST_NOTE = 1 << 20


@contextmanager
def opened_book(folders: Folders, place: Path | None, secrets: Secrets, *, by_kit: bool) -> Iterator[LedgerBook]:
    """The ledger of the vault at `place` (None: this workstation's), for a manager or an auditor, until the block ends.

    Raises:
        RoleRefused: somebody who is neither.
        VaultMissing, AlreadyRunning, WrongPassword, LockedOut, Corrupt, RolledBack, Forked: it could not be opened.
    """
    vault = Vault.open(place_of(folders, place), host_of(folders), device_keys=OsKeyStore())
    try:
        yield _book(vault, secrets, by_kit=by_kit)
    finally:
        vault.close()


def _book(vault: Vault, secrets: Secrets, *, by_kit: bool) -> LedgerBook:
    gate = Gate(SystemClock())  # mints nothing here
    if by_kit:
        return _of(vault.unlock_with_kit(secrets.kit(), gate))
    logins = vault.logins()
    user = secrets.choose(logins)
    if any(login.user == user and login.rank is Rank.AUDITOR for login in logins):
        opened = vault.unlock_audit(user, secrets.password())
        names: dict[bytes, str] = {login.user: login.shown for login in logins}
        return LedgerBook(opened.desk, names=lambda: names, alarms=opened.alarms)
    return _of(vault.unlock(user, secrets.password(), gate))


def _of(opened: OpenVault) -> LedgerBook:
    staff = StaffRegister(opened)
    return LedgerBook.of_manager(
        opened.inside, names=lambda: {user: one.name for user, one in staff.by_id().items()}, alarms=opened.alarms
    )


def check_file(folders: Folders, file: Path, place: Path | None, *, key: str) -> Extract:
    """Whether an extract is what a workstation of the practice signed. Needs no password.

    Args:
        place: the vault whose roster names the workstations; None is this workstation's.
        key: a workstation's public key as C2SP writes one, for somebody without the vault; then `place` is not read.

    Raises:
        ExtractRefused: no such file, or no note beside it.
        Corrupt, UnsupportedFormat: it is not, be it by one bit. VaultMissing: no vault there.
    """
    vault, writers = read_vkey(key) if key else _roster(place_of(folders, place))
    try:
        note = file.with_name(file.name + NOTE_SUFFIX).read_bytes()[:_LONGEST_NOTE]
        extract = read_extract_note(note, vault=vault, writers=writers)
        check_extract(_pieces(file), extract)
    except OSError as error:
        raise ExtractRefused("missing") from error
    return extract


def _roster(place: Path) -> tuple[bytes, Mapping[bytes, bytes]]:
    try:
        keyring = parse_keyring((place / "keyring").read_bytes(), vault=None, anchor=None)
    except FileNotFoundError as missing:
        raise VaultMissing("no keyring") from missing
    except OSError as error:
        raise Corrupt("keyring: unreadable") from error
    return keyring.vault, {one.writer: one.sign_public for one in keyring.roster.writers.values()}


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as text:
        while piece := text.read(_PIECE):
            yield piece
