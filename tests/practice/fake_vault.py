# SPDX-License-Identifier: GPL-3.0-or-later
"""An unlocked vault made of lists: the calls of `OpenVault`, no crypto, no disk. For tests of registers and screens.

It keeps the real one's promises that tests lean on: it asks the `PermitCheck` before it takes a frame, keeps training
and real pictures apart, answers in ledger order, and raises the same errors.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from clinicam.errors import DiskFull, NotFound, TrainingOnly, VaultClosed
from clinicam.identity import (
    NOBODY,
    ImageId,
    Patient,
    PatientId,
    SessionId,
    StaffId,
    WorkstationId,
    new_id,
)
from clinicam.permits import Admission, PermitCheck
from clinicam.practice.store import Entry, ImageEntry, NewRow, PatientHit, RowRef, What
from clinicam.vault.model import NewFile, NewFrame, StoredFrame, VaultCounts, VerifyReport
from clinicam.vault.objectfile import Rendition


class TickingClock:
    """Wall time that moves only when told, and one millisecond a row."""

    def __init__(self, now_ms: int = 1_795_000_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        self.now_ms += 1
        return self.now_ms


class FakeVault:
    """Same calls as `OpenVault`. `full` makes the next write fail as a full disk; `acts` is every row's first word."""

    def __init__(
        self,
        user: StaffId | None = None,
        *,
        checks: PermitCheck | None = None,
        training: bool = True,
        wall_ms: Callable[[], int] | None = None,
    ) -> None:
        self.user = user if user is not None else StaffId(new_id())
        self.vault_id = new_id()
        self.training = training
        self.place = Path("nowhere")
        self.writer = WorkstationId(new_id())
        self.checks = checks
        self.wall_ms: Callable[[], int] = wall_ms if wall_ms is not None else TickingClock()
        self.full = False
        self.free = 50 * 2**30
        self.acts: list[tuple[What, str]] = []
        self._entries: list[Entry] = []
        self._images: list[ImageEntry] = []
        self._bytes: dict[ImageId, bytes] = {}
        self._seq = itertools.count(1)
        self._closed = False

    # writing

    def append(self, rows: Sequence[NewRow], /) -> tuple[RowRef, ...]:
        self._check_open()
        if self.full:
            raise DiskFull
        wall, refs = self.wall_ms(), []
        for row in rows:
            ref = RowRef(self.writer, next(self._seq), new_id())
            self.acts.append((row.what, row.detail))
            if row.body is not None:
                body = bytes(row.body)
                self._entries.append(
                    Entry(row.patient, row.session, row.topic, row.subject, body, self.user, wall, ref, ref.seq)
                )
            refs.append(ref)
        return tuple(refs)

    def add(self, frame: NewFrame) -> StoredFrame:
        self._check_open()
        if frame.simulated != self.training:
            raise TrainingOnly
        if self.checks is None:
            raise AssertionError("this fake was given no PermitCheck")
        permit, admission = self.checks.admit(frame.permit, frame.captured_ms)
        if self.full:
            raise DiskFull
        made = []
        for file in frame.files:
            image = ImageId(new_id())
            made.append(
                ImageEntry(
                    image=image,
                    patient=permit.patient,
                    session=permit.session,
                    frame=frame.frame,
                    rendition=file.rendition,
                    media_type=file.media_type,
                    view=frame.view,
                    captured_ms=frame.captured_ms,
                    admission=admission,
                    consent=permit.consent,
                    preview=None,
                    thumbnail=None,
                    parent=None,
                    permit=frame.permit,
                    row=RowRef(self.writer, 0, NOBODY),
                )
            )
            self._bytes[image] = bytes(file.data)
        self._images.extend(made)
        what = What.IMAGE_STORED if admission is Admission.FILED else What.IMAGE_KEPT_UNFILED
        refs = self.append([NewRow(what, permit.patient, permit.session, "", one.image, None) for one in made])
        return StoredFrame(frame.frame, tuple(one.image for one in made), admission, refs)

    def add_rendition(self, parent: ImageId, rendition: Rendition, media_type: str, data: bytes) -> ImageId:
        self._check_open()
        at = next((i for i, one in enumerate(self._images) if one.image == parent), None)
        if at is None:
            raise NotFound
        image = ImageId(new_id())
        self._bytes[image] = bytes(data)
        if rendition is Rendition.PREVIEW:
            self._images[at] = msgspec.structs.replace(self._images[at], preview=image)
        elif rendition is Rendition.THUMBNAIL:
            self._images[at] = msgspec.structs.replace(self._images[at], thumbnail=image)
        return image

    # reading

    def read(self, image: ImageId) -> bytes:
        self._check_open()
        try:
            return self._bytes[image]
        except KeyError:
            raise NotFound from None

    def entries(
        self,
        topic: str,
        *,
        patient: PatientId | None = None,
        session: SessionId | None = None,
        subject: bytes | None = None,
    ) -> tuple[Entry, ...]:
        self._check_open()
        return tuple(
            one
            for one in self._entries
            if one.topic == topic
            and (patient is None or one.patient == patient)
            and (session is None or one.session == session)
            and (subject is None or one.subject == subject)
        )

    def images(self, *, patient: PatientId | None = None, session: SessionId | None = None) -> tuple[ImageEntry, ...]:
        self._check_open()
        kept = (
            one
            for one in self._images
            if (patient is None or one.patient == patient) and (session is None or one.session == session)
        )
        return tuple(sorted(kept, key=lambda one: one.captured_ms))

    def patient(self, patient: PatientId) -> Patient:
        for one in self._patients():
            if one.patient == patient:
                return one
        raise NotFound

    def search_patients(self, text: str, limit: int = 50) -> tuple[PatientHit, ...]:
        self._check_open()
        wanted = _fold(text).split()
        hits = []
        for patient in self._patients():
            words = _words(patient)
            if all(any(word.startswith(one) for word in words) for one in wanted):
                images = [one for one in self._images if one.patient == patient.patient]
                last = max((one.captured_ms for one in images), default=None)
                hits.append(PatientHit(patient, last, len(images)))
        hits.sort(key=lambda hit: (_fold(hit.patient.family), _fold(hit.patient.given), hit.patient.born))
        return tuple(hits[:limit])

    def counts(self) -> VaultCounts:
        self._check_open()
        acts = Counter(what.value for what, _ in self.acts)
        patients = sum(1 for _ in self._patients())
        return VaultCounts(len(self.acts), len(self._bytes), len(self._images), patients, dict(acts))

    def verify(
        self,
        *,
        deep: bool,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        only_new: bool = False,
        against: Sequence[bytes] = (),
    ) -> VerifyReport:
        self._check_open()
        progress(len(self.acts), len(self.acts))
        return VerifyReport(not cancelled(), len(self.acts), len(self._bytes), (), ())

    def free_bytes(self) -> int:
        self._check_open()
        return self.free

    def close(self) -> None:
        self._closed = True

    # for tests

    def put_image(self, entry: ImageEntry, data: bytes) -> None:
        """Places a picture as if it had been taken earlier, without a permit."""
        self._images.append(entry)
        self._bytes[entry.image] = data
        for made in (entry.preview, entry.thumbnail):
            if made is not None:
                self._bytes[made] = data

    def _check_open(self) -> None:
        if self._closed:
            raise VaultClosed

    def _patients(self) -> Iterable[Patient]:
        latest = {one.subject: one.body for one in self._entries if one.topic == "patient"}
        return (msgspec.msgpack.decode(body, type=Patient) for body in latest.values())


def _fold(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def _words(patient: Patient) -> list[str]:
    born: date = patient.born
    words = _fold(f"{patient.family} {patient.given}").split()
    words += [
        f"{born:%Y%m%d}",
        f"{born:%d%m%Y}",
        *f"{born:%Y %m %d}".split(),
        f"{born:%b}".casefold(),
        f"{born:%B}".casefold(),
    ]
    words += [str(born.day), str(born.month)]
    words += ["".join(_fold(one.value).split()) for one in patient.identifiers]
    words += [word for one in patient.identifiers for word in _fold(one.value).split()]
    return words


__all__ = [
    "NOBODY",
    "FakeVault",
    "NewFile",
    "NewFrame",
    "StoredFrame",
    "TickingClock",
    "VaultCounts",
    "VerifyReport",
]
