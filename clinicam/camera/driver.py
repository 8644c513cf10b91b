# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera on libgphoto2. The only importer of gphoto2; only the camera process imports this.

Every call carries one context, kept for life, whose error callback collects libgphoto2's own words: the result codes
alone mean little. Calls that cannot release the shutter are tried again while the body is busy; `trigger` never is.
Nothing is ever written to disk: no ``save``, no file descriptors, no data in logs.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import gphoto2 as gp

from clinicam.camera.ears import Ears
from clinicam.camera.faults import NOT_SUPPORTED, camera_error
from clinicam.camera.port import (
    BodyFacts,
    CameraEvent,
    CaptureComplete,
    FileAdded,
    FilePath,
    Other,
    Picture,
    Quiet,
    Setting,
)
from clinicam.camera.widgets import WidgetReader
from clinicam.errors import CameraAbsent, CameraBusy, CameraError, CameraFault, CameraLost

LOOPBACK = re.compile(r"ptpip:127\.0\.0\.1:[0-9]{1,5}:[0-9]{1,5}")
_PTPIP_MODEL = "PTP/IP Camera"
_NO_SUCH_SETTING = -2
_BUSY_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.4)
_IMAGE_STORES = (gp.GP_STORAGEINFO_ST_FIXED_RAM, gp.GP_STORAGEINFO_ST_REMOVABLE_RAM)

T = TypeVar("T")


class GPhotoCamera:
    """A `CameraPort`. `port` is a PTP/IP address on loopback, or None for the first camera on USB."""

    def __init__(self, port: str | None, alive: Callable[[], None]) -> None:
        """`alive` is called from inside long transfers, as far as the body reports progress."""
        if port is not None and LOOPBACK.fullmatch(port) is None:
            raise CameraFault("only USB and PTP/IP on loopback are accepted")
        self._port = port
        self._told: list[str] = []
        self._context = gp.Context()
        self._kept = (
            self._context.set_error_func(self._hear, None),
            self._context.set_progress_funcs(lambda *_: 0, lambda *_: alive(), lambda *_: None, None),
        )  # the callbacks live as long as these objects
        self._widgets = WidgetReader(Path(gp.__file__).parent)
        self._ears = Ears(Path(gp.__file__).parent)
        self._camera: Any = None
        self._previewing = False
        self._abilities: Any = None

    # --- connection ---------------------------------------------------------------------------------------------------

    def open(self) -> BodyFacts:
        """See `CameraPort.open`. Makes a new libgphoto2 object each time: a used one never recovers."""
        self._camera = None
        model, address = (_PTPIP_MODEL, self._port) if self._port is not None else self._detect()
        camera = self._call("find", self._aim, model, address)
        self._call("connect", camera.init, self._context)
        self._camera = camera
        return BodyFacts(self._words("manufacturer"), self._words("cameramodel"), self._words("serialnumber"), model)

    def _detect(self) -> tuple[str, str]:
        """Name and address of the first camera on USB; never a disk, never anything on a network."""
        found = self._call("detect", gp.Camera.autodetect, self._context)
        for index in range(found.count()):
            address = found.get_value(index)
            if address.startswith("usb:"):
                return found.get_name(index), address
        raise CameraAbsent("no camera on USB")

    def _aim(self, model: str, address: str) -> Any:
        if self._abilities is None:
            self._abilities = gp.CameraAbilitiesList()
            self._abilities.load(self._context)
        ports = gp.PortInfoList()
        ports.load()
        camera = gp.Camera()
        camera.set_abilities(self._abilities.get_abilities(self._abilities.lookup_model(model)))
        camera.set_port_info(ports.get_info(ports.lookup_path(address)))
        return camera

    def close(self) -> None:
        """See `CameraPort.close`."""
        camera, self._camera = self._camera, None
        if camera is None:
            return
        with contextlib.suppress(gp.GPhoto2Error):
            if self._previewing:
                self._viewfinder_off(camera)
        with contextlib.suppress(gp.GPhoto2Error):
            camera.exit(self._context)

    # --- settings -----------------------------------------------------------------------------------------------------

    def setting(self, name: str) -> Setting | None:
        """See `CameraPort.setting`."""
        widget = self._widget(name)
        return None if widget is None else self._widgets.read(widget)

    def change(self, name: str, value: str) -> None:
        """See `CameraPort.change`."""
        widget = self._widget(name)
        if widget is None:
            raise CameraFault(f"no setting {name}")
        widget.set_value(value)
        self._patient(f"set {name}", self._camera.set_single_config, name, widget, self._context)

    def media_present(self) -> bool | None:
        """See `CameraPort.media_present`. Read-only memory does not count."""
        try:
            stores = self._patient("list stores", self._camera.get_storageinfo, self._context)
        except CameraLost:
            raise
        except CameraError:
            return None
        return any(store.type in _IMAGE_STORES and store.capacitykbytes > 0 for store in stores)

    def _widget(self, name: str) -> Any:
        """The widget, or None when the body has none; some drivers answer with None themselves."""
        return self._patient(f"read {name}", self._single_config, name)

    def _single_config(self, name: str) -> Any:
        try:
            return self._camera.get_single_config(name, self._context)
        except gp.GPhoto2Error as error:
            if error.code in (_NO_SUCH_SETTING, NOT_SUPPORTED):
                return None
            raise

    def _words(self, name: str) -> str:
        setting = self.setting(name)
        return (setting.value or "").strip() if setting is not None else ""

    # --- pictures -----------------------------------------------------------------------------------------------------

    def preview(self) -> Picture | None:
        """See `CameraPort.preview`. Success without bytes is libgphoto2's way to say busy."""
        if not self._camera.get_abilities().operations & gp.GP_OPERATION_CAPTURE_PREVIEW:
            raise CameraFault("this body has no live view over the cable")
        try:
            picture = self._call("live view", self._camera.capture_preview, None, self._context)
        except CameraBusy:
            return None
        self._previewing = True
        shown = _picture(picture)
        return shown if len(shown.untrusted_data) else None

    def stop_preview(self) -> None:
        """See `CameraPort.stop_preview`."""
        if self._previewing:
            self._patient("live view off", self._viewfinder_off, self._camera)
            self._previewing = False

    def _viewfinder_off(self, camera: Any) -> None:
        try:
            widget = camera.get_single_config("viewfinder", self._context)
        except gp.GPhoto2Error as error:
            if error.code in (_NO_SUCH_SETTING, NOT_SUPPORTED):
                return
            raise
        if widget is not None:
            widget.set_value(0)
            camera.set_single_config("viewfinder", widget, self._context)

    def trigger(self) -> None:
        """See `CameraPort.trigger`. Once, whatever the answer."""
        with self._ears.open():
            self._call("shutter", self._trigger)

    def _trigger(self) -> None:
        try:
            self._camera.trigger_capture(self._context)
        except gp.GPhoto2Error:
            if not self._told:
                self._told.append(self._ears.reason)
            raise

    def wait(self, timeout_ms: int) -> CameraEvent:
        """See `CameraPort.wait`."""
        kind, data = self._patient("wait", self._camera.wait_for_event, timeout_ms, self._context)
        if kind == gp.GP_EVENT_TIMEOUT:
            return Quiet()
        if kind == gp.GP_EVENT_FILE_ADDED:
            return FileAdded(FilePath(data.folder, data.name))
        if kind == gp.GP_EVENT_CAPTURE_COMPLETE:
            return CaptureComplete()
        return Other()

    def fetch(self, path: FilePath) -> Picture:
        """See `CameraPort.fetch`. No copy is made."""
        file = self._call(
            "fetch", self._camera.file_get, path.folder, path.name, gp.GP_FILE_TYPE_NORMAL, None, self._context
        )
        return _picture(file)

    def forget(self, path: FilePath) -> None:
        """See `CameraPort.forget`. Only ever for paths in camera memory; for those nothing is sent to the body."""
        with contextlib.suppress(gp.GPhoto2Error):
            self._camera.file_delete(path.folder, path.name, self._context)

    def erase(self, path: FilePath) -> bool:
        """See `CameraPort.erase`."""
        self._patient("erase", self._camera.file_delete, path.folder, path.name, self._context)
        left = self._patient("list folder", self._camera.folder_list_files, path.folder, self._context)
        return all(left.get_name(index) != path.name for index in range(left.count()))

    # --- calls --------------------------------------------------------------------------------------------------------

    def _hear(self, _context: object, text: bytes | str, _data: object) -> None:
        self._told.append(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)

    def _call(self, doing: str, call: Callable[..., T], *arguments: object) -> T:
        self._told.clear()
        try:
            return call(*arguments)
        except gp.GPhoto2Error as error:
            raise camera_error(error.code, " / ".join(self._told), doing=doing) from error

    def _patient(self, doing: str, call: Callable[..., T], *arguments: object) -> T:
        """For operations that cannot release the shutter: busy is tried again, with growing pauses, up to three seconds."""
        for pause in _BUSY_PAUSES_S:
            try:
                return self._call(doing, call, *arguments)
            except CameraBusy:
                time.sleep(pause)
        return self._call(doing, call, *arguments)


def _picture(file: Any) -> Picture:
    """The bytes of a libgphoto2 file. The view does not keep the file alive, and without it points into freed memory."""
    return Picture(memoryview(file.get_data_and_size()), file)
