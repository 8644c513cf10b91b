# SPDX-License-Identifier: GPL-3.0-or-later
"""What every crash harness stands on: a small training vault, somebody at work in it, and what must hold after a crash.

Somebody at work (`Desk`) says a line the moment something was acknowledged. A line is a *claim*: its first word names a
check, the rest are what the check is given. ``void START`` takes back all that begin so, said before that work begins.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from clinicam.errors import CliniCamError, NotFound
from clinicam.identity import ImageId, PatientId
from clinicam.vault import slot, storing
from clinicam.vault.chainread import ChainReader
from clinicam.vault.host import HostFolder
from clinicam.vault.openvault import OpenVault
from clinicam.vault.stores.calls import REAL, TEMP_PREFIX, Calls
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Practice, check, make_permit, make_practice, patient_row, someone
from tests.vault.engine.people_bench import quickly

KNOWN = re.compile(
    r"keyring|erasures|slots/[0-9a-f]{32}|bags/[0-9a-f]{32}-\d{6}\.\d{6}|ledger/[0-9a-f]{32}/\d{6}\.rows"
    r"|objects/([0-9a-f]{2})/\1[0-9a-f]{30}|(index|checkpoints)/[0-9a-f]{32}|quarantine/.+"
)
"""Every file that a vault may hold after it was opened."""

SMALL = 1024 * 1024


def sparing(put: Callable[[object, str, object], None] = setattr) -> None:
    """Spare what costs most and breaks nothing: 32 MiB made ready for each unlocking, and the stretching of passwords."""
    put(storing, "USUAL_FRAME", SMALL)
    put(slot, "argon2id", quickly)


def picture(seed: int) -> bytes:
    """The bytes of picture `seed`: mostly small, every fourth of more than one chunk."""
    return random.Random(seed).randbytes((700, 9_000, 40_000, 300_000)[seed % 4])


@dataclass
class Desk:
    """Somebody at work in an unlocked vault.

    `say` takes a claim. `begin` ends the preparations: from there on the crash may come.
    """

    practice: Practice
    say: Callable[[str], None]
    begin: Callable[[], None]
    chance: random.Random
    vault: Vault
    opened: OpenVault

    @staticmethod
    def sit(practice: Practice, say: Callable[[str], None], begin: Callable[[], None], seed: int) -> Desk:
        """Unlock and sit down."""
        vault, opened = practice.unlocked()
        return Desk(practice, say, begin, random.Random(seed), vault, opened)

    def unlock(self) -> None:
        """Unlock again after it was locked."""
        self.opened = self.vault.unlock_with_kit(self.practice.created.kit_words, self.practice.gate)

    def seed(self) -> int:
        """A number for `picture`."""
        return self.chance.randrange(2**32)

    def patient(self) -> PatientId:
        """A new patient, recorded."""
        patient = PatientId(self.chance.randbytes(16))
        self.opened.append([patient_row(someone(patient))])
        self.say(f"patient {patient.hex()}")
        return patient

    def admit(self, patient: PatientId) -> None:
        """Frames are of this patient, in a session of their own, from now on."""
        permit = make_permit(patient)
        self.practice.permit = permit
        self.practice.gate.permits[permit.permit] = permit

    def frame(self, *seeds: int) -> tuple[ImageId, ...]:
        """Take in one frame whose files are pictures of these seeds."""
        stored = self.opened.add(self.practice.frame(*map(picture, seeds)))
        for image, seed in zip(stored.images, seeds, strict=True):
            self.say(f"image {image.hex()} {seed}")
        for ref in stored.rows:
            self.say(f"row {ref.rid.hex()}")
        return stored.images

    def leave(self) -> None:
        """Lock and let go."""
        self.vault.close()


# --- copies of a practice ------------------------------------------------------------------------------------------


def found_practice(folder: Path, calls: Calls = REAL) -> Practice:
    """A vault with one patient and one frame; only those branches of ``objects/`` that are used."""
    practice = make_practice(folder, calls=calls)
    desk = Desk.sit(practice, lambda _line: None, lambda: None, 0)
    desk.opened.append([patient_row(someone(practice.permit.patient))])
    desk.frame(1)
    desk.leave()
    for branch in (practice.place / "objects").iterdir():
        if not any(branch.iterdir()):
            branch.rmdir()
    return practice


def at(practice: Practice, folder: Path, calls: Calls = REAL) -> Practice:
    """The same practice where `folder` holds its vault and host state."""
    clock = practice.clock
    host = HostFolder(folder / "host", wall_ms=clock.wall_ms, monotonic=clock.monotonic, machine=b"one", calls=calls)
    gate = type(practice.gate)(practice.permit)
    return replace(practice, folder=folder, host=host, gate=gate, calls=calls)


def copied(practice: Practice, folder: Path, calls: Calls = REAL) -> Practice:
    """A copy that takes itself for the original."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(practice.folder, folder)
    return settled(at(practice, folder, calls), practice.place.stat().st_ino)


def settled(practice: Practice, inode: int) -> Practice:
    """Let the workstation recognise a vault whose folder had `inode` when it was last noted, and has another now."""
    host = HostFolder(practice.folder / "host", machine=b"one")
    vault = practice.created.vault_id
    note = host.note(vault) if practice.place.is_dir() else None
    if note is not None and note.inode == inode:
        host.write_note(vault, replace_record(note, inode=practice.place.stat().st_ino))
    return practice


def replace_record(record: object, **fields: object) -> object:
    """A msgspec record with other fields."""
    names = record.__struct_fields__
    return type(record)(**({name: getattr(record, name) for name in names} | fields))


# --- what must hold ------------------------------------------------------------------------------------------------

Check = Callable[[OpenVault, list[str]], str | None]
"""Given the vault and the words of a claim: what is wrong, or None."""

CHECKS: dict[str, Check] = {}


def claim(kind: str) -> Callable[[Check], Check]:
    """Register the check of a kind of claim."""

    def keep(function: Check) -> Check:
        CHECKS[kind] = function
        return function

    return keep


def standing(lines: Iterable[str], late: Iterable[str] = ()) -> list[str]:
    """The claims that were not taken back since; a late line claims nothing but may take back."""
    claims: list[str] = []
    for line in lines:
        gone = line.removeprefix("void ")
        claims = [one for one in claims if not one.startswith(gone)] if gone != line else [*claims, line]
    gone = tuple(line.removeprefix("void ") for line in late if line.startswith("void "))
    return (
        [line for line in dict.fromkeys(claims) if not line.startswith(gone)] if gone else list(dict.fromkeys(claims))
    )


def inspect(practice: Practice, claims: Iterable[str], *, goes_on: bool = False) -> list[str]:
    """Open the vault as the next morning would, and look. Every line is something that must not be.

    With `goes_on` a frame is taken in too, and the vault locked and opened once more.
    """
    claims = list(claims)
    wrong = _tries(practice, [line.split()[1] for line in claims if line.startswith("tries ")])
    claims = [line for line in claims if not line.startswith("tries ")]
    try:
        vault, opened = practice.unlocked()
    except CliniCamError as error:
        return [*wrong, f"does not open: {type(error).__name__}: {error}"]
    try:
        wrong += [f"{line}: {found}" for line in claims if (found := _holds(opened, line)) is not None]
        report = check(opened)
        wrong += [f"verify: {finding}" for finding in report.findings]
        wrong += [f"alarm: {alarm}" for alarm in opened.alarms if " is missing" in alarm or "cannot be" in alarm]
        for path in practice.place.rglob("*"):
            name = path.relative_to(practice.place).as_posix()
            if path.is_file() and not KNOWN.fullmatch(name):
                wrong.append(f"left behind: {re.sub(r'[0-9a-f]{30,}', '..', name)}")
        wrong += [f"left in host state: {p.name[:5]}" for p in (practice.folder / "host").glob(f"{TEMP_PREFIX}*")]
        if goes_on and not wrong:
            stored = opened.add(practice.frame(picture(0), picture(1)))
            vault.close()
            vault, opened = practice.unlocked()
            if opened.read(stored.images[1]) != picture(1):
                wrong.append("does not go on")
            wrong += [f"verify after going on: {finding}" for finding in check(opened).findings]
    except CliniCamError as error:
        return [*wrong, f"fails after opening: {type(error).__name__}: {error}"]
    finally:
        vault.close()
    return wrong


def _tries(practice: Practice, claimed: list[str]) -> list[str]:
    """Wrong passwords must have been counted before they were tried, and opening forgets them: so look before it."""
    if not claimed:
        return []
    counted = HostFolder(practice.folder / "host")._tries(practice.created.vault_id).wrong
    return [] if counted >= int(claimed[-1]) else [f"tries: {counted} instead of {claimed[-1]}"]


def _holds(opened: OpenVault, line: str) -> str | None:
    kind, *words = line.split()
    try:
        return CHECKS[kind](opened, words)
    except CliniCamError as error:
        return f"{type(error).__name__}: {error}"


@claim("image")
def _image(opened: OpenVault, words: list[str]) -> str | None:
    return None if opened.read(ImageId(bytes.fromhex(words[0]))) == picture(int(words[1])) else "other bytes"


@claim("no-image")
def _no_image(opened: OpenVault, words: list[str]) -> str | None:
    try:
        opened.read(ImageId(bytes.fromhex(words[0])))
    except NotFound:
        return None
    return "is still there"


@claim("row")
def _row(opened: OpenVault, words: list[str]) -> str | None:
    inside = opened.inside
    for writer in inside.files.ledger.writers():
        reader = ChainReader(inside.files.ledger, vault=opened.vault_id, writer=writer, public=None)
        for stretch in reader.stretches():
            if any(row.rid.hex() == words[0] for row in stretch.rows):
                return None
    return "gone"


@claim("patient")
def _patient(opened: OpenVault, words: list[str]) -> str | None:
    patient = PatientId(bytes.fromhex(words[0]))
    return None if opened.patient(patient).patient == patient else "another"


@claim("key")
def _key(opened: OpenVault, words: list[str]) -> str | None:
    return None if any(key.key_id.hex() == words[0] for key in opened.inside.book.table.all()) else "gone"


@claim("generation")
def _generation(opened: OpenVault, words: list[str]) -> str | None:
    now = opened.inside.book.keyring.generation
    return None if now >= int(words[0]) else f"is {now}"


@claim("writer")
def _writer(opened: OpenVault, words: list[str]) -> str | None:
    return None if bytes.fromhex(words[0]) in opened.inside.book.keyring.roster.writers else "not in the roster"


@claim("slot")
def _slot(opened: OpenVault, words: list[str]) -> str | None:
    data = opened.inside.files.slots().get(bytes.fromhex(words[0]))
    return None if data is not None and data.hex() == words[1] else "another"


@claim("created")
def _created(opened: OpenVault, words: list[str]) -> str | None:
    return None
