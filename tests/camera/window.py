# SPDX-License-Identifier: GPL-3.0-or-later
"""A window process to be killed: ``python -m tests.camera.window FOLDER CONTROL``. Arms a fake body, renews, prints the pid."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.camera.rig import Rig


def main() -> None:
    """Run until killed."""
    command = [sys.executable, "-P", "-m", "tests.camera.fake_worker", sys.argv[2], json.dumps({})]
    with Rig(Path(sys.argv[1]), port=None, simulated=True, command=command) as rig:
        rig.armed()
        rig.result(rig.host.live(True))
        sys.stdout.write(f"{rig.host.worker_pid}\n")
        sys.stdout.flush()
        end = time.monotonic() + 60
        rig.until(lambda: time.monotonic() > end, 70)


if __name__ == "__main__":
    main()
