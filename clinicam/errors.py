# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error CliniCam raises on purpose. Texts are for logs and never name a patient; sentences are in ui/messages.py.

CliniCamError
+-- BadPatientData            a name, number or date that cannot be right
+-- SettingsError             this workstation's settings file cannot be used
+-- AlreadyRunning            another CliniCam holds this vault on this machine
+-- ConsentError
|   +-- FormInvalid           a consent form or series file in resources/ lacks something it must say
|   +-- ConsentRefused        the event does not fit the history of this consent
|   +-- PermitRefused         no leave to act: paused, ended, expired, unknown, or blockers stand
+-- CaptureError
|   +-- InvalidTransition     an event this state of the session does not know
|   +-- FrameRefused          not a picture: empty, truncated, wrong markers, too large
+-- ChartError
|   +-- LaunchRefused         the surgery program's call cannot be used
+-- CameraError
|   +-- CameraAbsent          nothing connected
|   +-- CameraClaimed         another program holds the camera
|   +-- CameraLost            cable, power, or the camera process is gone
|   +-- CameraBusy            busy past the time allowed
|   +-- CameraNoPromise       the body cannot keep frames off its card, or did not prove it
|   +-- CameraRefused         the camera process refused: not armed
|   +-- FocusFailed           the body could not focus
|   +-- CameraStoreFull       the body has no room left
|   +-- CameraFault           anything else, with libgphoto2's own words
+-- VaultError
    +-- VaultMissing          no vault at that place
    +-- VaultExists           there is one already
    +-- PlaceRefused          removable, synced, network or unknown storage
    +-- WrongPassword         or wrong recovery words
    +-- LockedOut             too many wrong tries; wait
    +-- Corrupt               bytes that are not what they should be
    +-- RolledBack            older than what this workstation has seen
    +-- Forked                two histories under one name
    +-- UnsupportedFormat     made by a later version
    +-- DiskFull              no room left
    +-- WriteFailed           the operating system refused a write or flush
    +-- NotFound              no such image or record
    +-- TrainingOnly          a simulated picture for a real vault, or the reverse
    +-- VaultClosed           used after lock
    +-- RoleRefused           the person's role does not allow this act
    +-- PasswordRefused       too short, too common, or the old one
    +-- LastManager           nobody would be left who can manage the practice
    +-- LastKit               no recovery kit would be left
    +-- SecondPersonRefused   an act of two people, and the second is not another one who may
    +-- EraseRefused          retention or a hold forbids destroying these records
    +-- MoveRefused           pictures that cannot be moved to that patient
    +-- BackupRefused         a backup that cannot be made there, or cannot be used
    +-- ExtractRefused        an extract of the ledger cannot be put there
    +-- KeyStoreRefused       the operating system's key store cannot be trusted with the device key
    +-- PinRefused            no PIN, or not this one
    +-- Cancelled             the person stopped it; nothing half-done is left
"""

from __future__ import annotations


class CliniCamError(Exception):
    """The root. Anything else that reaches a person is a defect and is shown as a fixed sentence with a reference."""


class BadPatientData(CliniCamError):
    """A name, number or date that cannot be right. The value itself is never part of the text."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


class SettingsError(CliniCamError):
    """This workstation's settings file cannot be used."""


class AlreadyRunning(CliniCamError):
    """Another CliniCam holds this vault on this machine."""


class ConsentError(CliniCamError):
    """Consent, forms and permits."""


class FormInvalid(ConsentError):
    """A consent form, profile or series file lacks something it must say."""


class ConsentRefused(ConsentError):
    """The event does not fit the history of this consent."""


class PermitRefused(ConsentError):
    """No leave to act. `state` is the name of a `permits.PermitState`, or ``blocked`` when blockers stand."""

    def __init__(self, state: str, codes: tuple[str, ...] = ()) -> None:
        super().__init__(f"permit {state}" + (f": {' '.join(codes)}" if codes else ""))
        self.state = state
        self.codes = codes


class CaptureError(CliniCamError):
    """One sitting."""


class InvalidTransition(CaptureError):
    """An event this state of the session does not know."""


class FrameRefused(CaptureError):
    """Not a picture. `reason` is one word: empty, truncated, markers, size."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"frame refused: {reason}")
        self.reason = reason


class ChartError(CliniCamError):
    """Links to the practice's record system."""


class LaunchRefused(ChartError):
    """The surgery program's call cannot be used. `field` and `reason` never hold the value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class CameraError(CliniCamError):
    """The camera or its process. `detail` is libgphoto2's own text, safe to log."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or type(self).__name__)
        self.detail = detail


class CameraAbsent(CameraError):
    """Nothing connected."""


class CameraClaimed(CameraError):
    """Another program holds the camera."""


class CameraLost(CameraError):
    """Cable, power, or the camera process is gone."""


class CameraBusy(CameraError):
    """Busy past the time allowed."""


class CameraNoPromise(CameraError):
    """The body cannot keep frames off its card, or did not prove it."""


class CameraRefused(CameraError):
    """The camera process refused: not armed."""


class FocusFailed(CameraError):
    """The body could not focus."""


class CameraStoreFull(CameraError):
    """The body has no room left."""


class CameraFault(CameraError):
    """Anything else, with libgphoto2's own words."""


class VaultError(CliniCamError):
    """The vault."""


class VaultMissing(VaultError):
    """No vault at that place."""


class VaultExists(VaultError):
    """There is one already."""


class PlaceRefused(VaultError):
    """Storage the vault must not lie on. `reason` is a word of `vault.media.Refusal`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"place refused: {reason}")
        self.reason = reason


class WrongPassword(VaultError):
    """Wrong password or recovery words."""


class LockedOut(VaultError):
    """Too many wrong tries. `seconds` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked out for {seconds} s")
        self.seconds = seconds


class Corrupt(VaultError):
    """Bytes that are not what they should be. `what` names the structure and why, never its content."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class RolledBack(VaultError):
    """Older than what this workstation has seen."""


class Forked(VaultError):
    """Two histories under one name."""


class UnsupportedFormat(VaultError):
    """Made by a later version of CliniCam."""


class DiskFull(VaultError):
    """No room left."""


class WriteFailed(VaultError):
    """The operating system refused a write or a flush."""


class NotFound(VaultError):
    """No such image or record."""


class TrainingOnly(VaultError):
    """A simulated picture for a real vault, or the reverse."""


class VaultClosed(VaultError):
    """Used after lock."""


class RoleRefused(VaultError):
    """The person's role does not allow this act. `needed` is a value of `identity.Role`, or one of:

    another-manager (nobody takes back their own keys), admission (a locum whom nobody has let in today).
    """

    def __init__(self, needed: str) -> None:
        super().__init__(f"role refused: needs {needed}")
        self.needed = needed


class PasswordRefused(VaultError):
    """A new password that is too weak. `reason` is one word: short, long, common, name, same."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"password refused: {reason}")
        self.reason = reason


class LastManager(VaultError):
    """Nobody would be left who can manage the practice."""


class LastKit(VaultError):
    """No recovery kit would be left."""


class SecondPersonRefused(VaultError):
    """An act of two people, and the second is not another one who may. `reason` is one word: same, role, unknown, spent."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"second person refused: {reason}")
        self.reason = reason


class EraseRefused(VaultError):
    """These records may not be destroyed. `reason` is one word: retention, hold, open-session, moving, nothing.

    `until_ms` is when retention ends, None where no date will help.
    """

    def __init__(self, reason: str, until_ms: int | None = None) -> None:
        super().__init__(f"erase refused: {reason}")
        self.reason = reason
        self.until_ms = until_ms


class MoveRefused(VaultError):
    """Pictures that cannot be moved. `reason` is one word: same-patient, no-consent, hold, erased, not-quarantined,
    nothing.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"move refused: {reason}")
        self.reason = reason


class BackupRefused(VaultError):
    """A backup cannot be made there, or not used. `reason` is one word: gone, foreign (something else, or another vault's), newer,
    busy, changing, inside, full, denied, failed, or a word of `vault.media.Refusal`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"backup refused: {reason}")
        self.reason = reason


class ExtractRefused(VaultError):
    """An extract of the ledger cannot be put there. `reason` is one word: exists, inside, missing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"extract refused: {reason}")
        self.reason = reason


class KeyStoreRefused(VaultError):
    """The OS key store is not used for the device key. `reason` is one word: none, null, fail, plaintext, chainer, file,
    locked, slow, forgets, foreign; missing where it works but was not given this practice's key.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"key store refused: {reason}")
        self.reason = reason


class PinRefused(VaultError):
    """No PIN, or not this one. `reason` is one word: short, simple, wrong, gone, unsupported. `left` tries if wrong."""

    def __init__(self, reason: str, left: int = 0) -> None:
        super().__init__(f"pin refused: {reason}")
        self.reason = reason
        self.left = left


class Cancelled(VaultError):
    """The person stopped it; nothing half-done is left."""
