# SPDX-License-Identifier: GPL-3.0-or-later
"""PTP codes and datasets (ISO 15740, and the Nikon operations libgphoto2 uses). Pure: values in, bytes out."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from clinicam.errors import CameraFault

NIKON_EXTENSION = 0xA
"""Vendor extension id that makes libgphoto2 speak Nikon."""

FORMAT_UNDEFINED = 0x3000
"""Object format of a raw file; libgphoto2 names it ``.nef``."""
FORMAT_FOLDER = 0x3001
FORMAT_JPEG = 0x3801
FOLDER_ASSOCIATION = 1


class Op(IntEnum):
    """Operations the body knows."""

    GET_DEVICE_INFO = 0x1001
    OPEN_SESSION = 0x1002
    CLOSE_SESSION = 0x1003
    GET_STORAGE_IDS = 0x1004
    GET_STORAGE_INFO = 0x1005
    GET_NUM_OBJECTS = 0x1006
    GET_OBJECT_HANDLES = 0x1007
    GET_OBJECT_INFO = 0x1008
    GET_OBJECT = 0x1009
    GET_THUMB = 0x100A
    DELETE_OBJECT = 0x100B
    GET_PROPERTY_DESCRIPTION = 0x1014
    GET_PROPERTY = 0x1015
    SET_PROPERTY = 0x1016
    GET_PARTIAL_OBJECT = 0x101B
    AF_DRIVE = 0x90C1
    CHANGE_CAMERA_MODE = 0x90C2
    DELETE_SDRAM_IMAGE = 0x90C3
    CHECK_EVENT = 0x90C7
    DEVICE_READY = 0x90C8
    GET_VENDOR_PROPERTIES = 0x90CA
    START_LIVE_VIEW = 0x9201
    END_LIVE_VIEW = 0x9202
    GET_LIVE_VIEW_IMAGE = 0x9203
    MF_DRIVE = 0x9204
    INITIATE_CAPTURE = 0x9207


class Rc(IntEnum):
    """Response codes."""

    OK = 0x2001
    GENERAL_ERROR = 0x2002
    SESSION_NOT_OPEN = 0x2003
    OPERATION_NOT_SUPPORTED = 0x2005
    PARAMETER_NOT_SUPPORTED = 0x2006
    INVALID_STORAGE_ID = 0x2008
    INVALID_OBJECT_HANDLE = 0x2009
    PROPERTY_NOT_SUPPORTED = 0x200A
    STORE_FULL = 0x200C
    NO_THUMBNAIL = 0x2010
    ACCESS_DENIED = 0x200F
    STORE_NOT_AVAILABLE = 0x2013
    DEVICE_BUSY = 0x2019
    INVALID_PROPERTY_VALUE = 0x201C
    INVALID_PARAMETER = 0x201D
    SESSION_ALREADY_OPEN = 0x201E
    OUT_OF_FOCUS = 0xA002
    NOT_LIVE_VIEW = 0xA00B


class Event(IntEnum):
    """Events the body queues; the host asks for them with CHECK_EVENT."""

    OBJECT_ADDED = 0x4002
    PROPERTY_CHANGED = 0x4006
    STORE_FULL = 0x400A
    CAPTURE_COMPLETE = 0x400D
    OBJECT_ADDED_IN_SDRAM = 0xC101
    CAPTURE_COMPLETE_IN_SDRAM = 0xC102


class Kind(IntEnum):
    """Data types of properties."""

    I8 = 1
    U8 = 2
    I16 = 3
    U16 = 4
    U32 = 6
    TEXT = 0xFFFF


_PACK = {Kind.I8: "<b", Kind.U8: "<B", Kind.I16: "<h", Kind.U16: "<H", Kind.U32: "<I"}


@dataclass(frozen=True, slots=True)
class StorageInfo:
    """One store as GET_STORAGE_INFO tells it. Sizes in bytes."""

    kind: int
    capacity: int
    free: int
    free_images: int
    description: str
    label: str

    def encode(self) -> bytes:
        """The dataset: DCF file system, read and write."""
        head = struct.pack("<HHHQQI", self.kind, 3, 0, self.capacity, self.free, self.free_images)
        return head + text(self.description) + text(self.label)


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object as GET_OBJECT_INFO tells it. `parent` 0 means camera memory to libgphoto2's Nikon code."""

    storage: int
    format: int
    size: int
    width: int
    height: int
    parent: int
    name: str
    captured: str

    def encode(self) -> bytes:
        """The dataset. The thumbnail format is never zero: libgphoto2 refuses raw files that have none."""
        folder = self.format == FORMAT_FOLDER
        thumb = (0, 0, 0, 0) if folder else (FORMAT_JPEG, 8192, 160, 107)
        head = struct.pack("<IHHI", self.storage, self.format, 0, min(self.size, 0xFFFFFFFF))
        head += struct.pack("<HIII", *thumb) + struct.pack("<III", self.width, self.height, 0 if folder else 24)
        head += struct.pack("<IHII", self.parent, FOLDER_ASSOCIATION if folder else 0, 0, 0)
        return head + text(self.name) + text(self.captured) + text(self.captured) + text("")


def text(value: str) -> bytes:
    """A PTP string: count of UTF-16 units with the closing NUL, then the units; empty is one zero byte."""
    if not value:
        return b"\0"
    units = value.encode("utf-16-le") + b"\0\0"
    return bytes([len(units) // 2]) + units


def read_text(raw: bytes) -> str:
    """The string a host sent. Raises `CameraFault` when its bytes are none."""
    if not raw:
        raise CameraFault("string without length")
    units = raw[1 : 1 + 2 * raw[0]]
    if len(units) != 2 * raw[0]:
        raise CameraFault("string cut short")
    try:
        return units.decode("utf-16-le").rstrip("\0")
    except UnicodeDecodeError as bad:
        raise CameraFault("string is not UTF-16") from bad


def array(kind: str, values: Sequence[int]) -> bytes:
    """A PTP array: u32 count, then the items of struct code `kind` (``H`` or ``I``)."""
    return struct.pack(f"<I{len(values)}{kind}", len(values), *values)


def pack_value(kind: Kind, value: int | str) -> bytes:
    """One property value of `kind` as bytes."""
    if isinstance(value, str):
        return text(value)
    return struct.pack(_PACK[kind], value)


def unpack_value(kind: Kind, raw: bytes) -> int | str:
    """The property value a host sent. Raises `CameraFault` when the bytes do not fit the type."""
    if kind is Kind.TEXT:
        return read_text(raw)
    try:
        value: int = struct.unpack(_PACK[kind], raw)[0]
    except struct.error as bad:
        raise CameraFault("value of the wrong size") from bad
    return value


def device_info(
    *,
    operations: Sequence[int],
    events: Sequence[int],
    properties: Sequence[int],
    model: str,
    version: str,
    serial: str,
) -> bytes:
    """The GET_DEVICE_INFO dataset of a Nikon-like body."""
    head = struct.pack("<HIH", 100, NIKON_EXTENSION, 100) + text("") + struct.pack("<H", 0)
    lists = (
        operations,
        events,
        properties,
        (FORMAT_JPEG, FORMAT_UNDEFINED),
        (FORMAT_JPEG, FORMAT_UNDEFINED, FORMAT_FOLDER),
    )
    body = b"".join(array("H", values) for values in lists)
    return head + body + text("Nikon Corporation") + text(model) + text(version) + text(serial)
