# SPDX-License-Identifier: GPL-3.0-or-later
"""Acts of two people: a second one proves to be here, by the own password, and signs what the first has signed.

The second person opens nothing: of the slot only the signing key is kept, for one intent, and forgotten with it.
Nobody's two slots are known to be one human being's: a recovery kit counts as a person of its own to the keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.errors import Corrupt, SecondPersonRefused, VaultError, WrongPassword
from clinicam.identity import NOBODY, StaffId, new_id
from clinicam.vault.acts import Act, Intent, What, check_intent, encode_intent, sign_intent, spell
from clinicam.vault.content import EntryContent, RowContent
from clinicam.vault.enrolment import held_key
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import ContentKey, subject_of
from clinicam.vault.model import NewRow
from clinicam.vault.roster import Rank, Roster
from clinicam.vault.scribe import Draft
from clinicam.vault.sign import SigningKey
from clinicam.vault.slot import Slot, SlotKind, check_place, open_password_slot


class Cosigner:
    """Another person, who proved to be here. Signs one intent, then is spent."""

    def __init__(self, user: StaffId, key: SigningKey) -> None:
        self.user = user
        self._key: SigningKey | None = key

    def sign(self, *, vault: bytes, rid: bytes, intent: bytes) -> tuple[bytes, bytes]:
        """This person's id and signature over the intent of row `rid`.

        Raises:
            SecondPersonRefused: signed once already, or forgotten.
        """
        key, self._key = self._key, None
        if key is None:
            raise SecondPersonRefused("spent")
        return self.user, sign_intent(key, vault=vault, rid=rid, intent=intent)

    def forget(self) -> None:
        """Drop the key unused. May be called again."""
        self._key = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """An intent whose two signatures were checked: the ids it is about, why, and who, in the order of signing."""

    keys: tuple[bytes, ...]
    reason: str
    signers: tuple[bytes, bytes]


class Cosigners:
    """Lets second persons prove themselves, and drafts what two people agree to. Vault thread only."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def admit(self, user: StaffId, password: str) -> Cosigner:
        """Another active user, by the password of their slot. Slow (Argon2id). A wrong one counts as at the lock screen.

        Raises:
            SecondPersonRefused: ``same``, the one who is signed in; ``unknown``, nobody active with a password here.
            LockedOut: too many wrong ones. WrongPassword: one more; it is in the ledger.
            Corrupt, UnsupportedFormat: a damaged slot.
            DiskFull, WriteFailed: the try could not be counted.
        """
        inside = self._inside
        inside.check_open()
        book = inside.book
        if user == book.user:
            raise SecondPersonRefused("same")
        data = inside.files.slots().get(user)
        member = book.keyring.roster.users.get(user)
        if data is None or member is None:
            raise SecondPersonRefused("unknown")
        slot = Slot.decode(data)
        check_place(slot, vault=book.vault, user=user)
        if slot.kind is not SlotKind.PASSWORD:
            raise SecondPersonRefused("unknown")
        inside.host.begin_try(book.vault, user)
        try:
            secret = open_password_slot(slot, password, held_key(inside) if slot.uses_device_key else None)
        except WrongPassword:
            self._record_failure(user)
            raise
        inside.host.right(book.vault, user)
        key = secret.signing_key()
        if key.public != member.sign_public:
            raise Corrupt("slot: another key than the roster's")
        return Cosigner(user, key)

    def _record_failure(self, user: StaffId) -> None:
        try:
            self._inside.write([Draft(spell(What.UNLOCK_FAILED, user.hex()))])
        except VaultError:
            return  # the wrong password is what to tell; the try was counted outside the vault

    def record(self, row: NewRow, keys: Iterable[bytes], reason: str, second: Cosigner) -> bytes:
        """Write a record of the practice that two people stand for, under the patient's own key; the row's id.

        Raises:
            SecondPersonRefused: see `draft`. NotFound: the patient is erased.
            DiskFull, WriteFailed: not written; the second person has to be asked again.
        """
        self._inside.check_open()
        book = self._inside.book
        patient = row.patient if row.patient is not None else NOBODY
        key = book.sealing_key(self._inside.scribe.writer, patient)
        content = EntryContent(patient, row.session, row.topic, row.subject, row.body or b"")
        subject = subject_of(book.table.locator, patient) if row.patient is not None else None
        drafted = self.draft(
            row.what, keys, reason, second, detail=row.detail, subject=subject, content=content, key=key
        )
        return self._inside.write([drafted]).rows[0][0].rid

    def draft(
        self,
        what: What,
        keys: Iterable[bytes],
        reason: str,
        second: Cosigner,
        *,
        detail: str = "",
        subject: bytes | None = None,
        content: RowContent | None = None,
        key: ContentKey | None = None,
    ) -> Draft:
        """The row that holds an intent of whoever is signed in and `second`, signed by both. `second` is spent.

        The act's code is signed with the reason, so that nobody can make another act of it.

        Args:
            keys: ids the act is about: of keys, objects, or whatever `what` says.
            reason: a code, not words about a patient: auditors read it.

        Raises:
            SecondPersonRefused: ``same``, ``unknown`` (left meanwhile) or ``spent``.
        """
        self._inside.check_open()
        book = self._inside.book
        if second.user == book.user:
            raise SecondPersonRefused("same")
        if second.user not in book.keyring.roster.users:
            raise SecondPersonRefused("unknown")
        rid, packed = new_id(), encode_intent(Intent(tuple(keys), f"{what.value} {reason}"))
        own = sign_intent(book.secret.signing_key(), vault=book.vault, rid=rid, intent=packed)
        signatures = ((bytes(book.user), own), second.sign(vault=book.vault, rid=rid, intent=packed))
        return Draft(spell(what, detail), subject, content, key, rid=rid, intent=packed, signatures=signatures)


def check_agreed(act: Act, *, vault: bytes, rid: bytes, roster: Roster, needs_manager: bool) -> Agreed:
    """What two people of the roster agreed to in row `rid`; with `needs_manager` one of them a manager.

    People who left count: they were there when they signed.

    Raises:
        Corrupt: not two, not of this vault, a signature that does not verify, of another act than the row's, or no
            manager where one is needed.
    """
    intent = check_intent(act, vault=vault, rid=rid, users=roster.public_keys())
    first, second = (user for user, _ in act.signatures or ())
    members = roster.former | roster.users
    if needs_manager and Rank.MANAGER not in {members[first].rank, members[second].rank}:
        raise Corrupt("act: an intent without a manager")
    code, _, reason = intent.reason.partition(" ")
    if code != act.what.partition(" ")[0]:
        raise Corrupt("act: an intent of another act")
    return Agreed(intent.keys, reason, (first, second))
