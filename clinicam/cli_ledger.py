# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands `clinicam vault checkpoint` and `clinicam vault extract`: what is handed out of the ledger, and checking it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from clinicam.cli_vault import (
    HomeOption,
    KitOption,
    PlaceArgument,
    UserOption,
    folders_below,
    secrets_of,
    tell_progress,
    vault_app,
)

__all__ = ["vault_app"]


@vault_app.command("checkpoint")
def checkpoint(
    place: PlaceArgument = None, user: UserOption = "", kit: KitOption = False, home: HomeOption = None
) -> None:
    """Sign the heads of all chains and print the note for somebody to keep, with its short code for paper."""
    from clinicam.upkeep.ledger import opened_book

    with opened_book(folders_below(home), place, secrets_of(user), by_kit=kit) as book:
        handed = book.checkpoint()
        print(handed.note.decode(), end="")
        print(f"code: {spaced(handed.short)}", file=sys.stderr)
        print(f"key: {book.vkey}", file=sys.stderr)


@vault_app.command("extract")
def extract(
    place: PlaceArgument = None,
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; its note gets .note behind.")] = None,
    check: Annotated[
        Path | None, typer.Option("--check", help="Check an extract and its note instead; asks for no password.")
    ] = None,
    key: Annotated[str, typer.Option("--key", help="With --check: a workstation's key, where there is no vault.")] = "",
    form: Annotated[str, typer.Option("--form", help="jsonl or csv")] = "jsonl",
    subject: Annotated[str, typer.Option("--subject", help="Only acts about this pseudonym: 32 digits.")] = "",
    who: Annotated[str, typer.Option("--who", help="Only acts of this member of staff: name or id.")] = "",
    act: Annotated[
        list[str] | None, typer.Option("--act", help="Only this act, like image.viewed; repeatable.")
    ] = None,
    since: Annotated[str, typer.Option("--since", help="Only from this day on: 2026-11-21, UTC.")] = "",
    until: Annotated[str, typer.Option("--until", help="Only up to this day, itself included.")] = "",
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Write chosen acts of the ledger to a file with a signed note beside it, or check such a file. No patient is in it."""
    folders = folders_below(home)
    if check is not None:
        from clinicam.upkeep.ledger import check_file

        found = check_file(folders, check, place, key=key)
        print(f"ok: {found.rows} acts, signed by {', '.join(writer.hex() for writer in found.by)}")
        print(f"made: {_moment(found.made_ms)} by {found.user.hex()}, chosen: {found.chosen}")
        for head in found.heads:
            print(f"head: {head.writer.hex()} {head.seq} {head.row_hash.hex()}")
        return
    if out is None or form not in {"jsonl", "csv"}:
        print("Say where to with --out, and jsonl or csv with --form; or --check FILE.", file=sys.stderr)
        raise typer.Exit(2)
    from clinicam.upkeep.ledger import opened_book
    from clinicam.vault.extract import Form
    from clinicam.vault.ledgerfilter import ActFilter

    days = (_day(since), _day(until))
    pseudonym = _hex(subject)
    with opened_book(folders, place, secrets_of(user), by_kit=kit) as book:
        people = book.names()
        staff = next((one for one, name in people.items() if who and who in {name, one.hex()}), None)
        if who and staff is None:
            print("Say who with --who: " + ", ".join(people.values()), file=sys.stderr)
            raise typer.Exit(2)
        wanted = ActFilter(
            subject=pseudonym,
            who=staff,
            codes=frozenset(act or ()),
            since_ms=days[0],
            until_ms=days[1] + 86_400_000 if days[1] is not None else None,
        )
        made = book.extract(wanted, out.absolute(), Form(form), progress=tell_progress)
        print(f"{made.rows} acts in {out}, signed in {out}.note")
        print(f"key: {book.vkey}")


def spaced(code: str) -> str:
    """Four groups of five, as people read it aloud."""
    return " ".join(code[at : at + 5] for at in range(0, len(code), 5))


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _day(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        print("A day is written like 2026-11-21.", file=sys.stderr)
        raise typer.Exit(2) from None


def _hex(text: str) -> bytes | None:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b"?"
    if len(raw) not in {0, 16}:
        print("A pseudonym is 32 digits, as the ledger shows it.", file=sys.stderr)
        raise typer.Exit(2)
    return raw or None
