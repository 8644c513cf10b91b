# SPDX-License-Identifier: GPL-3.0-or-later
"""Search as you type among 100,000 patients, on the vault's own index, in memory as always.

The index is filled directly with the rows' contents: through the vault each of the 100,000 would get a key of its own,
flushed, which takes many minutes and changes nothing of what is searched.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from benchmarks.bed import Findings
from benchmarks.measure import alone
from clinicam.identity import Identifier, Patient, make_patient
from clinicam.vault import lookups
from clinicam.vault.acts import Act, What, make_act, spell
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent
from clinicam.vault.index import PATIENT_TOPIC, Index
from clinicam.vault.rows import Row

PATIENTS = 100_000
ASKED = 60
"""Queries of each kind."""
LIMIT = 50
_TODAY = date(2026, 11, 21)
_WRITER = b"w" * 16
_START = ("Mar", "Oka", "Bren", "Lind", "Har", "Wil", "Per", "Sto", "Ash", "Ber", "Cor", "Dun", "Ell", "Fro", "Gal")
_END = (
    "sh",
    "for",
    "nan",
    "qvist",
    "ley",
    "son",
    "kins",
    "ton",
    "wood",
    "man",
    "ner",
    "by",
    "sworth",
    "field",
    "combe",
)
_GIVEN = ("Eleanor", "Daniel", "Orla", "Per", "Noor", "Ann", "Zoë", "Liam", "Mia", "Ravi", "Sam", "Aylin", "Jo", "Ida")


def measure(folder: Path) -> Findings:
    """Half of all queries of each kind are answered in the time given."""
    del folder
    chance = random.Random(20261121)  # noqa: S311  made-up people, the same each time
    people = [_person(chance, number) for number in range(PATIENTS)]
    index = Index()
    index.fold(_rows(people), segment=1, base=0)
    kinds: dict[str, Callable[[Patient], str]] = {
        "two words": lambda one: f"{one.family[:4]} {one.given[:3]}",
        "two whole words": lambda one: f"{one.given} {one.family}",
        "one letter": lambda one: one.family[:1],
        "a date": lambda one: f"{one.born:%d/%m/%Y}",
        "a number": lambda one: one.identifiers[0].value,
        "the start of a number": lambda one: one.identifiers[0].value[:4],
    }
    asked = {kind: [typed(chance.choice(people)) for _ in range(ASKED)] for kind, typed in kinds.items()}
    times = _times(index, asked)
    index.close()
    results = [
        alone(f"search {PATIENTS:,} patients by {kind}, median", statistics.median(times[kind]), "ms", target=20.0)
        for kind in kinds
    ]
    slowest = max(max(some) for some in times.values())
    results.append(
        alone(f"search {PATIENTS:,} patients, the slowest of {ASKED * len(kinds)}", slowest, "ms", target=None)
    )
    return Findings(results, remarks=["search: the real index, filled directly and not by way of the ledger"])


def _times(index: Index, asked: dict[str, list[str]]) -> dict[str, list[float]]:
    """Milliseconds of each query, the kinds in turn."""
    times: dict[str, list[float]] = {kind: [] for kind in asked}
    for turn in range(ASKED):
        for kind, texts in asked.items():
            start = time.perf_counter()
            hits = lookups.search_patients(index, texts[turn], LIMIT)
            times[kind].append((time.perf_counter() - start) * 1000)
            if not hits:
                raise RuntimeError(f"{kind}: nothing was found")
    return times


def _person(chance: random.Random, number: int) -> Patient:
    return make_patient(
        family=chance.choice(_START) + chance.choice(_END) + (chance.choice(_END) if number % 3 else ""),
        given=chance.choice(_GIVEN),
        title="",
        born=date(1930, 1, 1) + timedelta(days=chance.randrange(34_000)),
        today=_TODAY,
        identifiers=(
            Identifier("NHS", str(chance.randrange(10**9, 10**10))),
            Identifier("local", f"TR-{number:06}"),
        ),
    )


def _rows(people: Sequence[Patient]) -> Iterator[tuple[Row, Act, EntryContent]]:
    nothing = b""
    for seq, one in enumerate(people, 1):
        rid = seq.to_bytes(16, "big")
        row = Row(0, _WRITER, seq, rid, rid, bytes(32), nothing, nothing, nothing, bytes(32), nothing, seq, seq + 1)
        act = make_act(who=_WRITER, what=spell(What.PATIENT_ADDED), wall=seq, lamport=seq, batch=(rid, 1, 1))
        yield row, act, EntryContent(one.patient, None, PATIENT_TOPIC, one.patient, encode(one))
