# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may unlock: people are let in, taken out and given new keys by a manager, without anybody else's password.

A leaver costs a new keyring generation: a fresh epoch key, all bags under it, and new content keys for whatever is sealed from
then on (`KeyTable.last_removal`). No picture is encrypted again: who copied keys while they worked here keeps what they copied.

Keys tell auditor, bag holder and manager apart. Nurse and clinician hold the same keys, so passing between these two needs no
new identity; any other change of role does, because an identity's rank is signed once and never edited (decision 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clinicam.errors import LastManager, NotFound, VaultError, WrongPassword
from clinicam.identity import StaffId, new_id
from clinicam.vault.acts import What, spell
from clinicam.vault.aead import KdfParameters, calibrate
from clinicam.vault.enrolment import held_key, slot_key
from clinicam.vault.inside import Inside
from clinicam.vault.ownpassword import change_password, sealed_slot
from clinicam.vault.passwords import check_password
from clinicam.vault.roster import Rank
from clinicam.vault.rosterwork import Holder, RosterWork
from clinicam.vault.scribe import Draft
from clinicam.vault.slot import SlotKind, UserSecret

__all__ = ["Holder", "People", "Rank", "SlotKind"]


class People:
    """See the module. Vault thread only.

    `cost` says how dear a password is to be; measured on this machine if not given, which takes seconds.
    """

    def __init__(self, inside: Inside, *, cost: Callable[[], KdfParameters] = calibrate) -> None:
        self._inside = inside
        self._work = RosterWork(inside)
        self._measure = cost
        self._cost: KdfParameters | None = None

    def holders(self) -> tuple[Holder, ...]:
        """Everybody who holds keys, recovery kits among them, in the order they were let in."""
        return self._work.holders()

    def knows(self, user: bytes) -> bool:
        """Whether there is or was a user of that id."""
        roster = self._work.roster
        return user in roster.users or user in roster.former

    def is_active(self, user: bytes) -> bool:
        """Whether that user holds keys now."""
        return user in self._work.roster.users

    def add(
        self, rank: Rank, password: str, *, shown: str, known: Iterable[str] = (), user: StaffId | None = None
    ) -> StaffId:
        """Let somebody in; returns their id. Slow (Argon2id).

        Args:
            password: theirs, typed by themself.
            shown: how the lock screen of this workstation names them.
            known: words that must not make up the password.
            user: the id they are to have; a fresh one if not given.

        Raises:
            RoleRefused: the user is no manager. PasswordRefused: the password. Nothing was changed.
            Forked, DiskFull, WriteFailed: see `RosterWork.publish`.
        """
        return self._let_in(None, rank, password, shown, known, user)

    def replace(
        self,
        old: StaffId,
        rank: Rank,
        password: str,
        *,
        shown: str,
        known: Iterable[str] = (),
        user: StaffId | None = None,
    ) -> StaffId:
        """New keys for somebody in place of `old`, in one generation: a forgotten or leaked password, or another rank.

        As `add`; also raises:
            NotFound: `old` holds no keys, or is a kit. RoleRefused: `old` is whoever is signed in.
            LastManager: nobody would be left who can manage.
        """
        return self._let_in(old, rank, password, shown, known, user)

    def remove(self, user: StaffId) -> None:
        """Take somebody's keys back.

        Raises:
            RoleRefused: the user is no manager, or removes themself.
            NotFound: they hold no keys, or are a kit.
            LastManager: nobody would be left who can manage; kits do not count.
            Forked, DiskFull, WriteFailed: see `RosterWork.publish`.
        """
        self._work.check_manager()
        raw = self._without(self._work.roster.raw, user, None)
        self._work.publish(raw, What.STAFF_LEFT, user.hex())

    def check_removable(self, user: StaffId, rank: Rank | None = None) -> None:
        """Return if `remove` (or, with a rank, `replace`) would not be refused. Raises as they do; changes nothing."""
        self._work.check_manager()
        self._without(self._work.roster.raw, user, rank)

    def check_manager(self) -> None:
        """Raises: RoleRefused, unless whoever is signed in may change who holds keys."""
        self._work.check_manager()

    def change_own_password(self, old: str, new: str, *, known: Iterable[str] = ()) -> None:
        """Put whoever is signed in behind another password. Slow.

        Raises:
            As `ownpassword.change_password`; wrong tries are in the ledger.
        """
        self._inside.check_open()
        book = self._inside.book
        try:
            change_password(
                self._inside.files,
                self._inside.host,
                vault=book.vault,
                user=book.user,
                secret=book.secret,
                old=old,
                new=new,
                known=known,
                cost=self._price,
                held_key=held_key(self._inside),
                slot_key=slot_key(self._inside),
            )
        except WrongPassword:
            self._inside.write([Draft(spell(What.UNLOCK_FAILED, f"{book.user.hex()} change"))])
            raise
        self._inside.write([Draft(spell(What.SLOT_REWRAPPED, book.user.hex()))])

    def keep_names(self, names: dict[StaffId, str]) -> None:
        """Name people on this workstation's lock screen. A name that cannot be kept is shown by its id: no error."""
        self._inside.check_open()
        try:
            self._work.keep_names({user: name for user, name in names.items()})
        except VaultError:
            return

    def _let_in(
        self,
        old: StaffId | None,
        rank: Rank,
        password: str,
        shown: str,
        known: Iterable[str],
        user: StaffId | None,
    ) -> StaffId:
        self._work.check_manager()
        if rank is Rank.WRITER:
            raise ValueError("a person has a rank")
        check_password(password, known=(shown, *known))
        new = user if user is not None else StaffId(new_id())
        book = self._inside.book
        secret = UserSecret.make(book.secret.anchor)
        raw = self._work.added(self._work.roster.raw, new, rank, secret)
        if old is not None:
            raw = self._without(raw, old, rank)
        slot = sealed_slot(
            secret,
            vault=book.vault,
            user=new,
            password=password,
            cost=self._price(),
            device_key=slot_key(self._inside),
        )
        self._inside.files.write_slot(new, slot)
        detail = f"{new.hex()} {rank.name.lower()}"
        if old is None:
            self._work.publish(raw, What.STAFF_ADDED, detail)
        else:
            self._work.publish(raw, What.STAFF_RESET, f"{detail} for {old.hex()}")
        self.keep_names({new: shown})
        return new

    def _without(self, raw: bytes, user: StaffId, instead: Rank | None) -> bytes:
        """The roster `raw` without `user`, whose place somebody of rank `instead` takes."""
        people = {one.user: one for one in self._work.holders() if one.kind is not SlotKind.KIT}
        if user not in people:
            raise NotFound("nobody of that id holds keys")
        raw = self._work.removed(raw, user)
        left = [one for one in people.values() if one.rank is Rank.MANAGER and one.is_person and one.user != user]
        if people[user].rank is Rank.MANAGER and instead is not Rank.MANAGER and not left:
            raise LastManager("nobody would be left to manage")
        return raw

    def _price(self) -> KdfParameters:
        if self._cost is None:
            self._cost = self._measure()
        return self._cost
