# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery kits: each is a manager's identity of its own, without a device key and without a person.

A kit counts only once its words were typed back: until then nothing of it has been written anywhere. Using one is `unlock.kit`
in the ledger; here each use leaves a record too, so that a list can say when.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from clinicam.errors import Corrupt, LastKit, NotFound, WrongPassword
from clinicam.identity import NOBODY, StaffId, new_id
from clinicam.vault import lookups
from clinicam.vault.acts import What, spell
from clinicam.vault.aead import KEY, system_randomness
from clinicam.vault.codec import Count, Record, decode, encode
from clinicam.vault.content import EntryContent
from clinicam.vault.inside import Inside
from clinicam.vault.kit import secret_of, words_of
from clinicam.vault.model import Entry
from clinicam.vault.ownpassword import same_secret
from clinicam.vault.roster import Rank
from clinicam.vault.rosterwork import RosterWork
from clinicam.vault.scribe import Draft
from clinicam.vault.slot import Slot, SlotKind, UserSecret, open_kit_slot, seal_kit_slot

KIT_TOPIC = "kit"


class KitNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry about a kit, whose id is its subject: made as number so and so, or (number 0) used."""

    number: Count


@dataclass(frozen=True, slots=True)
class NewKit:
    """A kit that does not count yet. `words` are to be written down; nothing is kept of it but this object."""

    number: int
    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class KitInfo:
    """A kit that opens the vault. `made_by` and `made_ms` are None for the one that came with the vault."""

    kit: StaffId
    number: int
    made_by: StaffId | None
    made_ms: int | None
    used_ms: int | None
    is_me: bool


class Kits:
    """See the module. Vault thread only."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._work = RosterWork(inside)

    def all(self) -> tuple[KitInfo, ...]:
        """Those that open the vault, by number."""
        made, used = self._notes()
        me = self._inside.book.user
        found = []
        for kit in self._active():
            note = made.get(kit)
            number = decode(note.body, KitNote).number if note is not None else 1
            by, when = (note.who, note.wall_ms) if note is not None else (None, None)
            found.append(KitInfo(kit, number, by, when, used.get(kit), kit == me))
        return tuple(sorted(found, key=lambda one: one.number))

    @property
    def is_mine(self) -> bool:
        """Whether it was a kit that opened the vault now."""
        return self._inside.book.user in self._active()

    def note_use(self) -> None:
        """Record that a kit opened the vault, if one did. Raises DiskFull, WriteFailed."""
        self._inside.check_open()
        if self.is_mine:
            self._note(self._inside.book.user, 0)

    def prepare(self) -> NewKit:
        """The words of a kit to be written down.

        Raises:
            RoleRefused: the user is no manager.
        """
        self._work.check_manager()
        made, _ = self._notes()
        numbers = [decode(note.body, KitNote).number for note in made.values()]
        return NewKit(max([1, *numbers]) + 1, words_of(system_randomness(KEY)))

    def confirm(self, kit: NewKit, typed: Sequence[str]) -> StaffId:
        """Make it count, now that it was typed back from the paper.

        Raises:
            WrongPassword: other words; nothing was changed.
            RoleRefused: the user is no manager.
            Corrupt: this machine's memory gave back other bytes than it was given.
            Forked, DiskFull, WriteFailed: see `RosterWork.publish`.
        """
        self._work.check_manager()
        secret_bytes = secret_of(kit.words)
        if not hmac.compare_digest(secret_of(typed), secret_bytes):
            raise WrongPassword("the words of another kit")
        book, user = self._inside.book, StaffId(new_id())
        secret = UserSecret.make(book.secret.anchor)
        data = seal_kit_slot(secret, vault=book.vault, user=user, kit=secret_bytes)
        if not same_secret(open_kit_slot(Slot.decode(data), secret_bytes), secret):
            raise Corrupt("slot: memory gave back another kit")
        raw = self._work.added(self._work.roster.raw, user, Rank.MANAGER, secret)
        # First, so that no kit ever counts without its number and maker; a note of a kit that never came is not shown.
        self._note(user, kit.number)
        self._inside.files.write_slot(user, data)
        self._work.publish(raw, What.KIT_MADE, f"{user.hex()} {kit.number}")
        return user

    def revoke(self, kit: StaffId) -> None:
        """Let a kit open nothing any more. Its paper can stay where it is.

        Raises:
            RoleRefused: the user is no manager, or came in with this very kit.
            NotFound: no such kit. LastKit: it is the only one.
            Forked, DiskFull, WriteFailed: see `RosterWork.publish`.
        """
        self._work.check_manager()
        active = self._active()
        if kit not in active:
            raise NotFound("no such kit")
        raw = self._work.removed(self._work.roster.raw, kit)
        if len(active) == 1:
            raise LastKit("the only kit")
        self._work.publish(raw, What.KIT_REVOKED, kit.hex())

    def _active(self) -> tuple[StaffId, ...]:
        return tuple(one.user for one in self._work.holders() if one.kind is SlotKind.KIT)

    def _notes(self) -> tuple[dict[StaffId, Entry], dict[StaffId, int]]:
        """For each kit the entry of its making, and when it was last used."""
        made: dict[StaffId, Entry] = {}
        used: dict[StaffId, int] = {}
        for one in lookups.entries(self._inside.index, KIT_TOPIC, patient=None, session=None, subject=None):
            if decode(one.body, KitNote).number:
                made[StaffId(one.subject)] = one
            else:
                used[StaffId(one.subject)] = one.wall_ms
        return made, used

    def _note(self, kit: bytes, number: int) -> None:
        key = self._inside.book.sealing_key(self._inside.scribe.writer)
        content = EntryContent(NOBODY, None, KIT_TOPIC, kit, encode(KitNote(number)))
        what = spell(What.STAFF_CHANGED, KIT_TOPIC)
        self._inside.write([Draft(what, None, content, key)])
