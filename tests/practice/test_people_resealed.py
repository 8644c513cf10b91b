# SPDX-License-Identifier: GPL-3.0-or-later
"""What a patient took back stays taken back when the picture lies under another id, as sealing anew gives it one."""

from __future__ import annotations

from clinicam.consent.model import WithdrawalScope
from clinicam.consent.steps import withdraw
from clinicam.identity import ImageId, new_id
from clinicam.practice.store import What, entry
from clinicam.vault.codec import encode
from clinicam.vault.reencrypting import RESEAL_TOPIC, ResealedObject, ResealNote
from tests.consent.build import NOW, PER
from tests.practice.conftest import Practice
from tests.practice.test_consents import opened


def replaced(practice: Practice, old: ImageId) -> ImageId:
    """As `Reencryption` says it: the row of a plan, here without the pictures."""
    new = ImageId(new_id())
    note = ResealNote((ResealedObject(old=old, new=new, new_parent=None),))
    row = entry(What.SESSION_EVENT, RESEAL_TOPIC, PER.patient, encode(note), patient=PER.patient)
    practice.vault.append([row])
    return new


def test_a_picture_taken_back_stays_so_under_its_new_id(rehearsal: Practice) -> None:
    practice = rehearsal
    state = opened(practice)
    image = ImageId(new_id())
    event = withdraw(state, me=practice.me, now_ms=NOW, scope=WithdrawalScope.IMAGES, images=(image,))
    state = practice.consents.record(event)
    assert state.images_withdrawn == {image}
    second = replaced(practice, image)
    third = replaced(practice, second)
    replaced(practice, ImageId(new_id()))
    assert practice.consents.state(PER.patient, state.consent).images_withdrawn == {image, second, third}
    (found,) = practice.consents.current(PER.patient)
    assert found.images_withdrawn == {image, second, third}
