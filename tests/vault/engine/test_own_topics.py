# SPDX-License-Identifier: GPL-3.0-or-later
"""Topics that the vault itself goes by are closed to whoever may only add, and junk under one closes nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import clinicam.vault
from clinicam.identity import NOBODY, new_id
from clinicam.vault.acts import What, spell
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent
from clinicam.vault.damage import DAMAGE_TOPIC, DamageNote
from clinicam.vault.index import PATIENT_TOPIC
from clinicam.vault.intake import OWN_TOPICS
from clinicam.vault.model import NewRow
from clinicam.vault.scribe import Draft
from tests.vault.engine.bench import Practice


def topics() -> set[str]:
    """What every module of the vault calls a topic."""
    found = set()
    for path in Path(clinicam.vault.__file__).parent.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names = [one.id for one in targets if isinstance(one, ast.Name)]
            if any(name == "TOPIC" or name.endswith("_TOPIC") for name in names):
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                assert isinstance(node.value, ast.Constant), f"{path.name}: a topic that is not written out"
                found.add(str(node.value.value))
    return found


def test_every_topic_of_the_vault_is_its_own() -> None:
    # Patients are the practice's to write; the vault only looks them up.
    assert topics() - {PATIENT_TOPIC} == OWN_TOPICS


@pytest.mark.parametrize("topic", sorted(OWN_TOPICS))
def test_nobody_adds_to_them(practice: Practice, topic: str) -> None:
    vault, opened = practice.unlocked()
    opened.damages.record(["object ab: damaged"], "scrub")
    for body in (b"junk", encode(DamageNote(decision="all fine"))):
        with pytest.raises(ValueError, match="own"):
            opened.append([NewRow(What.DAMAGE_DECIDED, None, None, topic, new_id(), body)])
    vault.close()
    vault, opened = practice.unlocked()
    assert [one.finding for one in opened.damages.open()] == ["object ab: damaged"]
    vault.close()


def test_a_note_of_damage_that_is_none_is_one_more_to_decide_about(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    inside = opened.inside
    content = EntryContent(NOBODY, None, DAMAGE_TOPIC, new_id(), b"junk")
    key = inside.book.sealing_key(inside.scribe.writer)
    rid = inside.write([Draft(spell(What.DAMAGE_DECIDED), None, content, key)]).rows[0][0].rid
    opened.damages.record(["object ab: damaged"], "scrub")
    vault.close()
    vault, opened = practice.unlocked()
    found = [one.finding for one in opened.damages.open()]
    assert found == [f"damage note {rid.hex()}: cannot be read", "object ab: damaged"]
    opened.damages.decide("We know whose it is.")
    vault.close()
    vault, opened = practice.unlocked()
    assert not opened.damages.is_open
    vault.close()
