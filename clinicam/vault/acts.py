# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row says happened: readable by auditors, so never more of a patient than a pseudonym (vault.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from clinicam.errors import Corrupt
from clinicam.vault.codec import Count, Id, Record, Signature, decode, encode
from clinicam.vault.labels import L
from clinicam.vault.sign import SigningKey, verify


class What(StrEnum):
    """The fixed vocabulary of acts. A code, once released, is never given another meaning."""

    # doors
    UNLOCK = "unlock"
    """a password opened it; detail `auditor`: the acts alone"""
    UNLOCK_PIN = "unlock.pin"
    """a PIN of this workstation opened it"""
    UNLOCK_KIT = "unlock.kit"
    """a recovery kit opened it"""
    UNLOCK_FAILED = "unlock.failed"
    """a wrong password, PIN or kit was tried"""
    LOCK = "lock"
    """it was locked; the detail says why: person, idle, away, closed"""
    # patients and consent
    PATIENT_ADDED = "patient.added"
    """a patient entered the register"""
    PATIENT_CHANGED = "patient.changed"
    """a patient's identity was corrected"""
    CHART_VIEWED = "chart.viewed"
    """a patient's chart was shown"""
    CHART_OPENED = "chart.opened"
    """a chart was opened for a reason given, outside the day's list"""
    LAUNCH_RECEIVED = "launch.received"
    """the surgery's program named a patient"""
    CONSENT_RECORDED = "consent.recorded"
    """one event in the history of a consent"""
    WITHDRAWAL_DECIDED = "withdrawal.decided"
    """what a withdrawn session took is kept or destroyed"""
    TASK_RECORDED = "task.recorded"
    """something left to do, or done"""
    # pictures
    SESSION_OPENED = "session.opened"
    """a sitting began"""
    SESSION_EVENT = "session.event"
    """something within a sitting: pause, label, note"""
    SESSION_CLOSED = "session.closed"
    """a sitting ended"""
    IMAGE_STORED = "image.stored"
    """a frame is safe"""
    IMAGE_KEPT_UNFILED = "image.kept-unfiled"
    """a frame is safe, exposed before its permit was paused"""
    IMAGE_RENDITION = "image.rendition"
    """a preview, thumbnail or derivative was added"""
    IMAGE_VIEWED = "image.viewed"
    """an image was opened"""
    IMAGE_RELEASED = "image.released"
    """an image left the practice; reserved, nothing writes it yet"""
    CAPTURE_REFUSED = "capture.refused"
    """a frame was refused, or blockers stood in the way"""
    FRAME_UNCLAIMED = "frame.unclaimed"
    """a frame came without a permit and was dropped unseen"""
    FRAME_LOST = "frame.lost"
    """an exposed frame never arrived"""
    OBJECT_ADOPTED = "object.adopted"
    """an object without a row was taken in as unfiled"""
    IMAGE_RECOVERED = "image.recovered"
    """a picture's row was made again from the picture itself"""
    IMAGE_RESEALED = "image.resealed"
    """an image lies under a new key now, as another object"""
    RESEAL_DONE = "reseal.done"
    """a patient's images lie under new keys, and the old ones are gone"""
    IMAGE_QUARANTINED = "image.quarantined"
    """a picture is set aside: perhaps of another patient"""
    QUARANTINE_LIFTED = "quarantine.lifted"
    """a picture that was set aside is where it belongs"""
    MOVE_INTENDED = "move.intended"
    """two people agreed to move pictures to another patient"""
    IMAGE_MOVED = "image.moved"
    """a picture is safe under the patient it was moved to"""
    MOVE_DONE = "move.done"
    """the pictures are gone from where they were"""
    # staff, keys, rules
    STAFF_CHANGED = "staff.changed"
    """the staff register: somebody was entered, changed or became inactive"""
    STAFF_ADDED = "staff.added"
    """a person was given keys"""
    STAFF_LEFT = "staff.left"
    """a person's keys were taken back"""
    STAFF_RESET = "staff.reset"
    """a person got new keys in place of the old"""
    LOCUM_ADMITTED = "locum.admitted"
    """a clinician let a locum in for a day"""
    SLOT_REWRAPPED = "password.changed"
    """somebody changed their own password"""
    PIN_SET = "pin.set"
    """somebody gave themselves a PIN on this workstation"""
    KIT_MADE = "kit.made"
    """a recovery kit was made and typed back"""
    KIT_REVOKED = "kit.revoked"
    """a recovery kit opens the vault no more"""
    DEVICE_KEY = "device-key"
    """the practice's device key: on, required, off, held or lacking here, shown, a slot sealed with or without it"""
    POLICY_CHANGED = "policy.changed"
    """the practice's rules were changed"""
    # erasure
    ERASURE_INTENDED = "erasure.intended"
    """two people agreed to destroy keys"""
    ERASURE_DONE = "erasure.done"
    """the keys are destroyed"""
    ERASURE_CERTIFIED = "erasure.certified"
    """the certificate of an erasure was filed"""
    HOLD_CHANGED = "hold.changed"
    """a legal hold was set or lifted"""
    # the vault
    VAULT_CREATED = "vault.created"
    """the founder made the vault"""
    VAULT_VERIFIED = "vault.verified"
    """a verification ended"""
    VAULT_LOOKED = "vault.looked"
    """somebody looked at a vault that could not be added to"""
    BACKUP_MADE = "backup.made"
    """a backup is complete: written, read back and compared"""
    BACKUP_FAILED = "backup.failed"
    """a backup could not be completed; the one before it stands"""
    RESTORE_MADE = "restore.made"
    """this copy of the vault came out of a backup"""
    RESTORE_DRILL = "restore.drill"
    """a backup was restored on trial, checked to the last byte and removed again"""
    CHECKPOINT = "checkpoint"
    """the signed heads of all chains were handed to somebody to keep"""
    LEDGER_VIEWED = "ledger.viewed"
    """somebody looked through the ledger"""
    LEDGER_EXPORTED = "ledger.exported"
    """an extract of the ledger was written"""
    CLOCK_JUMP = "clock.jump"
    """this machine's clock moved while a session was open"""
    CHAIN_CUT = "chain.cut"
    """a torn last batch was put in quarantine at open"""
    CHAIN_SET_ASIDE = "chain.set-aside"
    """damaged rows went into quarantine, so that the vault opens again"""
    HISTORY_ACCEPTED = "history.accepted"
    """a manager goes on from a history other than the one this workstation had seen"""
    DAMAGE_FOUND = "damage.found"
    """a check or a reader met something damaged"""
    DAMAGE_DECIDED = "damage.decided"
    """a manager has looked at damage and decided"""
    OBJECT_REPAIRED = "object.repaired"
    """a damaged or missing picture was put back from a backup; the detail names it, and the damaged file in quarantine"""


LONGEST_DETAIL = 200


def spell(what: What, detail: str = "") -> str:
    """The act's `what`: the code, then a blank and a detail if there is one. Details are codes and counts, no names.

    Raises:
        ValueError: a detail longer than 200 characters or not printable.
    """
    if len(detail) > LONGEST_DETAIL or not detail.isprintable():
        raise ValueError("detail of an act must be one short line")
    return f"{what.value} {detail}" if detail else what.value


def read_what(text: str) -> tuple[What | None, str]:
    """Code and detail of an act's `what`; None for a code of a later version, with the whole text as detail."""
    code, _, detail = text.partition(" ")
    try:
        return What(code), detail
    except ValueError:
        return None, text


class Act(Record, frozen=True, forbid_unknown_fields=True):
    """Who did what, and when. `wall` is UTC milliseconds; `batch` is (id, this row from 1, rows).

    `who` is sixteen zeros (or None, from other writers) when nobody was unlocked. `subject` is `keyref.subject_of` the
    patient. `intent`, `signatures` and `done` belong to acts of two people.
    """

    who: Id | None
    what: str
    wall: Count
    lamport: Count
    subject: Id | None
    batch: tuple[Id, Count, Count]
    intent: bytes | None
    signatures: tuple[tuple[Id, Signature], ...] | None
    done: Id | None


def make_act(
    *,
    who: bytes,
    what: str,
    wall: int,
    lamport: int,
    subject: bytes | None = None,
    batch: tuple[bytes, int, int],
    intent: bytes | None = None,
    signatures: tuple[tuple[bytes, bytes], ...] = (),
    done: bytes | None = None,
) -> Act:
    """An act with the usual emptiness where nothing is given. `batch` i counts from 1."""
    return Act(who, what, wall, lamport, subject, batch, intent, signatures, done)


class Intent(Record, frozen=True, forbid_unknown_fields=True):
    """What two people agreed to do: destroy the keys of these ids, and why."""

    keys: tuple[Id, ...]
    reason: str


def encode_intent(intent: Intent) -> bytes:
    """The bytes that both sign and that `Act.intent` holds."""
    return encode(intent)


def decode_intent(data: bytes) -> Intent:
    """Raises: Corrupt, if the bytes are not an intent."""
    return decode(data, Intent)


def sign_intent(key: SigningKey, *, vault: bytes, rid: bytes, intent: bytes) -> bytes:
    """One person's signature over the intent of row `rid`."""
    return key.sign(L("intent") + vault + rid + intent)


def check_intent(act: Act, *, vault: bytes, rid: bytes, users: Mapping[bytes, bytes]) -> Intent:
    """The intent of an act signed by exactly two different users of `users` (id -> Ed25519 public key).

    Raises:
        Corrupt: no intent, not two signers, somebody unknown, or a signature that does not verify.
    """
    signed = act.signatures or ()
    if act.intent is None or len(signed) != 2 or signed[0][0] == signed[1][0]:
        raise Corrupt("act: an intent needs two people")
    for user, signature in signed:
        if user not in users:
            raise Corrupt("act: signed by nobody we know")
        verify(users[user], signature, L("intent") + vault + rid + act.intent)
    return decode_intent(act.intent)
