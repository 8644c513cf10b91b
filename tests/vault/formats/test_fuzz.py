# SPDX-License-Identifier: GPL-3.0-or-later
"""Every parser against bytes that nobody meant: only our own errors come out, and nothing opens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.errors import Corrupt, UnsupportedFormat, WrongPassword
from clinicam.vault import bag, keyring, objectfile, rows
from clinicam.vault import slot as slots
from clinicam.vault.roster import parse_roster
from tests.vault import world
from tests.vault.formats.test_damage import OPENERS

splices = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 60), st.binary(max_size=60)), min_size=1, max_size=4
)


@pytest.mark.parametrize("name", sorted(OPENERS))
@settings(max_examples=80, deadline=None)
@given(changes=splices)
def test_splices(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    """Pieces cut out, put in, written over."""
    opener, stored = OPENERS[name][0], world.frozen(name)
    data = stored
    for at, cut, put in changes:
        place = at % (len(data) + 1)
        data = data[:place] + put + data[place + cut :]
    if data == stored:
        opener(data)
        return
    with pytest.raises((Corrupt, UnsupportedFormat, WrongPassword)):
        opener(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_rubbish_behind_a_good_beginning(rubbish: bytes) -> None:
    parsers = (
        lambda data: slots.Slot.decode(data[:8] + data[8:].ljust(205, b"\0")),
        bag.parse_bag_header,
        objectfile.parse_header,
        lambda data: rows.parse_row(b"\0\1\0\0" + data, 0, world.VAULT),
        lambda data: keyring.parse_keyring(data, vault=None, anchor=None),
        lambda data: parse_roster(data, vault=world.VAULT, generation=1, anchor=None),
    )
    for parse in parsers:
        for magic in (b"", slots.MAGIC, bag.MAGIC, b"CCOBJ\0\1\n\0\1\0\1\0\0\0\0", keyring.MAGIC, b"\0\0\5\x4a"):
            try:
                parse(magic + rubbish)
            except (Corrupt, UnsupportedFormat):
                continue
            assert parse in parsers[:4]  # headers alone may look right; keyrings and rosters are signed
