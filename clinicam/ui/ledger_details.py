# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind an act's code, in words: ids become names where one is known, codes and counts become phrases."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from clinicam.ui.messages_backup import BACKUP_REASONS
from clinicam.vault.acts import What
from clinicam.vault.ledgerfilter import ActRow

_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_ABOUT_PEOPLE = frozenset({
    *(What.UNLOCK_FAILED, What.VAULT_LOOKED, What.SLOT_REWRAPPED, What.KIT_MADE),
    *(What.STAFF_ADDED, What.STAFF_LEFT, What.STAFF_RESET, What.STAFF_CHANGED),
})
"""Acts whose first id is somebody's."""

_WORDS: Mapping[str, object] = {
    "ok": QT_TRANSLATE_NOOP("ledger", "nothing wrong"),
    "kit": QT_TRANSLATE_NOOP("ledger", "recovery kit"),
    "pin": QT_TRANSLATE_NOOP("ledger", "PIN"),
    "change": QT_TRANSLATE_NOOP("ledger", "while changing the password"),
    "auditor": QT_TRANSLATE_NOOP("ledger", "auditor"),
    "nurse": QT_TRANSLATE_NOOP("ledger", "nurse"),
    "clinician": QT_TRANSLATE_NOOP("ledger", "clinician"),
    "manager": QT_TRANSLATE_NOOP("ledger", "manager"),
    "training": QT_TRANSLATE_NOOP("ledger", "for training"),
    "record": QT_TRANSLATE_NOOP("ledger", "name, roles or registration"),
    "second": QT_TRANSLATE_NOOP("ledger", "who may stand in as second person"),
    "locum": QT_TRANSLATE_NOOP("ledger", "a locum"),
    "shown": QT_TRANSLATE_NOOP("ledger", "its words were shown"),
    "on": QT_TRANSLATE_NOOP("ledger", "made"),
    "required": QT_TRANSLATE_NOOP("ledger", "needed on every computer"),
    "off": QT_TRANSLATE_NOOP("ledger", "no longer used"),
    "held": QT_TRANSLATE_NOOP("ledger", "kept by this computer"),
    "lacks": QT_TRANSLATE_NOOP("ledger", "missing on this computer"),
    "patient": QT_TRANSLATE_NOOP("ledger", "all records of a patient"),
    "session": QT_TRANSLATE_NOOP("ledger", "one session"),
    "legal": QT_TRANSLATE_NOOP("ledger", "legal hold"),
    "safeguarding": QT_TRANSLATE_NOOP("ledger", "safeguarding hold"),
    "set": QT_TRANSLATE_NOOP("ledger", "set"),
    "lifted": QT_TRANSLATE_NOOP("ledger", "lifted"),
    "open": QT_TRANSLATE_NOOP("ledger", "to be done"),
    "done": QT_TRANSLATE_NOOP("ledger", "done"),
    "keyring": QT_TRANSLATE_NOOP("ledger", "the table of keys"),
}

_COUNTS: Mapping[str, object] = {
    "number": QT_TRANSLATE_NOOP("ledger", "no. {count}"),
    "objects": QT_TRANSLATE_NOOP("ledger", "files: {count}"),
    "findings": QT_TRANSLATE_NOOP("ledger", "things wrong: {count}"),
    "keys": QT_TRANSLATE_NOOP("ledger", "keys: {count}"),
    "rows": QT_TRANSLATE_NOOP("ledger", "rows looked through: {count}"),
    "left": QT_TRANSLATE_NOOP("ledger", "left over: {count}"),
    "tries": QT_TRANSLATE_NOOP("ledger", "attempts to open: {count}"),
    "generation": QT_TRANSLATE_NOOP("ledger", "keys of generation {count}"),
    "count": QT_TRANSLATE_NOOP("ledger", "how many: {count}"),
}


def _tr(text: object) -> str:
    return QCoreApplication.translate("ledger", str(text))


def spaced(code: str) -> str:
    """A checkpoint's code in four groups of five, as people read it aloud."""
    return " ".join(code[at : at + 5] for at in range(0, len(code), 5))


def detail_words(row: ActRow, names: Mapping[bytes, str]) -> str:
    """The detail for a line of the list; empty if there is none. An extract has it as it was written.

    Args:
        names: of staff, by every id they have or had.
    """
    what, detail = row.what, row.detail
    if what is None or not detail:
        return detail
    if what is What.CHECKPOINT:
        return spaced(detail)
    if what is What.BACKUP_FAILED and detail in BACKUP_REASONS:
        return QCoreApplication.translate("messages", BACKUP_REASONS[detail][0])
    parts = detail.split(" ")
    if what is What.KIT_MADE and len(parts) == 2:
        return f"{_name(parts[0], names, is_person=True)}, {_tr('kit {number}').format(number=parts[1])}"
    if what is What.KIT_REVOKED:
        return _tr("kit {id}").format(id=detail[:8])
    if not any(part in _WORDS or "=" in part or _ID.fullmatch(part) for part in parts):
        return detail
    return ", ".join(one for part in parts if (one := _part(part, names, is_person=what in _ABOUT_PEOPLE)))


def _part(part: str, names: Mapping[bytes, str], *, is_person: bool) -> str:
    if _ID.fullmatch(part):
        return _name(part, names, is_person=is_person)
    if part in _WORDS:
        return _tr(_WORDS[part])
    key, _, value = part.partition("=")
    if key == "findings" and value == "0":
        return _tr("nothing wrong")
    if key == "left" and value == "0":
        return _tr("nothing left over")
    if key in _COUNTS:
        return _tr(_COUNTS[key]).format(count=value)
    if key == "frame":
        return _tr("shot {id}").format(id=value[:8])
    return (value or part).replace("-", " ")


def _name(digits: str, names: Mapping[bytes, str], *, is_person: bool) -> str:
    known = names.get(bytes.fromhex(digits)) if _ID.fullmatch(digits) else None
    if known is not None:
        return known
    return (_tr("Staff {id}") if is_person else _tr("no. {id}")).format(id=digits[:8])
