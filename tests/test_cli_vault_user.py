# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom `--user` names: by their whole line, by their id, or by their name alone where it fits one."""

from __future__ import annotations

import pytest
import typer

from clinicam.cli_vault import secrets_of
from clinicam.identity import StaffId, new_id
from clinicam.vault.model import Login
from clinicam.vault.roster import Rank

MARIA, JO, OTHER = (StaffId(new_id()) for _ in range(3))
LOGINS = (
    Login(MARIA, "Maria Keller · Dentist", rank=Rank.MANAGER),
    Login(JO, "Jo Pryce · Dental nurse", rank=Rank.NURSE),
    Login(OTHER, "Jo Pryce · Dentist", rank=Rank.NURSE),
)


@pytest.mark.parametrize(
    "typed", ["Maria Keller · Dentist", "Maria Keller", "maria keller", " MARIA KELLER ", MARIA.hex()]
)
def test_one_is_found(typed: str) -> None:
    assert secrets_of(typed).choose(LOGINS) == MARIA


def test_a_whole_line_decides_between_two_of_a_name() -> None:
    assert secrets_of("jo pryce · dentist").choose(LOGINS) == OTHER


@pytest.mark.parametrize("typed", ["Jo Pryce", "Maria", "", "nobody"])
def test_otherwise_it_says_who_there_is(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        secrets_of(typed).choose(LOGINS)
    assert "Maria Keller · Dentist" in capsys.readouterr().err
