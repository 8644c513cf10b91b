# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request once, every frame once, in whatever order things happen."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from clinicam.camera.book import MAX_PARTS, Book, Flight
from clinicam.camera.port import ArrivedFile, Trigger
from clinicam.errors import CameraError, CameraLost, FocusFailed
from clinicam.identity import FrameId, PermitId, new_id

PERMIT = PermitId(b"p" * 16)


class Promises(RuleBasedStateMachine):
    """A camera process that says anything, in any order, about requests that were or were not made."""

    numbers: Bundle[int] = Bundle("numbers")
    frames: Bundle[FrameId] = Bundle("frames")

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.next = 0
        self.answers: dict[int, Future[Any]] = {}
        self.asked: dict[int, FrameId] = {}
        self.may_be_exposed: set[FrameId] = set()
        self.settled: list[FrameId] = []

    @rule(target=numbers)
    def ask(self) -> int:
        self.next += 1
        self.answers[self.next] = self.book.ask(self.next, 0.0)
        return self.next

    @rule(target=frames)
    def shoot(self) -> FrameId:
        self.next += 1
        frame = FrameId(new_id())
        self.asked[self.next] = frame
        self.answers[self.next] = self.book.ask(self.next, 0.0, Flight(frame, PERMIT, self.next, 10))
        return frame

    @rule(number=numbers, error=st.sampled_from([None, FocusFailed(), CameraLost()]))
    def answer(self, number: int, error: CameraError | None) -> None:
        self.book.answer(number, error)

    @rule(frame=frames, error=st.sampled_from([FocusFailed(), CameraLost()]))
    def fail_shot(self, frame: FrameId, error: CameraError) -> None:
        number = next(n for n, f in self.asked.items() if f == frame)
        flight = self.book.answer(number, error)
        if flight is not None:
            assert isinstance(error, CameraLost)
            self.settled.append(flight.frame)

    @rule(frame=frames)
    def expose(self, frame: FrameId) -> None:
        number = next(n for n, f in self.asked.items() if f == frame)
        if self.book.expose(Flight(frame, PERMIT, number, 5, exposed_ms=5)):
            assert self.answers[number].result(0) == frame

    @rule(target=frames)
    def press(self) -> FrameId:
        frame = FrameId(new_id())
        self.next += 1
        self.asked[self.next] = frame
        self.answers[self.next] = Future()
        self.answers[self.next].set_result(frame)
        assert self.book.expose(Flight(frame, PERMIT, None, 5, exposed_ms=5))
        return frame

    @rule(frame=frames)
    def part(self, frame: FrameId) -> None:
        self.book.part(frame, ArrivedFile("a", "b", bytearray()))

    @rule(frame=frames)
    def settle(self, frame: FrameId) -> None:
        flight = self.book.settle(frame)
        if flight is not None:
            assert len(flight.parts) <= MAX_PARTS
            self.settled.append(flight.frame)

    @rule()
    def end(self) -> None:
        self.settled += [flight.frame for flight in self.book.fail_all(CameraLost())]
        assert self.book.oldest() is None
        assert all(answer.done() for answer in self.answers.values())

    @invariant()
    def no_frame_is_settled_twice(self) -> None:
        assert len(self.settled) == len(set(self.settled))


TestPromises = Promises.TestCase
TestPromises.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_a_frame_of_another_request_is_not_believed() -> None:
    book = Book()
    frame = FrameId(new_id())
    answer = book.ask(1, 0.0, Flight(frame, PERMIT, 1, 0))
    assert not book.expose(Flight(FrameId(new_id()), PERMIT, 1, 0))
    assert not book.expose(Flight(frame, PermitId(b"q" * 16), 1, 0))
    assert not book.expose(Flight(frame, PERMIT, 2, 0))
    assert not book.expose(Flight(frame, PERMIT, None, 0))
    assert not book.part(frame, ArrivedFile("a", "b", bytearray()))
    assert book.settle(frame) is None
    assert not answer.done()
    assert book.expose(Flight(frame, PERMIT, 1, 0))
    assert answer.result(0) == frame


def test_a_shot_cannot_have_been_exposed_before_it_was_asked_for() -> None:
    book = Book()
    frame = FrameId(new_id())
    book.ask(1, 0.0, Flight(frame, PERMIT, 1, since_ms=1000))
    book.expose(Flight(frame, PERMIT, 1, 0, exposed_ms=400))
    flight = book.settle(frame)
    assert flight is not None
    assert flight.exposed_ms == 1000
    assert flight.trigger is Trigger.SCREEN


def test_requests_to_be_repeated_stay_open() -> None:
    book = Book()
    kept, failed = book.ask(1, 0.0), book.ask(2, 0.0)
    book.fail_all(CameraLost(), keep=frozenset({1}))
    assert not kept.done()
    assert isinstance(failed.exception(0), CameraLost)
    book.answer(1, None)
    assert kept.result(0) is None
