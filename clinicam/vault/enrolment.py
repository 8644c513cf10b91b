# SPDX-License-Identifier: GPL-3.0-or-later
"""Which practice has a device key, which workstations hold it, and which slots are mixed with it.

The rule is kept as entries of the vault, the key itself among them: whoever can read them is in already, and so nobody
is ever locked out. A recovery kit, which needs no device key, opens the vault and shows the words again.

A slot is sealed with the key only when every active workstation has said that it holds it, or a manager has said that
those which do not must wait for it. Slots change one by one, each at its own owner's next unlock, whole or not at all:
until then the old one opens as before. The same on the way back. Vault thread only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from clinicam.errors import Corrupt, KeyStoreRefused, RoleRefused, VaultError
from clinicam.identity import Role
from clinicam.vault import lookups
from clinicam.vault.acts import What, spell
from clinicam.vault.codec import Hash, Id, Record, decode, encode
from clinicam.vault.content import EntryContent
from clinicam.vault.device_key import TOPIC, DeviceKeys, key_id, make_key
from clinicam.vault.inside import Inside
from clinicam.vault.kit import words_of
from clinicam.vault.labels import ZERO_ID
from clinicam.vault.model import Entry
from clinicam.vault.scribe import Draft
from clinicam.vault.slot import Slot, SlotKind, open_password_slot, seal_password_slot

_log = logging.getLogger(__name__)


class DeviceNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry of `TOPIC`. ``on`` brings the key; ``held`` and ``lacks`` are about the workstation that is the
    entry's subject, `reason` a word of `KeyStoreRefused`.
    """

    state: Literal["on", "required", "off", "held", "lacks"]
    name: Id
    """of the key: `device_key.key_id`"""
    key: Hash | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """What the entries add up to. `lacking` are workstations that said why they cannot hold the key."""

    key: bytes = field(repr=False)
    name: bytes
    is_on: bool
    is_required: bool
    holders: frozenset[bytes]
    lacking: dict[bytes, str]

    def waits_for(self, writers: Iterable[bytes]) -> frozenset[bytes]:
        """Those of `writers` that do not hold the key."""
        return frozenset(writers) - self.holders


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """For the screen. `slots` and `sealed` count people with a password, and those whose slot needs the key."""

    is_on: bool
    is_required: bool
    is_here: bool
    reason: str
    """why this workstation's key store is not used, as a word of `KeyStoreRefused`; empty if it is or was not asked"""
    waiting: int
    """active workstations without the key"""
    slots: int
    sealed: int


def read_rule(entries: Iterable[Entry]) -> DeviceRule | None:
    """The rule, None if there never was one. Raises Corrupt."""
    key, name, is_on, is_required = b"", b"", False, False
    holders: set[bytes] = set()
    lacking: dict[bytes, str] = {}
    for entry in entries:
        note = decode(entry.body, DeviceNote)
        if note.state == "on":
            if note.key is None:
                raise Corrupt("device key: an entry without it")
            if note.name != name:
                holders, lacking = set(), {}
            key, name, is_on, is_required = note.key, note.name, True, False
        elif note.state == "required":
            is_required = True
        elif note.state == "off":
            is_on = is_required = False
        elif note.state == "held" and note.name == name:
            holders.add(entry.subject)
            lacking.pop(entry.subject, None)
        elif note.state == "lacks" and note.name == name:
            holders.discard(entry.subject)
            lacking[entry.subject] = note.reason
    if not name:
        return None
    return DeviceRule(key, name, is_on, is_required, frozenset(holders), lacking)


def rule_in(inside: Inside) -> DeviceRule | None:
    """The rule of an open vault."""
    return read_rule(lookups.entries(inside.index, TOPIC, patient=None, session=None, subject=None))


def held_key(inside: Inside) -> bytes | None:
    """What a slot that needs the device key is opened with while somebody is in; None where there never was a key."""
    rule = rule_in(inside)
    return rule.key if rule is not None else None


def slot_key(inside: Inside) -> bytes | None:
    """What a password's slot that is made now is mixed with; None for nothing."""
    rule = rule_in(inside)
    if rule is None or not rule.is_on:
        return None
    if rule.is_required or not rule.waits_for(_active_writers(inside)):
        return rule.key
    return None


def _active_writers(inside: Inside) -> frozenset[bytes]:
    writers = inside.book.keyring.roster.writers.values()
    return frozenset(one.writer for one in writers if one.final is None)


class Enrolment:
    """The device key of an open vault on this workstation."""

    def __init__(self, inside: Inside, keys: DeviceKeys) -> None:
        self._inside = inside
        self._keys = keys
        self._here = inside.scribe.writer.writer

    def status(self) -> DeviceStatus:
        """How things are, without asking the key store."""
        rule = rule_in(self._inside)
        slots = self._password_slots()
        sealed = sum(slot.uses_device_key for slot in slots)
        if rule is None:
            return DeviceStatus(False, False, False, "", 0, len(slots), sealed)
        return DeviceStatus(
            is_on=rule.is_on,
            is_required=rule.is_required,
            is_here=self._here in rule.holders,
            reason=rule.lacking.get(self._here, ""),
            waiting=len(rule.waits_for(_active_writers(self._inside))),
            slots=len(slots),
            sealed=sealed,
        )

    def turn_on(self) -> None:
        """Give the practice a device key, this workstation first. A second time after `turn_off` it is the same key.

        Raises:
            RoleRefused: not a manager.
            KeyStoreRefused: this workstation could not keep it; the practice goes on without.
            DiskFull, WriteFailed: not recorded; nobody's slot is changed.
        """
        self._check_manager()
        rule = rule_in(self._inside)
        if rule is not None and rule.is_on:
            return
        key = rule.key if rule is not None else make_key()
        name = key_id(self._inside.book.vault, key)
        self._keys.keep(self._inside.book.vault, key)
        self._write(DeviceNote("on", name, key), DeviceNote("held", name))

    def require(self) -> None:
        """From now on slots are sealed with the key although some workstations do not hold it: they need the words first.

        Raises:
            RoleRefused: not a manager. KeyStoreRefused: there is no key. DiskFull, WriteFailed.
        """
        self._check_manager()
        self._write(DeviceNote("required", self._need_rule().name))

    def turn_off(self) -> None:
        """Slots are sealed without the key again, each at its owner's next unlock. Raises as `require`."""
        self._check_manager()
        self._write(DeviceNote("off", self._need_rule().name))

    def words(self) -> tuple[str, ...]:
        """The key as 24 words for another workstation, as a recovery kit's. That they were shown is recorded first.

        Raises:
            RoleRefused, KeyStoreRefused, DiskFull, WriteFailed: they are not shown.
        """
        self._check_manager()
        rule = self._need_rule()
        self._inside.write([Draft(spell(What.DEVICE_KEY, "shown"))])
        return words_of(rule.key)

    def settle(self, password: str | None = None) -> None:
        """After an unlock: keep the key here if the practice has one, and seal the user's slot anew if it is due.

        Without the password the slot stays. Never fails: what could not be done is done at another unlock.
        """
        try:
            rule = rule_in(self._inside)
            if rule is not None:
                self._settle_here(rule)
                self._settle_slot(password)
                self._let_go()
        except VaultError as error:
            _log.warning("device key: %s", type(error).__name__)

    def _settle_here(self, rule: DeviceRule) -> None:
        vault = self._inside.book.vault
        if not rule.is_on or self._here in rule.holders:
            return
        try:
            self._keys.keep(vault, rule.key)
        except KeyStoreRefused as refused:
            if rule.lacking.get(self._here) != refused.reason:
                self._write(DeviceNote("lacks", rule.name, reason=refused.reason))
        else:
            self._write(DeviceNote("held", rule.name))

    def _settle_slot(self, password: str | None) -> None:
        files, book = self._inside.files, self._inside.book
        data = files.slots().get(book.user)
        if password is None or data is None:
            return
        slot, key = Slot.decode(data), slot_key(self._inside)
        if slot.cost is None or slot.uses_device_key == (key is not None):
            return
        if key is not None and self._keys.fetch(book.vault) != key:
            self._keys.keep(book.vault, key)  # the key store was emptied since this workstation said it holds the key
        new = seal_password_slot(
            book.secret, vault=book.vault, user=book.user, password=password, cost=slot.cost, device_key=key
        )
        if open_password_slot(Slot.decode(new), password, key) != book.secret:
            raise Corrupt("slot: does not open again")
        files.write_slot(book.user, new)
        self._inside.write([Draft(spell(What.DEVICE_KEY, "slot sealed with it" if key else "slot sealed without it"))])

    def _let_go(self) -> None:
        """Once the practice wants no device key and no slot needs it, it is kept no longer here."""
        rule = rule_in(self._inside)
        if rule is None or rule.is_on or self._here not in rule.holders:
            return
        if not any(slot.uses_device_key for slot in self._password_slots()):
            self._keys.forget(self._inside.book.vault)
            self._write(DeviceNote("lacks", rule.name, reason="off"))

    def _password_slots(self) -> list[Slot]:
        active = self._inside.book.keyring.roster.users
        slots = [Slot.decode(data) for user, data in self._inside.files.slots().items() if user in active]
        return [slot for slot in slots if slot.kind is SlotKind.PASSWORD]

    def _check_manager(self) -> None:
        self._inside.check_open()
        if not self._inside.book.is_manager:
            raise RoleRefused(Role.MANAGER.value)

    def _need_rule(self) -> DeviceRule:
        rule = rule_in(self._inside)
        if rule is None or not rule.is_on:
            raise KeyStoreRefused("none")
        return rule

    def _write(self, *notes: DeviceNote) -> None:
        inside = self._inside
        key = inside.book.sealing_key(inside.scribe.writer)
        drafts = []
        for note in notes:
            subject = self._here if note.state in {"held", "lacks"} else ZERO_ID
            content = EntryContent(key.patient, None, TOPIC, subject, encode(note))
            drafts.append(Draft(spell(What.DEVICE_KEY, note.state), None, content, key))
        inside.write(drafts)
