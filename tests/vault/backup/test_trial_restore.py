# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup restored on trial: recorded, for managers, and nothing of it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinicam.errors import (
    Cancelled,
    PermitRefused,
    RoleRefused,
)
from clinicam.identity import PermitId
from clinicam.vault.acts import What
from clinicam.vault.backupnote import TOPIC, BackupNote, NoteKind, read_notes
from clinicam.vault.drill import Drill
from clinicam.vault.model import Entry
from clinicam.vault.restore import NoPermits
from clinicam.vault.restorereport import RestoreProgress, RestoreStage
from tests.vault.backup.yard import Yard, make_yard


@pytest.fixture
def own(tmp_path: Path) -> Yard:
    """A practice of one's own."""
    return make_yard(tmp_path)


def test_a_trial_is_recorded_and_leaves_nothing(own: Yard) -> None:
    with own.open() as opened:
        own.back_up(opened)
        marks = own.practice.host.read(opened.vault_id, "marks")
        before = sorted(path for path in own.practice.folder.rglob("*"))
        trial = Drill(opened.inside, own.nas)
        stages: list[RestoreProgress] = []
        report = trial.run(progress=stages.append)
        assert sorted(path for path in own.practice.folder.rglob("*")) == before
        assert own.practice.host.read(opened.vault_id, "marks") == marks
        trial.note(report)
        with pytest.raises(Cancelled):
            trial.run()
        note = read_notes(opened.entries(TOPIC))[-1]
        assert (note.kind, note.number, note.objects, note.findings) == (NoteKind.DRILL, 1, 3, 0)
        assert opened.counts().acts[What.RESTORE_DRILL] == 1
        assert {one.stage for one in stages} == set(RestoreStage)
    assert report.ok


def test_a_trial_is_for_managers(own: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    with own.open() as opened:
        monkeypatch.setattr(type(opened.inside.book), "is_manager", False)
        with pytest.raises(RoleRefused):
            Drill(opened.inside, own.nas)


def test_notes_of_a_later_version_are_passed_over(own: Yard) -> None:
    with own.open() as opened:
        own.back_up(opened)
        (entry,) = opened.entries(TOPIC)
    strange = Entry(**{name: getattr(entry, name) for name in Entry.__struct_fields__} | {"body": b"\x80"})
    assert read_notes([strange, entry]) == read_notes([entry])
    assert isinstance(read_notes([entry])[0], BackupNote)


def test_a_vault_on_trial_takes_no_pictures() -> None:
    with pytest.raises(PermitRefused):
        NoPermits().live(PermitId(b"p" * 16))
    with pytest.raises(PermitRefused):
        NoPermits().admit(PermitId(b"p" * 16), 0)
