# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys may be gone: those that two people agreed to destroy, and those that a sealing anew said it would drop.

A row whose key is gone for any other reason means that a bag was taken away or lost. It must never pass for an erasure:
the next generation would be published without those keys, and what they sealed could be opened by nobody any more.
"""

from __future__ import annotations

from collections.abc import Iterable

from clinicam.identity import NOBODY, PatientId
from clinicam.vault.acts import What, spell
from clinicam.vault.agreements import Agreement
from clinicam.vault.codec import Id, Record, decode, encode
from clinicam.vault.content import EntryContent
from clinicam.vault.index import Index
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import subject_of
from clinicam.vault.lookups import entries
from clinicam.vault.scribe import Draft

DROPPED_TOPIC = "keys-dropped"


class DroppedKeys(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry of topic ``keys-dropped``, whose subject is the patient: keys under which nothing lies any more.

    Under the practice's own key, or an erasure of the patient would destroy the reason why they are gone. In vaults of
    before it lay under the patient's.
    """

    keys: tuple[Id, ...]


def note_dropped(inside: Inside, patient: PatientId, keys: Iterable[bytes]) -> None:
    """Say in the ledger which keys the next generation leaves out. Before it is published, or a crash hides why.

    Raises:
        DiskFull, WriteFailed: not said.
    """
    book = inside.book
    own = book.sealing_key(inside.scribe.writer)
    content = EntryContent(NOBODY, None, DROPPED_TOPIC, patient, encode(DroppedKeys(tuple(sorted(keys)))))
    subject = subject_of(book.table.locator, patient)
    inside.write([Draft(spell(What.SESSION_EVENT, DROPPED_TOPIC), subject, content, own)])


def explained(index: Index, known: Iterable[Agreement]) -> frozenset[bytes]:
    """The ids of every key whose absence the ledger explains. Raises Corrupt: a note that is none."""
    erased = {key for one in known if one.what is What.ERASURE_INTENDED for key in one.keys}
    notes = entries(index, DROPPED_TOPIC, patient=None, session=None, subject=None)
    return frozenset(erased.union(*(decode(note.body, DroppedKeys).keys for note in notes)))
