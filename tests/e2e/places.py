# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a program could leave something: its own folders, and the system's shared ones.

Run as root, the program under watch gets the shared folders to itself (a mount namespace), so that what is found in
them is its doing. Otherwise the real ones are looked through for what changed since the start.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108  looked through, never written by the program
NEEDED = (REPOSITORY, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve())
"""What the program itself is made of: its story of simulated patients lies there, wherever the checkout is."""


@dataclass
class Shelter:
    """The surroundings of one run below `root`. `command` wraps what is to be run in them."""

    root: Path
    started: float = field(default_factory=time.time)
    _private: dict[Path, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home, self.runtime, self.work = self.root / "home", self.root / "runtime", self.root / "work"
        for folder in (self.home, self.runtime, self.work):
            folder.mkdir(mode=0o700)
        if _may_mount():
            for place in SHARED:
                if place.is_dir() and not any(one.is_relative_to(place) for one in NEEDED):
                    self._private[place] = self.root / "shared" / place.relative_to("/").as_posix().replace("/", "-")
                    self._private[place].mkdir(parents=True)

    @property
    def environment(self) -> dict[str, str]:
        """Bare, as a login gives it: a home, a runtime folder, no TMPDIR, no display."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "PYTHONPATH": str(REPOSITORY),
            "QT_QPA_PLATFORM": "offscreen",
        }

    def command(self, command: list[str]) -> list[str]:
        """`command`, with the shared folders to itself where that can be had."""
        if not self._private:
            return command
        lines = []
        for place, ours in self._private.items():
            if self.root.is_relative_to(place):
                inside = ours / self.root.relative_to(place)
                inside.mkdir(parents=True)
                lines.append(shlex.join(["mount", "--bind", str(self.root), str(inside)]))
            lines.append(shlex.join(["mount", "--rbind", str(ours), str(place)]))
        script = "\n".join([*lines, 'exec "$@"'])
        return ["unshare", "--mount", "--propagation", "private", "sh", "-euc", script, "sh", *command]

    def places(self) -> dict[str, Path]:
        """All folders to look through, by what they are."""
        own = {"home": self.home, "runtime": self.runtime, "working folder": self.work}
        return own | {str(place): self._private.get(place, place) for place in SHARED if place.is_dir()}

    def since(self, place: str) -> float:
        """The oldest change that counts there: any in a folder of our own."""
        path = self.places()[place]
        return 0.0 if path.is_relative_to(self.root) else self.started


def _may_mount() -> bool:
    if os.geteuid() != 0:
        return False
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    tried = subprocess.run([unshare, "--mount", "--propagation", "private", "true"], check=False, capture_output=True)
    return tried.returncode == 0
