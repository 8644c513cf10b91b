# SPDX-License-Identifier: GPL-3.0-or-later
"""Overhearing why a shutter failed: libgphoto2 tells the trigger call's result as -1 and its reason to its log only.

Listening is on for the one call, below the level at which libgphoto2 would log data. Nothing overheard is kept or shown
but the name of the PTP response it stands for.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LIBRARY: Final = "libgphoto2_port.so.12"
_OTHER_COPY: Final = "libgphoto2_port-*.so*"
_DEBUG: Final = 2
"""GP_LOG_DEBUG: operations and results; 3, GP_LOG_DATA, would be the bytes."""
_RESULT = re.compile(r"result=0x([0-9a-f]{4})")
_OK: Final = 0x2001
_MEANINGS: Final = {
    0xA002: "Out of Focus",
    0x200C: "PTP Store Full",
    0x2013: "PTP Store Not Available",
    0x2019: "PTP Device Busy",
    0xA004: "Invalid Status",
}
_LogFunction = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)


class Ears:
    """Listens to both copies of the library that the wheel installed at `package` loads: drivers speak through the other.

    Raises:
        OSError: the library is not where the wheel puts it.
    """

    def __init__(self, package: Path) -> None:
        copies = [package / "libgphoto2" / _LIBRARY, *sorted((package.parent / "gphoto2.libs").glob(_OTHER_COPY))]
        found = [str(copy) for copy in copies if copy.exists()] or [_LIBRARY]
        self._libraries = tuple(ctypes.CDLL(name) for name in found)
        self._function = _LogFunction(self._hear)
        self._reason = ""

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Listen while inside; `reason` is then what was heard."""
        self._reason = ""
        listening = [(copy, copy.gp_log_add_func(_DEBUG, self._function, None)) for copy in self._libraries]
        try:
            yield
        finally:
            for copy, number in listening:
                copy.gp_log_remove_func(number)

    @property
    def reason(self) -> str:
        """The last PTP response that was not OK, in libgphoto2's words; empty for none, or one without a meaning here."""
        return self._reason

    def _hear(self, _level: int, _domain: bytes | None, text: bytes | None, _data: int | None) -> None:
        found = _RESULT.search((text or b"").decode("ascii", "replace"))
        if found is not None and (code := int(found.group(1), 16)) != _OK:
            self._reason = _MEANINGS.get(code, "")
