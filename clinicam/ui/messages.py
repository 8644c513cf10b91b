# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place where an error becomes a sentence: what happened, then what to do. A test asks for every error's row."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from clinicam import errors
from clinicam.consent.causes import Standing
from clinicam.consent.refusal import Refusal
from clinicam.ui.messages_backup import BACKUP_REASONS
from clinicam.ui.messages_blockers import CAUSES
from clinicam.ui.messages_consent import REFUSALS
from clinicam.ui.messages_keys import key_words

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence that says what happened and one that says what to do; `code` is for support."""

    sentence: str
    next_step: str
    code: str = ""


Row = tuple[str, str]

ROWS: Final[dict[type[errors.CliniCamError], Row]] = {
    errors.CliniCamError: ("That did not work.", "Try it once more. If it happens again, tell support what you did."),
    errors.BadPatientData: ("Something in the patient's details cannot be right.", "Look at the marked field."),
    errors.SettingsError: (
        "The settings of this workstation cannot be read.",
        "CliniCam stays closed until IT has looked at settings.toml. The pictures are untouched.",
    ),
    errors.AlreadyRunning: ("CliniCam is already open on this computer.", "Go to the window that is open."),
    errors.ConsentError: ("The consent could not be recorded.", "Nothing was changed. Open the consent again."),
    errors.FormInvalid: (
        "A consent form lacks something it must say.",
        "No one can be asked with it. Ask the practice manager for the current form.",
    ),
    errors.ConsentRefused: (
        "This answer does not fit what was recorded before.",
        "Open the chart again and look at the consent as it now stands.",
    ),
    errors.PermitRefused: ("The camera stays closed.", "Look at the list of what is still open."),
    errors.CaptureError: ("The session could not do that.", "Look at the state shown above the picture."),
    errors.InvalidTransition: ("That does not fit where the session is now.", "Look at the state, then try again."),
    errors.FrameRefused: ("What the camera sent is not a whole picture. It was not kept.", "Take the picture again."),
    errors.ChartError: ("The record system did not answer as expected.", "Find the patient here by name or number."),
    errors.LaunchRefused: (
        "The surgery program sent a patient that cannot be used.",
        "Find the patient here by name, date of birth or number.",
    ),
    errors.CameraError: ("The camera did not do that.", "Look at the camera's own display, then try again."),
    errors.CameraAbsent: ("No camera is connected.", "Switch the camera on and plug in its cable."),
    errors.CameraClaimed: (
        "Another program is holding the camera.",
        "Close the program that shows its pictures, then take the camera back.",
    ),
    errors.CameraLost: (
        "The camera went away.",
        "Look at cable and battery. CliniCam reconnects as soon as the camera is there.",
    ),
    errors.CameraBusy: ("The camera is busy.", "Wait until its lamp is dark, then try again."),
    errors.CameraNoPromise: (
        "This camera cannot keep pictures off its card.",
        "Use another camera. The list of those that can is in the handbook.",
    ),
    errors.CameraRefused: ("The camera is closed at the moment.", "Open a session first. A patient has to agree."),
    errors.FocusFailed: ("The camera could not focus.", "Move a little or focus by hand, then take the picture again."),
    errors.CameraStoreFull: (
        "The camera has no room for another picture.",
        "Wait until the last picture is safe. If it stays so, switch the camera off and on.",
    ),
    errors.CameraFault: (
        "The camera reported a fault.",
        "Switch it off and on. If it happens again, use another camera and tell support.",
    ),
    errors.VaultError: ("The vault could not do that.", "Nothing was lost. Try it once more."),
    errors.VaultMissing: (
        "The vault is not where it should be.",
        "If it lies on another disk, connect that disk and start CliniCam again.",
    ),
    errors.VaultExists: ("There is a vault at this place already.", "Choose an empty place, or open that vault."),
    errors.PlaceRefused: ("The vault must not lie there.", "Choose a place on this computer's own disk."),
    errors.WrongPassword: (
        "That is not the password.",
        "Look at Caps Lock and the keyboard's language, then try again.",
    ),
    errors.LockedOut: ("Too many tries.", "Wait, then try again. The recovery kit opens the vault too."),
    errors.Corrupt: (
        "A part of the vault is damaged.",
        "Do not delete anything. Tell support: undamaged pictures can still be read.",
    ),
    errors.RolledBack: (
        "The vault is older than when this computer last saw it.",
        "An old copy may have been put back. A practice manager decides at the lock screen whether to go on from it.",
    ),
    errors.Forked: (
        "The vault has two different histories.",
        "Two copies may have been used at once. A practice manager decides at the lock screen whether to go on.",
    ),
    errors.UnsupportedFormat: (
        "This vault was made by a later CliniCam.",
        "Bring CliniCam on this computer up to date, then try again.",
    ),
    errors.DiskFull: (
        "There is no room left on the vault's disk.",
        "Pictures that show the tick are safe. Make room, then take the last one again.",
    ),
    errors.WriteFailed: (
        "The disk refused to write.",
        "Pictures that show the tick are safe. Ask IT to look at the disk before you go on.",
    ),
    errors.NotFound: ("That is not in the vault.", "Go back and open the chart again."),
    errors.TrainingOnly: (
        "Simulated and real pictures never share a vault.",
        "Use the simulated camera only in a training vault.",
    ),
    errors.VaultClosed: ("CliniCam is locked.", "Unlock it to go on."),
    errors.RoleRefused: ("Your role does not allow this.", "Ask a practice manager to do it."),
    errors.PasswordRefused: (
        "That password is too easy to guess.",
        "Take at least twelve characters. Four words that do not belong together are easy to remember.",
    ),
    errors.LastManager: (
        "Nobody would be left to manage the practice.",
        "Make somebody else a manager first.",
    ),
    errors.LastKit: (
        "No recovery kit would be left.",
        "Make a new one first. Without a kit, forgotten passwords mean lost pictures.",
    ),
    errors.SecondPersonRefused: (
        "This takes two people.",
        "Ask a colleague who may do this to enter their own password.",
    ),
    errors.EraseRefused: (
        "These records must be kept for now.",
        "The Practice screen says until when, and what holds them.",
    ),
    errors.MoveRefused: (
        "These pictures cannot be moved to that patient.",
        "Check the patient and their consent, then try again.",
    ),
    errors.BackupRefused: (
        "That place cannot hold a backup.",
        "Name a folder on a server or a NAS that only the practice can reach.",
    ),
    errors.ExtractRefused: (
        "The extract cannot be put there.",
        "Name a file that is not there yet, in a folder that is, outside the vault.",
    ),
    errors.KeyStoreRefused: (
        "This computer's key store cannot keep the device key safely.",
        "CliniCam works without it. Ask IT to look at the key store.",
    ),
    errors.PinRefused: ("That PIN does not open CliniCam.", "Unlock with your password."),
    errors.Cancelled: ("You stopped it.", "Nothing was changed. Start again whenever you like."),
}
"""Error to (what happened, what to do). Marked for translation by the context ``messages``."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("messages", text)


def message_for(problem: BaseException) -> Message:
    """The message of `problem`. What is no `CliniCamError` gets a fixed sentence and a reference that is in the log.

    The reference names the type and the place only: an exception's text may hold what must not be shown or logged.
    """
    if isinstance(problem, errors.CliniCamError):
        for kind in type(problem).__mro__:
            row = ROWS.get(kind)
            if row is not None:
                return _told(problem, Message(_tr(row[0]), _tr(row[1])))
    reference = secrets.token_hex(3).upper()
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
    _log.error("unexpected %s at %s, reference %s", type(problem).__name__, where, reference)
    return unexpected(reference)


def unexpected(reference: str) -> Message:
    """The fixed sentence for what nobody expected."""
    words = _tr("Pictures that show the tick are safe. Tell support the reference {code}.").format(code=reference)
    return Message(_tr("Something went wrong inside CliniCam."), words)


def _told(problem: errors.CliniCamError, plain: Message) -> Message:
    """The row, made exact by what the error itself says in numbers or fixed words."""
    if isinstance(problem, errors.LockedOut):
        return Message(
            plain.sentence,
            _tr("Wait {wait}, then try again. The recovery kit opens the vault too.").format(
                wait=span(problem.seconds)
            ),
        )
    if isinstance(problem, errors.PlaceRefused):
        return Message(place_reason(problem.reason), plain.next_step, problem.reason)
    if isinstance(problem, errors.BackupRefused) and problem.reason in BACKUP_REASONS:
        sentence, step = BACKUP_REASONS[problem.reason]
        return Message(_tr(sentence), _tr(step), problem.reason)
    if isinstance(problem, errors.BadPatientData):
        return Message(bad_field(problem.field, problem.reason), plain.next_step)
    if isinstance(problem, errors.ConsentRefused) and str(problem) in {one.value for one in Refusal}:
        sentence, step = REFUSALS[Refusal(str(problem))]
        return Message(_tr(sentence), _tr(step))
    if isinstance(problem, errors.PinRefused | errors.KeyStoreRefused) and (words := key_words(problem)) is not None:
        return Message(*words)
    if isinstance(problem, errors.PasswordRefused):
        return Message(password_reason(problem.reason), plain.next_step)
    if isinstance(problem, errors.RoleRefused) and problem.needed in _ROLE_REASONS:
        sentence, step = _ROLE_REASONS[problem.needed]
        return Message(_tr(sentence), _tr(step))
    if isinstance(problem, errors.PermitRefused) and problem.codes:
        return Message(plain.sentence, plain.next_step, " ".join(problem.codes))
    return plain


def blocker_message(standing: Standing) -> Message:
    """What stands before the camera, and what lifts it."""
    sentence, step = CAUSES[standing.detail]
    return Message(_tr(sentence), _tr(step), standing.code)


def span(seconds: int) -> str:
    """``40 seconds`` or ``5 minutes``."""
    if seconds < 90:
        return _tr("{count} seconds").format(count=seconds)
    return _tr("{count} minutes").format(count=(seconds + 59) // 60)


def place_reason(reason: str) -> str:
    """Why a place is refused, from a word of `vault.media.Refusal`."""
    sentences = {
        "removable": _tr("That disk can be taken out of this computer."),
        "usb": _tr("That disk hangs on a USB cable."),
        "sd-card": _tr("That is a memory card."),
        "network": _tr("That folder lies on another computer in the network."),
        "fuse": _tr("That folder is lent by another program."),
        "synced": _tr("That folder is copied to the internet."),
        "tmpfs": _tr("That folder is emptied when the computer is switched off."),
        "filesystem": _tr("That disk's format cannot keep pictures safe."),
    }
    return sentences.get(reason, _tr("CliniCam cannot tell what kind of disk that is."))


def password_reason(reason: str) -> str:
    """Why a new password is refused, from a word of `errors.PasswordRefused`."""
    sentences = {
        "short": _tr("A password has at least twelve characters."),
        "long": _tr("A password has at most 256 characters."),
        "name": _tr("That password is made of names and words everybody here knows."),
        "same": _tr("That is the password you have now."),
    }
    return sentences.get(reason, _tr("That password is too easy to guess."))


_ROLE_REASONS: Final[dict[str, Row]] = {
    "another-manager": (
        "Nobody can take back their own keys.",
        "Ask another manager, or unlock with the recovery kit.",
    ),
    "admission": ("You are not let in for today.", "Ask a clinician to let you in for the day."),
}


def bad_field(field: str, reason: str) -> str:
    """What is wrong with one field of a patient's details."""
    fields = {
        "family name": _tr("The family name"),
        "given name": _tr("The given name"),
        "title": _tr("The title"),
        "date of birth": _tr("The date of birth"),
        "identifier": _tr("The number"),
        "name": _tr("The name"),
        "post": _tr("The post"),
        "role": _tr("The role"),
        "registration": _tr("The registration number"),
    }
    reasons = {
        "is missing": _tr("is missing."),
        "too long": _tr("is too long."),
        "lies in the future": _tr("lies in the future."),
        "lies before 1890": _tr("lies before 1890."),
        "has a character that cannot be shown": _tr("has a sign that cannot be shown."),
    }
    return f"{fields.get(field, field)} {reasons.get(reason, _tr('cannot be right.'))}"
