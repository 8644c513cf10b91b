# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an error has a sentence of its own for the person in front of the screen."""

from __future__ import annotations

from clinicam import errors
from clinicam.ui.messages import ROWS, Message, message_for

_TOO_GENERAL = (
    errors.CliniCamError,
    errors.ConsentError,
    errors.CaptureError,
    errors.ChartError,
    errors.CameraError,
    errors.VaultError,
)


def sentence_for(error: BaseException | None) -> Message:
    """The message, which must be of the error's own kind: what happened, and what to do."""
    assert isinstance(error, errors.CliniCamError), f"not an error of ours: {error!r}"
    assert type(error) not in _TOO_GENERAL, f"too general: {type(error).__name__}"
    assert type(error) in ROWS
    message = message_for(error)
    assert len(message.sentence) > 10
    assert len(message.next_step) > 10
    assert message.sentence not in {ROWS[kind][0] for kind in _TOO_GENERAL}
    return message
