# SPDX-License-Identifier: GPL-3.0-or-later
"""Freeze a whole small training vault: `python -m tests.vault.make_frozen`. Makes the next number, overwrites none.

Every released version adds the vault that it wrote; every later one must open all of them (tests/vault/frozen/README.md).
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from clinicam import __version__
from clinicam.identity import ConsentId, PatientId, SessionId, new_id
from clinicam.vault.acts import What
from clinicam.vault.erasure import Erasures
from clinicam.vault.moving import Moving
from clinicam.vault.openvault import OpenVault
from clinicam.vault.quarantine import Quarantine
from clinicam.vault.roster import Rank, remove_user
from tests.vault.engine.bench import PASSWORD, Practice, make_practice
from tests.vault.engine.twopeople import Charted, Person, chart, enrol

FOLDER = Path(__file__).parent / "frozen"
PASSWORDS = {
    "nurse": "a nurse's own sentence",
    "manager": "another manager's sentence",
    "auditor": "what auditors type",
}
WORK = Path("build/frozen")


def main() -> None:
    """Make, write down, clear away."""
    number = 1 + max((int(path.name) for path in FOLDER.iterdir() if path.is_dir()), default=0)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    practice = make_practice(WORK / "practice")
    told = _live(practice)
    target = FOLDER / str(number)
    target.mkdir(parents=True)
    (target / "vault.txt").write_text(packed(practice.place))
    (target / "host.txt").write_text(packed(practice.host.path))
    (target / "expected.json").write_text(json.dumps(told, indent=1) + "\n")
    shutil.rmtree(WORK)
    sys.stdout.write(f"frozen: {target}, {sum(path.stat().st_size for path in target.iterdir())} bytes\n")


def packed(folder: Path) -> str:
    """Every file of a folder as text: its name, then its bytes in base 85, then a blank line."""
    out = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            text = base64.b85encode(path.read_bytes()).decode()
            lines = [text[at : at + 120] for at in range(0, len(text), 120)]
            out.append("\n".join([path.relative_to(folder).as_posix(), *lines, ""]))
    return "\n".join(out)


def unpack(text: str, folder: Path) -> None:
    """The files again, as private as they were."""
    for block in text.split("\n\n"):
        name, *lines = block.strip("\n").split("\n")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(base64.b85decode("".join(lines)))
        path.chmod(0o600)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o700)


def _live(practice: Practice) -> dict[str, Any]:
    """A practice's first week in a minute; what is to be found in it afterwards."""
    vault, opened = practice.unlocked()
    nurse = enrol(opened, rank=Rank.NURSE, password=PASSWORDS["nurse"])
    manager = enrol(opened, rank=Rank.MANAGER, password=PASSWORDS["manager"])
    auditor = enrol(opened, rank=Rank.AUDITOR, password=PASSWORDS["auditor"])
    leaver = enrol(opened, rank=Rank.CLINICIAN)
    marsh = chart(practice, opened, "Marsh", pictures=1)
    lee = chart(practice, opened, "Lee", pictures=1)
    gone = chart(practice, opened, "Gone", pictures=1)
    both = opened.add(practice.frame(b"jpeg" * 500, b"raw" * 100, permit=marsh.permits[0]))
    opened.note_view(both.images[0])
    _part_from(opened, leaver)
    Quarantine(opened.inside).set_aside([lee.frames[0].images[0]], "wrong-chart")
    Moving(opened.inside).move(
        [lee.frames[0].images[0]], to=marsh.patient, session=SessionId(new_id()), consent=ConsentId(new_id()),
        reason="wrong-chart", second=nurse.cosigns(),
    )  # fmt: skip
    Erasures(opened.inside).erase(gone.patient, reason="asked", second=manager.cosigns())
    opened.close()
    vault.record_while_locked(What.FRAME_UNCLAIMED, "count=1")
    vault.close()
    shutil.rmtree(practice.place / "index")  # the first workstation's; the second one's is frozen
    for path in practice.host.path.iterdir():  # another workstation: another chain, another generation
        if path.suffix == ".writer":
            path.unlink()
    vault, opened = practice.unlocked()
    last = opened.add(practice.frame(b"from the second workstation", permit=marsh.permits[1]))
    opened.inside.upkeep.save_checkpoint()
    told = _told(opened, marsh, lee, gone)
    told["users"] = {
        "founder": practice.created.user.hex(), "nurse": nurse.user.hex(), "manager": manager.user.hex(),
        "auditor": auditor.user.hex(), "leaver": leaver.user.hex(),
    }  # fmt: skip
    told["passwords"] = PASSWORDS | {"founder": PASSWORD}
    told["kit"] = " ".join(practice.created.kit_words)
    told["last"] = last.images[0].hex()
    vault.close()
    return told


def _part_from(opened: OpenVault, leaver: Person) -> None:
    book = opened.inside.book
    roster = remove_user(
        book.keyring.roster.raw, vault=book.vault, generation=book.keyring.generation + 1, user=leaver.user,
        author=book.user, key=book.secret.signing_key(),
    )  # fmt: skip
    opened.inside.publish(roster=roster)
    opened.inside.files.remove_slots([leaver.user])


def _told(opened: OpenVault, marsh: Charted, lee: Charted, gone: Charted) -> dict[str, Any]:
    pictures = {one.image.hex(): hashlib.sha256(opened.read(one.image)).hexdigest() for one in _images(opened)}
    return {
        "version": __version__,
        "vault": opened.vault_id.hex(),
        "patients": {"Marsh": marsh.patient.hex(), "Lee": lee.patient.hex(), "erased": gone.patient.hex()},
        "erased images": [frame.images[0].hex() for frame in gone.frames],
        "pictures": pictures,
        "of each": {one.hex(): len(opened.images(patient=PatientId(one))) for one in (marsh.patient, lee.patient)},
    }


def _images(opened: OpenVault) -> list[Any]:
    return [one for one in opened.images() if one.image]


if __name__ == "__main__":
    main()
