# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of work that change who holds keys, or what keys and objects there are: each of several steps."""

from __future__ import annotations

import hashlib
from pathlib import Path

from clinicam.errors import NotFound, WrongPassword
from clinicam.identity import ConsentId, ImageId, PatientId, SessionId, StaffId
from clinicam.vault.backup import Backups
from clinicam.vault.backupplace import reading
from clinicam.vault.erasure import Erasures
from clinicam.vault.kits import Kits
from clinicam.vault.manifest import parse_list, parse_manifest
from clinicam.vault.moving import Moving
from clinicam.vault.openvault import OpenVault
from clinicam.vault.people import People
from clinicam.vault.quarantine import Quarantine
from clinicam.vault.roster import Rank
from clinicam.vault.slot import Slot, open_password_slot
from clinicam.vault.stores.calls import REAL
from tests.crash.activities import ACTIVITIES, activity
from tests.crash.scene import Desk, claim
from tests.vault.engine.bench import CHEAP, PASSWORD
from tests.vault.engine.people_bench import OTHER, OWN
from tests.vault.engine.twopeople import enrol

__all__ = ["ACTIVITIES"]


@activity
def staff(desk: Desk) -> None:
    """Somebody is let in, gets new keys for a forgotten password, and leaves; then a frame under new keys."""
    people = People(desk.opened.inside, cost=lambda: CHEAP)
    desk.begin()
    bea = people.add(Rank.NURSE, OTHER, shown="Bea")
    desk.say(f"member {bea.hex()}")
    desk.say(f"opens {bea.hex()} {OTHER}")
    desk.say(f"void member {bea.hex()}")
    desk.say(f"void opens {bea.hex()}")
    again = people.replace(bea, Rank.CLINICIAN, OWN, shown="Bea")
    desk.say(f"no-member {bea.hex()}")
    desk.say(f"member {again.hex()}")
    desk.say(f"void member {again.hex()}")
    people.remove(again)
    desk.say(f"no-member {again.hex()}")
    desk.frame(4)


@activity
def password(desk: Desk) -> None:
    """Somebody changes their own password; before and after, one of the two opens."""
    user = desk.practice.created.user
    desk.leave()
    desk.vault = desk.practice.open()
    desk.opened = desk.vault.unlock(user, PASSWORD, desk.practice.gate)
    people = People(desk.opened.inside, cost=lambda: CHEAP)
    desk.begin()
    desk.say(f"opens {user.hex()} {PASSWORD}|{OWN}")
    people.change_own_password(PASSWORD, OWN)
    desk.say(f"void opens {user.hex()}")
    desk.say(f"opens {user.hex()} {OWN}")
    desk.say(f"void opens {user.hex()}")
    desk.say(f"opens {user.hex()} {PASSWORD}|{OWN}")
    people.change_own_password(OWN, PASSWORD)
    desk.say(f"void opens {user.hex()}")
    desk.say(f"opens {user.hex()} {PASSWORD}")


@activity
def kits(desk: Desk) -> None:
    """A second recovery kit is made and revoked."""
    work = Kits(desk.opened.inside)
    desk.begin()
    kit = work.prepare()
    user = work.confirm(kit, kit.words)
    desk.say(f"member {user.hex()}")
    desk.say(f"void member {user.hex()}")
    work.revoke(user)
    desk.say(f"no-member {user.hex()}")


@activity
def erasure(desk: Desk) -> None:
    """Two people erase a patient; another's pictures stay."""
    second = enrol(desk.opened)
    permit = desk.practice.permit
    patient = desk.patient()
    desk.admit(patient)
    images = desk.frame(4, 8)
    desk.practice.permit = permit
    desk.frame(12)
    desk.begin()
    desk.say(f"void patient {patient.hex()}")
    for image in images:
        desk.say(f"void image {image.hex()}")
    Erasures(desk.opened.inside).erase(patient, reason="retention", second=second.cosigns())
    desk.say(f"erased {patient.hex()} {' '.join(image.hex() for image in images)}")
    desk.frame(16)


@activity
def moving(desk: Desk) -> None:
    """Pictures of the wrong patient are set aside, then moved by two people: each in exactly one chart at any time."""
    second = enrol(desk.opened)
    source, to = desk.patient(), desk.patient()
    permit = desk.practice.permit
    desk.admit(source)
    images = (*desk.frame(4, 8), *desk.frame(12))
    desk.practice.permit = permit
    desk.begin()
    desk.say(f"pictures 3 {source.hex()} {to.hex()}")
    for image in images:
        desk.say(f"void image {image.hex()}")
    wrong = [images[0], images[2]]
    Quarantine(desk.opened.inside).set_aside(wrong, "wrong chart")
    session = SessionId(desk.chance.randbytes(16))
    Moving(desk.opened.inside).move(
        wrong,
        to=to,
        session=session,
        consent=ConsentId(bytes(16)),
        reason="wrong-chart",
        second=second.cosigns(),
    )
    desk.say(f"chart 3 {to.hex()}")


@activity
def backup(desk: Desk) -> None:
    """Two backups; what the first holds is whole whatever becomes of the second."""
    backups = Backups(desk.opened.inside, calls=desk.practice.calls)
    place = desk.practice.folder / "nas"
    desk.begin()
    for seed in (4, 8):
        desk.frame(seed)
        desk.say(f"backup {backups.run(place, fresh=True).number}")


# --- what is claimed -----------------------------------------------------------------------------------------------


@claim("member")
def _member(opened: OpenVault, words: list[str]) -> str | None:
    return None if bytes.fromhex(words[0]) in opened.inside.book.keyring.roster.users else "is not let in"


@claim("no-member")
def _no_member(opened: OpenVault, words: list[str]) -> str | None:
    return "still holds keys" if bytes.fromhex(words[0]) in opened.inside.book.keyring.roster.users else None


@claim("opens")
def _opens(opened: OpenVault, words: list[str]) -> str | None:
    """One of the passwords, parted by bars."""
    slot = Slot.decode(opened.inside.files.slots()[StaffId(bytes.fromhex(words[0]))])
    for one in " ".join(words[1:]).split("|"):
        try:
            open_password_slot(slot, one)
        except WrongPassword:
            continue
        return None
    return "no password opens"


@claim("erased")
def _erased(opened: OpenVault, words: list[str]) -> str | None:
    patient, *images = (bytes.fromhex(word) for word in words)
    if opened.images(patient=PatientId(patient)) or any(
        key.patient == patient for key in opened.inside.book.table.all()
    ):
        return "is still there"
    for image in images:
        try:
            opened.read(ImageId(image))
        except NotFound:
            continue
        return "a picture opens"
    return None


@claim("pictures")
def _pictures(opened: OpenVault, words: list[str]) -> str | None:
    """So many pictures of these patients together, each of which opens."""
    patients = [PatientId(bytes.fromhex(word)) for word in words[1:]]
    held = Quarantine(opened.inside).held
    found = [one for patient in patients for one in (*opened.images(patient=patient), *held(patient))]
    for one in found:
        opened.read(one.image)
    return None if len(found) == int(words[0]) else f"{len(found)} pictures"


_claim_of_one = claim("chart")(_pictures)


@claim("backup")
def _backup(opened: OpenVault, words: list[str]) -> str | None:
    """The backup of that number names only what is there whole."""
    place = opened.place.parent / "nas"
    with reading(place, REAL) as there:
        manifest = parse_manifest(there.manifest(int(words[0]))).manifest
    named = dict(manifest.named())
    for one in manifest.lists:
        listed = _blob(place, one.sha256)
        named |= {entry.sha256: entry.size for entry in parse_list(listed, one.count)}
    for name in named:
        if hashlib.sha256(_blob(place, name)).digest() != name:
            return f"the piece {name.hex()[:8]} is not whole"
    return None


def _blob(place: Path, sha256: bytes) -> bytes:
    name = sha256.hex()
    path = place / "blobs" / name[:2] / name
    return path.read_bytes() if path.exists() else b""
