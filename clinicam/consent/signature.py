# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawn signatures: limits on the strokes, and the binding to what was shown and decided.

A drawn signature is a simple electronic signature; its worth is the evidence bound to it. Change the form text, a
decision, the patient or one stroke afterwards and `verify` says so.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence

from clinicam.consent.model import Decision, Signature, Stroke
from clinicam.consent.packing import pack
from clinicam.consent.refusal import Refusal
from clinicam.errors import ConsentRefused, Corrupt
from clinicam.identity import ConsentId, PatientId, new_id

MOST_STROKES = 200
MOST_POINTS = 20_000
SHORTEST_INK = 0.05
"""of the surface's width; less is a slip of the pen, a cross is more"""

EMPTY = Refusal.SIGNATURE_EMPTY.value
TOO_LONG = Refusal.SIGNATURE_TOO_LONG.value
OUTSIDE = Refusal.SIGNATURE_OUTSIDE.value


def hash_shown(form_sha256: bytes, texts: Sequence[str]) -> bytes:
    """What `FormShown.shown_sha256` must be: SHA-256 over the form file's hash and every text shown, in order."""
    return _digest((b"clinicam shown form 1", form_sha256, *(text.encode("utf-8") for text in texts)))


def _digest(parts: Sequence[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _bind(
    strokes: tuple[Stroke, ...],
    surface: tuple[int, int],
    nonce: bytes,
    *,
    shown_sha256: bytes,
    decisions: Sequence[Decision],
    patient: PatientId,
    consent: ConsentId,
) -> bytes:
    parts = (
        b"clinicam consent signature 1",
        shown_sha256,
        pack(tuple(decisions)),
        patient,
        consent,
        nonce,
        pack((surface, strokes)),
    )
    return _digest(parts)


def _problem(strokes: tuple[Stroke, ...], width: int, height: int) -> str:
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_POINTS:
        return TOO_LONG
    ink, last = 0.0, 0
    for stroke in strokes:
        for before, point in zip((None, *stroke), stroke, strict=False):
            if point.x > width * 100 or point.y > height * 100 or point.t_ms < last:
                return OUTSIDE
            last = point.t_ms
            if before is not None:
                ink += math.hypot(point.x - before.x, point.y - before.y)
    return "" if ink >= SHORTEST_INK * width * 100 else EMPTY


def sign(
    strokes: tuple[Stroke, ...],
    *,
    width: int,
    height: int,
    signed_ms: int,
    shown_sha256: bytes,
    decisions: Sequence[Decision],
    patient: PatientId,
    consent: ConsentId,
    device: str = "",
) -> Signature:
    """A signature over exactly these decisions on exactly this shown form.

    Raises:
        ConsentRefused: no ink to speak of, more than a signature can be, or points off the surface.
    """
    problem = _problem(strokes, width, height)
    if problem:
        raise ConsentRefused(problem)
    nonce = new_id()
    binding = _bind(
        strokes,
        (width, height),
        nonce,
        shown_sha256=shown_sha256,
        decisions=decisions,
        patient=patient,
        consent=consent,
    )
    return Signature(
        strokes=strokes,
        width=width,
        height=height,
        nonce=nonce,
        binding=binding,
        signed_ms=signed_ms,
        device=device,
    )


def verify(
    signature: Signature,
    *,
    shown_sha256: bytes,
    decisions: Sequence[Decision],
    patient: PatientId,
    consent: ConsentId,
) -> None:
    """Returns if the signature belongs to all of this.

    Raises:
        Corrupt: it does not, or its strokes are none.
    """
    if _problem(signature.strokes, signature.width, signature.height):
        raise Corrupt("signature: strokes")
    binding = _bind(
        signature.strokes,
        (signature.width, signature.height),
        signature.nonce,
        shown_sha256=shown_sha256,
        decisions=decisions,
        patient=patient,
        consent=consent,
    )
    if not hmac.compare_digest(binding, signature.binding):
        raise Corrupt("signature: binding")
