# SPDX-License-Identifier: GPL-3.0-or-later
"""An unlocked vault: the only type that can read or add. The rules are:

* A frame is taken in only on a permit that the gate vouches for, and only a simulated one into a training vault.
* What is returned is durable: object flushed and named, row batch flushed. Before that nothing is acknowledged.
* Every method belongs to the vault thread, but `read`, `counts` and `is_open`, which any thread may call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from clinicam.errors import Corrupt, VaultError
from clinicam.identity import (
    ImageId,
    WorkstationId,
)
from clinicam.vault.acts import What, spell
from clinicam.vault.checknote import load_note, save_note
from clinicam.vault.content import Rendition
from clinicam.vault.damage import Damages, is_damage
from clinicam.vault.inside import Inside
from clinicam.vault.intake import Intake
from clinicam.vault.model import (
    Buffer,
    Entry,
    ImageEntry,
    NewFile,
    NewFrame,
    NewRow,
    PatientHit,
    RowRef,
    StoredFrame,
    VaultCounts,
    VerifyReport,
)
from clinicam.vault.reading import Reading
from clinicam.vault.scribe import Draft
from clinicam.vault.scrub import Scrub
from clinicam.vault.verify import verify_vault

__all__ = [
    "Entry",
    "ImageEntry",
    "NewFile",
    "NewFrame",
    "NewRow",
    "OpenVault",
    "PatientHit",
    "Rendition",
    "RowRef",
    "StoredFrame",
    "VaultCounts",
    "VerifyReport",
]

logger = logging.getLogger(__name__)


class OpenVault(Reading):
    """See the module. Made by `Vault.unlock`; after `close` every method raises VaultClosed.

    `alarms` are what opening found and a manager should see. `inside` is for the parts that do more than add and read.
    """

    def __init__(self, inside: Inside, *, alarms: Sequence[str], on_close: Callable[[], None]) -> None:
        super().__init__(inside.files, inside.book, inside.index)
        self.inside = inside
        self.writer = WorkstationId(inside.scribe.writer.writer)
        self.alarms = tuple(alarms)
        self._on_close = on_close
        self._intake = Intake(inside)
        self.damages = Damages(inside)
        self.scrub = Scrub(inside, self.damages)

    @property
    def is_open(self) -> bool:
        """False once it was closed."""
        return self.inside.is_open

    def _check_open(self) -> None:
        self.inside.check_open()

    # --- adding ---------------------------------------------------------------------------------------------------

    def add(self, frame: NewFrame) -> StoredFrame:
        """Take in one frame: all its files, one batch of rows. Durable when this returns.

        Raises:
            PermitRefused: the gate does not vouch for this frame; nothing was looked at.
            TrainingOnly: a simulated frame for a real vault, or the reverse.
            FrameRefused: no files, an empty one, or not one original and at most one second file.
            VaultExists: this frame is already in the vault.
            DiskFull, WriteFailed, Corrupt: not acknowledged. An object whose row could not follow is taken in as
                unfiled the next time the vault is opened.
        """
        self._check_open()
        return self._intake.add(frame)

    def add_rendition(self, parent: ImageId, rendition: Rendition, media_type: str, data: Buffer) -> ImageId:
        """Keep a preview, thumbnail or derivative of an image. Durable when this returns.

        Raises:
            NotFound: no such parent.
            FrameRefused: empty, or not such a rendition.
            DiskFull, WriteFailed, Corrupt: not kept.
        """
        self._check_open()
        return self._intake.add_rendition(parent, rendition, media_type, data)

    def append(self, rows: Sequence[NewRow]) -> tuple[RowRef, ...]:
        """Add rows as one batch with one flush. All are durable when this returns, or none is there.

        The session's own content key is made ready when a `session.opened` passes, so that the first frame is not
        kept waiting.

        Raises:
            DiskFull, WriteFailed: nothing was added.
            Corrupt: a patient's record that is none, or a subject that is not an id.
            ValueError: a detail that is no short line, or a topic of the vault's own.
        """
        self._check_open()
        return self._intake.append(rows)

    def note_view(self, *images: ImageId) -> None:
        """Record that the user looked at these images: one batch.

        Raises:
            NotFound: no such image. DiskFull, WriteFailed: not recorded.
        """
        self._check_open()
        self._intake.note_view(*images)

    def note_act(self, what: What, detail: str = "") -> RowRef:
        """Record an act that is about no patient.

        Raises:
            DiskFull, WriteFailed: not recorded. ValueError: a detail that is no short line.
        """
        self._check_open()
        return self._intake.note_act(what, detail)

    def read(self, image: ImageId) -> bytes:
        """As `Reading.read`; damage it meets is in the way of new pictures until a manager has decided."""
        try:
            return super().read(image)
        except Corrupt as error:
            self.damages.met(f"object {image.hex()}: {error}")
            raise

    def free_bytes(self) -> int:
        """Room left where objects lie."""
        self._check_open()
        return self._files.objects.free_bytes()

    def verify(
        self,
        *,
        deep: bool,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        only_new: bool = False,
        against: Sequence[bytes] = (),
    ) -> VerifyReport:
        """Check everything that lies in the vault; `deep` opens every object too. Changes nothing but one act.

        `progress` is told (done, of). Slow; see `verify.verify_vault`.

        Args:
            only_new: what an earlier check on this workstation found good need not be read again.
            against: checkpoints kept outside the vault, as notes.
        """
        self._check_open()
        host, book = self.inside.host, self._book
        remembered = load_note(host, book)
        verified = verify_vault(
            self._files,
            book,
            index=self._index,
            deep=deep,
            progress=progress,
            cancelled=cancelled,
            since=remembered if only_new else None,
            against=against,
        )
        report = verified.report
        if verified.note is not None:
            save_note(host, book, verified.note.with_scrub(remembered.scrub))
        verdict = "ok" if report.ok else f"findings={len(report.findings)}"
        try:
            self.inside.write([Draft(spell(What.VAULT_VERIFIED, verdict))])
            self.damages.note(is_damage(report.findings), "verify")
        except VaultError as error:
            # What was found is told all the more where it cannot be written down.
            return replace(report, alarms=(*report.alarms, f"the check could not be recorded: {error}"))
        return report

    # --- upkeep ---------------------------------------------------------------------------------------------------

    def tend(self) -> None:
        """Write marks if the last are a minute old, and what damage readers met. For the vault thread's quiet moments.

        Raises:
            DiskFull, WriteFailed: the marks stay as they were.
        """
        if self.inside.is_open:
            self.damages.write_met()
            self.inside.upkeep.tend()

    def close(self, cause: str = "") -> None:
        """Lock: last act, snapshot, marks, checkpoint; then the keys are dropped. Never fails, may be called again.

        `cause` is one word for the act: why it was locked.

        What could not be written is only convenience, as every acknowledged row is durable already; it is logged.
        """
        if not self.inside.is_open:
            return
        steps: tuple[Callable[[], object], ...] = (
            self.damages.write_met,
            self.scrub.save,
            lambda: self.inside.write([Draft(spell(What.LOCK, cause))]),
            self.inside.upkeep.save_snapshot,
            self.inside.upkeep.save_marks,
            self.inside.upkeep.save_checkpoint,
        )
        for step in steps:
            try:
                step()
            except VaultError as error:
                logger.warning("lock: %s", error)
        self.inside.end()
        self._on_close()
