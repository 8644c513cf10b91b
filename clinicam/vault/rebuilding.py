# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault whose ledger is damaged or partly lost, made to open again: what is whole stays, pictures get their rows back.

Everything behind the last whole, signed batch of each chain goes into quarantine. Then a manager goes on as a new writer
(`accepting`), and every picture that no row names any more gets one from what it says of itself: patient, session,
consent and permit. Records that were only rows (patients, consents, notes) are not in the pictures and do not come
back: a backup has them. No other workstation may be at work meanwhile.
"""

from __future__ import annotations

from clinicam.vault.files import VaultFiles
from clinicam.vault.index import Place
from clinicam.vault.stores.port import Spot


def set_aside_damage(files: VaultFiles, places: dict[bytes, Place]) -> tuple[str, ...]:
    """Into quarantine with all rows behind `places`, where each chain's whole rows end; the names they have there.

    Segments go last first, so that a crash leaves chains without a gap, and the next try takes the rest.

    Raises:
        DiskFull, WriteFailed: some may have gone.
    """
    names: list[str] = []
    ledger = files.ledger
    ledger.close()
    for writer in ledger.writers():
        place = places.get(writer)
        last = place.end.segment if place is not None else 0
        for segment in reversed(ledger.segments(writer)):
            if segment > last:
                names.append(files.set_aside(f"ledger/{writer.hex()}", f"{segment:06d}.rows"))
        if place is not None and ledger.size(writer, last) > place.end.stop:
            names.append(ledger.cut(writer, Spot(last, place.end.stop)))
    return tuple(names)
