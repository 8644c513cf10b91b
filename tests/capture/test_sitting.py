# SPDX-License-Identifier: GPL-3.0-or-later
"""One sitting over hand-written fakes: what opens the shutter, what shuts it, and what becomes of every frame."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from clinicam.camera.port import CameraState, CameraStatus, Unclaimed
from clinicam.capture.session import Quality, SessionState, ShotState, StopAnswer, Tone
from clinicam.consent.causes import Cause
from clinicam.consent.gate import EndCause, PauseCause
from clinicam.errors import CameraLost, DiskFull, FocusFailed, FrameRefused, PermitRefused
from clinicam.identity import FrameId, new_id
from clinicam.permits import Admission
from tests.capture.fakes import Rig, grey_jpeg, rig, sharp_jpeg


@pytest.fixture
def ready() -> Rig:
    made = rig()
    made.sitting.start()
    assert made.sitting.view().state is SessionState.READY
    return made


def test_starting_mints_arms_and_starts_live_view(ready: Rig) -> None:
    assert ready.camera.calls == ["arm", "live True"]
    assert ready.leave.minted == 1
    assert ready.sitting.view().live_on


def test_a_blocker_keeps_the_camera_untouched() -> None:
    made = rig(causes=[Cause.NOT_ASKED])
    made.sitting.start()
    view = made.sitting.view()
    assert view.state is SessionState.TROUBLE
    assert [one.detail for one in view.blockers] == [Cause.NOT_ASKED]
    assert isinstance(view.problem, PermitRefused)
    assert made.camera.calls == []
    made.sitting.shoot()
    assert made.camera.calls == []
    assert made.heard.tones == [Tone.REFUSED]


def test_a_shot_is_ticked_only_when_the_vault_answered(ready: Rig) -> None:
    ready.keeping.hold = True
    ready.take()
    assert [shot.state for shot in ready.sitting.view().shots] == [ShotState.ENCRYPTING]
    assert not ready.camera.released
    assert Tone.KEPT not in ready.heard.tones
    ready.keeping.settle()
    shot = ready.sitting.view().shots[0]
    assert shot.state is ShotState.SAFE
    assert shot.thumbnail is not None
    assert shot.quality is Quality.GOOD
    assert ready.camera.released == [shot.frame]
    assert ready.heard.tones == [Tone.KEPT]
    assert ("renditions",) in ready.keeping.words


def test_a_poor_picture_is_safe_and_sounds_poor(ready: Rig) -> None:
    ready.take(grey_jpeg())
    shot = ready.sitting.view().shots[0]
    assert (shot.state, shot.quality) == (ShotState.SAFE, Quality.BLURRED)
    assert ready.heard.tones == [Tone.KEPT, Tone.POOR]


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "empty"), (sharp_jpeg()[:-400], "truncated"), (b"x" * 999, "markers")]
)
def test_what_is_no_picture_is_refused_and_recorded(ready: Rig, data: bytes, reason: str) -> None:
    ready.take(data)
    shot = ready.sitting.view().shots[0]
    assert shot.state is ShotState.REFUSED
    assert isinstance(shot.cause, FrameRefused)
    assert ready.keeping.words == [("refuse", reason)]
    assert not ready.keeping.stored
    assert ready.heard.tones == [Tone.REFUSED]
    assert ready.sitting.view().state is SessionState.READY


def test_with_good_markers_but_undecodable_the_original_is_kept(ready: Rig) -> None:
    ready.take(b"\xff\xd8\xff\xe0" + bytes(2000) + b"\xff\xd9")
    shot = ready.sitting.view().shots[0]
    assert (shot.state, shot.thumbnail, shot.quality) == (ShotState.SAFE, None, None)
    assert ready.heard.tones == [Tone.KEPT, Tone.POOR]


def test_a_full_disk_is_trouble_until_the_rules_find_room(ready: Rig) -> None:
    ready.keeping.error = DiskFull("objects")
    ready.leave.causes = [Cause.VAULT_FULL]
    ready.take()
    view = ready.sitting.view()
    assert view.shots[0].state is ShotState.REFUSED
    assert view.state is SessionState.TROUBLE
    assert isinstance(view.problem, DiskFull)
    assert "disarm" in ready.camera.calls
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.TROUBLE
    ready.leave.causes, ready.keeping.error = [], None
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.READY
    ready.take()
    assert ready.sitting.view().shots[-1].state is ShotState.SAFE


def test_an_answer_that_fails_leaves_the_session_ready_and_is_told(ready: Rig) -> None:
    ready.sitting.shoot()
    assert ready.sitting.view().state is SessionState.EXPOSING
    ready.sitting.shoot()
    assert ready.camera.calls.count("shoot") == 1
    ready.camera.pending.pop().set_exception(FocusFailed("Out of Focus"))
    view = ready.sitting.view()
    assert view.state is SessionState.READY
    assert isinstance(view.problem, FocusFailed)
    assert ready.camera.calls.count("shoot") == 1
    assert not view.shots


def test_a_lost_frame_is_said_and_never_retried(ready: Rig) -> None:
    ready.sitting.shoot()
    frame = FrameId(new_id())
    ready.camera.pending.pop().set_result(frame)
    ready.sitting.exposed(frame)
    ready.camera.status = CameraStatus(CameraState.RESTARTING, problem=CameraLost("gone"))
    ready.sitting.lost(frame, CameraLost("gone"))
    ready.sitting.camera_changed()
    view = ready.sitting.view()
    assert view.shots[0].state is ShotState.LOST
    assert view.state is SessionState.TROUBLE
    ready.leave.causes = [Cause.CAMERA_RESTARTING]
    ready.sitting.tick()
    ready.leave.causes = []
    ready.camera.status = CameraStatus(CameraState.READY)
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.READY
    assert ready.camera.calls.count("shoot") == 1


def test_a_pause_disarms_and_a_frame_exposed_before_is_unfiled(ready: Rig) -> None:
    permit = ready.permit
    ready.sitting.shoot()
    frame = FrameId(new_id())
    ready.camera.pending.pop().set_result(frame)
    ready.sitting.exposed(frame)
    ready.sitting.pause()
    assert ready.leave.paused == {permit: PauseCause.PERSON}
    assert ready.camera.calls[-1] == "disarm"
    ready.keeping.admission = Admission.UNFILED
    from tests.capture.fakes import arrived

    ready.sitting.frame(arrived(permit, sharp_jpeg(), frame))
    assert ready.sitting.view().shots[0].state is ShotState.UNFILED
    assert ready.sitting.view().pictures_safe == 1
    ready.sitting.resume(same_patient=False)
    assert ready.sitting.view().state is SessionState.PAUSED
    ready.sitting.resume(same_patient=True)
    assert ready.sitting.view().state is SessionState.READY
    assert ready.permit == permit
    ready.sitting.finish()
    assert ("close", "finished", "1") in ready.keeping.words


def test_idle_pauses_by_itself(ready: Rig) -> None:
    ready.leave.causes = [Cause.IDLE]
    ready.leave.alive.clear()
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.PAUSED
    ready.leave.causes = []
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.PAUSED


def test_a_clock_jump_pauses(ready: Rig) -> None:
    ready.leave.alive.clear()
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.PAUSED


def test_trouble_that_became_a_pause_waits_for_a_person(ready: Rig) -> None:
    ready.camera.status = CameraStatus(CameraState.LOST)
    ready.sitting.camera_changed()
    ready.camera.status = CameraStatus(CameraState.READY)
    ready.leave.alive.clear()
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.PAUSED


def test_a_machine_blocker_is_trouble_and_goes_on_by_itself(ready: Rig) -> None:
    ready.leave.causes = [Cause.VAULT_PLACE]
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.TROUBLE
    ready.leave.causes = []
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.READY


def test_stop_ends_the_permit_first_and_drops_what_is_in_the_camera(ready: Rig) -> None:
    permit = ready.permit
    ready.sitting.shoot()
    frame = FrameId(new_id())
    ready.camera.pending.pop().set_result(frame)
    ready.sitting.exposed(frame)
    ready.sitting.stop()
    assert ready.leave.ended == {permit: EndCause.STOPPED}
    assert ready.sitting.view().state is SessionState.STOP_ASKED
    assert not ready.sitting.view().live_on
    ready.keeping.error = PermitRefused("ended")
    from tests.capture.fakes import arrived

    ready.sitting.frame(arrived(permit, sharp_jpeg(), frame))
    assert ready.sitting.view().shots[0].state is ShotState.REFUSED
    assert ("refuse", "permit-ended") in ready.keeping.words


def test_stop_then_break_needs_a_new_permit(ready: Rig) -> None:
    ready.sitting.stop()
    ready.sitting.stop()
    ready.sitting.answer_stop(StopAnswer.BREAK)
    assert ready.sitting.view().state is SessionState.PAUSED
    ready.sitting.resume(same_patient=True)
    assert ready.sitting.view().state is SessionState.READY
    assert ready.leave.minted == 2


def test_stop_then_withdrawn_is_recorded_before_the_session_closes(ready: Rig) -> None:
    ready.take()
    ready.sitting.stop()
    closing = ready.sitting.answer_stop(StopAnswer.WITHDRAWN)
    assert closing is not None
    assert closing.done()
    words = [word for word in ready.keeping.words if word[0] in {"withdraw", "close"}]
    assert words == [("withdraw",), ("close", "withdrawn", "0")]
    assert ready.sitting.view().state is SessionState.STOPPED
    ready.sitting.pause()
    ready.sitting.stop()
    assert ready.sitting.finish() is None
    assert ready.sitting.view().state is SessionState.STOPPED


def test_stop_then_finished_closes(ready: Rig) -> None:
    ready.sitting.stop()
    assert ready.sitting.answer_stop(StopAnswer.FINISHED) is not None
    assert ready.sitting.view().state is SessionState.FINISHED


def test_finish_waits_for_frames_on_their_way(ready: Rig) -> None:
    ready.keeping.hold = True
    ready.take()
    assert ready.sitting.finish() is None
    assert ready.sitting.view().state is SessionState.FINISHING
    assert not ready.sitting.wait_settled(0.0)
    ready.sitting.tick()
    assert ready.leave.ended == {}
    ready.keeping.settle()
    assert ready.sitting.wait_settled(0.0)
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.FINISHED
    assert list(ready.leave.ended.values()) == [EndCause.FINISHED]
    assert ready.sitting.finish() is None


def test_the_next_view_is_one_without_a_picture(ready: Rig) -> None:
    ready.sitting.select_view(2)
    ready.take()
    ready.sitting.next_view()
    assert ready.sitting.view().view_index == 0
    ready.take()
    ready.sitting.next_view()
    assert ready.sitting.view().view_index == 1
    ready.take()
    assert ready.sitting.view().done == (True, True, True)
    ready.sitting.next_view()
    assert ready.sitting.view().view_index == 2
    ready.sitting.select_view(99)
    assert ready.sitting.view().view_index == 2
    assert ready.keeping.codes == ["EV03", "EV15", "EV19"]


def test_a_retake_goes_to_the_view_of_the_newest_shot(ready: Rig) -> None:
    ready.take()
    ready.sitting.next_view()
    ready.sitting.retake()
    frame = FrameId(new_id())
    ready.camera.pending.pop().set_result(frame)
    ready.sitting.exposed(frame)
    assert [shot.view_index for shot in ready.sitting.view().shots] == [0, 0]


def test_an_unclaimed_frame_is_shown_without_pixels(ready: Rig) -> None:
    ready.sitting.unclaimed(Unclaimed(2, 1, "no permit"))
    shots = ready.sitting.view().shots
    assert [(shot.state, shot.frame, shot.thumbnail) for shot in shots] == [(ShotState.REFUSED, None, None)] * 2
    assert ready.heard.tones == [Tone.REFUSED]


def test_labels_and_notes_are_kept_once(ready: Rig) -> None:
    ready.take()
    ready.sitting.label(1, "with contraster")
    ready.sitting.label(7, "nobody")
    ready.sitting.set_note("swelling less")
    ready.sitting.set_note("swelling less")
    assert [word for word in ready.keeping.words if word[0] in {"label", "note"}] == [
        ("label", "with contraster"),
        ("note", "swelling less"),
    ]
    assert ready.sitting.view().shots[0].label == "with contraster"
    assert ready.sitting.view().note == "swelling less"


def test_live_pictures_reach_the_window_only_while_they_may(ready: Rig) -> None:
    ready.sitting.live(b"one")
    ready.sitting.pause()
    ready.sitting.live(b"two")
    assert ready.heard.lives == [b"one"]


def test_without_live_view_the_shutter_still_works() -> None:
    made = rig()
    made.camera.live_fails = CameraLost("no live view")
    made.sitting.start()
    view = made.sitting.view()
    assert (view.state, view.live_on) == (SessionState.READY, False)
    made.take()
    assert made.sitting.view().shots[0].state is ShotState.SAFE


def test_a_camera_that_will_not_arm_is_trouble_with_its_cause() -> None:
    made = rig()
    made.camera.arming = CameraLost("asleep")
    made.sitting.start()
    assert made.sitting.view().state is SessionState.TROUBLE
    assert isinstance(made.sitting.view().problem, CameraLost)
    made.camera.arming = None
    made.sitting.tick()
    assert made.sitting.view().state is SessionState.READY
    assert made.leave.minted == 1


def test_a_camera_that_disarmed_itself_is_armed_again(ready: Rig) -> None:
    ready.camera.status = CameraStatus(CameraState.READY)
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.TROUBLE
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.READY
    assert ready.camera.calls.count("arm") == 2
    assert ready.leave.minted == 1


def test_what_was_left_in_the_camera_is_no_shot_of_now(ready: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: Future[None] = Future()
    monkeypatch.setattr(ready.camera, "arm", lambda _permit: waiting)
    ready.camera.status = CameraStatus(CameraState.LOST)
    ready.sitting.camera_changed()
    ready.camera.status = CameraStatus(CameraState.READY)
    ready.sitting.tick()
    assert ready.sitting.view().state is SessionState.PREPARING
    ready.sitting.unclaimed(Unclaimed(1, 1, "no permit"))
    assert ready.sitting.view().shots == ()
    assert ready.heard.tones == []
    waiting.set_result(None)
    assert ready.sitting.view().state is SessionState.READY


def test_the_bodys_button_is_shown_while_a_blocker_stands(ready: Rig) -> None:
    ready.leave.causes = [Cause.VAULT_PLACE]
    ready.sitting.tick()
    ready.sitting.unclaimed(Unclaimed(1, 1, "no permit"))
    assert [shot.state for shot in ready.sitting.view().shots] == [ShotState.REFUSED]
    assert ready.heard.tones == [Tone.REFUSED]


def test_a_withdrawal_that_could_not_be_recorded_is_told(ready: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: Future[None] = Future()
    lost.set_exception(DiskFull("rows"))
    monkeypatch.setattr(ready.keeping, "withdraw", lambda: lost)
    ready.sitting.stop()
    closing = ready.sitting.answer_stop(StopAnswer.WITHDRAWN)
    assert closing is not None
    with pytest.raises(DiskFull):
        closing.result(0)
    assert ("close", "withdrawn", "0") in ready.keeping.words
