# SPDX-License-Identifier: GPL-3.0-or-later
"""A second person for acts of two, and what a vault holds of a patient, told by trying."""

from __future__ import annotations

from dataclasses import dataclass

from clinicam.identity import PatientId, SessionId, StaffId, new_id
from clinicam.permits import CapturePermit
from clinicam.vault.chainread import ChainReader
from clinicam.vault.cosigning import Cosigner
from clinicam.vault.openvault import OpenVault, Rendition, StoredFrame
from clinicam.vault.roster import Rank, add_user
from clinicam.vault.rows import opens_with
from clinicam.vault.slot import UserSecret, seal_kit_slot, seal_password_slot
from tests.vault.engine.bench import CHEAP, Practice, make_permit, patient_row, someone


@dataclass
class Person:
    """Somebody of the roster whose signing key the test knows."""

    user: StaffId
    secret: UserSecret

    def cosigns(self) -> Cosigner:
        return Cosigner(self.user, self.secret.signing_key())


def enrol(vault: OpenVault, *, rank: Rank = Rank.CLINICIAN, password: str | None = None) -> Person:
    inside, user = vault.inside, StaffId(new_id())
    book = inside.book
    secret = UserSecret.make(book.secret.anchor)
    if password is not None:
        slot = seal_password_slot(secret, vault=book.vault, user=user, password=password, cost=CHEAP)
    else:
        slot = seal_kit_slot(secret, vault=book.vault, user=user, kit=b"k" * 32)
    inside.files.write_slot(user, slot)
    roster = add_user(
        book.keyring.roster.raw,
        vault=book.vault,
        generation=book.keyring.generation + 1,
        user=user,
        rank=rank,
        hpke_public=secret.hpke_pair().public,
        sign_public=secret.signing_key().public,
        author=book.user,
        key=book.secret.signing_key(),
    )
    inside.publish(roster=roster)
    return Person(user, secret)


@dataclass
class Charted:
    """A patient with pictures of two sessions."""

    patient: PatientId
    sessions: tuple[SessionId, SessionId]
    permits: tuple[CapturePermit, CapturePermit]
    frames: list[StoredFrame]


def chart(practice: Practice, vault: OpenVault, family: str, *, pictures: int = 2) -> Charted:
    patient = PatientId(new_id())
    vault.append([patient_row(someone(patient, family=family))])
    permits = (make_permit(patient), make_permit(patient))
    frames = []
    for permit in permits:
        practice.gate.permits[permit.permit] = permit
        for number in range(pictures):
            frame = vault.add(practice.frame(f"{family} {number}".encode() * 40, permit=permit))
            vault.add_rendition(frame.images[0], Rendition.THUMBNAIL, "image/jpeg", family.encode() * 9)
            frames.append(frame)
    return Charted(patient, (permits[0].session, permits[1].session), permits, frames)


def rows_opened_by_any_key(vault: OpenVault, rids: set[bytes]) -> int:
    """How many of these rows some key left in the vault opens: every key on every row."""
    book, files = vault.inside.book, vault.inside.files
    opened = 0
    for writer in files.ledger.writers():
        reader = ChainReader(files.ledger, vault=book.vault, writer=writer, public=None)
        for stretch in reader.stretches():
            for row in stretch.rows:
                if row.rid in rids and any(opens_with(row, book.vault, key.secret) for key in book.table.all()):
                    opened += 1
    return opened


def rids_of(vault: OpenVault, patient: PatientId) -> set[bytes]:
    """Rows that lie under one of the patient's keys."""
    book, files = vault.inside.book, vault.inside.files
    found = set()
    for writer in files.ledger.writers():
        reader = ChainReader(files.ledger, vault=book.vault, writer=writer, public=None)
        for stretch in reader.stretches():
            for row in stretch.rows:
                key = book.table.find(row.key_ref, row.rid) if row.content else None
                if key is not None and key.patient == patient:
                    found.add(row.rid)
    return found
