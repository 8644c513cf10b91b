# SPDX-License-Identifier: GPL-3.0-or-later
"""Every parser against bytes that nobody meant: the same some thousand each time; `make fuzz` looks for new ones."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.errors import Corrupt, UnsupportedFormat, WrongPassword
from fuzz.targets import BY_NAME, Target
from fuzz.trial import LONGEST, Defect, change, try_one
from tests.vault import world
from tests.vault.formats.test_damage import OPENERS

TRIES = 600

splices = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 60), st.binary(max_size=60)), min_size=1, max_size=4
)


@pytest.fixture
def traced() -> Iterator[None]:
    """Memory is measured meanwhile."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("name", sorted(OPENERS))
@settings(max_examples=60)
@given(changes=splices)
def test_splices(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    """Pieces cut out, put in, written over: nothing opens."""
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


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_only_our_own_errors_and_little_memory(name: str) -> None:
    """Samples, which are mostly malformed already, and then changes to them. See `fuzz.targets` for the limits."""
    target = BY_NAME[name]
    samples = target.samples()
    chance = random.Random(name)
    for sample in samples:
        try_one(target, sample, measure=False)  # what is imported and cached on the way is not the sample's
        try_one(target, sample)
    for _ in range(TRIES):
        try_one(target, change(chance.choice(samples), samples, chance))


@pytest.mark.usefixtures("traced")
def test_a_large_picture_costs_twice_its_size() -> None:
    """Ours: the file in memory is the caller's, the picture comes back in memory of the same size."""
    data = world.object_large()
    target = BY_NAME["object"]
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    name = world.named("large object")
    world.objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=name)
    assert tracemalloc.get_traced_memory()[1] - before <= target.limit * len(data)


@pytest.mark.usefixtures("traced")
def test_the_fuzzer_sees_what_it_looks_for() -> None:
    def leaks(data: bytes) -> object:
        return {}[data]

    def swells(data: bytes) -> object:
        return [bytes(1000) for _ in data]

    for parse in (leaks, swells):
        with pytest.raises(Defect):
            try_one(Target("bad", parse, list), bytes(LONGEST))
    assert try_one(Target("good", len, list), bytes(LONGEST))
