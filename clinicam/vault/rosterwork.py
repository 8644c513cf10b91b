# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing who holds keys: what `people` and `kits` have in common. The order is what keeps a crash harmless.

A new user's slot is durable before the keyring that names them (a slot nobody names opens nothing and is swept by the next
change); a leaver's slot goes after the keyring without them (until then it opens nothing either). The keyring is the commit.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from clinicam.errors import Corrupt, DiskFull, RoleRefused, UnsupportedFormat, VaultError, WriteFailed
from clinicam.identity import StaffId
from clinicam.vault.acts import What, spell
from clinicam.vault.hoststate import LoginName
from clinicam.vault.inside import Inside
from clinicam.vault.roster import Rank, Roster, add_user, remove_user
from clinicam.vault.scribe import Draft
from clinicam.vault.seen import load_logins, save_logins
from clinicam.vault.slot import Slot, SlotKind, UserSecret

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Holder:
    """An active user of the roster. `kind`: what opens their slot, None where there is no usable one.

    `since` is the generation of the keyring that let them in.
    """

    user: StaffId
    rank: Rank
    kind: SlotKind | None
    since: int

    @property
    def is_person(self) -> bool:
        """Whether somebody can sign in as them with a password; kits are no person."""
        return self.kind is SlotKind.PASSWORD


class RosterWork:
    """See the module. Vault thread only."""

    def __init__(self, inside: Inside) -> None:
        self.inside = inside
        self._files = inside.files
        self._book = inside.book

    @property
    def roster(self) -> Roster:
        """Who is in now."""
        return self._book.keyring.roster

    def holders(self) -> tuple[Holder, ...]:
        """Every active user, in the order they were let in."""
        self.inside.check_open()
        since = {entry.subject: entry.generation for entry in self.roster.entries}
        slots = self._files.slots()
        return tuple(
            Holder(StaffId(user), member.rank, _kind(slots.get(user)), since[user])
            for user, member in self.roster.users.items()
        )

    def check_manager(self) -> None:
        """Raises: VaultClosed; RoleRefused, unless the user may publish keyrings."""
        self.inside.check_open()
        if not self._book.is_manager:
            raise RoleRefused("manager")

    def added(self, raw: bytes, user: bytes, rank: Rank, secret: UserSecret) -> bytes:
        """The roster with one more user, in the name of whoever is signed in."""
        return add_user(
            raw,
            vault=self._book.vault,
            generation=self._book.keyring.generation + 1,
            user=user,
            rank=rank,
            hpke_public=secret.hpke_pair().public,
            sign_public=secret.signing_key().public,
            author=self._book.user,
            key=self._book.secret.signing_key(),
        )

    def removed(self, raw: bytes, user: bytes) -> bytes:
        """The roster without a user.

        Raises:
            RoleRefused: themself; the keyring without them would have nobody to sign it.
        """
        if user == self._book.user:
            raise RoleRefused("another-manager")
        return remove_user(
            raw,
            vault=self._book.vault,
            generation=self._book.keyring.generation + 1,
            user=user,
            author=self._book.user,
            key=self._book.secret.signing_key(),
        )

    def publish(self, raw: bytes, what: What, detail: str) -> None:
        """The commit, then what follows from it: slots nobody names are swept, names nobody has are forgotten, a row.

        Raises:
            Forked: somebody else has published a keyring meanwhile; nothing was changed.
            DiskFull, WriteFailed: nothing was changed; or all was but the row, and `roster` says so.
        """
        try:
            self.inside.publish(roster=raw)
        except (DiskFull, WriteFailed):
            if self.roster.raw != raw or self._book.is_unsure:
                raise
            # The commit stands; only the marks are old, and the row below makes them due again.
            logger.warning("people: marks not saved")
        try:
            self._files.remove_slots(user for user in self._files.slots() if user not in self.roster.users)
            self.keep_names({})
        except VaultError as error:
            logger.warning("people: %s", error)  # harmless: they open nothing, and the next change tries again
        self.inside.write([Draft(spell(what, detail))])

    def keep_names(self, names: dict[bytes, str]) -> None:
        """Show these users by these names on this workstation's lock screen; those who left are forgotten.

        Raises:
            DiskFull, WriteFailed: it shows what it showed. Corrupt, UnsupportedFormat: the file of names.
        """
        held = {one.user: one.name for one in load_logins(self.inside.host, self._book.keyring)}
        wanted = {user: name for user, name in (held | names).items() if user in self.roster.users}
        if wanted != held:
            logins = [LoginName(user, name) for user, name in wanted.items()]
            save_logins(self.inside.host, self._book.vault, self.inside.scribe.writer, logins)


def _kind(data: bytes | None) -> SlotKind | None:
    try:
        return Slot.decode(data).kind if data is not None else None
    except (Corrupt, UnsupportedFormat):
        return None  # nobody can sign in with a damaged one, which is what is asked here
