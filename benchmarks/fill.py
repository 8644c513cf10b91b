# SPDX-License-Identifier: GPL-3.0-or-later
"""Training vaults of a wanted size, filled in haste: rows by way of the scribe, objects by way of the storer, no flushes.

The rows are those of a practice: of every hundred, four are patients, sixty pictures with their frames, the rest
consents, tasks and acts. Their pictures are not there unless asked for, since only rows are measured with them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from benchmarks.bed import CHEAP, PASSWORD, Hasty, OpenGate
from clinicam.identity import Identifier, PatientId, make_patient
from clinicam.vault.acts import What, spell
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent, ImageContent, Rendition
from clinicam.vault.generation import write_generation
from clinicam.vault.host import HostFolder
from clinicam.vault.index import FRAME_TOPIC, FrameNote
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import ContentKey, subject_of
from clinicam.vault.model import CreatedVault
from clinicam.vault.openvault import OpenVault
from clinicam.vault.scribe import Draft
from clinicam.vault.storing import make_meta
from clinicam.vault.vault import Vault

BATCH = 500
_TODAY = date(2026, 11, 21)
_ROWS_A_PATIENT = 25


@contextmanager
def filled(
    folder: Path, *, rows: int = 0, pictures: int = 0, size: int = 0
) -> Iterator[tuple[CreatedVault, OpenVault]]:
    """A vault of about so many rows, or so many pictures of `size` bytes, unlocked; locked again at the end."""
    host = HostFolder(folder / "host")
    calls = Hasty()
    created = Vault.create(
        folder / "vault", host, password=PASSWORD, login="Bench", training=True, kdf=CHEAP, calls=calls
    )
    vault = Vault.open(folder / "vault", host, calls=calls)
    try:
        opened = vault.unlock_with_kit(created.kit_words, OpenGate())
        if rows:
            _fill_rows(opened.inside, rows)
        if pictures:
            _fill_pictures(opened.inside, pictures, size)
        yield created, opened
    finally:
        vault.close()


@contextmanager
def reopened(folder: Path, created: CreatedVault) -> Iterator[OpenVault]:
    """The vault again, on the real operating system."""
    vault = Vault.open(folder / "vault", HostFolder(folder / "host"))
    try:
        yield vault.unlock_with_kit(created.kit_words, OpenGate())
    finally:
        vault.close()


def _keys(inside: Inside, patients: int) -> list[ContentKey]:
    """A key for each of so many patients, in one generation instead of one flush each."""
    generation = inside.book.keyring.generation + 1
    keys = [ContentKey(os.urandom(16), os.urandom(16), None, 1, os.urandom(32), generation) for _ in range(patients)]
    book = inside.book
    with inside.files.exclusive():
        write_generation(
            inside.files,
            vault=book.vault,
            training=book.keyring.training,
            generation=generation,
            prev=book.keyring.sha256,
            roster=book.keyring.roster.raw,
            keys=[*book.table.all(), *keys],
            shared=book.shared,
            writer=inside.scribe.writer,
            user=book.user,
            secret=book.secret,
        )
    book.follow()
    return keys


def _fill_rows(inside: Inside, rows: int) -> None:
    chance = random.Random(20261121)  # noqa: S311  made-up people, the same each time
    drafts: list[Draft] = []
    for number, key in enumerate(_keys(inside, max(rows // _ROWS_A_PATIENT, 1))):
        drafts += _patient(inside, key, number, chance)
        if len(drafts) >= BATCH:
            inside.write(drafts)
            drafts = []
    if drafts:
        inside.write(drafts)


def _patient(inside: Inside, key: ContentKey, number: int, chance: random.Random) -> Iterator[Draft]:
    """Twenty-five rows: who it is, two sittings with their pictures, what else there is to say."""
    subject = subject_of(inside.book.table.locator, key.patient)
    who = make_patient(
        family=f"Family{chance.randrange(5000)}",
        given=f"Given{number % 97}",
        born=date(1930, 1, 1) + timedelta(days=number * 11 % 33_000),
        today=_TODAY,
        identifiers=(Identifier("local", f"TR-{number:07}"),),
        patient=PatientId(key.patient),
    )
    yield Draft(spell(What.PATIENT_ADDED), subject, _entry(key, "patient", key.patient, encode(who)), key)
    for _ in range(5):
        frame = os.urandom(16)
        note = FrameNote(frame, 1_790_000_000_000 + number, os.urandom(16), os.urandom(16), "Nikon Z 6, 1234", "ram")
        yield Draft(spell(What.SESSION_EVENT, FRAME_TOPIC), subject, _entry(key, FRAME_TOPIC, frame, encode(note)), key)
        first = os.urandom(16)
        for rendition in (Rendition.ORIGINAL, Rendition.PREVIEW, Rendition.THUMBNAIL):
            original = rendition is Rendition.ORIGINAL
            picture = ImageContent(
                key.patient, None, frame, first if original else os.urandom(16), rendition, None if original else first,
                "image/jpeg", "IV-07", os.urandom(32),
            )  # fmt: skip
            what = What.IMAGE_STORED if original else What.IMAGE_RENDITION
            yield Draft(spell(what), subject, picture, key)
    for topic in ("consent", "session", "session", "task"):
        body = encode({"what": topic, "note": "x" * 120})
        yield Draft(spell(What.CONSENT_RECORDED), subject, _entry(key, topic, os.urandom(16), body), key)


def _entry(key: ContentKey, topic: str, subject: bytes, body: bytes) -> EntryContent:
    return EntryContent(key.patient, None, topic, subject, body)


def _fill_pictures(inside: Inside, pictures: int, size: int) -> None:
    key = inside.book.sealing_key(inside.scribe.writer, os.urandom(16), os.urandom(16))
    for _ in range(pictures):
        meta = make_meta(
            patient=key.patient, session=key.session, frame=os.urandom(16), consent=None, permit=None, captured=1,
            camera="Bench", proof="memory", parent=None, media_type="image/jpeg", view="IV07",
        )  # fmt: skip
        kept = inside.storer.put(meta, Rendition.ORIGINAL, os.urandom(size), key)
        inside.write([kept.draft(What.IMAGE_STORED, inside.book)])
