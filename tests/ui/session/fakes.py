# SPDX-License-Identifier: GPL-3.0-or-later
"""A sitting without camera and vault: it notes every intention and shows whatever snapshot a test wants."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.capture.series import Series, load_series
from clinicam.capture.session import Quality, SessionState, ShotState, StopAnswer
from clinicam.capture.views import ShotView, SittingListener, SittingView
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.identity import ConsentId, FrameId, Identifier, ImageId, Patient, PatientId, SessionId
from clinicam.permits import Admission, BodySite

SERIES = {one.id: one for one in load_series(Path(__file__).parents[3] / "resources" / "series")}
ORTHO = SERIES["ortho-records"]
SESSION = SessionId(b"s" * 16)
EARLIER = SessionId(b"e" * 16)
MARSH = Patient(
    PatientId(b"\x07" * 16),
    "Marsh",
    "Eleanor",
    "Ms",
    date(1987, 3, 14),
    (Identifier("NHS", "9990412871"), Identifier("local", "TR-000412")),
)
ARMED = CameraStatus(CameraState.ARMED, "Nikon Z 6", "SIM-0001", "80%", True, False, True)


def consent(*sites: BodySite) -> ConsentState:
    """A yes to care for `sites`."""
    return ConsentState(ConsentId(b"c" * 16), MARSH.patient, ConsentStatus.ACTIVE, body_sites=frozenset(sites))


def shot(
    number: int,
    view_index: int,
    state: ShotState,
    *,
    quality: Quality | None = None,
    thumbnail: bytes | None = None,
    label: str = "",
    series: Series = ORTHO,
) -> ShotView:
    """One press of the shutter; a stored one has an image."""
    stored = state in {ShotState.SAFE, ShotState.UNFILED}
    return ShotView(
        number,
        FrameId(number.to_bytes(16, "big")) if view_index >= 0 else None,
        view_index,
        series.views[view_index].name if view_index >= 0 else "",
        state,
        quality,
        label,
        thumbnail,
        None,
        ImageId(number.to_bytes(16, "big")) if stored else None,
    )


def view_of(
    state: SessionState = SessionState.READY,
    *,
    view_index: int = 0,
    shots: tuple[ShotView, ...] = (),
    series: Series = ORTHO,
    camera: CameraStatus = ARMED,
    **more: Any,
) -> SittingView:
    """A snapshot; views with a safe shot count as done, live view runs while ready."""
    kept = {one.view_index for one in shots if one.state in {ShotState.SAFE, ShotState.UNFILED}}
    values: dict[str, Any] = {
        "session": SESSION,
        "state": state,
        "patient": MARSH,
        "series": series,
        "view_index": view_index,
        "shots": shots,
        "done": tuple(index in kept for index in range(len(series.views))),
        "blockers": (),
        "camera": camera,
        "note": "",
        "live_on": state in {SessionState.READY, SessionState.EXPOSING},
    }
    return SittingView(**(values | more))


class FakeSitting:
    """Every intention lands in `calls`; `show` is what a camera or vault thread would cause."""

    def __init__(self, listener: SittingListener, view: SittingView | None = None) -> None:
        self.calls: list[Any] = []
        self.listener = listener
        self.now = view if view is not None else view_of()
        self.ticks = 0

    def show(self, view: SittingView | None = None, **changes: Any) -> None:
        self.now = replace(view if view is not None else self.now, **changes)
        self.listener.changed(self.now)

    def view(self) -> SittingView:
        return self.now

    def shoot(self) -> None:
        self.calls.append("shoot")

    def retake(self) -> None:
        self.calls.append("retake")

    def next_view(self) -> None:
        self.calls.append("next")
        self.show(view_index=min(self.now.view_index + 1, len(self.now.series.views) - 1))

    def select_view(self, index: int) -> None:
        self.calls.append(("view", index))
        self.show(view_index=index)

    def label(self, number: int, text: str) -> None:
        self.calls.append(("label", number, text))

    def set_note(self, text: str) -> None:
        self.calls.append(("note", text))
        self.show(note=text)

    def pause(self) -> None:
        self.calls.append("pause")
        self.show(state=SessionState.PAUSED, live_on=False)

    def resume(self, same_patient: bool) -> None:
        self.calls.append(("resume", same_patient))
        self.show(state=SessionState.READY, live_on=True)

    def stop(self) -> None:
        self.calls.append("stop")
        self.show(state=SessionState.STOP_ASKED, live_on=False)

    def answer_stop(self, answer: StopAnswer) -> Future[None] | None:
        self.calls.append(answer)
        after = {
            StopAnswer.BREAK: SessionState.PAUSED,
            StopAnswer.FINISHED: SessionState.FINISHED,
            StopAnswer.WITHDRAWN: SessionState.STOPPED,
        }[answer]
        self.show(state=after)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def finish(self) -> Future[None] | None:
        self.calls.append("finish")
        self.show(state=SessionState.FINISHED, live_on=False)
        return None

    def tick(self) -> None:
        self.ticks += 1


@dataclass(frozen=True)
class FakeEntry:
    """One stored picture."""

    view: str
    captured_ms: int
    preview: ImageId | None
    session: SessionId | None = EARLIER
    admission: Admission = Admission.FILED


@dataclass
class FakeVault:
    """Pictures by their id."""

    entries: list[FakeEntry] = field(default_factory=list)
    pictures: dict[ImageId, bytes] = field(default_factory=dict)

    def images(self, *, patient: PatientId | None = None) -> list[FakeEntry]:
        return self.entries if patient == MARSH.patient else []

    def read(self, image: ImageId) -> bytes:
        return self.pictures[image]

    def add(self, view: str, captured_ms: int, jpeg: bytes, **more: Any) -> None:
        preview = ImageId(len(self.pictures).to_bytes(16, "big"))
        self.pictures[preview] = jpeg
        self.entries.append(FakeEntry(view, captured_ms, preview, **more))


class Here(Executor):
    """An executor without a thread: work is done when it is handed in."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as failure:  # noqa: BLE001 - as a real executor does
            future.set_exception(failure)
        return future


class FakeSessions:
    """Which sessions the patient withdrew from."""

    def __init__(self) -> None:
        self.locked: frozenset[SessionId] = frozenset()

    def withdrawn(self, patient: PatientId) -> frozenset[SessionId]:
        return self.locked


class FakeSurgery:
    """Series from the resources, one fake vault, sittings that start at once."""

    def __init__(self) -> None:
        self.vault = FakeVault()
        self.sessions = FakeSessions()
        self.series = tuple(SERIES.values())
        self.begun: list[tuple[Patient, Series, ConsentState]] = []
        self.sittings: list[FakeSitting] = []
        self.refusal: Exception | None = None

    def begin_sitting(
        self, patient: Patient, series: Series, state: ConsentState, listener: SittingListener
    ) -> Future[FakeSitting]:
        self.begun.append((patient, series, state))
        future: Future[FakeSitting] = Future()
        if self.refusal is not None:
            future.set_exception(self.refusal)
            return future
        sitting = FakeSitting(listener, view_of(series=series))
        self.sittings.append(sitting)
        future.set_result(sitting)
        return future
