# SPDX-License-Identifier: GPL-3.0-or-later
"""Write down malformed structures with the error each must give: `python -m tests.vault.make_malformed`.

They come from the independent writer, which seals and signs whatever it is told. A case that is written down is never
changed; new ones are added. Each file of tests/vault/malformed holds the cases of one structure: `parts` are hex, a
number of zero bytes, or [from, to] of the base: a frozen vector by its name, or an undamaged neighbour as hex.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.vault import independent_writer as w
from tests.vault import malformed_keys, malformed_ledger, malformed_papers

FOLDER = Path(__file__).parent / "malformed"
BASES = {
    "slot": "slot-kit", "roster": "roster-2", "keyring": "keyring-1", "bag": "bag-1", "ledger": (w.frozen("ledger")[:8] + w.row(w.pad(w.pack(w.act())), w.pad(w.pack(w.note())))).hex(),
    "object": w.thing(w.plaintext(w.pack(w.meta()))).hex(), "snapshot": "snapshot", "marks": "marks", "logins": "logins", "writer": "writer",
    "checkpoint": "checkpoint",
}  # fmt: skip
_LEAST = 24
"""Bytes that a copy must save."""

Part = str | int | list[int]


def base_of(name: str) -> bytes:
    """What the parts of a file are pieces of."""
    return w.frozen(name) if len(name) < 40 else bytes.fromhex(name)


def parts_of(data: bytes, base: bytes) -> list[Part]:
    """`data` as pieces of `base`, zeros, and what is new."""
    places = {base[at : at + _LEAST]: at for at in range(len(base) - _LEAST, -1, -1)}
    parts: list[Part] = []
    fresh = at = 0

    def flush(end: int) -> None:
        if end > fresh:
            parts.append(data[fresh:end].hex())

    while at < len(data):
        zeros = at
        while zeros < len(data) and data[zeros] == 0:
            zeros += 1
        found = places.get(data[at : at + _LEAST])
        if zeros - at >= _LEAST:
            flush(at)
            parts.append(zeros - at)
            at = fresh = zeros
        elif found is not None:
            end = _LEAST
            while at + end < len(data) and found + end < len(base) and data[at + end] == base[found + end]:
                end += 1
            flush(at)
            parts.append([found, found + end])
            at = fresh = at + end
        else:
            at += 1
    flush(len(data))
    return parts


def join(parts: list[Part], base: bytes) -> bytes:
    """The bytes that `parts_of` took apart."""
    out = b""
    for part in parts:
        if isinstance(part, str):
            out += bytes.fromhex(part)
        elif isinstance(part, int):
            out += bytes(part)
        else:
            out += base[part[0] : part[1]]
    return out


def main() -> None:
    """Add what is missing and say what was added."""
    for structure, vector in BASES.items():
        path, base = FOLDER / f"{structure}.json", base_of(vector)
        held: list[dict[str, Any]] = json.loads(path.read_text())["cases"] if path.exists() else []
        known = {case["name"] for case in held}
        for made in (*malformed_keys.CASES, *malformed_ledger.CASES, *malformed_papers.CASES):
            if made.structure == structure and made.name not in known:
                parts = parts_of(made.data, base)
                if join(parts, base) != made.data:
                    raise SystemExit(f"{structure}: {made.name}: does not come back")
                held.append({"name": made.name, "error": made.error, "says": made.says, "parts": parts})
                known.add(made.name)
                sys.stdout.write(f"added: {structure}: {made.name}\n")
        lines = ",\n".join(f" {json.dumps(case)}" for case in held)
        path.write_text(f'{{"structure": "{structure}", "base": "{vector}", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
