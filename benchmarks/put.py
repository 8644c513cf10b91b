# SPDX-License-Identifier: GPL-3.0-or-later
"""A 25 MB frame on its way to the disk, against writing and flushing the same bytes (vault.md 5.3).

Three rungs: the object sealed and made durable; the vault's own put, which also decrypts, compares and hashes; the
frame in memory until it is acknowledged, which adds gate, room, rows and index. Files are removed between turns.

The 256 folders of objects exist beforehand, as in any vault of some thousand pictures: while it is young, most puts
also make and flush a folder.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.bed import Findings, OpenGate, Training, training_vault, write_raw
from benchmarks.measure import against, interleaved
from clinicam.vault import objectfile
from clinicam.vault.objectfile import Rendition
from clinicam.vault.storing import make_meta

FRAME_BYTES = 25_000_000
ROUNDS = 25
_RAW, _SEALED, _PUT, _ACK = "raw write + fsync", "seal + durable write", "vault put", "acknowledged"


def measure(folder: Path) -> Findings:
    """Put and acknowledgement of one frame, interleaved with the raw write of its bytes."""
    data = os.urandom(FRAME_BYTES)
    raw = folder / "raw"
    raw.mkdir()
    with training_vault(folder / "vault", OpenGate()) as training:
        for number in range(256):
            (training.opened.place / "objects" / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
        medians = interleaved(
            {
                _RAW: lambda: write_raw(raw, data),
                _SEALED: lambda: sealed_put(training, data),
                _PUT: lambda: _put(training, data),
                _ACK: lambda: _acknowledged(training, data),
            },
            ROUNDS,
            warm=3,
        )
    return Findings([
        against("put of a 25 MB object, sealed", medians, _SEALED, _RAW, target=1.35),
        against("put, also compared and hashed", medians, _PUT, _RAW, target=None),
        against("25 MB frame to acknowledged", medians, _ACK, _RAW, target=2.0),
    ])


def sealed_put(training: Training, data: bytes) -> float:
    """Seconds of the vault's put with decrypting, comparing and hashing taken out: what is left is seal and flush."""
    buffer = training.opened.inside.storer._buffer
    hashing, comparing = buffer.hash, objectfile._compare
    try:
        setattr(buffer, "hash", lambda _image: lambda: bytes(32))  # noqa: B010  a method of one object
        setattr(objectfile, "_compare", lambda *_: None)  # noqa: B010  mypy forbids the plain way
        return _put(training, data)
    finally:
        setattr(buffer, "hash", hashing)  # noqa: B010
        setattr(objectfile, "_compare", comparing)  # noqa: B010


def _put(training: Training, data: bytes) -> float:
    """Seconds of the vault's put without its row. The half of the vault that stores is reached by its private name."""
    opened, permit = training.opened, training.gate.permit
    key = opened.inside.book.sealing_key(opened.inside.scribe.writer, permit.patient, permit.session)
    meta = make_meta(
        patient=permit.patient,
        session=permit.session,
        frame=os.urandom(16),
        consent=permit.consent,
        permit=permit.permit,
        captured=1,
        camera="Bench",
        proof="memory",
        parent=None,
        media_type="image/jpeg",
        view="IV07",
    )
    start = time.perf_counter()
    kept = opened.inside.storer.put(meta, Rendition.ORIGINAL, data, key)
    took = time.perf_counter() - start
    _drop(training, kept.content.object_id)
    return took


def _acknowledged(training: Training, data: bytes) -> float:
    """Seconds of `OpenVault.add`."""
    frame = training.frame(data)
    start = time.perf_counter()
    stored = training.opened.add(frame)
    took = time.perf_counter() - start
    _drop(training, stored.images[0])
    return took


def _drop(training: Training, object_id: bytes) -> None:
    """Make room for the next turn."""
    name = object_id.hex()
    (training.opened.place / "objects" / name[:2] / name).unlink()
