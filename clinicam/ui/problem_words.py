# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between a person and the next shot, in words: every blocker, the camera's trouble, the pause; and checks."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from clinicam.camera.port import CameraState
from clinicam.capture.session import SessionState, ShotState
from clinicam.capture.views import SittingView
from clinicam.errors import (
    CameraAbsent,
    CameraClaimed,
    CameraError,
    CameraLost,
    CameraNoPromise,
    CliniCamError,
    PermitRefused,
    VaultError,
)
from clinicam.ui.camera_card import READABLE
from clinicam.ui.messages import blocker_message, message_for
from clinicam.ui.shot_words import pictures
from clinicam.ui.stop_sheet import first_and_family

SAME_PATIENT = "same-patient"
IDLE_CODE = "C16"
_ANSWERED_BY_SAME = frozenset({IDLE_CODE})
_CAMERA_CODES = frozenset({"C12", "C13"})
_VAULT_CODES = frozenset({"C14", "C15"})
_CONSENT_CODES = frozenset({f"C{number}" for number in range(1, 11)} | {"C18"})
_CAMERA_ERRORS: dict[CameraState, CameraError] = {
    CameraState.ABSENT: CameraAbsent(),
    CameraState.LOST: CameraLost(),
    CameraState.CLAIMED: CameraClaimed(),
    CameraState.REFUSED: CameraNoPromise(),
}
_NUMBERS = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One thing to do first. `key` says which; `action` is the button that lifts it, empty where nothing here does."""

    key: str
    sentence: str
    next_step: str
    code: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checks: fine, not known at the moment, or neither, which a row above explains."""

    name: str
    words: str
    fine: bool
    unknown: bool = False


def _tr(text: str) -> str:
    return QCoreApplication.translate("problem", text)


def problem_rows(view: SittingView) -> tuple[ProblemRow, ...]:
    """Everything that stands, what a person lifts here first. Empty while the session flows."""
    rows: list[ProblemRow] = []
    if view.state is SessionState.PAUSED:
        rows.append(
            ProblemRow(
                SAME_PATIENT,
                _tr("Is this still {name}?").format(name=first_and_family(view.patient)),
                _tr("Look at the patient and the banner. If it is somebody else, press STOP."),
                "",
                _tr("Yes, same"),
            )
        )
    if view.state in {SessionState.PAUSED, SessionState.TROUBLE}:
        rows += _trouble(view)
    return tuple(rows)


def _trouble(view: SittingView) -> list[ProblemRow]:
    codes = {standing.code for standing in view.blockers}
    rows = []
    if not codes & _CAMERA_CODES:
        rows += _camera(view)
    if view.state is SessionState.TROUBLE and not rows and _is_news(view.problem, codes) and view.problem is not None:
        rows.append(_told("problem", view.problem))
    asked = view.state is SessionState.PAUSED
    for standing in view.blockers:
        if asked and standing.code in _ANSWERED_BY_SAME:
            continue
        words = blocker_message(standing)
        rows.append(ProblemRow(standing.detail.value, _title(words.sentence), words.next_step, standing.code))
    return rows


def _camera(view: SittingView) -> list[ProblemRow]:
    camera = view.camera.state
    if camera is CameraState.RESTARTING:
        sentence = _tr("The camera stopped answering")
        return [ProblemRow("camera", sentence, _tr("It is started again. The session goes on by itself in seconds."))]
    if camera in _CAMERA_ERRORS:
        return [_told("camera", view.camera.problem or _CAMERA_ERRORS[camera])]
    return []


def _is_news(problem: CliniCamError | None, codes: set[str]) -> bool:
    """Whether no blocker in the list says the same already."""
    if isinstance(problem, PermitRefused):
        return not codes
    if isinstance(problem, CameraError):
        return not codes & _CAMERA_CODES
    return not (isinstance(problem, VaultError) and codes & _VAULT_CODES)


def _title(sentence: str) -> str:
    """A sentence as a heading: without its full stop."""
    return sentence.removesuffix(".")


def _told(key: str, problem: BaseException) -> ProblemRow:
    words = message_for(problem)
    return ProblemRow(key, _title(words.sentence), words.next_step, words.code)


def headline(view: SittingView, rows: tuple[ProblemRow, ...]) -> str:
    """``Two things before the next shot``."""
    if view.state is SessionState.PAUSED and len(rows) == 1:
        return _tr("Paused")
    if len(rows) == 1:
        return _tr("One thing before the next shot")
    number = _tr(_NUMBERS[len(rows)]) if len(rows) < len(_NUMBERS) else str(len(rows))
    return _tr("{number} things before the next shot").format(number=number)


def support(view: SittingView) -> str:
    """How many pictures are safe, and what becomes of the one on its way."""
    words = _tr("{pictures} safe, no live view.").format(pictures=pictures(view.pictures_safe))
    if any(shot.state is ShotState.EXPOSED for shot in view.shots):
        words += " " + _tr("We look for the last shot as soon as the camera is there.")
    return words


def checks(view: SittingView) -> tuple[Check, ...]:
    """Six things that have to be right: consent, vault and body first, then what only the camera can say."""
    camera, readable = view.camera, view.camera.state in READABLE
    codes = {standing.code for standing in view.blockers}
    unknown = _tr("known once the camera is there")
    vault_fine = not codes & _VAULT_CODES and not isinstance(view.problem, VaultError)
    name = ", ".join(part for part in (camera.model, camera.serial) if part)
    card = {None: unknown, False: _tr("none in the camera"), True: _tr("in the camera, not used")}[camera.media_present]
    safe = _tr("{pictures} safe").format(pictures=pictures(view.pictures_safe))

    def stored(what: str, fine: bool, words: str) -> Check:
        return Check(what, words if fine else _tr("see above"), fine)

    def asked(what: str, is_known: bool, words: str) -> Check:
        known = readable and is_known
        return Check(what, words if known else unknown, known, not known)

    return (
        stored(_tr("Consent"), not codes & _CONSENT_CODES, _tr("care, this session")),
        stored(_tr("Vault"), vault_fine, safe),
        asked(_tr("Body"), bool(name), name),
        asked(_tr("Target"), camera.target_proved, _tr("camera memory, read back")),
        asked(_tr("Battery"), camera.battery is not None, camera.battery or ""),
        asked(_tr("Card"), camera.media_present is not None, card),
    )


def checks_head(shown: tuple[Check, ...]) -> str:
    """``Checks: 3 fine, 3 open``."""
    fine = sum(check.fine for check in shown)
    if fine == len(shown):
        return _tr("All {count} checks are fine").format(count=fine)
    return _tr("Checks: {fine} fine, {open} open").format(fine=fine, open=len(shown) - fine)
