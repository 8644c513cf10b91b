# SPDX-License-Identifier: GPL-3.0-or-later
"""The recovery kit: 32 bytes as 24 words in six rows, each row with a check code of two characters. Pure.

The check codes find a slip in the row where it was made, before anything is unlocked; the last word's own checksum
(BIP-39) covers the whole. Printed, typed back, and never kept by the program.
"""

from __future__ import annotations

import difflib
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

from mnemonic import Mnemonic

from clinicam.errors import WrongPassword
from clinicam.vault.crockford import heard, spell_out
from clinicam.vault.labels import L

WORDS = 24
ROW = 4
ROWS = WORDS // ROW
CODE = 2
_ENOUGH = 4
"""No two words of the list share their first four letters."""


class Slip(Enum):
    """What is wrong with a row as typed."""

    NONE = "none"
    """nothing"""
    COUNT = "count"
    """not four words"""
    WORD = "word"
    """a word that is not in the list; `word` says which, from 1"""
    CODE = "code"
    """the words do not fit the check code"""
    OTHER_ROW = "other-row"
    """the words and code fit together, but as another row; `meant` says which, from 1"""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One row as typed, judged. `words` are as understood, for as far as they are; `near` are words like the wrong one."""

    row: int
    slip: Slip
    words: tuple[str, ...] = ()
    word: int = 0
    near: tuple[str, ...] = ()
    meant: int = 0

    def __repr__(self) -> str:
        return f"<RowCheck {self.row} {self.slip.value}>"


def words_of(secret: bytes) -> tuple[str, ...]:
    """The 24 words of a kit's 32 bytes.

    Raises:
        ValueError: another length.
    """
    if len(secret) != 32:
        raise ValueError("a kit has 32 bytes")
    return tuple(_list().to_mnemonic(secret).split())


def secret_of(words: Sequence[str]) -> bytes:
    """The 32 bytes behind 24 words as typed: case, blanks and accents aside, four letters are enough of a word.

    Raises:
        WrongPassword: not 24 words of the list, or they are not a kit.
    """
    meant = [_meant(word) for word in words]
    if len(meant) != WORDS:
        raise WrongPassword("a recovery kit has 24 words")
    try:
        return bytes(_list().to_entropy([word or "?" for word in meant]))
    except (ValueError, LookupError) as error:
        raise WrongPassword("these words are not a recovery kit") from error


def check_code(row: int, words: Sequence[str]) -> str:
    """Two Crockford characters for row `row` (from 1) of four words: ten bits of SHA-256(L("kit row") | row u8 | words)."""
    digest = hashlib.sha256(L("kit row") + bytes((row,)) + " ".join(words).encode()).digest()
    return spell_out(digest, CODE)


def rows_of(words: Sequence[str]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The six rows as printed: four words and their check code."""
    rows = (tuple(words[i : i + ROW]) for i in range(0, WORDS, ROW))
    return tuple((row, check_code(number, row)) for number, row in enumerate(rows, 1))


def check_row(row: int, typed: str, code: str) -> RowCheck:
    """Judge row `row` (from 1) as somebody typed it. Ten bits: one wrong row in 1,024 passes unseen here."""
    raw = typed.replace(",", " ").split()
    if len(raw) != ROW:
        return RowCheck(row, Slip.COUNT)
    meant = [_meant(word) for word in raw]
    words = tuple(word for word in meant if word is not None)
    if len(words) != ROW:
        wrong = meant.index(None)
        return RowCheck(row, Slip.WORD, words[:wrong], wrong + 1, _near(raw[wrong]))
    said = heard(code)
    if said == check_code(row, words):
        return RowCheck(row, Slip.NONE, words)
    for other in range(1, ROWS + 1):
        if said == check_code(other, words):
            return RowCheck(row, Slip.OTHER_ROW, words, meant=other)
    return RowCheck(row, Slip.CODE, words)


@cache
def _list() -> Mnemonic:
    return Mnemonic("english")


def _plain(typed: str) -> str:
    """Lower case, without accents or anything that is not a letter."""
    decomposed = unicodedata.normalize("NFKD", typed).lower()
    return "".join(c for c in decomposed if "a" <= c <= "z")


def _meant(typed: str) -> str | None:
    """The word of the list that was typed in full or by its first four letters or more."""
    plain = _plain(typed)
    words: list[str] = _list().wordlist
    if plain in words:
        return plain
    fit = [word for word in words if len(plain) >= _ENOUGH and word.startswith(plain)]
    return fit[0] if fit else None


def _near(typed: str) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(_plain(typed), _list().wordlist, n=3, cutoff=0.6))
