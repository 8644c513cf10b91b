# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of one object: its header alone, or every byte. Any thread; writes nothing."""

from __future__ import annotations

from clinicam.errors import Corrupt
from clinicam.vault.content import ImageContent, check_agreement
from clinicam.vault.files import VaultFiles
from clinicam.vault.keys import KeyBook
from clinicam.vault.objectfile import open_object, parse_header

_HEADER = 128


def check_header(files: VaultFiles, book: KeyBook, object_id: bytes, row: ImageContent | None) -> bool:
    """Header, size and key reference, against the row that names it. False: its keys are to be destroyed; leave it.

    Raises:
        Corrupt, UnsupportedFormat: damage. NotFound: it is gone.
    """
    start, size = files.objects.head(object_id, _HEADER)
    # The parser judges the size by the length of what it is given; pages never touched cost nothing.
    outline = bytearray(size)
    outline[: len(start)] = start
    header = parse_header(outline)
    if header.vault != book.vault or header.object_id != object_id:
        raise Corrupt("of another vault or name")
    if book.table.is_shut(header.key_ref, object_id):
        return False
    key = book.table.by_ref(header.key_ref, object_id)
    if row is not None and (header.rendition, key.patient, key.session) != (row.rendition, row.patient, row.session):
        raise Corrupt("its row says otherwise")
    return True


def check_deep(files: VaultFiles, book: KeyBook, object_id: bytes, row: ImageContent | None) -> bool:
    """Every byte opened, and meta against the row. False: its keys are to be destroyed; leave it. Raises: as above."""
    data = files.objects.get(object_id)
    header = parse_header(data)
    if book.table.is_shut(header.key_ref, object_id):
        return False
    meta, _ = open_object(data, book.table.by_ref, vault=book.vault, object_id=object_id)
    if row is not None:
        check_agreement(meta, header.rendition, object_id, row)
    return True
