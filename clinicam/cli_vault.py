# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands `clinicam vault …`: looking after a vault without a window. Exit codes as in `cli`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from clinicam.settings import Folders
    from clinicam.upkeep.opening import Secrets
    from clinicam.vault.model import Login

vault_app = typer.Typer(help="Look after the vault.")

PlaceArgument = Annotated[Path | None, typer.Argument(help="The vault's folder; this workstation's vault if left out.")]
UserOption = Annotated[str, typer.Option("--user", help="Name or id of who unlocks; needed where there are several.")]
KitOption = Annotated[bool, typer.Option("--kit", help="Unlock with the 24 words of a recovery kit.")]
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Settings and host state below this folder, as `clinicam demo` leaves them."),
]


def folders_below(home: Path | None) -> Folders:
    """The account's folders, or those below `home`."""
    from clinicam.settings import Folders

    return Folders.below(home.resolve()) if home is not None else Folders.of_this_account()


def asked(words: str) -> str:
    """A secret: asked for on a terminal, else one line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{words}: ")
    return sys.stdin.readline().rstrip("\n")


def secrets_of(user: str) -> Secrets:
    """How who unlocks is chosen and their secret is asked for."""
    from clinicam.identity import StaffId
    from clinicam.upkeep.opening import Secrets

    def choose(logins: tuple[Login, ...]) -> StaffId:
        wanted = user.casefold().strip()
        found = [one for one in logins if user in {"", one.shown, one.user.hex()}] or [
            one for one in logins if wanted in {one.shown.casefold(), one.shown.partition(" · ")[0].strip().casefold()}
        ]
        if len(found) != 1:
            print("Say who with --user: " + ", ".join(one.shown for one in logins), file=sys.stderr)
            raise typer.Exit(2)
        return found[0].user

    return Secrets(choose, lambda: asked("Password"), lambda: tuple(asked("The 24 words").split()))


def tell_progress(done: int, of: int) -> None:
    """A line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r{done} of {of}", end="", file=sys.stderr)


@vault_app.command("verify")
def verify(
    place: PlaceArgument = None,
    deep: Annotated[bool, typer.Option("--deep", help="Decrypt every image; includes --all.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what an earlier check here found good.")] = False,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="A checkpoint kept outside the vault: shows rollback and rewriting."),
    ] = None,
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Check keyring, chains, signatures, rows and objects. Password or words: asked for, or a line of standard input.

    Exit code 0: nothing wrong. 1: something is damaged, rolled back or rewritten, or the vault could not be opened.
    """
    from clinicam.upkeep.verifying import verify as check

    report = check(
        folders_below(home),
        place,
        secrets_of(user),
        by_kit=kit,
        deep=deep,
        progress=tell_progress,
        everything=everything,
        against=against,
    )
    for line in report.findings:
        print(f"finding: {line}")
    for line in report.alarms:
        print(f"alarm: {line}")
    depth = "opened and compared" if deep else "present"
    if against is not None and report.ok:
        print("every row of the checkpoint is in place")
    print(f"{'ok' if report.ok else 'DAMAGED'}: {report.rows} rows, {report.objects} objects {depth}")
    raise typer.Exit(0 if report.ok else 1)


@vault_app.command("backup")
def backup(
    to: Annotated[
        Path, typer.Option("--to", help="A folder for backups of this vault alone: another disk, a server, a NAS.")
    ],
    place: PlaceArgument = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Read everything again that is there already, not only today's part.")
    ] = False,
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Back up to a folder what is new. Ciphertext only; what was written is read again and compared before it counts.

    Exit code 0: complete. 1: refused or not completed; the backup before it stands.
    """
    from clinicam.upkeep.backing_up import backup as back_up

    report = back_up(
        folders_below(home),
        place,
        to,
        secrets_of(user),
        by_kit=kit,
        thorough=thorough,
        progress=lambda one: tell_progress(one.done, one.of),
    )
    for line in report.alarms:
        print(f"alarm: {line}")
    megabytes = report.copied_bytes / 1_000_000
    print(f"backup {report.number}: {report.objects} objects, {megabytes:.1f} MB new, read again and compared")
    if not report.is_off_machine:
        print("This folder is on this computer: fire or theft would take both. Name a folder on a server or a NAS.")


@vault_app.command("restore")
def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The folder with the backups.")],
    to: Annotated[Path, typer.Argument(help="An empty or missing folder on this computer's own disk.")],
    drill: Annotated[bool, typer.Option("--drill", help="Only try: restore, check every image, remove again.")] = False,
    number: Annotated[int, typer.Option("--backup", help="Which backup, by its number; the newest if left out.")] = 0,
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Make a vault out of a backup, as a manager, and check all of it. Erasures made since are carried out again.

    Exit code 0: all of it is there and unchanged. 1: refused, or something is missing or damaged (said line by line).
    """
    from clinicam.upkeep import backing_up

    folders, secrets = folders_below(home), secrets_of(user)
    work = backing_up.drill if drill else backing_up.restore
    report, settled = work(
        folders,
        source,
        to,
        secrets,
        by_kit=kit,
        number=number or None,
        progress=lambda one: tell_progress(one.done, one.of),
    )
    for line in report.findings:
        print(f"finding: {line}")
    for line in report.alarms:
        print(f"alarm: {line}")
    if report.erased:
        print(f"{report.erased} erasures carried out")
    if report.rows_missing and not drill:
        print(f"{report.rows_missing} rows that this workstation had seen are newer than the backup")
    done = "tried and removed" if drill else "restored"
    state = "ok" if report.ok else "DAMAGED"
    print(f"{state}: backup {report.number} {done}, {report.rows} rows, {report.objects} objects opened and compared")
    if drill and not settled:
        print("The trial is in no ledger: this workstation's vault is another, or open in a window.")
    elif not drill:
        print(f"This workstation opens {'it from now on' if settled else 'the vault it opened before'}.")
    raise typer.Exit(0 if report.ok else 1)


GoOnOption = Annotated[bool, typer.Option("--yes", help="Do it. Without, only what is wrong is said.")]


@vault_app.command("accept")
def accept(
    place: PlaceArgument = None,
    yes: GoOnOption = False,
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Go on from a vault that was rolled back or forked, as a new workstation: a manager's decision, in the ledger."""
    _decide(place, user, kit=kit, home=home, rebuild=False, yes=yes)


@vault_app.command("rebuild")
def rebuild(
    place: PlaceArgument = None,
    yes: GoOnOption = False,
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Make a damaged ledger open again: what is not whole goes into quarantine, pictures get their rows back.

    Records that were only rows (patients, consents) do not come back; a backup has them. No other workstation may be at
    work meanwhile.
    """
    _decide(place, user, kit=kit, home=home, rebuild=True, yes=yes)


def _decide(place: Path | None, user: str, *, kit: bool, home: Path | None, rebuild: bool, yes: bool) -> None:
    from clinicam.upkeep.deciding import decide

    done = decide(folders_below(home), place, secrets_of(user), by_kit=kit, rebuild=rebuild, go_on=yes)
    for line in done.problems:
        print(f"problem: {line}")
    print(f"{done.rows} rows are whole, {done.images} pictures have a row")
    if not done.went_on:
        print("Nothing was changed. Say --yes to go on from here.")
        raise typer.Exit(1 if done.problems else 0)
    for line in done.findings:
        print(f"finding: {line}")
    for line in done.alarms:
        print(f"alarm: {line}")
    print(f"{'ok' if not done.findings else 'DAMAGED'}: {done.recovered} rows of pictures made again")
    raise typer.Exit(1 if done.findings else 0)


@vault_app.command("repair")
def repair(
    source: Annotated[Path, typer.Option("--from", help="The folder with the backups; nothing in it is changed.")],
    place: PlaceArgument = None,
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Put pictures that a check found damaged, or that are missing, back from a backup. For managers.

    The damaged files go into the vault's quarantine folder. Exit code 0: every picture is whole. 1: some could not be put
    back (said line by line), or refused.
    """
    from clinicam.upkeep.repairing import repair as put_back

    done = put_back(folders_below(home), place, source, secrets_of(user), by_kit=kit, progress=tell_progress)
    for line in done.alarms:
        print(f"alarm: {line}")
    for one in done.left:
        print(f"not put back: {one.hex()}")
    print(f"{'DAMAGED' if done.left else 'ok'}: {len(done.repaired)} put back, {len(done.left)} not")
    raise typer.Exit(1 if done.left else 0)


@vault_app.command("reseal")
def reseal(
    place: PlaceArgument = None,
    user: UserOption = "",
    kit: KitOption = False,
    home: HomeOption = None,
) -> None:
    """Seal one patient's pictures under new keys, after somebody left who may have copied the old ones. For managers.

    Asks for the patient first (names, date of birth or number; a line of standard input), so that no name is left in the
    shell's history. May be stopped with Ctrl+C: what was done stays done, and nothing is lost.
    """
    from clinicam.upkeep.resealing import reseal as seal_anew

    words = asked("Patient")
    done = seal_anew(folders_below(home), place, words, secrets_of(user), by_kit=kit, progress=tell_progress)
    print(f"sealed anew: {done.objects}; old keys gone: {done.keys}")
