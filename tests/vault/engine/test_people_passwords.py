# SPDX-License-Identifier: GPL-3.0-or-later
"""Which new passwords are refused, and why (NIST SP 800-63B): length, lists and words of the place, never composition."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import PasswordRefused
from clinicam.vault.passwords import LONGEST, SHORTEST, check_password

KNOWN = ("Hyde Park Dental", "Dr Aylin Demir", "Practice manager")


def refusal(password: str, *, old: str | None = None) -> str:
    try:
        check_password(password, known=KNOWN, old=old)
    except PasswordRefused as error:
        return error.reason
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "seven grey herons fishing",
        "four words you can picture",
        "Zähne putzen, 3× täglich",
        "the kettle sings at nine",
        "пять жёлтых лодок",
        "山があり川がある静かな村の朝",
        "lowercaseonlywithoutanysigns",
        "x" * 10 + " and twelve blue chairs",
    ],
)
def test_length_is_enough(password: str) -> None:
    assert refusal(password) == ""


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "short"),
        ("elevenchars", "short"),
        ("e\u0301" * 11, "short"),  # eleven letters, however they are spelled
        ("a" * (LONGEST + 1), "long"),
        ("passwordpassword", "common"),
        ("Password1234!", "common"),
        ("P4ssw0rd1234", "common"),
        ("123456789012", "common"),
        ("qwertyuiop123", "common"),
        ("aaaaaaaaaaaaaaaa", "common"),
        ("abcabcabcabcabc", "common"),
        ("iloveyouforever", "common"),
        ("administrator1", "common"),
        ("welcome12345", "common"),
        ("a" * LONGEST, "common"),
        ("hyde park dental 26", "name"),
        ("Hyde-Dental-1!", "name"),
        ("aylindemirclinicam", "name"),
        ("dentist practice manager", "name"),
        ("Áýlïn, Demir: Aylin", "name"),
    ],
)
def test_refused_with_the_reason(password: str, reason: str) -> None:
    assert refusal(password) in {reason, "common"} if reason == "name" else refusal(password) == reason


def test_the_password_it_replaces() -> None:
    old = "Zähne putzen, dreimal"
    assert refusal(old, old=old) == "same"
    assert refusal(unicodedata.normalize("NFD", old), old=old) == "same"
    assert refusal(old + " täglich", old=old) == ""


@given(st.text(max_size=300))
def test_every_text_is_judged_quickly_and_by_its_composed_form(text: str) -> None:
    said = refusal(text)
    assert said == refusal(unicodedata.normalize("NFD", text))
    length = len(unicodedata.normalize("NFC", text))
    assert (said == "short") == (length < SHORTEST)
    assert (said == "long") == (length > LONGEST)
