# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that is killed: unlocks, opens a session and shoots without pause. Says each tick on standard output.

Usage: python -m tests.crash.burst ROOT CAMERA USER_HEX PASSWORD PATIENT_HEX
"""

from __future__ import annotations

import sys
from pathlib import Path

from clinicam.capture.session import SessionState, ShotState
from clinicam.compose import Workstation
from clinicam.hardening import harden_process
from clinicam.identity import PatientId, StaffId
from clinicam.settings import Folders, load_settings
from clinicam.vault.model import CreatedVault
from tests.e2e.practice_day import Day, Heard


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def main() -> None:
    root, camera, user, password, patient_hex = sys.argv[1:6]
    harden_process()
    folders = Folders.below(Path(root))
    station = Workstation(folders, load_settings(folders), camera=camera)
    station.start_camera()
    surgery = station.thread.submit(station.unlock, StaffId(bytes.fromhex(user)), password).result(60)
    day = Day(station, surgery, CreatedVault(b"", StaffId(b""), ()))
    patient = day.on_vault(lambda: surgery.patients.get(PatientId(bytes.fromhex(patient_hex))))
    state = day.on_vault(lambda: surgery.consents.current(patient.patient))[0]
    series = next(one for one in surgery.series if one.id == "ortho-records")
    day.until(lambda: surgery.camera_status().state.value == "ready", what="camera")
    heard = Heard()
    sitting = surgery.begin_sitting(patient, series, state, heard).result(30)
    day.sitting = sitting
    assert day.surgery.camera is not None
    say("ready", day.surgery.camera.worker_pid)
    ticked: set[bytes] = set()
    ended: set[int] = set()
    while True:
        day.until(lambda: sitting.view().state is SessionState.READY, seconds=60, what="ready to shoot")
        before = len(sitting.view().shots)
        sitting.shoot()
        day.until(
            lambda: sitting.view().state is not SessionState.EXPOSING and not sitting.on_its_way(),
            seconds=60,
            what=f"the fate of shot {before + 1}",
        )
        for shot in sitting.view().shots:
            if (
                shot.state in {ShotState.SAFE, ShotState.UNFILED}
                and shot.image is not None
                and shot.image not in ticked
            ):
                ticked.add(shot.image)
                say("tick", shot.image.hex())
            elif shot.state in {ShotState.LOST, ShotState.REFUSED} and shot.number not in ended:
                ended.add(shot.number)
                say("gone", shot.number, shot.state.value)
        say("pid", day.surgery.camera.worker_pid)


if __name__ == "__main__":
    main()
