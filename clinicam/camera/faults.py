# SPDX-License-Identifier: GPL-3.0-or-later
"""From libgphoto2's numbers and words to our errors, and from our errors to the wire and back. Knows no gphoto2.

Nearly every PTP error becomes ``-1 Unspecified error``; the meaning is in the text libgphoto2 hands to its context, so
the text decides before the number does. It is English because the camera process pins its language.
"""

from __future__ import annotations

import msgspec

from clinicam.errors import (
    CameraAbsent,
    CameraBusy,
    CameraClaimed,
    CameraError,
    CameraFault,
    CameraLost,
    CameraNoPromise,
    CameraRefused,
    CameraStoreFull,
    FocusFailed,
)

UNSPECIFIED = -1
NO_SPACE = -115
NOT_SUPPORTED = -6

_BY_CODE: dict[int, type[CameraError]] = {
    -105: CameraAbsent,  # unknown model: nothing is connected
    -5: CameraAbsent,  # unknown port: it left between detection and opening
    -53: CameraClaimed,
    -60: CameraClaimed,  # the port is locked
    -52: CameraLost,
    -7: CameraLost,
    -34: CameraLost,
    -35: CameraLost,
    -10: CameraLost,
    -110: CameraBusy,
    -3: CameraStoreFull,  # libgphoto2 says "out of memory" when a body's store is full
    NO_SPACE: CameraStoreFull,
}
_BY_TEXT: tuple[tuple[str, type[CameraError]], ...] = (
    ("out of focus", FocusFailed),
    ("store full", CameraStoreFull),
    ("could not claim", CameraClaimed),
    ("device busy", CameraBusy),
)
_LONGEST = 200


def camera_error(code: int, told: str, *, doing: str) -> CameraError:
    """The error for a failed libgphoto2 call.

    Args:
        code: the negative result.
        told: what the library told its context during the call, may be empty.
        doing: our word for the operation, for the log.
    """
    lowered = told.lower()
    kind = next((error for words, error in _BY_TEXT if words in lowered), None)
    if kind is None:
        kind = _BY_CODE.get(code, CameraFault)
    return kind(tidy(f"{doing}: {code} {told}".strip()))


def tidy(text: str) -> str:
    """One printable line of bounded length, fit for the log: the text may come from a camera."""
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `CameraError` on the wire."""

    kind: str
    detail: str


_KINDS: dict[str, type[CameraError]] = {
    kind.__name__: kind
    for kind in (
        CameraAbsent,
        CameraBusy,
        CameraClaimed,
        CameraFault,
        CameraLost,
        CameraNoPromise,
        CameraRefused,
        CameraStoreFull,
        FocusFailed,
    )
}


def to_fault(error: CameraError) -> Fault:
    """`error` for the wire."""
    name = type(error).__name__
    return Fault(name if name in _KINDS else CameraFault.__name__, tidy(error.detail))


def from_fault(untrusted: Fault) -> CameraError:
    """The error a `Fault` names; `CameraFault` for a name nobody knows."""
    return _KINDS.get(untrusted.kind, CameraFault)(tidy(untrusted.detail))
