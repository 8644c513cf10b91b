# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left of an erasure to show: what was destroyed, by whom and why, how it was proved, what it cannot reach.

The text names nobody: it can be kept outside the vault. Patients stand in it by the pseudonym of the ledger, staff by
the first digits of their ids.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

from msgspec import Struct

from clinicam.identity import StaffId
from clinicam.vault.erasure import PATIENT, Erased

CERTIFICATE = "erasure-certificate"


class EraseReason(Enum):
    """Why records may be destroyed. A code in the ledger, never given another meaning."""

    RETENTION_OVER = "retention-over"
    """they have been kept as long as they must be, and somebody looked at them"""
    WITHDRAWN = "withdrawn"
    """the patient took consent back during the session, and its pictures were never used for care"""
    ORDERED = "ordered"
    """a court or a regulator ordered it, or the practice granted a request; with a reference"""


class Certificate(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The record of one erasure, one of the practice's own. `reference` is of the order, empty otherwise."""

    rid: bytes
    scope: str
    subject: bytes
    reason: str
    signers: tuple[StaffId, StaffId]
    agreed_ms: int
    done_ms: int
    keys: int
    objects: int
    rows: int
    left: int
    tries: int
    generation: int
    reference: str = ""


def certificate_of(erased: Erased, reference: str = "") -> Certificate:
    """What is kept of an erasure."""
    first, second = erased.signers
    return Certificate(
        rid=erased.rid,
        scope=erased.scope,
        subject=erased.subject,
        reason=erased.reason,
        signers=(StaffId(first), StaffId(second)),
        agreed_ms=erased.agreed_ms,
        done_ms=erased.done_ms,
        keys=erased.keys,
        objects=erased.objects,
        rows=erased.rows,
        left=erased.left,
        tries=erased.tries,
        generation=erased.generation,
        reference=reference,
    )


_WHY = {
    EraseReason.RETENTION_OVER.value: "The time they had to be kept is over.",
    EraseReason.WITHDRAWN.value: "The patient took consent back during the session.",
    EraseReason.ORDERED.value: "It was ordered, or a request was granted.",
}

BEYOND_REACH = (
    "What this erasure cannot reach:",
    "- Backups made before it still hold the keys until they are too old to be kept. A vault restored from one of",
    "  them destroys these keys again before it opens, if it is given the newest list of erasures.",
    "- Copies that were given out: releases, referrals, the patient's own copies, pictures filed to a chart.",
    "- Earlier key files may survive in parts of a disk that are no longer in use. What they hold is sealed under",
    "  keys of their own generation, which the members of staff of that time could open.",
    "- Whoever kept a copy of the keys or of a picture keeps it.",
)


def certificate_text(one: Certificate, vault: bytes, *, backups_kept_days: int | None) -> str:
    """The certificate for people, in English. Names nobody.

    Args:
        vault: the vault's id.
        backups_kept_days: how long backups are kept; None where there are none.
    """
    kind = "all records of one patient" if one.scope == PATIENT else "the pictures of one session"
    first, second = (staff.hex()[:8] for staff in one.signers)
    lines = [
        "CERTIFICATE OF ERASURE",
        "",
        f"Vault:            {vault.hex()}",
        f"Erasure:          {one.rid.hex()}",
        f"What:             {kind}",
        f"Pseudonym:        {one.subject.hex()}",
        f"Why:              {_WHY.get(one.reason, one.reason)}",
    ]
    if one.reference:
        lines.append(f"Reference:        {one.reference}")
    lines += [
        f"Agreed by two:    {first} and {second}, {_when(one.agreed_ms)}",
        f"Carried out:      {_when(one.done_ms)}",
        "",
        f"Keys destroyed:   {one.keys}",
        f"Pictures removed: {one.objects} sealed files",
        f"Records closed:   {one.rows} rows of the ledger, which stay in it and can be opened by nobody",
        f"Keyring:          generation {one.generation}, without these keys",
        "",
        "Proof: after the erasure the keyring and all key files were read again from the disk. None of the destroyed",
        f"keys is in them, and no sealed file under them is left. Each of the {one.left} keys that are left was tried on",
        f"a row of each destroyed key that had one: {one.tries} tries, none opened anything. The ledger still verifies.",
        "",
        *BEYOND_REACH,
    ]
    if backups_kept_days is None:
        lines.append("- No backup is set up here; copies of the vault made by other means are not known to it.")
    else:
        lines.append(f"- Backups here are kept for {backups_kept_days} days.")
    return "\n".join(lines) + "\n"


def _when(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
