# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading libgphoto2 widgets without crashing.

The bindings (2.6.4) end the process when a text, radio or menu widget holds no value, which happens with a manual lens.
So the raw pointer is asked for first, through the very copy of the library the bindings use: the wheel loads two.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Final

from clinicam.camera.port import Setting

_LIBRARY: Final = "libgphoto2.so.6"
_WITH_CHOICES: Final = (5, 6)
"""GP_WIDGET_RADIO, GP_WIDGET_MENU"""
_TEXT: Final = 2
_LONGEST: Final = 255


class WidgetReader:
    """Reads widgets of the bindings installed at `package` (the folder of the gphoto2 Python package).

    Raises:
        OSError: the library is not where the wheel puts it.
    """

    def __init__(self, package: Path) -> None:
        bundled = package / "libgphoto2" / _LIBRARY
        library = ctypes.CDLL(str(bundled if bundled.exists() else _LIBRARY))
        self._get_value = library.gp_widget_get_value
        self._get_value.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._get_value.restype = ctypes.c_int

    def read(self, widget: Any) -> Setting | None:
        """The value and choices of a text, radio or menu widget; None for other kinds."""
        kind = widget.get_type()
        if kind == _TEXT:
            return Setting(self._text(widget), ())
        if kind not in _WITH_CHOICES:
            return None
        choices = tuple(str(widget.get_choice(i))[:_LONGEST] for i in range(widget.count_choices()))
        return Setting(self._text(widget) if choices else None, choices)

    def _text(self, widget: Any) -> str | None:
        pointer = ctypes.c_void_p()
        if self._get_value(int(widget.this), ctypes.byref(pointer)) < 0 or not pointer.value:
            return None
        return ctypes.string_at(pointer.value).decode("utf-8", "replace")[:_LONGEST]
