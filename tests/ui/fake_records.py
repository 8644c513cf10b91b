# SPDX-License-Identifier: GPL-3.0-or-later
"""What was moved between charts, as a test sets it."""

from __future__ import annotations

from clinicam.identity import PatientId, new_id
from clinicam.vault.moving import MovedObject, MoveNote


class FakeRecords:
    """The part of `practice.records.RecordsOffice` the chart reads; `misfiled` is itself."""

    def __init__(self) -> None:
        self.moves: dict[PatientId, list[tuple[int, MoveNote]]] = {}

    @property
    def misfiled(self) -> FakeRecords:
        return self

    def history(self, patient: PatientId) -> tuple[tuple[int, MoveNote], ...]:
        return tuple(self.moves.get(patient, ()))

    def moved(self, patient: PatientId, other: PatientId, at_ms: int, frames: int, *, is_arrival: bool) -> None:
        """Frames of two objects each came from another chart, or went there."""
        objects = []
        for _ in range(frames):
            old, new = new_id(), new_id()
            objects += [MovedObject(new_id(), new_id(), old, new, None) for _ in range(2)]
        note = MoveNote(is_arrival, other, None, new_id(), "wrong-chart", tuple(objects))
        self.moves.setdefault(patient, []).append((at_ms, note))
