# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms put together, without a window: first start, camera, withdrawal, and what quiet moments mend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.capture import framepath
from clinicam.capture.session import SessionState, StopAnswer
from clinicam.compose import NewPractice, Workstation
from clinicam.consent.status import ConsentStatus
from clinicam.errors import FrameRefused, PlaceRefused, TrainingOnly, VaultExists, VaultMissing
from clinicam.identity import Role
from clinicam.practice.sessions import HowClosed
from clinicam.settings import Folders, load_settings
from clinicam.upkeep.verifying import count_rows
from clinicam.vault.aead import KdfParameters
from clinicam.vault.media import judge
from clinicam.vault.vault import Vault
from tests.e2e.practice_day import PASSWORD, practice_day


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest password cost the format allows."""
    create = Vault.create
    cheap = KdfParameters(65536, 3, 4)
    monkeypatch.setattr(Vault, "create", staticmethod(lambda *args, **kw: create(*args, **{**kw, "kdf": cheap})))


@pytest.fixture(scope="module")
def body() -> Iterator[SimulatorProcess]:
    with SimulatorProcess.start() as simulated:
        yield simulated


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    folders = Folders.below(tmp_path)
    folders.make()
    made = Workstation(folders, load_settings(folders))
    yield made
    made.close()


def new_practice(place: Path, *, training: bool = True) -> NewPractice:
    return NewPractice("Harbour Lane", "Dr Aylin Demir", "Dentist", "GDC 1", PASSWORD, place, training)


def test_without_a_vault_nothing_opens(station: Workstation) -> None:
    assert station.vault is None
    with pytest.raises(VaultMissing):
        station.logins()
    station.start_camera()
    assert station.camera is None
    station.heartbeat()


def test_the_first_start_makes_a_manager_who_is_a_clinician(station: Workstation, tmp_path: Path) -> None:
    created = station.thread.submit(station.create, new_practice(tmp_path / "vault")).result(60)
    station.thread.submit(station.adopt, tmp_path / "vault").result(60)
    assert [one.shown for one in station.logins()] == ["Dr Aylin Demir · Dentist"]
    surgery = station.thread.submit(station.unlock, created.user, PASSWORD).result(60)
    assert surgery.me.roles == {Role.MANAGER, Role.CLINICIAN}
    assert surgery.practice_name == "Harbour Lane"
    assert load_settings(station.folders).vault == str(tmp_path / "vault")
    assert station.training


def test_a_kit_that_was_never_typed_back_is_no_obstacle(station: Workstation, tmp_path: Path) -> None:
    first = station.thread.submit(station.create, new_practice(tmp_path / "vault")).result(60)
    second = station.thread.submit(station.create, new_practice(tmp_path / "vault")).result(60)
    assert first.vault_id != second.vault_id
    station.thread.submit(station.adopt, tmp_path / "vault").result(60)
    assert station.vault is not None
    assert station.vault.vault_id == second.vault_id


def test_an_adopted_vault_is_never_made_anew(station: Workstation, tmp_path: Path) -> None:
    station.thread.submit(station.create, new_practice(tmp_path / "vault")).result(60)
    station.thread.submit(station.adopt, tmp_path / "vault").result(60)
    with pytest.raises(VaultExists):
        station.thread.submit(station.create, new_practice(tmp_path / "vault")).result(60)


def test_a_camera_on_loopback_is_refused_for_a_real_vault(tmp_path: Path) -> None:
    try:
        judge(tmp_path)
    except PlaceRefused as refused:
        pytest.skip(f"this machine's temporary folder may hold no real vault: {refused.reason}")
    with practice_day(tmp_path, camera="", training=False, wait_camera=False) as day:
        day.station.camera_port = "ptpip:127.0.0.1:1:1"
        with pytest.raises(TrainingOnly):
            day.station.start_camera()


def test_a_withdrawal_at_stop_is_a_consent_event_and_locks_the_pictures(tmp_path: Path, body: SimulatorProcess) -> None:
    with practice_day(tmp_path, camera=body.port) as day:
        patient = day.add_patient()
        series = next(one for one in day.surgery.series if one.id == "ortho-records")
        state = day.consent(patient, series.body_sites)
        day.sit(patient, state)
        day.shoot()
        sitting = day.sitting
        assert sitting is not None
        sitting.stop()
        closing = sitting.answer_stop(StopAnswer.WITHDRAWN)
        assert closing is not None
        closing.result(30)
        assert sitting.view().state is SessionState.STOPPED
        (now,) = day.on_vault(lambda: day.surgery.consents.current(patient.patient))
        assert now.status is ConsentStatus.WITHDRAWN
        (visit,) = day.on_vault(lambda: day.surgery.sessions.timeline(patient.patient))
        assert visit.how is HowClosed.WITHDRAWN
        assert day.on_vault(lambda: day.surgery.sessions.withdrawn(patient.patient)) == {visit.session}
        assert day.surgery.sitting is None


def test_a_picture_left_without_preview_gets_one_in_a_quiet_moment(
    tmp_path: Path, body: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_data: object) -> None:
        raise FrameRefused("markers")

    with practice_day(tmp_path, camera=body.port) as day:
        patient = day.add_patient()
        series = next(one for one in day.surgery.series if one.id == "ortho-records")
        day.sit(patient, day.consent(patient, series.body_sites))
        with monkeypatch.context() as broken:
            broken.setattr(framepath, "render", fails)
            day.shoot()
        assert day.sitting is not None
        finished = day.sitting.finish()
        assert finished is not None
        finished.result(30)

        def thumbnails() -> list[bool]:
            images = day.on_vault(lambda: day.surgery.vault.images(patient=patient.patient))
            return [one.thumbnail is not None for one in images]

        assert thumbnails() == [False]
        day.on_vault(day.surgery.tend)
        day.until(lambda: thumbnails() == [True], what="the preview")


def test_rows_are_counted_without_a_key(tmp_path: Path) -> None:
    with practice_day(tmp_path, camera="", wait_camera=False) as day:
        day.add_patient()
        seen = day.surgery.vault.counts().rows
    assert count_rows(tmp_path / "vault") == seen + 1  # the lock itself is a row
    with pytest.raises(VaultMissing):
        count_rows(tmp_path / "nowhere")
