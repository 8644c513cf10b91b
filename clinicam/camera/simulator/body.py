# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera body itself: shutter, memory, card, settings, event queue, and the faults it was told to have.

Every public method is thread-safe. Pictures are drawn on the shutter thread, outside the lock, one after the other.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from clinicam.camera.simulator import properties
from clinicam.camera.simulator.oplog import OperationLog
from clinicam.camera.simulator.picture import Flaw, Shot, Studio
from clinicam.camera.simulator.properties import Prop, Properties
from clinicam.camera.simulator.ptp import Event, Rc
from clinicam.camera.simulator.storage import MEMORY_HOLDS, Storage, Stored

_QUEUE_HOLDS = 2000
"""Events; the oldest is lost when nobody asks."""


@dataclass
class Faults:
    """What the body will do wrong. Counters count down; the caller holds the body's lock."""

    truncate_next: int = 0
    """frames whose JPEG ends half way"""
    empty_next: int = 0
    """frames of no bytes"""
    busy_next: int = 0
    """operations answered with Device Busy"""
    busy_until_s: float = 0.0
    """monotonic second until which the body is busy"""
    defocus_next: int = 0
    """remote shutter releases that find no focus"""
    store_full: bool = False
    target_card: bool = False
    """writes to the card although told not to"""
    flaw_next: Flaw = Flaw.NONE
    cut_after: int | None = None
    """bytes of the next file after which the cable comes off"""


class Body:
    """One camera. `close` ends its shutter thread."""

    def __init__(self, studio: Studio) -> None:
        self.lock = threading.RLock()
        self.properties = Properties()
        self.storage = Storage()
        self.faults = Faults()
        self.log = OperationLog()
        self.studio = studio
        self.plugged = True
        self._events: deque[tuple[int, int]] = deque(maxlen=_QUEUE_HOLDS)
        self._shutter = ThreadPoolExecutor(1, thread_name_prefix="shutter")
        self._hang = threading.Condition()
        self._hanging = False
        self._frames = 0
        self._session = False

    # What the person holding the camera does

    def press(self, *, raw: bool = False) -> tuple[Rc, Future[tuple[Stored, ...]] | None]:
        """The body's own shutter button. The future gives the files once they are stored and announced.

        Without a host the body has nowhere to put a frame but its card.
        """
        with self.lock:
            remote = self._session and self.properties.number(Prop.RECORDING_MEDIA) == properties.MEDIA_SDRAM
            return self._expose(in_memory=remote, with_raw=raw)

    def set_battery(self, percent: int) -> None:
        """Charge or drain the battery."""
        with self.lock:
            self.put(Prop.BATTERY_LEVEL, percent)

    def forget_settings(self) -> None:
        """Back to the card, as after a mode dial turn, and the host is told."""
        with self.lock:
            self.put(Prop.RECORDING_MEDIA, properties.MEDIA_CARD)

    def hang(self, hanging: bool) -> None:
        """Stop answering, or answer again."""
        with self._hang:
            self._hanging = hanging
            self._hang.notify_all()

    def reset(self) -> None:
        """As new: no faults, no card, no frames, settings as delivered. A session goes on; frame numbers too."""
        self.hang(hanging=False)
        with self.lock:
            self.faults = Faults()
            self.storage = Storage()
            self.properties = Properties()
            self._events.clear()

    # What the host does

    def wait_while_hanging(self, severed: threading.Event) -> None:
        """Return when the body answers again or the connection is over."""
        with self._hang:
            while self._hanging and not severed.is_set():
                self._hang.wait(0.05)  # a severed link has no way to notify this condition

    def session_opened(self) -> None:
        """A host took over. Frames still in memory are announced again, so that a leftover can be fetched."""
        with self.lock:
            self._session = True
            self._events.clear()
            for left in self.storage.in_memory():
                self.announce(Event.OBJECT_ADDED_IN_SDRAM, left.handle)

    def session_closed(self) -> None:
        """The host let go or was lost: live view ends, and frames go to the card again."""
        with self.lock:
            self._session = False
            self.properties.put(Prop.LIVE_VIEW_STATUS, 0)
            self.properties.put(Prop.RECORDING_MEDIA, properties.MEDIA_CARD)

    def release_shutter(self, *, in_memory: bool) -> Rc:
        """The host releases the shutter; the frame is announced when it is drawn."""
        with self.lock:
            if self.faults.defocus_next:
                self.faults.defocus_next -= 1
                return Rc.OUT_OF_FOCUS
            return self._expose(in_memory=in_memory, with_raw=False)[0]

    def announce(self, event: Event, param: int) -> None:
        """Queue an event for the host."""
        with self.lock:
            self._events.append((event, param))

    def take_events(self) -> tuple[tuple[int, int], ...]:
        """All queued events (code, parameter), oldest first; the queue is empty then."""
        with self.lock:
            taken = tuple(self._events)
            self._events.clear()
            return taken

    def put(self, code: Prop, value: int | str) -> None:
        """The body changes a setting and tells the host if it was a change."""
        with self.lock:
            if self.properties.put(code, value):
                self.announce(Event.PROPERTY_CHANGED, code)

    def live_view_prohibited(self) -> int:
        """The bits that keep live view from starting; 0 is none."""
        with self.lock:
            waiting = properties.PENDING_SDRAM_IMAGE if self.storage.in_memory() else 0
            return self.properties.number(Prop.LIVE_VIEW_PROHIBITED) | waiting

    @property
    def frames(self) -> int:
        """How many frames were shot."""
        return self._frames

    @property
    def session_is_open(self) -> bool:
        """True while a host holds a session."""
        return self._session

    def close(self) -> None:
        """Finish the frame being drawn and end the shutter thread."""
        self.hang(hanging=False)
        self._shutter.shutdown(wait=True, cancel_futures=True)

    # Inside

    def _expose(self, *, in_memory: bool, with_raw: bool) -> tuple[Rc, Future[tuple[Stored, ...]] | None]:
        """Open the shutter if there is room. Holds the lock."""
        if self.faults.target_card:
            self.storage.insert_card()
            in_memory = False
        if self.faults.store_full or (in_memory and len(self.storage.in_memory()) >= MEMORY_HOLDS):
            return Rc.STORE_FULL, None
        if not in_memory and not self.storage.card_inserted:
            return Rc.STORE_NOT_AVAILABLE, None
        self._frames += 1
        quality = self.properties.number(Prop.IMAGE_QUALITY)
        shot = Shot(
            number=self._frames,
            jpeg=quality != properties.QUALITY_RAW or with_raw,
            raw=quality != properties.QUALITY_FINE or with_raw,
            iso=self.properties.number(Prop.ISO),
            f_number=self.properties.number(Prop.F_NUMBER) / 100,
            exposure_s=self.properties.number(Prop.EXPOSURE_TIME) / 10_000,
            flaw=self.faults.flaw_next,
        )
        self.faults.flaw_next = Flaw.NONE
        keep = self._keep_share()
        return Rc.OK, self._shutter.submit(self._develop, shot, in_memory, keep)

    def _keep_share(self) -> float:
        """How much of the next file survives: all, half, or nothing."""
        if self.faults.empty_next:
            self.faults.empty_next -= 1
            return 0.0
        if self.faults.truncate_next:
            self.faults.truncate_next -= 1
            return 0.5
        return 1.0

    def _develop(self, shot: Shot, in_memory: bool, keep: float) -> tuple[Stored, ...]:
        """Draw, store, announce: first the JPEG, then the raw file, then that the capture is complete."""
        exposure = self.studio.still(shot)
        size = (exposure.width, exposure.height)
        stored: list[Stored] = []
        with self.lock:
            for data, raw in ((exposure.jpeg, False), (exposure.raw, True)):
                if data is None:
                    continue
                whole = data if keep >= 1 else data[: int(len(data) * keep)]
                one = self.storage.keep(whole, raw=raw, number=shot.number, size=size, in_memory=in_memory)
                stored.append(one)
                self.announce(Event.OBJECT_ADDED_IN_SDRAM if in_memory else Event.OBJECT_ADDED, one.handle)
            self.announce(Event.CAPTURE_COMPLETE_IN_SDRAM if in_memory else Event.CAPTURE_COMPLETE, 0)
        return tuple(stored)
