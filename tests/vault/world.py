# SPDX-License-Identifier: GPL-3.0-or-later
"""One small practice with fixed ids, keys and randomness: what the frozen vectors are made of and tests start from.

HPKE draws its own randomness, so what it sealed cannot be made twice. Structures that hold such parts take them from
the frozen file and rebuild the rest around them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from clinicam.vault import (
    acts,
    bag,
    checkpoint,
    content,
    hoststate,
    keyring,
    kit,
    manifest,
    objectfile,
    roster,
    rows,
    segment,
    snapshotfile,
)
from clinicam.vault import slot as slots
from clinicam.vault.aead import KDF_FLOOR_M, KDF_FLOOR_P, KDF_FLOOR_T, KdfParameters
from clinicam.vault.audit import AuditKeys
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.keyref import ContentKey, KeyTable, subject_of
from clinicam.vault.sign import SigningKey

VECTORS = Path(__file__).parent / "vectors"


class Fixed:
    """Reproducible bytes: SHAKE-256 of a seed and a counter."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0

    def __call__(self, length: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_256(f"clinicam vector {self._seed} {self._drawn}".encode()).digest(length)


def named(name: str, length: int = 16) -> bytes:
    """The fixed bytes that stand for `name`."""
    return hashlib.shake_256(f"clinicam vector name {name}".encode()).digest(length)


VAULT = named("vault")
PASSWORD = "Zähne putzen, 3× täglich"  # precomposed; the decomposed spelling must open it as well
DEVICE_KEY = named("device key", 32)
KIT = named("kit", 32)
COST = KdfParameters(KDF_FLOOR_M, KDF_FLOOR_T, KDF_FLOOR_P)

FOUNDER, KIT_USER, NURSE, AUDITOR, LEAVER = (named(n) for n in ("founder", "kit user", "nurse", "auditor", "leaver"))
SECRETS: dict[bytes, slots.UserSecret] = {FOUNDER: slots.UserSecret.make(random=Fixed("founder"))}
ANCHOR = SECRETS[FOUNDER].anchor
for _user in (KIT_USER, NURSE, AUDITOR, LEAVER):
    SECRETS[_user] = slots.UserSecret.make(ANCHOR, Fixed(_user.hex()))

WRITER, OLD_WRITER = named("writer"), named("old writer")
WRITER_STATE = hoststate.WriterState(VAULT, WRITER, named("writer seed", 32))
SIGNER = WRITER_STATE.key()
OLD_SIGNER = SigningKey.from_seed(named("old writer seed", 32))

EPOCH_1, EPOCH_2 = named("epoch 1", 32), named("epoch 2", 32)
SHARED = bag.SharedKeys.make(Fixed("shared"))
AUDIT = AuditKeys.from_seed(SHARED.audit)
LOCATOR = SHARED.locator

PATIENT, OTHER_PATIENT, SESSION, FRAME = (named(n) for n in ("patient", "other patient", "session", "frame"))
PATIENT_KEY = ContentKey(named("k1"), PATIENT, None, 1, named("s1", 32), 1)
SESSION_KEY = ContentKey(named("k2"), PATIENT, SESSION, 1, named("s2", 32), 1)
PRACTICE_KEY = ContentKey(named("k3"), b"\0" * 16, None, 1, named("s3", 32), 1)
OTHER_KEY = ContentKey(named("k4"), OTHER_PATIENT, None, 1, named("s4", 32), 1)
KEYS = (PATIENT_KEY, SESSION_KEY, PRACTICE_KEY, OTHER_KEY)

OBJECT_ID = named("object")
PICTURE = b"\xff\xd8" + named("thumbnail", 1500) + b"\xff\xd9"
LARGE = named("large picture", 600_000)
WALL = 1_795_300_000_000


def table() -> KeyTable:
    """All content keys, as an unlocked vault holds them."""
    return KeyTable(LOCATOR, KEYS)


def meta(image: bytes = PICTURE, parent: bytes | None = None) -> content.ObjectMeta:
    """Meta of a picture of the patient's session."""
    return content.ObjectMeta(
        PATIENT, SESSION, FRAME, named("consent"), named("permit"), WALL, "Nikon D750 6001234", "ram:/store_feedface",
        parent, "image/jpeg", "EV-01", hashlib.sha256(image).digest(),
    )  # fmt: skip


def image_row(object_id: bytes = OBJECT_ID, image: bytes = PICTURE) -> content.ImageContent:
    """The row of that picture."""
    return content.ImageContent(
        PATIENT, SESSION, FRAME, object_id, objectfile.Rendition.THUMBNAIL, None, "image/jpeg", "EV-01",
        hashlib.sha256(image).digest(),
    )  # fmt: skip


def entry(
    patient: bytes = PATIENT, topic: str = "patient", body: bytes = b"\x81\xa4name\xa3Ann"
) -> content.EntryContent:
    """A record of a patient."""
    return content.EntryContent(patient, None, topic, patient, body)


def act(lamport: int, what: acts.What, batch: tuple[bytes, int, int], who: bytes = FOUNDER) -> acts.Act:
    """An act about the patient, `lamport` seconds after the beginning."""
    subject = None if who == b"\0" * 16 else subject_of(LOCATOR, PATIENT)
    return acts.make_act(who=who, what=what, wall=WALL + 1000 * lamport, lamport=lamport, subject=subject, batch=batch)


# --- slots, roster, keyring ----------------------------------------------------------------------------------------


def slot_password() -> bytes:
    """The founder's slot without a device key."""
    return slots.seal_password_slot(
        SECRETS[FOUNDER], vault=VAULT, user=FOUNDER, password=PASSWORD, cost=COST, random=Fixed("slot")
    )


def slot_device() -> bytes:
    """The nurse's slot with the device key mixed in."""
    return slots.seal_password_slot(
        SECRETS[NURSE],
        vault=VAULT,
        user=NURSE,
        password=PASSWORD,
        cost=COST,
        device_key=DEVICE_KEY,
        random=Fixed("slot 2"),
    )


def slot_kit() -> bytes:
    """The kit's slot."""
    return slots.seal_kit_slot(SECRETS[KIT_USER], vault=VAULT, user=KIT_USER, kit=KIT, random=Fixed("slot 3"))


def _add(raw: bytes, generation: int, user: bytes, rank: roster.Rank) -> bytes:
    secret, founder = SECRETS[user], SECRETS[FOUNDER].signing_key()
    return roster.add_user(
        raw, vault=VAULT, generation=generation, user=user, rank=rank, hpke_public=secret.hpke_pair().public,
        sign_public=secret.signing_key().public, author=FOUNDER, key=founder,
    )  # fmt: skip


def roster_1() -> bytes:
    """The founder, the kit (a manager too), the first workstation."""
    secret, founder = SECRETS[FOUNDER], SECRETS[FOUNDER].signing_key()
    raw = roster.found(vault=VAULT, user=FOUNDER, hpke_public=secret.hpke_pair().public, key=founder)
    raw = _add(raw, 1, KIT_USER, roster.Rank.MANAGER)
    return roster.add_writer(
        raw, vault=VAULT, generation=1, writer=WRITER, sign_public=SIGNER.public, author=FOUNDER, key=founder
    )


def old_head() -> Head:
    """The last row of the workstation that was given up."""
    return Head(OLD_WRITER, 7, named("old head", 32))


def roster_2() -> bytes:
    """Then a nurse, an auditor, a leaver who left, and a workstation that was given up."""
    founder = SECRETS[FOUNDER].signing_key()
    raw = _add(roster_1(), 1, NURSE, roster.Rank.NURSE)
    raw = _add(_add(raw, 1, AUDITOR, roster.Rank.AUDITOR), 1, LEAVER, roster.Rank.CLINICIAN)
    raw = roster.add_writer(
        raw, vault=VAULT, generation=1, writer=OLD_WRITER, sign_public=OLD_SIGNER.public, author=FOUNDER, key=founder
    )
    raw = roster.remove_user(raw, vault=VAULT, generation=2, user=LEAVER, author=FOUNDER, key=founder)
    return roster.remove_writer(raw, vault=VAULT, generation=2, final=old_head(), author=FOUNDER, key=founder)


def publish(generation: int) -> bytes:
    """A keyring sealed afresh: other bytes each time."""
    first = generation == 1
    return keyring.publish_keyring(
        vault=VAULT, training=first, generation=generation,
        prev=b"\0" * 32 if first else hashlib.sha256(frozen("keyring-1")).digest(), audit_public=AUDIT.public,
        roster=roster_1() if first else roster_2(), epoch=EPOCH_1 if first else EPOCH_2, audit_seed=SHARED.audit,
        anchor=ANCHOR, signer=FOUNDER, key=SECRETS[FOUNDER].signing_key(),
    )  # fmt: skip


def keyring_around(stored: bytes) -> bytes:
    """The keyring whose sealed parts are those of `stored`, all else made again."""
    old = keyring.parse_keyring(stored, vault=VAULT, anchor=ANCHOR)
    return keyring.sign_keyring(
        vault=VAULT, training=old.generation == 1, generation=old.generation,
        prev=b"\0" * 32 if old.generation == 1 else hashlib.sha256(frozen("keyring-1")).digest(),
        audit_public=AUDIT.public, roster=roster_1() if old.generation == 1 else roster_2(),
        recipients=old.recipients, signer=FOUNDER, key=SECRETS[FOUNDER].signing_key(),
    )  # fmt: skip


def bag_1() -> bytes:
    """Volume 1 with the shared keys."""
    return bag.seal_bag(
        KEYS, SHARED, vault=VAULT, writer=WRITER, volume=1, generation=1, revision=3, epoch=EPOCH_1, signer=SIGNER,
        random=Fixed("bag"),
    )  # fmt: skip


def bag_2() -> bytes:
    """An empty volume 2."""
    return bag.seal_bag(
        (), None, vault=VAULT, writer=WRITER, volume=2, generation=1, revision=1, epoch=EPOCH_1, signer=SIGNER,
        random=Fixed("bag 2"),
    )  # fmt: skip


# --- ledger ----------------------------------------------------------------------------------------------------------

BATCH = [named(f"batch {i}") for i in range(4)]


def open_rows() -> list[rows.SealedRow]:
    """Five rows: an act alone, a patient, a batch of picture and note, an intent of two people."""
    random, sealed = Fixed("rows"), list[rows.SealedRow]()

    def add(an_act: acts.Act, said: content.RowContent | None, key: ContentKey | None, more: bool = False, rid: bytes | None = None) -> None:  # fmt: skip
        head = sealed[-1].head if sealed else chain_start(VAULT, WRITER)
        sealed.append(
            rows.seal_row(
                an_act, said, vault=VAULT, head=head, signer=SIGNER, audit=AUDIT, locator=LOCATOR, key=key, more=more,
                rid=rid, random=random,
            )
        )  # fmt: skip

    add(act(1, acts.What.VAULT_CREATED, (BATCH[0], 1, 1)), None, None)
    add(act(2, acts.What.PATIENT_ADDED, (BATCH[1], 1, 1)), entry(), PATIENT_KEY)
    add(act(3, acts.What.IMAGE_STORED, (BATCH[2], 1, 2)), image_row(), SESSION_KEY, more=True)
    add(act(4, acts.What.SESSION_EVENT, (BATCH[2], 2, 2)), entry(topic="note", body=b"\xa4note" * 90), PATIENT_KEY)
    rid = named("intent row")
    intent = acts.encode_intent(acts.Intent((SESSION_KEY.key_id,), "duplicate of another session"))
    signatures = tuple(
        (user, acts.sign_intent(SECRETS[user].signing_key(), vault=VAULT, rid=rid, intent=intent))
        for user in (FOUNDER, NURSE)
    )
    erase = acts.make_act(
        who=FOUNDER, what=acts.What.ERASURE_INTENDED, wall=WALL, lamport=5, batch=(BATCH[3], 1, 1), intent=intent,
        signatures=signatures,
    )  # fmt: skip
    add(erase, None, None, rid=rid)
    return sealed


def open_rows_head() -> Head:
    """The head that those rows make."""
    return open_rows()[-1].head


def locked_act() -> acts.Act:
    """A frame that nobody claimed."""
    return act(6, acts.What.FRAME_UNCLAIMED, (named("batch 9"), 1, 1), who=b"\0" * 16)


def locked_row() -> rows.SealedRow:
    """A sixth row made while locked: other bytes each time."""
    return rows.seal_locked_row(
        locked_act(), vault=VAULT, head=open_rows()[-1].head, signer=SIGNER, audit_public=AUDIT.public,
        random=Fixed("locked"),
    )  # fmt: skip


def ledger() -> bytes:
    """A fresh segment of all six rows."""
    return segment.join([*open_rows(), locked_row()], new_segment=True)


def ledger_around(stored: bytes) -> bytes:
    """The segment whose HPKE-sealed act is that of `stored`, all else made again."""
    opened = open_rows()
    start = len(segment.join(opened, new_segment=True))
    old = rows.parse_row(stored, start, VAULT)
    head = opened[-1].head
    rid = Fixed("locked")(16)
    header = b"".join((
        b"\0\1\0\1", (8 + len(old.act)).to_bytes(4, "big"), WRITER, (head.seq + 1).to_bytes(8, "big"), rid, b"\0" * 16,
        head.row_hash,
    ))  # fmt: skip
    sealed = rows.assemble(header, old.act, b"", vault=VAULT, signer=SIGNER)
    return segment.join([*opened, sealed], new_segment=True)


# --- objects and the rest --------------------------------------------------------------------------------------------


def seal_picture(
    buffer: objectfile.SealBuffer, image: bytes, object_id: bytes, rendition: objectfile.Rendition
) -> bytes:
    """An object of the patient's session."""
    sealed = objectfile.seal_object(
        buffer, vault=VAULT, key=SESSION_KEY, locator=LOCATOR, rendition=rendition, meta=meta(image), image=image,
        object_id=object_id, random=Fixed("object"),
    )  # fmt: skip
    return bytes(sealed.view)


def _picture(image: bytes, object_id: bytes, rendition: objectfile.Rendition) -> bytes:
    buffer = objectfile.SealBuffer()
    try:
        return seal_picture(buffer, image, object_id, rendition)
    finally:
        buffer.close()


def object_small() -> bytes:
    """A thumbnail in one chunk."""
    return _picture(PICTURE, OBJECT_ID, objectfile.Rendition.THUMBNAIL)


def object_large() -> bytes:
    """An original in three chunks."""
    return _picture(LARGE, named("large object"), objectfile.Rendition.ORIGINAL)


def snapshot() -> bytes:
    """A snapshot over two chains."""
    return snapshotfile.seal_snapshot(
        b"SQLite format 3\0" + named("index", 300), vault=VAULT, generation=1, schema=1,
        heads=[open_rows()[-1].head, old_head()], index_key=SHARED.index, random=Fixed("snapshot"),
    )  # fmt: skip


def marks() -> hoststate.Marks:
    """What the workstation has seen."""
    raw = roster_1()
    return hoststate.Marks(
        VAULT, WRITER, 1, hashlib.sha256(frozen("keyring-1")).digest(), len(raw), hashlib.sha256(raw).digest(),
        (
            hoststate.BagMark(WRITER, 1, 3, hashlib.sha256(bag_1()).digest()),
            hoststate.BagMark(WRITER, 2, 1, hashlib.sha256(bag_2()).digest()),
        ),
        tuple(sorted((open_rows()[-1].head, old_head()))),
    )  # fmt: skip


LOGINS = (hoststate.LoginName(FOUNDER, "Dr. Amélie Kovács"), hoststate.LoginName(NURSE, "Sam Okafor"))


def witness() -> checkpoint.Checkpoint:
    """The heads of both chains."""
    digest = hashlib.sha256(frozen("keyring-1")).digest()
    return checkpoint.Checkpoint(VAULT, 1, digest, (open_rows()[-1].head, old_head()))


def kit_sheet() -> bytes:
    """The kit as printed."""
    return "".join(f"{' '.join(words)} {code}\n" for words, code in kit.rows_of(kit.words_of(KIT))).encode()


def frozen(name: str) -> bytes:
    """A vector as it was frozen."""
    return bytes.fromhex((VECTORS / f"{name}.hex").read_text())


# --- backup --------------------------------------------------------------------------------------------------------


def backup_objects() -> tuple[manifest.ObjectEntry, ...]:
    """Two objects as a backup lists them."""
    return (
        manifest.ObjectEntry(OBJECT_ID, 8336, named("blob of an object", 32)),
        manifest.ObjectEntry(named("large object"), 655_536, named("blob of a large object", 32)),
    )


def backup_manifest() -> manifest.Manifest:
    """A small backup: a keyring, a slot, a ledger of two pieces, an empty file in quarantine, one list."""
    listed = hashlib.sha256(manifest.encode_list(backup_objects())).digest()
    rows = (named("first piece", 32), named("second piece", 32))
    return manifest.Manifest(
        vault=VAULT,
        writer=WRITER,
        number=12,
        made_ms=WALL,
        generation=2,
        heads=witness().heads,
        checkpoint=checkpoint.sign_checkpoint(witness(), writer=WRITER, key=SIGNER),
        erasures=manifest.Blob(1500, named("blob of erasures", 32)),
        files=(
            manifest.FileEntry("keyring", 9000, (named("blob of a keyring", 32),)),
            manifest.FileEntry(f"ledger/{WRITER.hex()}/000001.rows", manifest.PIECE + 8, rows),
            manifest.FileEntry(f"quarantine/{WRITER.hex()}-000001-8", 0, ()),
            manifest.FileEntry(f"slots/{FOUNDER.hex()}", 212, (named("blob of a slot", 32),)),
        ),
        lists=(manifest.ListEntry(2, listed),),
    )


REPRODUCIBLE = {
    "slot-password": slot_password,
    "slot-device": slot_device,
    "slot-kit": slot_kit,
    "roster-1": roster_1,
    "roster-2": roster_2,
    "bag-1": bag_1,
    "bag-2": bag_2,
    "object-small": object_small,
    "object-large.sha512": lambda: hashlib.sha512(object_large()).digest(),
    "snapshot": snapshot,
    "writer": WRITER_STATE.encode,
    "marks": lambda: marks().encode(SIGNER),
    "logins": lambda: hoststate.encode_logins(LOGINS, vault=VAULT, key=SIGNER),
    "checkpoint": lambda: checkpoint.sign_checkpoint(witness(), writer=WRITER, key=SIGNER),
    "kit": kit_sheet,
    "backup-manifest": lambda: backup_manifest().encode(SIGNER),
    "backup-list": lambda: manifest.encode_list(backup_objects()),
}
"""Vectors that are made again byte for byte."""

AROUND = {
    "keyring-1": (lambda: publish(1), keyring_around),
    "keyring-2": (lambda: publish(2), keyring_around),
    "ledger": (ledger, ledger_around),
}
"""Vectors with HPKE inside: how they were first made, and how all but the sealed parts is made again."""
