# SPDX-License-Identifier: GPL-3.0-or-later
"""How the surgery's program starts us for one patient: by arguments, by a file, on standard input.

Every way ends in `call.make_call`, which checks each field; what is refused is refused without repeating the value.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from clinicam.chart import gdt, inifile
from clinicam.chart.call import LaunchCall, Source, UntrustedCall, make_call, split_identifier
from clinicam.chart.dates import date_order
from clinicam.errors import LaunchRefused

__all__ = ["LONGEST", "LaunchCall", "Source", "from_arguments", "from_bytes", "from_file", "from_stream"]

LONGEST = 64 * 1024
"""Bytes of a file or of standard input."""


def from_arguments(
    *,
    identifiers: Sequence[str] = (),
    family: str = "",
    given: str = "",
    title: str = "",
    born: str = "",
    born_format: str = "",
) -> LaunchCall:
    """A call from command-line options; `identifiers` are ``SYSTEM|NUMBER``.

    Raises:
        LaunchRefused: a hostile or useless value, or nobody named.
        BadPatientData: the date of birth, or the order declared for it, is none.
    """
    return make_call(
        UntrustedCall(
            source=Source.ARGUMENTS,
            identifiers=tuple(split_identifier(one) for one in identifiers),
            family=family,
            given=given,
            title=title,
            born=born,
            order=date_order(born_format),
        )
    )


def from_bytes(untrusted: bytes, *, born_format: str = "") -> LaunchCall:
    """A call from the content of a file: GDT, a VDDS-media ini file or key=value lines, told apart by how it begins.

    Raises as `from_arguments`.
    """
    if len(untrusted) > LONGEST:
        raise LaunchRefused("file", "too long")
    if not untrusted.strip():
        raise LaunchRefused("file", "is empty")
    if gdt.is_gdt(untrusted):
        return make_call(gdt.parse(untrusted))
    if inifile.is_ini(untrusted):
        return make_call(inifile.parse_ini(untrusted))
    return make_call(inifile.parse_text(untrusted, date_order(born_format)))


def from_file(path: Path, *, born_format: str = "") -> LaunchCall:
    """A call from a file that another program wrote. Raises as `from_arguments`; also when it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # never wait for the writer of a pipe
    except (OSError, ValueError) as failed:
        raise LaunchRefused("file", "cannot be read") from failed
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise LaunchRefused("file", "is not a plain file")
    with open(handle, "rb") as stream:
        return from_stream(stream, born_format=born_format)


def from_stream(stream: BinaryIO, *, born_format: str = "") -> LaunchCall:
    """A call from standard input or an open file, read to its end. Raises as `from_file`."""
    got = bytearray()
    try:
        while len(got) <= LONGEST:
            piece = stream.read(LONGEST + 1 - len(got))
            if not piece:
                break
            got += piece
    except OSError as failed:
        raise LaunchRefused("file", "cannot be read") from failed
    return from_bytes(bytes(got), born_format=born_format)
