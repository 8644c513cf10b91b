# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new password must be: long, and not one that a guesser tries first. Length and a blocklist, no odd signs.

NIST SP 800-63B (3.1.1.2): at least 12 characters, compared with passwords known to be common, with dictionary words, with
repeats and runs, and with words of the place; no composition rules, no expiry. The lists and patterns are zxcvbn's. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from clinicam.errors import PasswordRefused

SHORTEST = 12
"""Characters after NFC, as the slot derives its key."""
LONGEST = 256
MOST_JUDGED = 72
"""Characters that the lists are asked about: the estimate grows with the square of the length."""
FEWEST_GUESSES = 1e8
"""What would be guessed with fewer tries counts as common."""
FEWEST_OWN = 6
"""Letters and digits that must be left once the words of the place are taken out."""

TRADE_WORDS = frozenset((
    "clinicam",
    "vault",
    "password",
    "passphrase",
    "practice",
    "surgery",
    "clinic",
    "dental",
    "dentist",
    "dentistry",
    "doctor",
    "nurse",
    "manager",
    "locum",
    "reception",
    "hospital",
    "health",
    "patient",
    "camera",
    "photo",
    "picture",
))
"""What anybody guesses of a program for pictures in a practice."""


def check_password(password: str, *, known: Iterable[str] = (), old: str | None = None) -> None:
    """Return if this may become somebody's password.

    Args:
        known: names of the practice, the person, their post: whatever stands on the screen.
        old: the password it is to replace.

    Raises:
        PasswordRefused: ``short``, ``long``, ``same``, ``common`` or ``name`` (hardly more than words of the place).
    """
    text = unicodedata.normalize("NFC", password)
    if len(text) < SHORTEST:
        raise PasswordRefused("short")
    if len(text) > LONGEST:
        raise PasswordRefused("long")
    if old is not None and text == unicodedata.normalize("NFC", old):
        raise PasswordRefused("same")
    words = {word for one in known for word in _plain(one).split() if len(word) > 2} | TRADE_WORDS
    if _guesses(text, words) < FEWEST_GUESSES:
        raise PasswordRefused("common")
    rest = _plain(text)
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest.replace(" ", "")) < FEWEST_OWN:
        raise PasswordRefused("name")


def _plain(text: str) -> str:
    """Lower case, accents and signs gone: what a word has in common with its spellings."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def _guesses(text: str, words: Iterable[str]) -> float:
    """How many tries a guesser with lists needs, for the beginning of the password."""
    # Its word lists cost 40 ms and 1 MB, and only who chooses a password needs them.
    from zxcvbn import zxcvbn

    return float(zxcvbn(text[:MOST_JUDGED], user_inputs=sorted(words))["guesses"])
