# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error and every blocker has a sentence and a next step; nothing of an exception's text reaches a person."""

from __future__ import annotations

import logging

import pytest

from clinicam import errors
from clinicam.consent.causes import Blocker, Cause, Lift, Standing
from clinicam.consent.refusal import Refusal
from clinicam.ui.messages import ROWS, blocker_message, message_for, place_reason, span, unexpected
from clinicam.ui.messages_blockers import BLOCKERS, CAUSES
from clinicam.ui.messages_consent import REFUSALS
from clinicam.ui.messages_keys import PIN_REASONS, STORE_REASONS
from clinicam.vault.media import Refusal as PlaceRefusal


def walk(kind: type[errors.CliniCamError]) -> list[type[errors.CliniCamError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in walk(child))]


ALL_ROWS = [
    *ROWS.values(), *CAUSES.values(), *BLOCKERS.values(), *REFUSALS.values(), *PIN_REASONS.values(),
    *STORE_REASONS.values(),
]  # fmt: skip


@pytest.mark.parametrize("kind", [one for one in walk(errors.CliniCamError) if one.__module__.startswith("clinicam.")])
def test_every_error_has_its_own_row(kind: type[errors.CliniCamError]) -> None:
    assert kind in ROWS


def test_every_blocker_cause_and_refusal_has_a_row() -> None:
    assert set(BLOCKERS) == set(Blocker)
    assert set(CAUSES) == set(Cause)
    assert set(REFUSALS) == set(Refusal)
    for cause in Cause:
        words = blocker_message(Standing(Blocker.NO_DISCUSSION, cause, Lift.STAFF, True))
        assert words.sentence
        assert words.next_step
        assert words.code == "C10"


@pytest.mark.parametrize("row", ALL_ROWS)
def test_the_words_are_calm(row: tuple[str, str]) -> None:
    for text in row:
        low = text.lower()
        assert "!" not in text
        for word in ("error", "failed", "invalid", "sorry", "please", "asset", "sync", "session token", "implied"):
            assert word not in low, (word, text)
        assert len(text) < 110
    assert row[1].endswith((".", "?"))


def test_what_nobody_expected_keeps_its_text_to_itself(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        message = message_for(ValueError("Eleanor Marsh"))
    assert "Eleanor" not in message.sentence + message.next_step + caplog.text
    assert message.next_step.rstrip(".").split()[-1] in caplog.text
    caplog.clear()
    assert "A1B2C3" in unexpected("A1B2C3").next_step


def test_errors_tell_what_they_know() -> None:
    assert "5 minutes" in message_for(errors.LockedOut(290)).next_step
    assert message_for(errors.PlaceRefused("usb")).sentence == place_reason("usb")
    assert message_for(errors.BadPatientData("date of birth", "lies in the future")).sentence == (
        "The date of birth lies in the future."
    )
    assert message_for(errors.PermitRefused("blocked", ("C3", "C10"))).code == "C3 C10"
    for reason in Refusal:
        assert message_for(errors.ConsentRefused(reason.value)).sentence == REFUSALS[reason][0]
    assert message_for(errors.ConsentRefused("something else")).sentence == ROWS[errors.ConsentRefused][0]
    sentences = {place_reason(one.value) for one in PlaceRefusal}
    assert len(sentences) == len(PlaceRefusal)
    assert span(40) == "40 seconds"
    assert "dropped: 3" in message_for(errors.PinRefused("wrong", 3)).next_step
    assert message_for(errors.PinRefused("something else")).sentence == ROWS[errors.PinRefused][0]
    assert message_for(errors.KeyStoreRefused("locked")).sentence == STORE_REASONS["locked"][0]
    assert message_for(errors.KeyStoreRefused("null")).sentence == ROWS[errors.KeyStoreRefused][0]


def test_a_later_error_without_a_row_takes_its_parents() -> None:
    class Later(errors.CameraLost):
        """A subclass somebody adds."""

    assert message_for(Later()).sentence == ROWS[errors.CameraLost][0]
