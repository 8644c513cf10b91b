# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault that may be looked at and not added to: it is not as this workstation has seen it, is damaged, or the disk is full.

Nothing is written into it. What is wrong is told, not raised; each chain is read up to its first row that is not whole
and signed. Going on from such a history is a manager's decision: `accepting`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clinicam.errors import Corrupt, Forked, RolledBack, VaultClosed, VaultError
from clinicam.vault.acts import What
from clinicam.vault.agreements import agreements, forget_moved, listed_in
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.host import HostFolder
from clinicam.vault.hoststate import Marks
from clinicam.vault.index import Index, Place
from clinicam.vault.keys import KeyBook, open_keys
from clinicam.vault.locked import LockedChain
from clinicam.vault.model import VerifyReport
from clinicam.vault.opening import Loaded, load
from clinicam.vault.reading import Reading
from clinicam.vault.reencrypting import forget_resealed
from clinicam.vault.seen import check_bags, check_keyring, load_marks
from clinicam.vault.slot import UserSecret
from clinicam.vault.verify import verify_vault


class ReadOnlyVault(Reading):
    """See the module. Made by `Vault.unlock_read_only`; after `close` every method raises VaultClosed.

    `problems` are why it is not simply open, the gravest first; none where only the disk would take nothing. `seen` are
    the heads this workstation had seen.
    """

    def __init__(
        self,
        files: VaultFiles,
        book: KeyBook,
        index: Index,
        *,
        problems: Sequence[VaultError],
        alarms: Sequence[str],
        seen: Sequence[Head],
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(files, book, index)
        self.problems = tuple(sorted(problems, key=_gravity))
        self.alarms = tuple(alarms)
        self.seen = tuple(seen)
        self.is_manager = book.is_manager
        self._on_close = on_close
        self._is_open = True

    @property
    def is_open(self) -> bool:
        """False once it was closed."""
        return self._is_open

    @property
    def heads(self) -> tuple[Head, ...]:
        """Where the chains that can be read end."""
        self._check_open()
        return self._index.heads()

    @property
    def places(self) -> dict[bytes, Place]:
        """Where the whole rows of each chain end."""
        self._check_open()
        return self._index.places()

    def _check_open(self) -> None:
        if not self._is_open:
            raise VaultClosed("the vault is locked")

    def verify(
        self,
        *,
        deep: bool,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        against: Sequence[bytes] = (),
    ) -> VerifyReport:
        """As `OpenVault.verify` of everything, but nothing is recorded or remembered."""
        self._check_open()
        return verify_vault(
            self._files,
            self._book,
            index=self._index,
            deep=deep,
            progress=progress,
            cancelled=cancelled,
            against=against,
        ).report

    def secret(self) -> UserSecret:
        """The secret it was opened with, for going on from here. Raises VaultClosed."""
        self._check_open()
        return self._book.secret

    def close(self) -> None:
        """Drop the keys. Never fails, may be called again."""
        if self._is_open:
            self._is_open = False
            self._index.close()
            self._book.forget()
            self._on_close()


def open_read_only(
    files: VaultFiles,
    host: HostFolder,
    chain: LockedChain,
    *,
    user: bytes,
    secret: UserSecret,
    on_close: Callable[[], None],
) -> ReadOnlyVault:
    """See `Vault.unlock_read_only`."""
    book = open_keys(files, vault=chain.keyring.vault, user=user, secret=secret)
    problems: list[VaultError] = []
    marks = _marks(host, book, problems)
    if chain.problem is not None:
        problems.append(chain.problem)
    seen = marks.heads if marks is not None else ()
    loaded = _load(files, book, seen, problems)
    alarms = [*loaded.alarms, *(f"quarantine {name}" for name in files.ledger.quarantine())]
    return ReadOnlyVault(
        files, book, loaded.index, problems=_each_once(problems), alarms=alarms, seen=seen, on_close=on_close
    )


def _marks(host: HostFolder, book: KeyBook, problems: list[VaultError]) -> Marks | None:
    try:
        marks = load_marks(host, book.keyring)
        if marks is not None:
            check_keyring(marks, book.keyring)
            check_bags(marks, book.keyring, book.bag_marks())
    except VaultError as error:
        problems.append(error)
        return _unchecked(host, book)
    return marks


def _unchecked(host: HostFolder, book: KeyBook) -> Marks | None:
    """The marks that the keyring does not follow; None where the marks themselves are what is wrong."""
    try:
        return load_marks(host, book.keyring)
    except VaultError:
        return None


def _load(files: VaultFiles, book: KeyBook, seen: Sequence[Head], problems: list[VaultError]) -> Loaded:
    """The index, with nothing in it of what two people agreed to erase, whether that was carried out or not."""
    loaded = load(files, book, own=b"", marked=seen, problems=problems)
    known, _ = agreements(loaded.index, book, listed_in(files, book))
    doomed = {key for one in known if one.what is What.ERASURE_INTENDED for key in one.keys}
    held = {key.key_id for key in book.table.all()}
    if doomed & held:
        book.table.shut(doomed)
        if any(one.done is not None and held.intersection(one.keys) for one in known):
            problems.append(RolledBack("keys: an erased key is back"))
        loaded.index.close()
        loaded = load(files, book, own=b"", marked=seen, problems=[])
    forget_moved(loaded.index, known)
    try:
        forget_resealed(loaded.index)
    except Corrupt as error:
        problems.append(error)
    return loaded


def _each_once(problems: Sequence[VaultError]) -> list[VaultError]:
    said = {(type(problem), str(problem)): problem for problem in problems}
    return list(said.values())


def _gravity(problem: VaultError) -> int:
    order = (Forked, RolledBack, Corrupt)
    return next((place for place, kind in enumerate(order) if isinstance(problem, kind)), len(order))
