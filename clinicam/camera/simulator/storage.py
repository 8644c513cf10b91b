# SPDX-License-Identifier: GPL-3.0-or-later
"""Where frames lie in the body: its memory, which holds a few, and a card when there is one. The caller holds the lock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from clinicam.camera.simulator import ptp

CARD = 0x00010001
NO_MEDIA = 0x00010000
"""What a body answers for an empty slot: a store whose lower half is zero."""

DCIM = 0x00010000
FOLDER = 0x00010100
_FIRST_ON_CARD = 0x00010200
_FIRST_IN_MEMORY = 0xFFFF0001

MEMORY_HOLDS = 20
"""Files; a body has room for a short burst."""
CARD_BYTES = 64 * 10**9


@dataclass(frozen=True, slots=True)
class Stored:
    """One file or folder."""

    handle: int
    info: ptp.ObjectInfo
    data: bytes

    @property
    def in_memory(self) -> bool:
        """True in camera memory, False on the card."""
        return self.info.parent == 0 and self.info.format != ptp.FORMAT_FOLDER


@dataclass
class Storage:
    """All files of the body."""

    card_inserted: bool = False
    _objects: dict[int, Stored] = field(default_factory=dict)
    _freed: set[int] = field(default_factory=set)
    _in_memory: int = 0
    _on_card: int = 0

    def insert_card(self) -> None:
        """An empty card with its folders; nothing happens when one is in."""
        if self.card_inserted:
            return
        self.card_inserted = True
        for handle, parent, name in ((DCIM, 0, "DCIM"), (FOLDER, DCIM, "100BENCH")):
            info = ptp.ObjectInfo(CARD, ptp.FORMAT_FOLDER, 0, 0, 0, parent, name, _now())
            self._objects[handle] = Stored(handle, info, b"")

    def remove_card(self) -> None:
        """The card and what is on it are gone."""
        self.card_inserted = False
        self._objects = {handle: one for handle, one in self._objects.items() if one.in_memory}

    def keep(self, data: bytes, *, raw: bool, number: int, size: tuple[int, int], in_memory: bool) -> Stored:
        """Store one file of frame `number` and return it."""
        suffix, form = ("NEF", ptp.FORMAT_UNDEFINED) if raw else ("JPG", ptp.FORMAT_JPEG)
        if in_memory:
            handle, parent = _FIRST_IN_MEMORY + self._in_memory % 0xFFF0, 0
            self._in_memory += 1
        else:
            handle, parent = _FIRST_ON_CARD + self._on_card, FOLDER
            self._on_card += 1
        info = ptp.ObjectInfo(CARD, form, len(data), *size, parent, f"DSC_{number:04}.{suffix}", _now())
        stored = Stored(handle, info, data)
        self._objects[handle] = stored
        self._freed.discard(handle)
        return stored

    def free(self, handle: int) -> bool:
        """Forget one file; True also for one the body has already freed by itself."""
        if handle in self._freed:
            return True
        gone = self._objects.get(handle)
        if gone is None or gone.info.format == ptp.FORMAT_FOLDER:
            return False
        del self._objects[handle]
        if gone.in_memory:
            self._freed.add(handle)
        return True

    def get(self, handle: int) -> Stored | None:
        """The object of that handle, if there is one."""
        return self._objects.get(handle)

    def in_memory(self) -> tuple[Stored, ...]:
        """Frames in camera memory, oldest first."""
        return tuple(one for one in self._objects.values() if one.in_memory)

    def on_card(self) -> tuple[Stored, ...]:
        """Files on the card, oldest first, without folders."""
        return tuple(o for o in self._objects.values() if not o.in_memory and o.info.format != ptp.FORMAT_FOLDER)

    def handles(self, store: int, form: int, parent: int) -> tuple[int, ...] | None:
        """Handles as GET_OBJECT_HANDLES wants them; None for a store no body of this kind has.

        Frames in memory are not listed. An empty slot has no objects, which is not an error: libgphoto2 lists the store
        of every frame it took over with `capture`.
        """
        if store not in {CARD, NO_MEDIA, 0xFFFFFFFF}:
            return None
        if store == NO_MEDIA or not self.card_inserted:
            return ()
        card = [one for one in self._objects.values() if not one.in_memory]
        if form not in {0, 0xFFFFFFFF}:
            card = [one for one in card if one.info.format == form]
        if parent == 0xFFFFFFFF:
            card = [one for one in card if one.info.parent == 0]
        elif parent != 0:
            card = [one for one in card if one.info.parent == parent]
        return tuple(one.handle for one in card)

    def store_ids(self) -> tuple[int, ...]:
        """The ids of the stores; an empty slot answers with `NO_MEDIA`."""
        return (CARD,) if self.card_inserted else (NO_MEDIA,)

    def store_info(self, store: int) -> ptp.StorageInfo | None:
        """What GET_STORAGE_INFO says of the card; None without one."""
        if store != CARD or not self.card_inserted:
            return None
        free = CARD_BYTES - sum(len(one.data) for one in self.on_card())
        return ptp.StorageInfo(4, CARD_BYTES, free, free // 25_000_000, "Bench card", "BENCH")


def _now() -> str:
    return time.strftime("%Y%m%dT%H%M%S")
