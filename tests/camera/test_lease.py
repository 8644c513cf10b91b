# SPDX-License-Identifier: GPL-3.0-or-later
"""The lease against a clock of the test's own: what any order of renewals, armings and waits may lead to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.camera.lease import KILL_S, LEASE_S, RAN_OUT, Lease
from clinicam.errors import CameraRefused
from clinicam.identity import PermitId

ANN, BEN = PermitId(b"a" * 16), PermitId(b"b" * 16)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def armed() -> tuple[Lease, Clock]:
    clock = Clock()
    lease = Lease(clock)
    lease.beat(ANN)
    lease.arm(ANN)
    return lease, clock


def test_nothing_is_armed_at_first() -> None:
    lease = Lease(Clock())
    assert lease.holder() is None
    assert not lease.alive()
    with pytest.raises(CameraRefused):
        lease.arm(ANN)


def test_a_beat_alone_never_arms() -> None:
    lease = Lease(Clock())
    lease.beat(ANN)
    assert lease.holder() is None


def test_it_lasts_as_long_as_the_beats() -> None:
    lease, clock = armed()
    for _ in range(5):
        clock.now += LEASE_S - 0.01
        assert lease.holder() == ANN
        lease.beat(ANN)
    clock.now += LEASE_S
    assert lease.holder() is None
    assert lease.lapse() == (ANN, RAN_OUT)
    assert lease.lapse() is None


def test_a_late_beat_does_not_revive_it() -> None:
    lease, clock = armed()
    clock.now += LEASE_S
    lease.beat(ANN)
    assert lease.holder() is None
    assert lease.lapse() == (ANN, RAN_OUT)


@pytest.mark.parametrize("named", [None, BEN])
def test_a_beat_that_names_another_ends_it(named: PermitId | None) -> None:
    lease, _ = armed()
    lease.beat(named)
    assert lease.holder() is None
    assert lease.alive()
    lapse = lease.lapse()
    assert lapse is not None
    assert lapse[1] != RAN_OUT


def test_disarming_on_request_is_no_lapse() -> None:
    lease, _ = armed()
    lease.disarm()
    assert lease.holder() is None
    assert lease.lapse() is None


def test_the_kernel_strikes_after_the_lease() -> None:
    assert KILL_S > LEASE_S


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("beat"), st.sampled_from([None, ANN, BEN])),
            st.tuples(st.just("arm"), st.sampled_from([ANN, BEN])),
            st.tuples(st.just("disarm"), st.none()),
            st.tuples(st.just("wait"), st.sampled_from([0.5, 1.0, 1.9, 2.0, 6.0])),
        ),
        max_size=30,
    )
)
def test_armed_always_means_named_by_the_last_beat_less_than_two_seconds_ago(
    steps: list[tuple[str, PermitId | float | None]],
) -> None:
    clock = Clock()
    lease = Lease(clock)
    named: object = None
    beaten = float("-inf")
    for what, argument in steps:
        if what == "wait":
            assert isinstance(argument, float)
            clock.now += argument
        elif what == "beat":
            assert not isinstance(argument, float)
            lease.beat(argument)
            named, beaten = argument, clock.now
        elif what == "arm":
            assert isinstance(argument, bytes)
            if named == argument and clock.now - beaten < LEASE_S:
                lease.arm(PermitId(argument))
                assert lease.holder() == argument
            else:
                with pytest.raises(CameraRefused):
                    lease.arm(PermitId(argument))
        else:
            lease.disarm()
        holder = lease.holder()
        assert holder is None or (holder == named and clock.now - beaten < LEASE_S)
