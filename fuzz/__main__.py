# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m fuzz [--seconds N] [name ...]`: each target for its share of the time, guided by coverage.

atheris guides where it is installed (`make fuzz` installs it); each target then runs in a process of its own, since
atheris never returns. Without it inputs are changed blindly, and that is said. What is found is kept in build/fuzz.
Exit code 1 if anything was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

FOUND = Path("build/fuzz")


def main() -> int:
    """Fuzz what was named, or all."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Only our own errors may come out.")
    parser.add_argument("names", nargs="*", metavar="name", help="targets; all if none is named")
    parser.add_argument("--seconds", type=int, default=300, help="for all of them together")
    parser.add_argument("--blind", action="store_true", help="without atheris")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        return _guided(asked.names[0], asked.seconds)
    from fuzz.targets import BY_NAME

    if unknown := set(asked.names) - BY_NAME.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}")
    names = asked.names or list(BY_NAME)
    each = max(asked.seconds // len(names), 1)
    guided = importlib.util.find_spec("atheris") is not None and not asked.blind
    print(
        f"{len(names)} targets, {each} s each, {'guided by atheris' if guided else 'blind: atheris is not installed'}"
    )
    FOUND.mkdir(parents=True, exist_ok=True)
    broken = [name for name in names if not (_in_its_own_process(name, each) if guided else _blind(name, each))]
    print(f"found something in: {', '.join(broken)}; see {FOUND}" if broken else "nothing found")
    return 1 if broken else 0


def _in_its_own_process(name: str, seconds: int) -> bool:
    command = [sys.executable, "-m", "fuzz", "--child", "--seconds", str(seconds), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    counted = next((line.split()[1] for line in lines if line.startswith("Done ")), "?")
    print(f"  {name:14} {counted:>9} tries  {'ok' if done.returncode == 0 else 'FOUND'}", flush=True)
    if done.returncode != 0:
        (FOUND / f"{name}.txt").write_text(done.stdout + done.stderr)
    return done.returncode == 0


def _guided(name: str, seconds: int) -> int:
    """Does not return: libFuzzer ends the process."""
    import atheris

    # Everything the parsers stand on is instrumented as it is imported, but not what only makes the samples.
    with atheris.instrument_imports(include=["clinicam.vault", "clinicam.chart"]):
        from fuzz.targets import BY_NAME
    from fuzz.trial import LONGEST, try_one

    target = BY_NAME[name]
    corpus = FOUND / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(target.samples()):
        (corpus / f"sample-{number:03}").write_bytes(sample)
    tries = 0

    def once(data: bytes) -> None:
        nonlocal tries
        tries += 1
        try_one(target, data, measure=tries % 8 == 0)

    tracemalloc.start()
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-artifact_prefix={FOUND}/{name}-", "-timeout=20"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], once)
    atheris.Fuzz()
    return 0


def _blind(name: str, seconds: int) -> bool:
    from fuzz.targets import BY_NAME
    from fuzz.trial import Defect, change, try_one

    target, chance, tries = BY_NAME[name], random.Random(), 0
    samples = list(target.samples())
    end = time.monotonic() + seconds
    tracemalloc.start()
    try:
        while time.monotonic() < end:
            data = change(chance.choice(samples), samples, chance)
            tries += 1
            try_one(target, data)
    except Defect as defect:
        (FOUND / f"{name}-input").write_bytes(data)
        print(f"  {name:14} {tries:>9} tries  FOUND: {defect}")
        return False
    finally:
        tracemalloc.stop()
    print(f"  {name:14} {tries:>9} tries  ok", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
