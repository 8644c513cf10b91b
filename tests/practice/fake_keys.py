# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds keys, and which recovery kits there are, as lists: the calls of `vault.people.People` and `vault.kits.Kits`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from clinicam.errors import LastKit, LastManager, NotFound, RoleRefused, VaultError, WrongPassword
from clinicam.identity import StaffId, new_id
from clinicam.vault.kit import words_of
from clinicam.vault.kits import KitInfo, NewKit
from clinicam.vault.passwords import check_password
from clinicam.vault.people import Holder, Rank, SlotKind


class FakeKeys:
    """`fails_with` is what the next change raises; `passwords` is what everybody types."""

    def __init__(self, me: StaffId, ranks: dict[StaffId, Rank], password: str) -> None:
        self.me = me
        self.held = dict(ranks)
        self.passwords = dict.fromkeys(ranks, password)
        self.names: dict[StaffId, str] = {}
        self.fails_with: VaultError | None = None

    def _maybe_fail(self) -> None:
        if self.fails_with is not None:
            problem, self.fails_with = self.fails_with, None
            raise problem

    def holders(self) -> tuple[Holder, ...]:
        return tuple(Holder(user, rank, SlotKind.PASSWORD, 1) for user, rank in self.held.items())

    def is_active(self, user: bytes) -> bool:
        return user in self.held

    def check_manager(self) -> None:
        if self.held.get(self.me) is not Rank.MANAGER:
            raise RoleRefused("manager")

    def check_removable(self, user: StaffId, rank: Rank | None = None) -> None:
        self.check_manager()
        if user not in self.held:
            raise NotFound
        if user == self.me:
            raise RoleRefused("another-manager")
        others = [one for one, held in self.held.items() if held is Rank.MANAGER and one != user]
        if self.held[user] is Rank.MANAGER and rank is not Rank.MANAGER and not others:
            raise LastManager

    def add(
        self, rank: Rank, password: str, *, shown: str, known: Iterable[str] = (), user: StaffId | None = None
    ) -> StaffId:
        self.check_manager()
        check_password(password, known=(shown, *known))
        self._maybe_fail()
        new = user or StaffId(new_id())
        self.held[new], self.passwords[new], self.names[new] = rank, password, shown
        return new

    def replace(
        self,
        old: StaffId,
        rank: Rank,
        password: str,
        *,
        shown: str,
        known: Iterable[str] = (),
        user: StaffId | None = None,
    ) -> StaffId:
        self.check_removable(old, rank)
        new = self.add(rank, password, shown=shown, known=known, user=user)
        del self.held[old]
        return new

    def remove(self, user: StaffId) -> None:
        self.check_removable(user)
        self._maybe_fail()
        del self.held[user]

    def change_own_password(self, old: str, new: str, *, known: Iterable[str] = ()) -> None:
        check_password(new, known=known, old=old)
        if old != self.passwords[self.me]:
            raise WrongPassword("no")
        self.passwords[self.me] = new

    def keep_names(self, names: dict[StaffId, str]) -> None:
        self.names.update(names)


class FakeKits:
    """One kit at first; `is_mine` says that it opened the vault."""

    def __init__(self, me: StaffId, wall_ms: Callable[[], int]) -> None:
        self.me = me
        self._wall_ms = wall_ms
        self.is_mine = False
        self.list = [KitInfo(StaffId(b"\xaa" * 16), 1, None, None, None, False)]

    def all(self) -> tuple[KitInfo, ...]:
        return tuple(self.list)

    def prepare(self) -> NewKit:
        number = max(one.number for one in self.list) + 1
        return NewKit(number, words_of(bytes([number]) * 32))

    def confirm(self, kit: NewKit, typed: Sequence[str]) -> StaffId:
        if tuple(typed) != kit.words:
            raise WrongPassword("other words")
        made = StaffId(new_id())
        self.list.append(KitInfo(made, kit.number, self.me, self._wall_ms(), None, False))
        return made

    def revoke(self, kit: StaffId) -> None:
        if len(self.list) == 1:
            raise LastKit
        self.list = [one for one in self.list if one.kit != kit]
