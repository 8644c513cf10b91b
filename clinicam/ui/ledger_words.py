# SPDX-License-Identifier: GPL-3.0-or-later
"""Acts of the ledger in plain words, the groups they are chosen by, and pseudonyms as people compare them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from clinicam.practice.ledger import DailySheet
from clinicam.ui.kit import Meaning
from clinicam.ui.ledger_details import detail_words, spaced
from clinicam.ui.words import shown_date
from clinicam.vault.acts import What
from clinicam.vault.ledgerfilter import ActRow


@dataclass(frozen=True, slots=True)
class Group:
    """Acts that are chosen together. `title` is not translated yet."""

    key: str
    title: object
    icon: str
    acts: Mapping[What, object]


GROUPS = (
    Group(
        "doors",
        QT_TRANSLATE_NOOP("ledger", "Unlocking and locking"),
        "lock",
        {
            What.UNLOCK: QT_TRANSLATE_NOOP("ledger", "unlocked with their password"),
            What.UNLOCK_PIN: QT_TRANSLATE_NOOP("ledger", "unlocked with their PIN"),
            What.UNLOCK_KIT: QT_TRANSLATE_NOOP("ledger", "unlocked with a recovery kit"),
            What.UNLOCK_FAILED: QT_TRANSLATE_NOOP("ledger", "a wrong password, PIN or kit was tried"),
            What.LOCK: QT_TRANSLATE_NOOP("ledger", "locked"),
        },
    ),
    Group(
        "patients",
        QT_TRANSLATE_NOOP("ledger", "Patients and consent"),
        "user",
        {
            What.PATIENT_ADDED: QT_TRANSLATE_NOOP("ledger", "added a patient"),
            What.PATIENT_CHANGED: QT_TRANSLATE_NOOP("ledger", "corrected a patient's details"),
            What.CHART_VIEWED: QT_TRANSLATE_NOOP("ledger", "opened a chart"),
            What.CHART_OPENED: QT_TRANSLATE_NOOP("ledger", "opened a chart outside the day's list, for a reason"),
            What.LAUNCH_RECEIVED: QT_TRANSLATE_NOOP("ledger", "the surgery's program asked for a patient"),
            What.CONSENT_RECORDED: QT_TRANSLATE_NOOP("ledger", "recorded consent"),
            What.WITHDRAWAL_DECIDED: QT_TRANSLATE_NOOP("ledger", "decided on the pictures of a withdrawn session"),
            What.TASK_RECORDED: QT_TRANSLATE_NOOP("ledger", "noted or finished something to do"),
        },
    ),
    Group(
        "pictures",
        QT_TRANSLATE_NOOP("ledger", "Pictures"),
        "image",
        {
            What.SESSION_OPENED: QT_TRANSLATE_NOOP("ledger", "began a session"),
            What.SESSION_EVENT: QT_TRANSLATE_NOOP("ledger", "within a session: a pause, label or note"),
            What.SESSION_CLOSED: QT_TRANSLATE_NOOP("ledger", "ended a session"),
            What.IMAGE_STORED: QT_TRANSLATE_NOOP("ledger", "took a picture, and it is safe"),
            What.IMAGE_KEPT_UNFILED: QT_TRANSLATE_NOOP("ledger", "took a picture, kept but not filed"),
            What.IMAGE_RENDITION: QT_TRANSLATE_NOOP("ledger", "a preview was made"),
            What.IMAGE_VIEWED: QT_TRANSLATE_NOOP("ledger", "looked at a picture"),
            What.IMAGE_RELEASED: QT_TRANSLATE_NOOP("ledger", "released a picture"),
            What.CAPTURE_REFUSED: QT_TRANSLATE_NOOP("ledger", "a picture was refused"),
            What.FRAME_UNCLAIMED: QT_TRANSLATE_NOOP("ledger", "a picture nobody asked for was dropped unseen"),
            What.FRAME_LOST: QT_TRANSLATE_NOOP("ledger", "a picture never arrived from the camera"),
            What.OBJECT_ADOPTED: QT_TRANSLATE_NOOP("ledger", "a picture without a record was taken in, not filed"),
            What.IMAGE_RECOVERED: QT_TRANSLATE_NOOP("ledger", "a picture's record was made again"),
            What.IMAGE_RESEALED: QT_TRANSLATE_NOOP("ledger", "a picture was encrypted again under a new key"),
            What.RESEAL_DONE: QT_TRANSLATE_NOOP("ledger", "encrypted a patient's pictures again"),
            What.IMAGE_QUARANTINED: QT_TRANSLATE_NOOP("ledger", "set a picture aside: perhaps the wrong patient"),
            What.QUARANTINE_LIFTED: QT_TRANSLATE_NOOP("ledger", "put a picture back that was set aside"),
            What.MOVE_INTENDED: QT_TRANSLATE_NOOP("ledger", "two people agreed to move pictures"),
            What.IMAGE_MOVED: QT_TRANSLATE_NOOP("ledger", "a picture was moved to the right patient"),
            What.MOVE_DONE: QT_TRANSLATE_NOOP("ledger", "moving pictures is finished"),
        },
    ),
    Group(
        "staff",
        QT_TRANSLATE_NOOP("ledger", "Staff, keys and rules"),
        "users",
        {
            What.STAFF_CHANGED: QT_TRANSLATE_NOOP("ledger", "changed the staff register"),
            What.STAFF_ADDED: QT_TRANSLATE_NOOP("ledger", "let somebody in"),
            What.STAFF_LEFT: QT_TRANSLATE_NOOP("ledger", "took somebody's keys back"),
            What.STAFF_RESET: QT_TRANSLATE_NOOP("ledger", "gave somebody new keys"),
            What.SLOT_REWRAPPED: QT_TRANSLATE_NOOP("ledger", "changed their password"),
            What.PIN_SET: QT_TRANSLATE_NOOP("ledger", "set a PIN on this workstation"),
            What.KIT_MADE: QT_TRANSLATE_NOOP("ledger", "made a recovery kit"),
            What.KIT_REVOKED: QT_TRANSLATE_NOOP("ledger", "revoked a recovery kit"),
            What.LOCUM_ADMITTED: QT_TRANSLATE_NOOP("ledger", "let a locum in for a day"),
            What.DEVICE_KEY: QT_TRANSLATE_NOOP("ledger", "the practice's device key"),
            What.POLICY_CHANGED: QT_TRANSLATE_NOOP("ledger", "changed the practice's rules"),
        },
    ),
    Group(
        "erasure",
        QT_TRANSLATE_NOOP("ledger", "Erasure and holds"),
        "eraser",
        {
            What.ERASURE_INTENDED: QT_TRANSLATE_NOOP("ledger", "two people agreed to erase"),
            What.ERASURE_DONE: QT_TRANSLATE_NOOP("ledger", "the keys are destroyed"),
            What.ERASURE_CERTIFIED: QT_TRANSLATE_NOOP("ledger", "filed the certificate of an erasure"),
            What.HOLD_CHANGED: QT_TRANSLATE_NOOP("ledger", "set or lifted a legal hold"),
        },
    ),
    Group(
        "vault",
        QT_TRANSLATE_NOOP("ledger", "Vault, backup and checks"),
        "shield-check",
        {
            What.VAULT_CREATED: QT_TRANSLATE_NOOP("ledger", "made the vault"),
            What.VAULT_VERIFIED: QT_TRANSLATE_NOOP("ledger", "checked the vault"),
            What.VAULT_LOOKED: QT_TRANSLATE_NOOP("ledger", "looked at a vault that could not be added to"),
            What.BACKUP_MADE: QT_TRANSLATE_NOOP("ledger", "made a backup"),
            What.BACKUP_FAILED: QT_TRANSLATE_NOOP("ledger", "a backup was not completed"),
            What.RESTORE_MADE: QT_TRANSLATE_NOOP("ledger", "restored the vault from a backup"),
            What.RESTORE_DRILL: QT_TRANSLATE_NOOP("ledger", "tried a backup out"),
            What.CHECKPOINT: QT_TRANSLATE_NOOP("ledger", "took a code for the daily sheet"),
            What.LEDGER_VIEWED: QT_TRANSLATE_NOOP("ledger", "looked through the ledger"),
            What.LEDGER_EXPORTED: QT_TRANSLATE_NOOP("ledger", "wrote an extract of the ledger"),
            What.CLOCK_JUMP: QT_TRANSLATE_NOOP("ledger", "this computer's clock moved"),
            What.CHAIN_CUT: QT_TRANSLATE_NOOP("ledger", "an unfinished record was set aside after a crash"),
            What.CHAIN_SET_ASIDE: QT_TRANSLATE_NOOP("ledger", "damaged records were set aside"),
            What.HISTORY_ACCEPTED: QT_TRANSLATE_NOOP("ledger", "accepted a history other than the one seen here"),
            What.DAMAGE_FOUND: QT_TRANSLATE_NOOP("ledger", "something damaged was found"),
            What.DAMAGE_DECIDED: QT_TRANSLATE_NOOP("ledger", "decided on something damaged"),
            What.OBJECT_REPAIRED: QT_TRANSLATE_NOOP("ledger", "a damaged picture was put back from a backup"),
        },
    ),
)
"""Every act is in one of them."""

LOUD: Mapping[What, Meaning] = {
    What.UNLOCK_FAILED: "attention",
    What.UNLOCK_KIT: "attention",
    What.CAPTURE_REFUSED: "attention",
    What.FRAME_UNCLAIMED: "attention",
    What.FRAME_LOST: "attention",
    What.CLOCK_JUMP: "attention",
    What.BACKUP_FAILED: "attention",
    What.CHAIN_CUT: "attention",
    What.CHAIN_SET_ASIDE: "stopped",
    What.HISTORY_ACCEPTED: "stopped",
    What.DAMAGE_FOUND: "stopped",
}
"""What somebody who goes through the list should not miss."""

_SHAPES: Mapping[Meaning, str] = {"attention": "triangle-alert", "stopped": "octagon-alert"}
_OF = {what: (group, text) for group in GROUPS for what, text in group.acts.items()}


def _tr(text: object) -> str:
    return QCoreApplication.translate("ledger", str(text))


def group_title(group: Group) -> str:
    """As the filter shows it."""
    return _tr(group.title)


def codes_of(key: str) -> frozenset[str]:
    """The codes of a group, or of one act named by its code; none for an empty key."""
    group = next((one for one in GROUPS if one.key == key), None)
    if group is not None:
        return frozenset(what.value for what in group.acts)
    return frozenset({key}) if key else frozenset()


def act_words(row: ActRow) -> str:
    """What happened, as a phrase: ``looked at a picture``."""
    return what_words(row.what) if row.what is not None else _tr("{code}, of a later version").format(code=row.code)


def what_words(what: What) -> str:
    """One act as a phrase."""
    return _tr(_OF[what][1])


def act_icon(row: ActRow) -> str:
    """Icon of its group, or a shape of its own for what is loud: never by colour alone."""
    if row.what is None:
        return "circle-question-mark"
    return _SHAPES.get(act_meaning(row), _OF[row.what][0].icon)


def act_meaning(row: ActRow) -> Meaning:
    """How loud it is."""
    return LOUD.get(row.what, "neutral") if row.what is not None else "neutral"


def who_words(row: ActRow, names: Mapping[bytes, str]) -> str:
    """Whose act it was; by the first digits of their id if nobody here knows the name."""
    if row.who is None:
        return _tr("Nobody signed in")
    return names.get(row.who) or _tr("Staff {id}").format(id=row.who.hex()[:8])


def pseudonym(subject: bytes) -> str:
    """Eight digits in two groups: enough to compare by eye. The whole one is in extracts."""
    digits = subject.hex().upper()
    return f"{digits[:4]} {digits[4:8]}"


def day_words(wall_ms: int) -> str:
    """``21-Nov-2026``, here; empty for a time no calendar has."""
    moment = _local(wall_ms)
    return shown_date(moment.date()) if moment is not None else ""


def time_words(wall_ms: int) -> str:
    """``14:07:31``, here."""
    moment = _local(wall_ms)
    return moment.strftime("%H:%M:%S") if moment is not None else ""


def _local(wall_ms: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(wall_ms / 1000).astimezone()
    except (OverflowError, OSError, ValueError):
        return None


def spoken(row: ActRow, names: Mapping[bytes, str]) -> str:
    """The whole line for a screen reader."""
    words = [
        f"{day_words(row.act.wall)} {time_words(row.act.wall)}",
        who_words(row, names),
        act_words(row),
    ]
    if row.act.subject is not None:
        words.append(_tr("patient {pseudonym}").format(pseudonym=pseudonym(row.act.subject)))
    detail = detail_words(row, names)
    if detail:
        words.append(detail)
    return ", ".join(words)


def sheet_lines(sheet: DailySheet, practice: str) -> list[str]:
    """The daily sheet as text: day, code, chains, alarms. No patient is in it."""
    lines = [
        _tr("Daily sheet of {practice}").format(practice=practice) if practice else _tr("Daily sheet"),
        f"{day_words(sheet.at_ms)} {time_words(sheet.at_ms)}",
        "",
        _tr("Code: {code}").format(code=spaced(sheet.code)),
        _tr("Rows in the ledger: {rows}").format(rows=f"{sheet.rows:,}"),
        _tr("Vault {vault}, keys of generation {generation}").format(
            vault=sheet.vault.hex()[:8], generation=sheet.generation
        ),
    ]
    for chain in sheet.chains:
        line = _tr("Workstation {id}: {rows} rows, last {day} {time}").format(
            id=chain.writer.hex()[:8],
            rows=f"{chain.rows:,}",
            day=day_words(chain.last_ms),
            time=time_words(chain.last_ms),
        )
        lines.append(line)
    if sheet.alarms:
        lines.append(_tr("For a manager to look at: {count}").format(count=len(sheet.alarms)))
        lines += [f"  {alarm}" for alarm in sheet.alarms]
    else:
        lines.append(_tr("Nothing for a manager to look at."))
    return lines
