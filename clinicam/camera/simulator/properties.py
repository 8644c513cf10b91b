# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the body: which there are, what they may be, what they are now. No I/O."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from clinicam.camera.simulator import ptp
from clinicam.camera.simulator.ptp import Kind, Rc


class Prop(IntEnum):
    """Property codes."""

    BATTERY_LEVEL = 0x5001
    IMAGE_SIZE = 0x5003
    IMAGE_QUALITY = 0x5004
    WHITE_BALANCE = 0x5005
    F_NUMBER = 0x5007
    FOCUS_MODE = 0x500A
    EXPOSURE_TIME = 0x500D
    EXPOSURE_MODE = 0x500E
    ISO = 0x500F
    EXPOSURE_BIAS = 0x5010
    DATE_TIME = 0x5011
    RECORDING_MEDIA = 0xD10B
    LIVE_VIEW_STATUS = 0xD1A2
    LIVE_VIEW_PROHIBITED = 0xD1A4


MEDIA_CARD = 0
MEDIA_SDRAM = 1
QUALITY_FINE = 2
QUALITY_RAW = 4
QUALITY_RAW_AND_FINE = 7
PENDING_SDRAM_IMAGE = 1 << 12
"""Bit of LIVE_VIEW_PROHIBITED: a frame in memory waits to be fetched."""

VENDOR_PROPERTIES = (Prop.RECORDING_MEDIA, Prop.LIVE_VIEW_STATUS, Prop.LIVE_VIEW_PROHIBITED)


@dataclass(frozen=True, slots=True)
class Setting:
    """What one property is: its type, its first value, and the values a host may choose."""

    code: Prop
    kind: Kind
    first: int | str
    choices: tuple[int | str, ...] = ()
    span: tuple[int, int, int] | None = None
    """lowest, highest, step"""
    writable: bool = True


SETTINGS = (
    Setting(Prop.BATTERY_LEVEL, Kind.U8, 80, span=(0, 100, 1), writable=False),
    Setting(Prop.IMAGE_SIZE, Kind.TEXT, "3000x2000", ("3000x2000",)),
    Setting(Prop.IMAGE_QUALITY, Kind.U8, QUALITY_FINE, (QUALITY_FINE, QUALITY_RAW, QUALITY_RAW_AND_FINE)),
    Setting(Prop.WHITE_BALANCE, Kind.U16, 5, (2, 4, 5, 6)),
    Setting(Prop.F_NUMBER, Kind.U16, 2500, (280, 400, 560, 800, 1100, 1600, 2200, 2500, 3200)),
    Setting(Prop.FOCUS_MODE, Kind.U16, 0x8010, (1, 0x8010, 0x8011), writable=False),
    Setting(Prop.EXPOSURE_TIME, Kind.U32, 62, (40, 50, 62, 80, 100, 125, 166)),
    Setting(Prop.EXPOSURE_MODE, Kind.U16, 1, (1, 2, 3, 4), writable=False),
    Setting(Prop.ISO, Kind.U16, 200, (100, 200, 400, 800, 1600, 3200)),
    Setting(Prop.EXPOSURE_BIAS, Kind.I16, 0, (-2000, -1000, 0, 1000, 2000)),
    Setting(Prop.DATE_TIME, Kind.TEXT, ""),
    Setting(Prop.RECORDING_MEDIA, Kind.U8, MEDIA_CARD, (MEDIA_CARD, MEDIA_SDRAM)),
    Setting(Prop.LIVE_VIEW_STATUS, Kind.U8, 0, span=(0, 1, 1), writable=False),
    Setting(Prop.LIVE_VIEW_PROHIBITED, Kind.U32, 0, writable=False),
)


@dataclass
class Properties:
    """The property table. The caller holds the body's lock."""

    media_locked: bool = False
    """the body silently keeps its recording medium, as some D5xxx and D7xxx do"""
    _values: dict[Prop, int | str] = field(default_factory=lambda: {one.code: one.first for one in SETTINGS})

    def __iter__(self) -> Iterator[Prop]:
        return (one.code for one in SETTINGS)

    def number(self, code: Prop) -> int:
        """The value of a property that is a number."""
        value = self._values[code]
        return value if isinstance(value, int) else 0

    def put(self, code: Prop, value: int | str) -> bool:
        """The body itself sets a value, even one it offers to nobody. True when it changed."""
        changed = self._values[code] != value
        self._values[code] = value
        return changed

    def read(self, code: int) -> bytes | None:
        """The current value as bytes; None for an unknown property."""
        known = _by_code(code)
        return None if known is None else ptp.pack_value(known.kind, self._now(known))

    def write(self, code: int, raw: bytes) -> Rc:
        """A host sets a value. Raises `CameraFault` when the bytes are no value of that type."""
        known = _by_code(code)
        if known is None:
            return Rc.PROPERTY_NOT_SUPPORTED
        if not known.writable:
            return Rc.ACCESS_DENIED
        value = ptp.unpack_value(known.kind, raw)
        if known.choices and value not in known.choices:
            return Rc.INVALID_PROPERTY_VALUE
        if known.code is Prop.RECORDING_MEDIA and self.media_locked:
            return Rc.OK  # what makes such bodies treacherous: the write is accepted and nothing happens
        if known.code is not Prop.DATE_TIME:
            self._values[known.code] = value
        return Rc.OK

    def describe(self, code: int) -> bytes | None:
        """The GET_PROPERTY_DESCRIPTION dataset; None for an unknown property."""
        known = _by_code(code)
        if known is None:
            return None
        head = struct.pack("<HHB", known.code, known.kind, known.writable)
        head += ptp.pack_value(known.kind, known.first) + ptp.pack_value(known.kind, self._now(known))
        if known.choices:
            body = b"".join(ptp.pack_value(known.kind, choice) for choice in known.choices)
            return head + struct.pack("<BH", 2, len(known.choices)) + body
        if known.span is not None:
            return head + b"\1" + b"".join(ptp.pack_value(known.kind, bound) for bound in known.span)
        return head + b"\0"

    def _now(self, known: Setting) -> int | str:
        if known.code is Prop.DATE_TIME:
            return time.strftime("%Y%m%dT%H%M%S")
        return self._values[known.code]


def _by_code(code: int) -> Setting | None:
    return next((one for one in SETTINGS if one.code == code), None)
