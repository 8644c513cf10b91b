# SPDX-License-Identifier: GPL-3.0-or-later
"""A workstation that lets people in while another does the same: `python -m tests.vault.formats.publisher FOLDER NAME N`.

Kit words come from standard input. Says ``ready``, waits for a line, then publishes N generations, one new user each,
and says ``done <user>`` for each that stands. Told that somebody else was faster, it unlocks again and tries again.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from clinicam.errors import Corrupt, Forked, RolledBack, WriteFailed
from clinicam.identity import new_id
from clinicam.vault.aead import system_randomness
from clinicam.vault.host import HostFolder
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank, add_user
from clinicam.vault.slot import UserSecret, seal_kit_slot
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Gate


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def let_go(vault: Vault) -> None:
    """Lock; a snapshot that could not be kept is no matter."""
    with suppress(WriteFailed):
        vault.close()


def unlocked(folder: Path, name: str, words: list[str]) -> tuple[Vault, OpenVault]:
    """However often it takes while the other one is at work."""
    while True:
        vault = Vault.open(folder / "vault", HostFolder(folder / name, machine=name.encode()))
        try:
            return vault, vault.unlock_with_kit(words, Gate())
        except (Forked, Corrupt, WriteFailed) as error:
            # The other one may have replaced keyring and bags between two readings, or swept our unpublished file away.
            let_go(vault)
            say(f"again {type(error).__name__}")


def let_in(opened: OpenVault) -> bytes:
    """One more nurse, in a generation of its own."""
    book, user = opened.inside.book, new_id()
    secret = UserSecret.make(book.secret.anchor)
    roster = add_user(
        book.keyring.roster.raw,
        vault=book.vault,
        generation=book.keyring.generation + 1,
        user=user,
        rank=Rank.NURSE,
        hpke_public=secret.hpke_pair().public,
        sign_public=secret.signing_key().public,
        author=book.user,
        key=book.secret.signing_key(),
    )
    slot = seal_kit_slot(secret, vault=book.vault, user=user, kit=system_randomness(32))
    opened.inside.files.write_slot(user, slot)
    try:
        opened.inside.publish(roster=roster)
    except (Forked, WriteFailed):
        opened.inside.files.remove_slots([user])
        raise
    return user


def main() -> None:
    folder, name, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    words = sys.stdin.readline().split()
    vault, opened = unlocked(folder, name, words)
    say("ready")
    sys.stdin.readline()
    while left:
        try:
            user = let_in(opened)
        except (Forked, RolledBack, WriteFailed) as error:
            say(f"again {type(error).__name__}")
            let_go(vault)
            vault, opened = unlocked(folder, name, words)
            continue
        say(f"done {user.hex()}")
        left -= 1
    let_go(vault)


if __name__ == "__main__":
    main()
