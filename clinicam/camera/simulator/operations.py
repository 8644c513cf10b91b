# SPDX-License-Identifier: GPL-3.0-or-later
"""What each PTP operation does to the body. One `Operations` serves one connection of a host."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from clinicam.camera.simulator import properties, ptp
from clinicam.camera.simulator.body import Body
from clinicam.camera.simulator.properties import Prop
from clinicam.camera.simulator.ptp import Event, Op, Rc
from clinicam.camera.simulator.storage import Stored

LIVE_VIEW_HEADER = bytes(384)
"""What a Nikon puts before the JPEG of live view; libgphoto2 looks for the markers itself."""

CAMERA_MEMORY = 1
"""Second parameter of INITIATE_CAPTURE: the frame stays in memory."""

_REFUSED_WHEN_BUSY = frozenset({
    Op.DEVICE_READY, Op.INITIATE_CAPTURE, Op.START_LIVE_VIEW, Op.GET_LIVE_VIEW_IMAGE, Op.SET_PROPERTY, Op.AF_DRIVE, Op.MF_DRIVE,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One operation as it came over the wire; `data` is what the host sent with it."""

    code: int
    transaction: int
    params: tuple[int, ...]
    data: bytes = b""

    def param(self, index: int) -> int:
        """A parameter, 0 where the host sent none."""
        return self.params[index] if index < len(self.params) else 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer. `data` None is no data phase, which libgphoto2 accepts for errors of operations that should have one."""

    code: Rc
    data: bytes | None = None
    params: tuple[int, ...] = ()
    is_file: bool = False
    delivered: Callable[[], object] | None = None
    """called when the whole data phase is with the host"""


class Operations:
    """The operations of one connection. Call from the connection's thread.

    Raises:
        CameraFault: from `answer`, when the host sends a value that is none.
    """

    def __init__(self, body: Body, *, model: str, serial: str) -> None:
        self._body = body
        self._model = model
        self._serial = serial
        self.session_open = False
        self._table: dict[int, Callable[[Request], Reply]] = {
            Op.GET_DEVICE_INFO: self._device_info,
            Op.OPEN_SESSION: self._open_session,
            Op.CLOSE_SESSION: self._close_session,
            Op.GET_STORAGE_IDS: self._storage_ids,
            Op.GET_STORAGE_INFO: self._storage_info,
            Op.GET_NUM_OBJECTS: self._count_objects,
            Op.GET_OBJECT_HANDLES: self._object_handles,
            Op.GET_OBJECT_INFO: self._object_info,
            Op.GET_OBJECT: self._object,
            Op.GET_PARTIAL_OBJECT: self._partial_object,
            Op.DELETE_OBJECT: self._delete,
            Op.DELETE_SDRAM_IMAGE: self._delete,
            Op.GET_PROPERTY_DESCRIPTION: self._describe,
            Op.GET_PROPERTY: self._read,
            Op.SET_PROPERTY: self._write,
            Op.GET_VENDOR_PROPERTIES: self._vendor_properties,
            Op.CHANGE_CAMERA_MODE: self._nothing,
            Op.AF_DRIVE: self._nothing,
            Op.MF_DRIVE: self._nothing,
            Op.DEVICE_READY: self._nothing,
            Op.CHECK_EVENT: self._events,
            Op.START_LIVE_VIEW: self._start_live_view,
            Op.END_LIVE_VIEW: self._end_live_view,
            Op.GET_LIVE_VIEW_IMAGE: self._live_view_image,
            Op.INITIATE_CAPTURE: self._capture,
        }

    def answer(self, request: Request) -> Reply:
        """Do one operation."""
        work = self._table.get(request.code)
        if work is None:
            return Reply(Rc.OPERATION_NOT_SUPPORTED)
        if not self.session_open and request.code not in {Op.GET_DEVICE_INFO, Op.OPEN_SESSION}:
            return Reply(Rc.SESSION_NOT_OPEN)
        with self._body.lock:
            if request.code in _REFUSED_WHEN_BUSY and self._is_busy():
                return Reply(Rc.DEVICE_BUSY)
        return work(request)

    def end(self) -> None:
        """The connection is over, with or without a farewell."""
        if self.session_open:
            self.session_open = False
            self._body.session_closed()

    def _is_busy(self) -> bool:
        faults = self._body.faults
        if faults.busy_next:
            faults.busy_next -= 1
            return True
        return time.monotonic() < faults.busy_until_s

    def _nothing(self, _request: Request) -> Reply:
        return Reply(Rc.OK)

    def _device_info(self, _request: Request) -> Reply:
        standard = [code for code in self._body.properties if code not in properties.VENDOR_PROPERTIES]
        return Reply(
            Rc.OK,
            ptp.device_info(
                operations=sorted(self._table),
                events=[event.value for event in Event],
                properties=standard,
                model=self._model,
                version="1.0",
                serial=self._serial,
            ),
        )

    def _open_session(self, _request: Request) -> Reply:
        if self.session_open:
            return Reply(Rc.SESSION_ALREADY_OPEN)
        self.session_open = True
        self._body.session_opened()
        return Reply(Rc.OK)

    def _close_session(self, _request: Request) -> Reply:
        self.end()
        return Reply(Rc.OK)

    def _storage_ids(self, _request: Request) -> Reply:
        with self._body.lock:
            return Reply(Rc.OK, ptp.array("I", self._body.storage.store_ids()))

    def _storage_info(self, request: Request) -> Reply:
        with self._body.lock:
            info = self._body.storage.store_info(request.param(0))
        return Reply(Rc.STORE_NOT_AVAILABLE) if info is None else Reply(Rc.OK, info.encode())

    def _handles(self, request: Request) -> tuple[int, ...] | None:
        with self._body.lock:
            return self._body.storage.handles(request.param(0), request.param(1), request.param(2))

    def _count_objects(self, request: Request) -> Reply:
        found = self._handles(request)
        return Reply(Rc.STORE_NOT_AVAILABLE) if found is None else Reply(Rc.OK, params=(len(found),))

    def _object_handles(self, request: Request) -> Reply:
        found = self._handles(request)
        return Reply(Rc.STORE_NOT_AVAILABLE) if found is None else Reply(Rc.OK, ptp.array("I", found))

    def _find(self, request: Request) -> Stored | None:
        with self._body.lock:
            return self._body.storage.get(request.param(0))

    def _object_info(self, request: Request) -> Reply:
        one = self._find(request)
        return Reply(Rc.INVALID_OBJECT_HANDLE) if one is None else Reply(Rc.OK, one.info.encode())

    def _object(self, request: Request) -> Reply:
        one = self._find(request)
        if one is None or one.info.format == ptp.FORMAT_FOLDER:
            return Reply(Rc.INVALID_OBJECT_HANDLE)
        if not one.in_memory:
            return Reply(Rc.OK, one.data, is_file=True)
        return Reply(Rc.OK, one.data, is_file=True, delivered=lambda: self._free(one.handle))

    def _free(self, handle: int) -> bool:
        with self._body.lock:
            return self._body.storage.free(handle)

    def _partial_object(self, request: Request) -> Reply:
        one = self._find(request)
        if one is None:
            return Reply(Rc.INVALID_OBJECT_HANDLE)
        begin, length = request.param(1), request.param(2)
        part = one.data[begin : begin + length]
        return Reply(Rc.OK, part, params=(len(part),), is_file=True)

    def _delete(self, request: Request) -> Reply:
        return Reply(Rc.OK if self._free(request.param(0)) else Rc.INVALID_OBJECT_HANDLE)

    def _describe(self, request: Request) -> Reply:
        with self._body.lock:
            found = self._body.properties.describe(request.param(0))
        return Reply(Rc.PROPERTY_NOT_SUPPORTED) if found is None else Reply(Rc.OK, found)

    def _read(self, request: Request) -> Reply:
        if request.param(0) == Prop.LIVE_VIEW_PROHIBITED:
            return Reply(Rc.OK, struct.pack("<I", self._body.live_view_prohibited()))
        with self._body.lock:
            found = self._body.properties.read(request.param(0))
        return Reply(Rc.PROPERTY_NOT_SUPPORTED) if found is None else Reply(Rc.OK, found)

    def _write(self, request: Request) -> Reply:
        with self._body.lock:
            return Reply(self._body.properties.write(request.param(0), request.data))

    def _vendor_properties(self, _request: Request) -> Reply:
        return Reply(Rc.OK, ptp.array("H", properties.VENDOR_PROPERTIES))

    def _events(self, _request: Request) -> Reply:
        events = self._body.take_events()
        return Reply(Rc.OK, struct.pack("<H", len(events)) + b"".join(struct.pack("<HI", *one) for one in events))

    def _start_live_view(self, _request: Request) -> Reply:
        with self._body.lock:
            if self._body.properties.number(Prop.LIVE_VIEW_STATUS):
                return Reply(Rc.OK)  # libgphoto2 asks again after each capture, before it has fetched the frame
            if self._body.live_view_prohibited():
                return Reply(Rc.ACCESS_DENIED)
            self._body.properties.put(Prop.LIVE_VIEW_STATUS, 1)
        return Reply(Rc.OK)

    def _end_live_view(self, _request: Request) -> Reply:
        with self._body.lock:
            self._body.properties.put(Prop.LIVE_VIEW_STATUS, 0)
        return Reply(Rc.OK)

    def _live_view_image(self, _request: Request) -> Reply:
        with self._body.lock:
            on = self._body.properties.number(Prop.LIVE_VIEW_STATUS)
        if not on:
            return Reply(Rc.NOT_LIVE_VIEW)
        return Reply(Rc.OK, LIVE_VIEW_HEADER + self._body.studio.live())

    def _capture(self, request: Request) -> Reply:
        return Reply(self._body.release_shutter(in_memory=request.param(1) == CAMERA_MEMORY))
