# SPDX-License-Identifier: GPL-3.0-or-later
"""The erasures of a vault as a file that travels with its backups, so that an older one put back erases again. Pure.

Each carries both signatures, and the list the roster they are checked against, which itself goes back to the anchor. That is
not enough: a manager who has left can go on from the roster of their time and let people in who were never there. So a
roster does not count where it goes its own way by the hand of somebody who had left by another that is known
(`is_overruled`). Nobody else can add an erasure; that it is the newest list is for whoever keeps the backups to see to.
A vault put back has a roster that grew another way: then its own erasures are one part of its list, and those it was put
back with another.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

import msgspec

from clinicam.errors import Corrupt
from clinicam.vault.acts import Act, What, make_act, spell
from clinicam.vault.codec import Count, Id, Record, Signature, decode, encode
from clinicam.vault.cosigning import Agreed, check_agreed
from clinicam.vault.labels import Cursor
from clinicam.vault.roster import Roster, parse_roster

MAGIC = b"CCERAS\0\1"


class ListedIntent(Record, frozen=True, forbid_unknown_fields=True):
    """One intent as it stands in the ledger. `detail` says what is erased: ``patient`` or ``session``.

    The signatures are over `rid` and `intent`. The rest is as whoever wrote the list says, and proves nothing.
    """

    rid: Id
    who: Id
    wall: Count
    detail: str
    subject: Id | None
    intent: bytes
    signatures: tuple[tuple[Id, Signature], ...]


class ListPart(Record, frozen=True, forbid_unknown_fields=True):
    """Intents, and the raw roster of the keyring of `generation` that they are checked against."""

    generation: Count
    roster: bytes
    intents: tuple[ListedIntent, ...]


class _Body(Record, frozen=True, forbid_unknown_fields=True):
    vault: Id
    parts: tuple[ListPart, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One intent of a list, its signatures checked. `is_vouched`: see `is_overruled`."""

    intent: ListedIntent
    agreed: Agreed
    is_vouched: bool = True

    @property
    def rid(self) -> bytes:
        """The id of the row it stands in."""
        return self.intent.rid

    def act(self, *, detail: str | None = None, subject: bytes | None = None) -> Act:
        """The act of that row, but for its place in a chain; `detail` and `subject` in place of what the list says."""
        one = self.intent
        return _act(
            msgspec.structs.replace(
                one,
                who=self.agreed.signers[0],
                detail=detail if detail is not None else one.detail,
                subject=subject if subject is not None else one.subject,
            )
        )


def make_part(*, generation: int, roster: bytes, intents: Iterable[tuple[bytes, Act, str]]) -> ListPart:
    """A part of a list. `intents` are (rid, act, detail)."""
    listed = tuple(
        ListedIntent(
            rid=rid,
            who=act.who or bytes(16),
            wall=act.wall,
            detail=detail,
            subject=act.subject,
            intent=act.intent or b"",
            signatures=act.signatures or (),
        )
        for rid, act, detail in intents
    )
    return ListPart(generation, roster, listed)


def encode_erasure_list(vault: bytes, parts: Iterable[ListPart]) -> bytes:
    """The file."""
    return MAGIC + encode(_Body(vault, tuple(parts)))


def list_parts(data: bytes, vault: bytes) -> tuple[ListPart, ...]:
    """The parts of a list, nothing in them checked.

    Raises:
        Corrupt: damage, or of another vault.
        UnsupportedFormat: a later version.
    """
    Cursor(data, "erasures").magic(MAGIC)
    body = decode(data[len(MAGIC) :], _Body)
    if body.vault != vault:
        raise Corrupt("erasures: of another vault")
    return body.parts


def parse_erasure_list(
    data: bytes, *, vault: bytes, anchor: bytes | None, rosters: Iterable[Roster] = ()
) -> tuple[Listed, ...]:
    """The erasures of a list, every signature checked back to `anchor`, each once.

    Args:
        rosters: by these it is judged whether an erasure is vouched for.

    Raises:
        Corrupt: damage, of another vault, or an intent that two people, one a manager, did not sign.
        UnsupportedFormat: a later version.
    """
    found: dict[bytes, Listed] = {}
    others = tuple(rosters)
    for part in list_parts(data, vault):
        roster = parse_roster(part.roster, vault=vault, generation=part.generation, anchor=anchor)
        is_vouched = not any(is_overruled(roster, one) for one in others)
        for one in part.intents:
            agreed = check_agreed(_act(one), vault=vault, rid=one.rid, roster=roster, needs_manager=True)
            if one.rid not in found or not found[one.rid].is_vouched:
                found[one.rid] = Listed(one, agreed, is_vouched)
    return tuple(found.values())


def vouched_parts(
    data: bytes, *, vault: bytes, anchor: bytes | None, rosters: Iterable[Roster], known: Container[bytes]
) -> tuple[tuple[ListPart, ...], int]:
    """The parts of a list whose roster is not overruled by any of `rosters`, or is one of `known`; and how many others it has.

    Raises as `parse_erasure_list`.
    """
    others = tuple(rosters)
    parts = list_parts(data, vault)
    parse_erasure_list(data, vault=vault, anchor=anchor)
    kept = tuple(
        part
        for part in parts
        if part.roster in known
        or not any(
            is_overruled(parse_roster(part.roster, vault=vault, generation=part.generation, anchor=anchor), one)
            for one in others
        )
    )
    return kept, len(parts) - len(kept)


def is_overruled(roster: Roster, other: Roster) -> bool:
    """Whether `roster`, from where it goes another way than `other`, has an entry by somebody who had left by `other`."""
    shared = 0
    for mine, theirs in zip(roster.entries, other.entries, strict=False):
        if mine != theirs:
            break
        shared += 1
    return any(entry.author in other.former for entry in roster.entries[shared:])


def _act(one: ListedIntent) -> Act:
    try:
        what = spell(What.ERASURE_INTENDED, one.detail)
    except ValueError as error:
        raise Corrupt("erasures: a detail that is no short line") from error
    return make_act(
        who=one.who,
        what=what,
        wall=one.wall,
        lamport=0,
        subject=one.subject,
        batch=(one.rid, 1, 1),
        intent=one.intent,
        signatures=one.signatures,
    )
