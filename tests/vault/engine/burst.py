# SPDX-License-Identifier: GPL-3.0-or-later
"""A process to be killed: unlocks a vault with kit words from standard input and adds frames, saying each that is safe.

    python -m tests.vault.engine.burst FOLDER

Says ``ready``, then for each acknowledged frame the ids of its images and the seed of its bytes.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from clinicam.identity import FrameId, PatientId, new_id
from clinicam.vault.host import HostFolder
from clinicam.vault.openvault import NewFile, NewFrame, Rendition
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Gate, make_permit, patient_row, someone


def picture(seed: int) -> bytes:
    """The bytes of frame `seed`: some tiny, some of several chunks."""
    source = random.Random(seed)
    return source.randbytes(source.choice((900, 40_000, 600_000)))


def say(line: str) -> None:
    """One line, out at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    folder = Path(sys.argv[1])
    words = sys.stdin.readline().split()
    permit = make_permit()
    host = HostFolder(folder / "host", machine=b"one")
    opened = Vault.open(folder / "vault", host).unlock_with_kit(words, Gate(permit))
    say("ready")
    seed = random.SystemRandom().randrange(2**32)
    while True:
        jpeg, raw = picture(seed), picture(seed + 1)
        files = (NewFile(Rendition.ORIGINAL, "image/jpeg", jpeg), NewFile(Rendition.SECOND, "image/x-raw", raw))
        frame = NewFrame(permit.permit, FrameId(new_id()), 1, "camera", "ram", "EV", files, True)
        images = opened.add(frame).images
        say(f"{images[0].hex()} {images[1].hex()} {seed}")
        opened.append([patient_row(someone(PatientId(new_id())))])
        opened.add_rendition(images[0], Rendition.THUMBNAIL, "image/jpeg", jpeg[:500])
        seed += 2


if __name__ == "__main__":
    main()
