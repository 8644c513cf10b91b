# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing below other workstations' checkpoints once their heads were found in the chains (vault.md 2.3).

Who later cuts or rewrites a chain has to explain a note that two workstations signed. A note whose heads are *not* in
the chains is an alarm: somebody put back an older ledger, or the workstation that signed it lives in another history.
"""

from __future__ import annotations

from collections.abc import Mapping

from clinicam.errors import Corrupt, UnsupportedFormat, VaultError
from clinicam.vault.checkpoint import read_any, witness
from clinicam.vault.files import VaultFiles
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import WriterKey
from clinicam.vault.ledgerread import LedgerReader


def witness_others(
    files: VaultFiles, notes: Mapping[bytes, bytes], reader: LedgerReader, keyring: KeyringFile, writer: WriterKey
) -> tuple[str, ...]:
    """Sign what holds, and say what does not.

    Args:
        notes: the checkpoints by writer, read *before* the chains: every row they name was durable by then.

    Returns:
        One alarm for each note that does not hold. A witness line that cannot be written is left for the next opening.
    """
    alarms = []
    publics = {known.writer: known.sign_public for known in keyring.roster.writers.values()}
    for author, note in sorted(notes.items()):
        try:
            if author not in publics:
                raise Corrupt("of an unknown workstation")
            checkpoint, by = read_any(note, vault=keyring.vault, writers=publics)
            if author not in by:
                raise Corrupt("not signed by its own workstation")
            if not all(reader.has(head) for head in checkpoint.heads):
                raise Corrupt("names rows that are not here")
        except (Corrupt, UnsupportedFormat) as error:
            alarms.append(f"checkpoint {author.hex()}: {error}")
            continue
        if writer.writer not in by:
            _sign(files, author, note, keyring.vault, writer)
    return tuple(alarms)


def _sign(files: VaultFiles, author: bytes, note: bytes, vault: bytes, writer: WriterKey) -> None:
    try:
        with files.exclusive("checkpoints"):
            if files.checkpoints().get(author) == note:
                signed = witness(note, vault=vault, writer=writer.writer, key=writer.signing)
                files.write_checkpoint(author, signed)
    except VaultError:
        return  # the note stands as its author left it
