# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be read of an unlocked vault: by those who may also add, and by those who may only look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from clinicam.errors import Corrupt
from clinicam.identity import FrameId, ImageId, Patient, PatientId, SessionId, StaffId
from clinicam.vault import lookups
from clinicam.vault.content import ImageContent, check_agreement
from clinicam.vault.files import VaultFiles
from clinicam.vault.index import Index
from clinicam.vault.keys import KeyBook
from clinicam.vault.model import Entry, ImageEntry, PatientHit, VaultCounts
from clinicam.vault.objectfile import open_object, parse_header


class Reading(ABC):
    """Every method raises VaultClosed after `close`. Vault thread, but `read` and `counts`: any thread."""

    def __init__(self, files: VaultFiles, book: KeyBook, index: Index) -> None:
        self.user = StaffId(book.user)
        self.vault_id = book.vault
        self.training = book.keyring.training
        self._files = files
        self._book = book
        self._index = index

    @property
    def place(self) -> Path:
        """Where the vault lies."""
        return self._files.place

    @abstractmethod
    def _check_open(self) -> None:
        """Raises: VaultClosed, once it was locked."""

    def read(self, image: ImageId) -> bytes:
        """The picture, checked to the last byte and against its row. Any thread.

        Raises:
            NotFound: no such image, or its object is gone.
            Corrupt, UnsupportedFormat: damage.
        """
        self._check_open()
        row = lookups.image_row(self._index, image)
        data = self._files.objects.get(image)
        try:
            meta, picture = open_object(data, self._book.table.by_ref, vault=self.vault_id, object_id=image)
            check_agreement(meta, parse_header(data).rendition, image, row)
        except Corrupt:
            self._check_open()  # locked meanwhile: then it was the keys that went, not the picture
            raise
        return bytes(picture)

    def entries(
        self,
        topic: str,
        *,
        patient: PatientId | None = None,
        session: SessionId | None = None,
        subject: bytes | None = None,
    ) -> tuple[Entry, ...]:
        """Entries of a topic in ledger order, narrowed by what is given."""
        self._check_open()
        return lookups.entries(self._index, topic, patient=patient, session=session, subject=subject)

    def images(self, *, patient: PatientId | None = None, session: SessionId | None = None) -> tuple[ImageEntry, ...]:
        """Originals, second files and derivatives in ledger order, with the ids of their previews and thumbnails."""
        self._check_open()
        return lookups.images(self._index, patient=patient, session=session)

    def image(self, image: ImageId) -> ImageContent:
        """The row of one image or rendition. Raises NotFound."""
        self._check_open()
        return lookups.image_row(self._index, image)

    def has_frame(self, frame: FrameId) -> bool:
        """Whether a frame is in the vault."""
        self._check_open()
        return lookups.frame_facts(self._index, frame) is not None

    def search_patients(self, text: str, limit: int = 50) -> tuple[PatientHit, ...]:
        """At most `limit` patients whom `text` may mean, by name: words, date of birth, number; see `search`."""
        self._check_open()
        return lookups.search_patients(self._index, text, limit)

    def patient(self, patient: PatientId) -> Patient:
        """One patient as last recorded. Raises NotFound."""
        self._check_open()
        return lookups.patient(self._index, patient)

    def counts(self) -> VaultCounts:
        """Sums over the whole vault. Any thread."""
        self._check_open()
        return lookups.counts(self._index)
