# SPDX-License-Identifier: GPL-3.0-or-later
"""Many signatures checked on helper threads, while the rows they belong to are opened on this one.

`cryptography` lets go of the interpreter while it verifies, so every core takes its part. Public keys and hashes only.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from clinicam.errors import Corrupt
from clinicam.vault.rows import Row, check_signature

PORTION = 128
"""Rows a thread takes at a time: 15 ms or so."""
_AHEAD = 64
"""Portions that may wait; then whoever brings more waits."""

T = TypeVar("T")
R = TypeVar("R")


def helpers() -> ThreadPoolExecutor:
    """As many threads as cores, four at most; the caller ends them."""
    return ThreadPoolExecutor(min(os.cpu_count() or 1, 4), "vault-check")


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T], *, ahead: int
) -> Iterator[tuple[T, Future[R]]]:
    """Each of `items` with what `work` makes of it, in their order; at most `ahead` are under way."""
    under_way: deque[tuple[T, Future[R]]] = deque()
    for item in items:
        under_way.append((item, pool.submit(work, item)))
        if len(under_way) >= ahead:
            yield under_way.popleft()
    yield from under_way


class SignatureChecks:
    """The signatures of one chain. One thread brings rows and asks; the helpers do the work."""

    def __init__(self, pool: ThreadPoolExecutor, public: bytes) -> None:
        self._pool = pool
        self._public = public
        self._under_way: deque[Future[int | None]] = deque()
        self._bad: int | None = None

    def bring(self, rows: Sequence[Row]) -> None:
        """Rows to be checked."""
        for at in range(0, len(rows), PORTION):
            self._under_way.append(self._pool.submit(_first_bad, self._public, rows[at : at + PORTION]))
            while len(self._under_way) > _AHEAD:
                self._take()

    def first_bad(self) -> int | None:
        """The number of the first row whose signature does not verify, None if all do. Waits for the helpers."""
        while self._under_way:
            self._take()
        return self._bad

    def _take(self) -> None:
        bad = self._under_way.popleft().result()
        if self._bad is None:
            self._bad = bad


def _first_bad(public: bytes, rows: Sequence[Row]) -> int | None:
    for row in rows:
        try:
            check_signature(row, public)
        except Corrupt:
            return row.seq
    return None
