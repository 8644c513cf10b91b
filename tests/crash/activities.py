# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody may be doing in a vault when the crash comes. An activity is one function: prepare, `begin`, do, say.

Whatever lies on the disk at `begin` counts as safe. A claim is said as soon as the call that promises it has returned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clinicam.identity import ImageId, new_id
from clinicam.vault.acts import What
from clinicam.vault.content import Rendition
from clinicam.vault.generation import enrol_writer
from clinicam.vault.keys import WriterKey
from clinicam.vault.kit import secret_of
from clinicam.vault.openvault import NewRow
from clinicam.vault.roster import Rank, add_user, remove_user
from clinicam.vault.slot import Slot, UserSecret, open_kit_slot, seal_kit_slot
from clinicam.vault.storing import make_meta
from tests.crash.scene import Desk, picture
from tests.vault.engine.bench import patient_row, someone


@dataclass(frozen=True, slots=True)
class Activity:
    """A named piece of work."""

    name: str
    do: Callable[[Desk], None]


ACTIVITIES: dict[str, Activity] = {}


def activity(function: Callable[[Desk], None]) -> Callable[[Desk], None]:
    """Register a piece of work under its function's name."""
    name = function.__name__.replace("_", "-")
    ACTIVITIES[name] = Activity(name, function)
    return function


@activity
def frames(desk: Desk) -> None:
    """Pictures of one chunk and of several, in a session whose key is there already."""
    desk.begin()
    desk.frame(4)
    desk.frame(8, 3)


@activity
def new_session(desk: Desk) -> None:
    """A new patient and a session's first frame: two new keys, each durable before it seals."""
    desk.begin()
    patient = desk.patient()
    desk.admit(patient)
    permit = desk.practice.permit
    desk.opened.append([NewRow(What.SESSION_OPENED, patient, permit.session, "session", patient, b"\xc0")])
    for key in desk.opened.inside.book.table.all():
        desk.say(f"key {key.key_id.hex()}")
    desk.frame(4)


@activity
def rendition(desk: Desk) -> None:
    """A thumbnail of a picture."""
    parent = desk.frame(4)[0]
    desk.begin()
    seed = 4 * (desk.seed() // 4)
    image = desk.opened.add_rendition(parent, Rendition.THUMBNAIL, "image/jpeg", picture(seed))
    desk.say(f"image {image.hex()} {seed}")


@activity
def batches(desk: Desk) -> None:
    """Rows alone, several a batch, and an act without content."""
    desk.begin()
    refs = desk.opened.append([patient_row(someone()) for _ in range(3)])
    for ref in (*refs, desk.opened.note_act(What.POLICY_CHANGED)):
        desk.say(f"row {ref.rid.hex()}")


@activity
def new_segment(desk: Desk) -> None:
    """The chain goes on in a new segment."""
    desk.frame(4)
    desk.begin()
    desk.opened.inside.files.ledger._limit = 1
    desk.frame(8)
    desk.patient()


@activity
def marks(desk: Desk) -> None:
    """A minute has passed: marks and chain note are written, and a checkpoint is due."""
    desk.practice.clock.forward(61)
    desk.begin()
    desk.patient()
    desk.opened.inside.upkeep.save_checkpoint()
    desk.practice.clock.forward(61)
    desk.patient()


@activity
def lock_and_unlock(desk: Desk) -> None:
    """The last act, snapshot, marks, checkpoint; then all of it read back and gone on with."""
    desk.frame(4)
    desk.begin()
    desk.opened.close()
    desk.vault.record_while_locked(What.UNLOCK_FAILED)
    desk.unlock()
    desk.frame(8)


@activity
def tries(desk: Desk) -> None:
    """Passwords are counted before they are tried."""
    desk.leave()
    desk.begin()
    for number in (1, 2):
        desk.practice.host.begin_try(desk.practice.created.vault_id)
        desk.say(f"tries {number}")
    desk.say("void tries")
    desk.practice.host.right(desk.practice.created.vault_id)


@activity
def rotation(desk: Desk) -> None:
    """A new generation in which nothing but the epoch key changed, and pictures before and after."""
    desk.patient()
    desk.frame(4)
    desk.begin()
    desk.opened.inside.publish()
    desk.say(f"generation {desk.opened.inside.book.keyring.generation}")
    desk.frame(8)


@activity
def workstation(desk: Desk) -> None:
    """Another workstation is let in."""
    desk.begin()
    writer = WriterKey.make()
    enrol_writer(desk.opened.inside.book, writer)
    desk.say(f"writer {writer.writer.hex()}")


@activity
def member_comes_and_goes(desk: Desk) -> None:
    """A user is added, then removed: two generations; afterwards keys are new."""
    inside = desk.opened.inside
    book, secret, user = inside.book, UserSecret.make(inside.book.secret.anchor), new_id()
    inside.files.write_slot(user, seal_kit_slot(secret, vault=book.vault, user=user, kit=bytes(32)))
    desk.begin()
    inside.publish(
        roster=add_user(
            book.keyring.roster.raw,
            vault=book.vault,
            generation=book.keyring.generation + 1,
            user=user,
            rank=Rank.NURSE,
            hpke_public=secret.hpke_pair().public,
            sign_public=secret.signing_key().public,
            author=book.user,
            key=book.secret.signing_key(),
        )
    )
    desk.say(f"generation {book.keyring.generation}")
    inside.publish(
        roster=remove_user(
            book.keyring.roster.raw,
            vault=book.vault,
            generation=book.keyring.generation + 1,
            user=user,
            author=book.user,
            key=book.secret.signing_key(),
        )
    )
    desk.say(f"generation {book.keyring.generation}")
    desk.frame(4)


@activity
def slot(desk: Desk) -> None:
    """A slot is sealed anew, as a change of password does: the only one that opens this vault here."""
    files, vault = desk.opened.inside.files, desk.opened.vault_id
    kit = secret_of(desk.practice.created.kit_words)
    user = bytes(desk.opened.user)
    secret = open_kit_slot(Slot.decode(files.slots()[user]), kit)
    data = seal_kit_slot(secret, vault=vault, user=user, kit=kit)
    desk.begin()
    desk.say(f"void slot {user.hex()}")
    files.write_slot(user, data)
    desk.say(f"slot {user.hex()} {data.hex()}")


@activity
def torn_chain(desk: Desk) -> None:
    """Opening finds a torn end behind the marks, puts it into quarantine, and goes on."""
    files = desk.opened.inside.files
    writer = bytes(desk.opened.writer)
    path = files.place / "ledger" / writer.hex() / f"{files.ledger.segments(writer)[-1]:06d}.rows"
    desk.leave()
    with path.open("ab") as file:
        file.write(path.read_bytes()[-600:-100])
    desk.begin()
    again = Desk.sit(desk.practice, desk.say, lambda: None, 1)
    desk.vault, desk.opened = again.vault, again.opened
    desk.frame(4)


@activity
def adoption(desk: Desk) -> None:
    """Opening finds an object that no row names."""
    inside, permit = desk.opened.inside, desk.practice.permit
    seed = 4
    meta = make_meta(
        patient=permit.patient,
        session=permit.session,
        frame=new_id(),
        consent=None,
        permit=None,
        captured=1,
        camera="Nikon",
        proof="ram",
        parent=None,
        media_type="image/jpeg",
        view="EV-01",
    )
    key = inside.book.sealing_key(inside.scribe.writer, permit.patient, permit.session)
    image = ImageId(inside.storer.put(meta, Rendition.ORIGINAL, picture(seed), key).content.object_id)
    inside.index.set_fact("scan", 1)
    desk.leave()
    desk.begin()
    desk.say(f"image {image.hex()} {seed}")
    again = Desk.sit(desk.practice, desk.say, lambda: None, 1)
    desk.vault, desk.opened = again.vault, again.opened
    desk.opened.note_act(What.POLICY_CHANGED)
