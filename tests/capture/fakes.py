# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-written stand-ins for what a sitting needs: leave, camera, keeping, listener. All synchronous."""

from __future__ import annotations

import io
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PIL import Image

from clinicam.camera.port import ArrivedFile, ArrivedFrame, CameraState, CameraStatus, Trigger
from clinicam.capture.quality import Renditions
from clinicam.capture.series import Series, View
from clinicam.capture.session import Tone
from clinicam.capture.sitting import Sitting
from clinicam.capture.views import SittingView
from clinicam.consent.causes import Cause, Standing, standing
from clinicam.consent.gate import EndCause, PauseCause
from clinicam.errors import PermitRefused
from clinicam.identity import FrameId, ImageId, PermitId, SessionId, make_patient, new_id
from clinicam.permits import Admission, BodySite


def done(value: Any = None) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def failed(error: BaseException) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


class AtOnce(Executor):
    """A pool that runs what it is given before it returns."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        try:
            return done(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  handed on as a pool does
            return failed(error)


@dataclass
class FakeLeave:
    """Live until told otherwise; `causes` are the blockers that stand."""

    causes: list[Cause] = field(default_factory=list)
    alive: set[PermitId] = field(default_factory=set)
    paused: dict[PermitId, PauseCause] = field(default_factory=dict)
    ended: dict[PermitId, EndCause] = field(default_factory=dict)
    minted: int = 0
    touches: list[int] = field(default_factory=list)

    def look(self, permit: PermitId | None) -> tuple[Standing, ...]:
        return tuple(standing(cause) for cause in self.causes)

    def obtain(self, permit: PermitId | None) -> PermitId:
        if self.causes:
            raise PermitRefused("blocked", tuple(standing(cause).code for cause in self.causes))
        if permit is None or permit in self.ended:
            permit = PermitId(new_id())
            self.minted += 1
        self.paused.pop(permit, None)
        self.alive.add(permit)
        return permit

    def is_live(self, permit: PermitId) -> bool:
        return permit in self.alive

    def pause(self, permit: PermitId, cause: PauseCause) -> None:
        self.alive.discard(permit)
        self.paused[permit] = cause

    def end(self, permit: PermitId, cause: EndCause) -> None:
        self.alive.discard(permit)
        self.ended[permit] = cause

    def touched(self, pictures: int) -> None:
        self.touches.append(pictures)


@dataclass
class FakeCamera:
    """Armed and disarmed as told; a shot waits in `pending` until the test answers it."""

    status: CameraStatus = field(default_factory=lambda: CameraStatus(CameraState.READY))
    arming: BaseException | None = None
    pending: list[Future[FrameId]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    released: list[FrameId] = field(default_factory=list)
    live_fails: BaseException | None = None

    def arm(self, permit: PermitId) -> Future[None]:
        self.calls.append("arm")
        if self.arming is not None:
            return failed(self.arming)
        self.status = CameraStatus(CameraState.ARMED)
        return done()

    def disarm(self) -> Future[None]:
        self.calls.append("disarm")
        if self.status.state is CameraState.ARMED:
            self.status = CameraStatus(CameraState.READY)
        return done()

    def live(self, on: bool) -> Future[None]:
        self.calls.append(f"live {on}")
        return failed(self.live_fails) if self.live_fails is not None else done()

    def shoot(self) -> Future[FrameId]:
        self.calls.append("shoot")
        answer: Future[FrameId] = Future()
        self.pending.append(answer)
        return answer

    def release(self, frame: FrameId) -> None:
        self.released.append(frame)


@dataclass(frozen=True)
class FakeStored:
    images: tuple[ImageId, ...]
    admission: Admission


@dataclass
class FakeKeeping:
    """Remembers; `held` keeps the answers of `store` open until the test resolves them."""

    admission: Admission = Admission.FILED
    error: BaseException | None = None
    hold: bool = False
    held: list[Future[Any]] = field(default_factory=list)
    stored: list[ArrivedFrame] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    words: list[tuple[str, ...]] = field(default_factory=list)

    def store(self, frame: ArrivedFrame, media_types: tuple[str, ...], view: str) -> Future[Any]:
        self.stored.append(frame)
        self.codes.append(view)
        if self.error is not None:
            return failed(self.error)
        answer: Future[Any] = Future()
        self.held.append(answer)
        if not self.hold:
            self.settle()
        return answer

    def settle(self) -> None:
        for answer in self.held:
            if not answer.done():
                answer.set_result(FakeStored((ImageId(new_id()),), self.admission))

    def refuse(self, frame: FrameId, reason: str) -> Future[Any]:
        self.words.append(("refuse", reason))
        return done()

    def renditions(self, image: ImageId, made: Renditions) -> Future[Any]:
        self.words.append(("renditions",))
        return done()

    def label(self, frame: FrameId, text: str) -> Future[Any]:
        self.words.append(("label", text))
        return done()

    def note(self, text: str) -> Future[Any]:
        self.words.append(("note", text))
        return done()

    def event(self, what: str, cause: str = "") -> Future[Any]:
        self.words.append(("event", what, cause))
        return done()

    def withdraw(self) -> Future[Any]:
        self.words.append(("withdraw",))
        return done()

    def close(self, ending: str, unfiled: int) -> Future[Any]:
        self.words.append(("close", ending, str(unfiled)))
        return done()


@dataclass
class Heard:
    views: list[SittingView] = field(default_factory=list)
    lives: list[bytes] = field(default_factory=list)
    tones: list[Tone] = field(default_factory=list)

    def changed(self, view: SittingView) -> None:
        self.views.append(view)

    def live(self, jpeg: bytes) -> None:
        self.lives.append(jpeg)

    def tone(self, tone: Tone) -> None:
        self.tones.append(tone)


SERIES = Series(
    id="test-series",
    version=1,
    name="Test series",
    body_site=BodySite.FACE,
    views=(
        View("EV15", "Face", "Look ahead.", BodySite.FACE),
        View("EV19", "Smile", "Smile.", BodySite.FACE),
        View("EV03", "Profile", "Turn right.", BodySite.FACE),
    ),
)


def sharp_jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((320, 240), 90).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def grey_jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (128, 128, 128)).save(out, "JPEG", quality=90)
    return out.getvalue()


def arrived(permit: PermitId, data: bytes, frame: FrameId | None = None) -> ArrivedFrame:
    return ArrivedFrame(
        frame=frame or FrameId(new_id()),
        permit=permit,
        exposed_ms=1,
        trigger=Trigger.SCREEN,
        request=1,
        files=(ArrivedFile("capt0000.jpg", "image/jpeg", bytearray(data)),),
        proof="memory",
        camera="Bench 1",
        simulated=True,
    )


@dataclass
class Rig:
    leave: FakeLeave
    camera: FakeCamera
    keeping: FakeKeeping
    heard: Heard
    sitting: Sitting

    @property
    def permit(self) -> PermitId:
        return next(iter(self.leave.alive))

    def take(self, data: bytes | None = None) -> FrameId:
        """A whole shot, from the shutter to the vault's answer."""
        self.sitting.shoot()
        frame = FrameId(new_id())
        self.camera.pending.pop().set_result(frame)
        self.sitting.exposed(frame)
        self.sitting.frame(arrived(self.permit, sharp_jpeg() if data is None else data, frame))
        return frame


def rig(**leave: Any) -> Rig:
    patient = make_patient(family="Marsh", given="Eleanor", born=date(1987, 3, 14), today=date(2026, 11, 21))
    parts = FakeLeave(**leave), FakeCamera(), FakeKeeping(), Heard()
    sitting = Sitting(
        session=SessionId(new_id()),
        patient=patient,
        series=SERIES,
        leave=parts[0],
        camera=parts[1],
        keeping=parts[2],
        pool=AtOnce(),
        listener=parts[3],
    )
    return Rig(*parts, sitting)
