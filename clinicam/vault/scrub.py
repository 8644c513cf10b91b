# SPDX-License-Identifier: GPL-3.0-or-later
"""The rolling check: in quiet moments every row's signature and every picture's last byte, a little at a time.

One cycle first walks the chains, then opens every object in the order of their ids. How far it came is remembered across
locks (`checknote`). It reads only; what it finds goes to `damage`. Vault thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from clinicam.errors import Corrupt, NotFound, UnsupportedFormat, VaultError
from clinicam.vault import lookups
from clinicam.vault.agreements import moved_away
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.checknote import CheckedChain, load_note, save_note
from clinicam.vault.content import ImageContent
from clinicam.vault.damage import Damages
from clinicam.vault.heads import chain_start
from clinicam.vault.inside import Inside
from clinicam.vault.opening import open_row
from clinicam.vault.roster import Writer
from clinicam.vault.rows import check_signature
from clinicam.vault.segment import MAGIC, ActOrder, Segment, scan_pieces
from clinicam.vault.stores.port import BRANCHES
from clinicam.vault.verifyobjects import check_deep

STEP_S = 0.05
"""A step ends after this time, or after one object if that takes longer."""
PORTION = 128 * 1024
"""Bytes of a chain read at a time: some 170 rows, 20 ms of signatures."""
WEEK_MS = 7 * 24 * 3600 * 1000
SAVE_EVERY_S = 60.0
SHORTEST_REST_S, LONGEST_REST_S = 0.25, 15.0
IDLE_SHARE = 0.05
"""Of the time that is left of a cycle, what is counted on as quiet."""


@dataclass(frozen=True, slots=True)
class ScrubProgress:
    """How far the rolling check is. Times are UTC milliseconds, 0: never. `found` counts what was found this time."""

    began_ms: int
    done: int
    of: int
    found: int
    finished_ms: int
    finished_of: int
    finished_found: int
    cycle_ms: int

    @property
    def percent(self) -> int:
        """Of this cycle; 100 only once it is through."""
        if self.done >= self.of:
            return 100 if self.of else 0
        return min(round(100 * self.done / self.of), 99)


class Scrub:
    """See the module. `cycle_ms` is how often everything is to be checked."""

    def __init__(self, inside: Inside, damages: Damages, *, cycle_ms: int = WEEK_MS) -> None:
        self._inside = inside
        self._damages = damages
        self.cycle_ms = cycle_ms
        self._note = load_note(inside.host, inside.book).scrub
        self._chains = {chain.writer: chain for chain in self._note.chains}
        self._given_up: set[bytes] = set()
        self._branch = self._note.after[0] if self._note.after else 0
        self._waiting: list[bytes] = []
        self._saved_at = inside.host.monotonic()

    def progress(self) -> ScrubProgress:
        """How far it is."""
        note = self._note
        return ScrubProgress(
            *(note.began_ms, note.done, note.of, note.found),
            *(note.finished_ms, note.finished_of, note.finished_found, self.cycle_ms),
        )

    def rest_s(self) -> float:
        """Seconds to let pass before the next step, so that a cycle is through in time."""
        note = self._note
        left = max(note.of - note.done, 1)
        time_left = (note.began_ms + self.cycle_ms - self._inside.host.wall_ms()) / 1000
        return min(max(time_left * IDLE_SHARE / left, SHORTEST_REST_S), LONGEST_REST_S)

    def step(self) -> bool:
        """Check a little, 50 ms or one picture; whether there is more to do in this cycle.

        Raises:
            DiskFull, WriteFailed: something was found that could not be recorded; it is found again later.
        """
        host = self._inside.host
        if not self._is_due():
            return False
        until = host.monotonic() + STEP_S
        more = True
        while more:
            more = self._rows() if not self._note.rows_done else self._object()
            if host.monotonic() >= until:
                break
        if host.monotonic() - self._saved_at >= SAVE_EVERY_S:
            self.save()
        return more

    def save(self) -> None:
        """Remember how far it is. Never fails: what is forgotten is checked again."""
        inside = self._inside
        note = msgspec.structs.replace(self._note, chains=tuple(self._chains[one] for one in sorted(self._chains)))
        save_note(inside.host, inside.book, load_note(inside.host, inside.book).with_scrub(note))
        self._saved_at = inside.host.monotonic()

    def _is_due(self) -> bool:
        note, now = self._note, self._inside.host.wall_ms()
        if note.began_ms > note.finished_ms:
            return True
        # Either way, or a clock set back by an hour would begin one cycle after the other.
        if note.finished_ms and abs(now - note.began_ms) < self.cycle_ms:
            return False
        self._note = msgspec.structs.replace(
            note,
            began_ms=max(now, note.finished_ms + 1),
            chains=(),
            rows_done=False,
            after=b"",
            done=0,
            of=lookups.counts(self._inside.index).objects,
            found=0,
        )
        self._chains, self._given_up, self._branch, self._waiting = {}, set(), 0, []
        return True

    def _found(self, finding: str) -> None:
        self._damages.record([finding], "scrub")
        self._note = msgspec.structs.replace(self._note, found=self._note.found + 1)

    # --- rows -----------------------------------------------------------------------------------------------------

    def _rows(self) -> bool:
        inside = self._inside
        for writer, place in sorted(inside.index.places().items()):
            if writer in self._given_up:
                continue
            checked = self._chains.get(writer)
            if checked is None or checked.seq < place.end.head.seq:
                try:
                    self._chains[writer] = self._portion(inside.book.keyring.roster.writers[writer], checked)
                except (VaultError, OSError) as error:
                    self._given_up.add(writer)
                    self._found(f"chain {writer.hex()}: {error}")
                return True
        self._note = msgspec.structs.replace(self._note, rows_done=True)
        return True

    def _portion(self, known: Writer, checked: CheckedChain | None) -> CheckedChain:
        book = self._inside.book
        start = ChainEnd(chain_start(book.vault, known.writer), 0, 0, 0)
        end, lamport = (checked.end, checked.lamport) if checked is not None else (start, -1)
        segment, base, piece = self._read(end)
        order = ActOrder(lamport)
        for row in piece.rows:
            check_signature(row, known.sign_public)
            open_row(book, row, order)
        last = piece.rows[-1]
        return CheckedChain.at(ChainEnd(last.head, segment, base + last.start, base + last.end), order.lamport)

    def _read(self, end: ChainEnd) -> tuple[int, int, Segment]:
        """The next whole batches behind `end`: segment, what offsets count from, rows. Raises Corrupt, NotFound."""
        ledger, writer, vault = self._inside.files.ledger, end.head.writer, self._inside.book.vault
        segment = end.segment
        if segment == 0 or ledger.size(writer, segment) <= end.stop:
            segment, at = segment + 1, len(MAGIC)
        else:
            at = end.stop
        length = PORTION
        while True:
            data = ledger.read(writer, segment, at, length)
            piece = next(scan_pieces(MAGIC + data, vault=vault, head=end.head))
            if piece.rows:
                return segment, at - len(MAGIC), piece
            if len(data) < length:
                raise piece.problem if piece.problem is not None else Corrupt("rows that were there are gone")
            length *= 4

    # --- objects --------------------------------------------------------------------------------------------------

    def _object(self) -> bool:
        if not self._waiting and not self._next_branch():
            now = self._inside.host.wall_ms()
            note = self._note
            self._note = msgspec.structs.replace(
                note,
                finished_ms=max(now, note.began_ms),
                finished_of=note.done,
                finished_found=note.found,
                of=note.done,
            )
            self.save()
            return False
        object_id = self._waiting.pop()
        inside = self._inside
        try:
            check_deep(inside.files, inside.book, object_id, self._row(object_id))
        except NotFound:
            if self._row(object_id) is not None:
                self._found(f"object {object_id.hex()}: missing")
        except (Corrupt, UnsupportedFormat) as error:
            self._found(f"object {object_id.hex()}: {error}")
        done = self._note.done + 1
        self._note = msgspec.structs.replace(self._note, after=object_id, done=done, of=max(self._note.of, done))
        return True

    def _row(self, object_id: bytes) -> ImageContent | None:
        try:
            return lookups.image_row(self._inside.index, object_id)
        except NotFound:
            return None

    def _next_branch(self) -> bool:
        """The objects of the next folder that there are or should be, in the order of their ids from the end of the list."""
        inside, after = self._inside, self._note.after
        away = moved_away(inside.index)
        while self._branch < BRANCHES:
            names = set(inside.files.objects.ids(self._branch)) | lookups.known_objects(inside.index, self._branch)
            self._branch += 1
            self._waiting = sorted((name for name in names - away if name > after), reverse=True)
            if self._waiting:
                return True
        return False
