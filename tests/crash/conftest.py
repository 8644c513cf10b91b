# SPDX-License-Identifier: GPL-3.0-or-later
"""Places for crash tests: in memory where that loses nothing, as it spares the disk thousands of flushes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the name is random and the folder new
ROOM = 256 * 1024 * 1024


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, or an ordinary one where there is none."""
    folder = tmp_path_factory.mktemp("crash")
    if os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free > ROOM:
        folder = SHARED_MEMORY / f"clinicam-{os.urandom(8).hex()}"
        folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)
