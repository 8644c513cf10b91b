# SPDX-License-Identifier: GPL-3.0-or-later
"""Content keys, and how a row or object names its key without grouping a patient's files (vault.md 2.3, key_ref)."""

from __future__ import annotations

from collections.abc import Iterable

from clinicam.errors import Corrupt
from clinicam.identity import NOBODY
from clinicam.vault.aead import hmac_sha256
from clinicam.vault.codec import Count, Hash, Id, Record
from clinicam.vault.labels import ID, L

_KEYREF = L("keyref")


class ContentKey(Record, frozen=True, forbid_unknown_fields=True):
    """One key of a bag. `session` None: the patient's rows; else the objects of one session and their rows.

    `patient` is sixteen zeros for the practice's own records. `created` is a keyring generation.
    """

    key_id: Id
    patient: Id
    session: Id | None
    version: Count
    secret: Hash
    created: Count


def mask(locator: bytes, key_id: bytes, name: bytes) -> bytes:
    """The key_ref of `key_id` in the row or object called `name`; the same call turns a key_ref back into the id."""
    pad = hmac_sha256(locator, _KEYREF + name)[:ID]
    return (int.from_bytes(key_id, "big") ^ int.from_bytes(pad, "big")).to_bytes(ID, "big")


def subject_of(locator: bytes, patient: bytes) -> bytes:
    """The pseudonym of `patient` in acts, which auditors read."""
    return hmac_sha256(locator, L("subject") + patient)[:ID]


class KeyTable:
    """The content keys an unlocked vault holds, found by id, by key_ref or by scope. Not thread-safe while adding.

    `last_removal` is the generation in which a user was last removed (0: never): a key from before it opens what it
    sealed but seals no more, since whoever left may have copied it.
    """

    def __init__(self, locator: bytes, keys: Iterable[ContentKey] = (), *, last_removal: int = 0) -> None:
        self.locator = locator
        self.last_removal = last_removal
        self._shut: set[bytes] = set()
        self._closed: set[tuple[bytes, bytes | None]] = set()
        self._by_id: dict[bytes, ContentKey] = {}
        self._by_scope: dict[tuple[bytes, bytes | None], list[ContentKey]] = {}
        for key in keys:
            self.add(key)

    def __len__(self) -> int:
        return len(self._by_id)

    def __repr__(self) -> str:
        return f"<KeyTable of {len(self)}>"

    def add(self, key: ContentKey) -> None:
        """Hold one more key.

        Raises:
            Corrupt: there is another key of that id.
        """
        held = self._by_id.setdefault(key.key_id, key)
        if held is key:
            self._by_scope.setdefault((key.patient, key.session), []).append(key)
        elif held != key:
            raise Corrupt("bag: two keys of one id")

    def all(self) -> tuple[ContentKey, ...]:
        """Every key held, shut ones too."""
        return tuple(self._by_id.values())

    def get(self, key_id: bytes) -> ContentKey | None:
        """The key of an id, if held."""
        return self._by_id.get(key_id)

    def find(self, key_ref: bytes, name: bytes) -> ContentKey | None:
        """The key that `key_ref` stands for in the row or object `name`, if held and not shut (as once it is erased)."""
        key_id = mask(self.locator, key_ref, name)
        return None if key_id in self._shut else self._by_id.get(key_id)

    def shut(self, key_ids: Iterable[bytes]) -> None:
        """From now on these open and seal nothing, whether held or not: two people agreed to destroy them.

        The scopes of those held seal nothing any more either, not even under a new key.
        """
        for key_id in key_ids:
            self._shut.add(key_id)
            held = self._by_id.get(key_id)
            if held is not None:
                self._closed.add((held.patient, held.session))

    def close_scopes(self, keys: Iterable[ContentKey]) -> None:
        """Seal nothing more for the patients and sessions of these, unless there is another key for them."""
        self._closed.update(scope for key in keys if (scope := (key.patient, key.session)) not in self._by_scope)

    def shut_as(self, other: KeyTable) -> None:
        """Keep shut what `other` keeps shut."""
        self._shut |= other._shut
        self._closed |= other._closed

    def is_shut(self, key_ref: bytes, name: bytes) -> bool:
        """Whether the row or object `name` lies under a key that two people agreed to destroy."""
        return bool(self._shut) and mask(self.locator, key_ref, name) in self._shut

    def is_closed(self, patient: bytes, session: bytes | None = None) -> bool:
        """Whether this scope, or the whole patient, was shut in this sitting."""
        return (patient, session) in self._closed or (patient, None) in self._closed

    def by_ref(self, key_ref: bytes, name: bytes) -> ContentKey:
        """As `find`.

        Raises:
            Corrupt: no such key.
        """
        key = self.find(key_ref, name)
        if key is None:
            raise Corrupt("no key for this reference")
        return key

    def sealing_key(self, patient: bytes = NOBODY, session: bytes | None = None) -> ContentKey | None:
        """The key that may seal for this scope: highest version, ties by larger id. None: make a new one first."""
        fit = [key for key in self._by_scope.get((patient, session), ()) if key.created >= self.last_removal]
        return max(fit, key=_rank, default=None)

    def next_version(self, patient: bytes = NOBODY, session: bytes | None = None) -> int:
        """The version of the next key of this scope, from 1."""
        return max((key.version for key in self._by_scope.get((patient, session), ())), default=0) + 1


def _rank(key: ContentKey) -> tuple[int, bytes]:
    return key.version, key.key_id
