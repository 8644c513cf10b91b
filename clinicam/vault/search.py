# SPDX-License-Identifier: GPL-3.0-or-later
"""How typed text is matched to patients. Pure, but for `find`, which asks the index's tables.

A patient is found when
* every word typed begins a word of the family or given name (or names the number's system), and the date typed, if
  there is one, is the date of birth; or
* the text without blanks begins one of the patient's numbers; or
* the words begin names, and the rest without blanks begins a number.
Case, accents and punctuation do not count. Dates: 14/03/1987, 14.3.87, 14-Mar-1987, 14 March 1987, 14031987, 1987-03-14,
19870314. Day before month; month before day only where the reverse is impossible.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMERIC = re.compile(r"(?<!\w)(\d{1,4})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{1,4})(?!\w)")
_NAMED = re.compile(r"(?<!\w)(\d{1,2})[\s/.\-]*([^\W\d_]{3,9})[\s/.,\-]*(\d{4}|\d{2})(?!\w)")
_ASCII_WORD = re.compile(r"[0-9a-z]+")
_SOLID = re.compile(r"(?<!\w)(\d{8})(?!\w)")

ENOUGH = 2000
"""Matches beyond this are not all looked at: the list shows the first by family name."""
_LOOK = 5000
_TOP = "\U0010ffff"


def fold_text(text: str) -> str:
    """Lower case, without accents, words parted by single blanks."""
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.lower()))
    flat = unicodedata.normalize("NFKD", text).casefold()
    flat = "".join(c for c in unicodedata.normalize("NFKD", flat) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in flat).split())


def number_key(text: str) -> str:
    """Letters and digits only, folded: ``943 476 5919`` and ``943-476-5919`` are one number."""
    return fold_text(text).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Query:
    """What a typed text may mean."""

    words: tuple[str, ...]
    """every word, when the text is taken for a name"""
    dates: tuple[str, ...]
    """ISO dates found in the text"""
    dated_words: tuple[str, ...]
    """what is left beside the date"""
    number: str
    """the whole text taken for a number, empty if it has no digit"""
    name_words: tuple[str, ...]
    """the words without a digit"""
    tail: str
    """the words with a digit, joined"""


def parse(text: str) -> Query:
    """Everything `text` may mean. Never raises."""
    words = tuple(fold_text(text).split())
    dates, rest = _dates(unicodedata.normalize("NFKC", text))
    digits = [word for word in words if any(c.isdigit() for c in word)]
    names = tuple(word for word in words if not any(c.isdigit() for c in word))
    number = "".join(words) if digits else ""
    return Query(words, dates, tuple(fold_text(rest).split()), number, names, "".join(digits))


def _dates(text: str) -> tuple[tuple[str, ...], str]:
    for pattern, read in ((_NUMERIC, _read_numeric), (_NAMED, _read_named), (_SOLID, _read_solid)):
        found = pattern.search(text)
        if found is not None:
            dates = tuple(sorted({day.isoformat() for day in read(found)}))
            if dates:
                return dates, f"{text[: found.start()]} {text[found.end() :]}"
    return (), text


def _read_numeric(found: re.Match[str]) -> list[date]:
    first, second, third = found.groups()
    if len(first) == 4:
        return _day(int(first), int(second), int(third)) if len(third) <= 2 else []
    if len(first) > 2 or len(third) not in {2, 4}:
        return []
    years = _years(third)
    day_first = [day for year in years for day in _day(year, int(second), int(first))]
    return day_first or [day for year in years for day in _day(year, int(first), int(second))]


def _read_named(found: re.Match[str]) -> list[date]:
    name = found[2].casefold()
    month = MONTHS.index(name[:3]) + 1 if name[:3] in MONTHS else 0
    if not month or (name not in MONTHS and not _FULL[month - 1].startswith(name)):
        return []
    return [day for year in _years(found[3]) for day in _day(year, month, int(found[1]))]


def _read_solid(found: re.Match[str]) -> list[date]:
    text = found[1]
    day_first = _day(int(text[4:]), int(text[2:4]), int(text[:2]))
    return [*day_first, *_day(int(text[:4]), int(text[4:6]), int(text[6:]))]


def _years(text: str) -> tuple[int, ...]:
    return (int(text),) if len(text) == 4 else (1900 + int(text), 2000 + int(text))


def _day(year: int, month: int, day: int) -> list[date]:
    if not 1890 <= year <= 2100:
        return []
    try:
        return [date(year, month, day)]
    except ValueError:
        return []


Found = tuple[str, int, bytes]
"""Sort key, row of the patient table, stored body."""


def find(db: sqlite3.Connection, text: str, limit: int) -> list[tuple[bytes, int | None, int]]:
    """(body, last seen, images) of at most `limit` patients, by family name, given name, date of birth."""
    query = parse(text)
    if not query.words or limit <= 0:
        return []
    found: dict[int, str] = {}
    crowded = False
    if query.dates:
        marks = ", ".join("?" * len(query.dates))
        rows = db.execute(f"SELECT id, sort_key FROM patient WHERE born IN ({marks})", query.dates).fetchall()  # noqa: S608
        found.update(_with_words(db, rows, query.dated_words))
    if query.number:
        found.update(_by_number(db, query.number))
    if query.name_words and query.tail:
        found.update(_with_words(db, list(_by_number(db, query.tail).items()), query.name_words))
    matches = _by_words(db, query.words, ENOUGH + 1)
    if len(matches) > ENOUGH:
        crowded = True
        matches = [*_by_family(db, query.words, limit), *matches[:ENOUGH]]
    found.update(matches)
    if crowded:
        first = [row for row, _ in matches[:limit]]
        order = sorted(found, key=lambda row: (row not in first, found[row]))[:limit]
    else:
        order = sorted(found, key=found.__getitem__)[:limit]
    return [_hit(db, row) for row in order]


def _match(words: tuple[str, ...]) -> str:
    return " AND ".join(f'"{word}"*' for word in words)


def _by_words(db: sqlite3.Connection, words: tuple[str, ...], most: int) -> list[tuple[int, str]]:
    return db.execute(
        "SELECT p.id, p.sort_key FROM (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?) w "
        "JOIN patient p ON p.id = w.rowid",
        (_match(words), most),
    ).fetchall()


def _with_words(db: sqlite3.Connection, rows: list[tuple[int, str]], words: tuple[str, ...]) -> list[tuple[int, str]]:
    """Those of `rows` whose names (and systems) begin with the words."""
    if not words:
        return rows
    kept = []
    for row, key in rows:
        text = db.execute("SELECT text FROM words WHERE rowid = ?", (row,)).fetchone()[0]
        if _begins(text, words):
            kept.append((row, key))
    return kept


def _begins(text: str, words: tuple[str, ...]) -> bool:
    held = text.split()
    return all(any(one.startswith(word) for one in held) for word in words)


def _by_number(db: sqlite3.Connection, number: str) -> dict[int, str]:
    rows = db.execute(
        "SELECT p.id, p.sort_key FROM (SELECT DISTINCT id FROM number WHERE value >= ? AND value < ? LIMIT ?) n "
        "JOIN patient p ON p.id = n.id",
        (number, number + _TOP, ENOUGH),
    )
    return dict(rows.fetchall())


def _by_family(db: sqlite3.Connection, words: tuple[str, ...], limit: int) -> list[tuple[int, str]]:
    """The first by family name that begins with the first word, when too many match to sort them all."""
    rows = db.execute(
        "SELECT p.id, p.sort_key, w.text FROM (SELECT id, sort_key FROM patient WHERE family_key >= ? "
        "AND family_key < ? ORDER BY family_key, sort_key LIMIT ?) p JOIN words w ON w.rowid = p.id",
        (words[0], words[0] + _TOP, _LOOK),
    )
    kept: list[tuple[int, str]] = []
    for row, key, text in rows:
        if _begins(text, words):
            kept.append((row, key))
            if len(kept) == limit:
                break
    return kept


def _hit(db: sqlite3.Connection, row: int) -> tuple[bytes, int | None, int]:
    body, last, images = db.execute(
        "SELECT p.body, s.last, s.images - (SELECT count(*) FROM quarantined q WHERE q.patient = p.patient AND q.held = 1) "
        "FROM patient p LEFT JOIN seen s ON s.patient = p.patient WHERE p.id = ?",
        (row,),
    ).fetchone()
    return body, last, images or 0
