# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras that come and go on USB, told by udev. Nothing is polled: one libgphoto2 scan costs up to a second.

Only devices with a still image interface (USB class 06) count; on removal udev no longer knows the interfaces, so a
removal is told for every device whose arrival, or presence at the start, was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyudev

_log = logging.getLogger(__name__)
_STILL_IMAGE = "06"
_CONTROL = Path("/run/udev/control")


class HotplugWatch:
    """Watches udev from a thread of its own, on which both callbacks are called.

    `available` is False on a machine without udev; then nothing is ever told and a person has to ask for a look.
    """

    def __init__(self, added: Callable[[], None], removed: Callable[[], None]) -> None:
        self._added = added
        self._removed = removed
        self._known: set[str] = set()
        self._observer: pyudev.MonitorObserver | None = None

    @property
    def available(self) -> bool:
        """Whether udev is being watched."""
        return self._observer is not None

    def start(self) -> None:
        """Begin to watch, if this machine has udev."""
        try:
            import pyudev  # here, because only Linux has it and the rest of the house must import everywhere

            context = pyudev.Context()
            if not _CONTROL.exists():
                raise OSError("udev is not running")
            self._known = {d.device_path for d in context.list_devices(subsystem="usb") if is_camera(d.properties)}
            monitor = pyudev.Monitor.from_netlink(context)
            monitor.filter_by(subsystem="usb", device_type="usb_device")
            observer = pyudev.MonitorObserver(monitor, callback=self._changed, name="camera hotplug")
            observer.start()
        except (ImportError, OSError, ValueError) as absent:
            _log.info("cameras that are plugged in later are not noticed: %s", absent)
            return
        self._observer = observer

    def stop(self) -> None:
        """Stop watching and join the thread."""
        if self._observer is not None:
            self._observer.stop()
            self._observer = None

    def _changed(self, device: pyudev.Device) -> None:
        self.told(str(device.action), str(device.device_path), device.properties)

    def told(self, action: str, path: str, properties: Mapping[str, str]) -> None:
        """One udev event: `action` is udev's word, `path` the device's sysfs path."""
        if action == "remove":
            if path in self._known:
                self._known.discard(path)
                self._removed()
        elif path not in self._known and is_camera(properties):
            self._known.add(path)
            self._added()


def is_camera(properties: Mapping[str, str]) -> bool:
    """Whether udev's properties of a USB device list a still image interface (``ID_USB_INTERFACES=:060101:``)."""
    return any(part.startswith(_STILL_IMAGE) for part in properties.get("ID_USB_INTERFACES", "").split(":"))
