# SPDX-License-Identifier: GPL-3.0-or-later
"""The recovery kit as people type it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import WrongPassword
from clinicam.vault import kit
from clinicam.vault.kit import Slip

WORDS = kit.words_of(bytes(range(32)))
ROWS = kit.rows_of(WORDS)


def test_bip39_vectors() -> None:
    """The published 256-bit vectors of BIP-39."""
    assert kit.words_of(bytes(32)) == ("abandon",) * 23 + ("art",)
    assert kit.words_of(b"\xff" * 32) == ("zoo",) * 23 + ("vote",)
    assert kit.words_of(b"\x7f" * 32) == (
        *(["legal", "winner", "thank", "year", "wave", "sausage", "worth", "useful"] * 3)[:23],
        "title",
    )


@given(st.binary(min_size=32, max_size=32))
def test_words_bring_back_the_secret(secret: bytes) -> None:
    words = kit.words_of(secret)
    assert len(words) == kit.WORDS
    assert kit.secret_of(words) == secret
    assert kit.secret_of([f" {word[:4].upper()}. " for word in words]) == secret


def test_other_lengths() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        kit.words_of(bytes(16))


@pytest.mark.parametrize(
    "words",
    [(), WORDS[:-1], (*WORDS, "zoo"), (*WORDS[:-1], "zoo"), (*WORDS[:-1], "qqqqq"), (WORDS[1], WORDS[0], *WORDS[2:])],
)
def test_words_that_are_no_kit(words: tuple[str, ...]) -> None:
    with pytest.raises(WrongPassword):
        kit.secret_of(words)


def test_rows_as_printed_are_right() -> None:
    assert [len(words) for words, _ in ROWS] == [4] * 6
    for number, (words, code) in enumerate(ROWS, 1):
        assert len(code) == 2
        found = kit.check_row(number, " ".join(words), code)
        assert (found.slip, found.words) == (Slip.NONE, words)


def test_a_row_typed_carelessly_is_understood() -> None:
    words, code = ROWS[0]
    typed = f"  {words[0].upper()},{words[1][:4]}  {words[2]}\t{words[3]}. "
    assert kit.check_row(1, typed, f" {code[0].lower()}-{code[1].lower()}").slip is Slip.NONE


def test_did_you_mean_row_n() -> None:
    for meant, (words, code) in enumerate(ROWS, 1):
        for asked in range(1, 7):
            if asked != meant:
                found = kit.check_row(asked, " ".join(words), code)
                assert (found.slip, found.meant) == (Slip.OTHER_ROW, meant)


def test_a_word_exchanged_for_another_of_the_list() -> None:
    words, code = ROWS[2]
    assert kit.check_row(3, " ".join((words[1], words[0], *words[2:])), code).slip is Slip.CODE


def test_a_word_that_is_not_in_the_list() -> None:
    words, code = ROWS[0]
    found = kit.check_row(1, f"{words[0]} ammount {words[2]} {words[3]}", code)
    assert (found.slip, found.word, found.words) == (Slip.WORD, 2, words[:1])
    assert "amount" in found.near
    assert kit.check_row(1, f"{words[0]} amo {words[2]} {words[3]}", code).slip is Slip.WORD
    assert kit.check_row(1, f"{words[0]} {words[1]}s {words[2]} {words[3]}", code).slip is Slip.WORD


def test_too_few_or_too_many_words() -> None:
    words, code = ROWS[0]
    for typed in ("", " ".join(words[:3]), " ".join(words + words)):
        assert kit.check_row(1, typed, code).slip is Slip.COUNT


def test_what_was_typed_is_not_printed() -> None:
    assert repr(kit.check_row(1, " ".join(ROWS[0][0]), ROWS[0][1])) == "<RowCheck 1 none>"
