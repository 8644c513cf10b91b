# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of generation: every content key under a fresh epoch key, then the keyring that names it (vault.md 2.3).

Every change of roster, an erasure and a rotation are one. The keyring is the commit: a crash before it leaves the old
generation, a crash after it leaves bags of the old one lying about, which nobody looks at and the next change removes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress

from clinicam.errors import DiskFull, Forked, RoleRefused, WriteFailed
from clinicam.vault.aead import KEY, system_randomness
from clinicam.vault.audit import AuditKeys
from clinicam.vault.bag import FULL, SharedKeys
from clinicam.vault.files import VaultFiles
from clinicam.vault.keyref import ContentKey
from clinicam.vault.keyring import publish_keyring
from clinicam.vault.keys import FIRST_VOLUME, KeyBook, WriterKey, open_keys, write_bag
from clinicam.vault.roster import add_writer
from clinicam.vault.slot import UserSecret


def write_generation(
    files: VaultFiles,
    *,
    vault: bytes,
    training: bool,
    generation: int,
    prev: bytes,
    roster: bytes,
    keys: Iterable[ContentKey],
    shared: SharedKeys,
    writer: WriterKey,
    user: bytes,
    secret: UserSecret,
) -> None:
    """Bags under a fresh epoch key, then the keyring that names it: the commit. Leftovers of failed tries go first.

    The caller holds `files.exclusive()` or is alone with a vault that is not yet published.

    Raises:
        DiskFull, WriteFailed: before the commit; the old generation stands.
        Corrupt: the roster or the user would not be accepted.
    """
    epoch = system_randomness(KEY)
    files.remove_bags(name for name in files.bags() if name.generation != generation - 1)
    ordered = sorted(keys, key=lambda key: key.key_id)
    parts = [tuple(ordered[at : at + FULL]) for at in range(0, len(ordered), FULL)] or [()]
    for number, part in enumerate(parts, FIRST_VOLUME):
        write_bag(
            files,
            part,
            shared if number == FIRST_VOLUME else None,
            writer=writer,
            volume=number,
            generation=generation,
            revision=1,
            epoch=epoch,
            vault=vault,
        )
    keyring = publish_keyring(
        vault=vault,
        training=training,
        generation=generation,
        prev=prev,
        audit_public=AuditKeys.from_seed(shared.audit).public,
        roster=roster,
        epoch=epoch,
        audit_seed=shared.audit,
        anchor=secret.anchor,
        signer=user,
        key=secret.signing_key(),
    )
    files.write_keyring(keyring)


def publish(
    book: KeyBook,
    writer: WriterKey,
    *,
    roster: bytes | None = None,
    drop: Iterable[bytes] = (),
    shared: SharedKeys | None = None,
) -> None:
    """Publish the next generation and hold it. What is not given stays as it is.

    The keys are those that lie in the bags at this moment, other workstations' newest too: a bag left out is lost for good.

    Args:
        writer: the workstation whose volumes the keys go into; active in `roster`.
        roster: the present roster with entries of generation + 1 appended.
        drop: ids of content keys that are not to live on: nobody can open what they sealed any more.
        shared: the keys of the whole vault, where one of them changes.

    Raises:
        RoleRefused: the user is no manager.
        Forked: somebody else has published a keyring meanwhile.
        DiskFull, WriteFailed: the old generation stands and is held; or the new one lies there and is held, but could not
            be flushed, not even when written once more: `book.is_unsure`, and nothing is sealed before it can.
        Corrupt: the roster or the user would not be accepted.
    """
    if not book.is_manager:
        raise RoleRefused("manager")
    files, old = book.files, book.keyring
    generation = old.generation + 1
    with files.exclusive():
        if hashlib.sha256(files.keyring()).digest() != old.sha256:
            raise Forked("keyring: changed by another workstation")
        lying = open_keys(files, vault=book.vault, user=book.user, secret=book.secret)
        gone = frozenset(drop)
        try:
            write_generation(
                files,
                vault=book.vault,
                training=old.training,
                generation=generation,
                prev=old.sha256,
                roster=roster if roster is not None else old.roster.raw,
                keys=[key for key in lying.table.all() if key.key_id not in gone],
                shared=shared if shared is not None else book.shared,
                writer=writer,
                user=book.user,
                secret=book.secret,
            )
        except (DiskFull, WriteFailed):
            if hashlib.sha256(files.keyring()).digest() == old.sha256:
                raise
            # It has its name, but the folder was not flushed. A flush that failed is not tried again: the file is.
            book.reload()
            book.is_unsure = True
            book.follow()
        with suppress(DiskFull, WriteFailed):
            # Committed. Bags of the old generation are leftovers, which the next change removes.
            files.remove_bags(name for name in files.bags() if name.generation != generation)
        book.reload()


def enrol_writer(book: KeyBook, writer: WriterKey) -> None:
    """A new generation whose roster lets `writer` write: for a copied, cloned or restored vault.

    A crash leaves the old generation or the new one, never a mixture.

    Raises:
        WriteFailed: the user is no manager, or the operating system refused; DiskFull.
        Forked: somebody else has published a keyring meanwhile.
    """
    if not book.is_manager:
        raise WriteFailed("this workstation may not write yet: a manager has to unlock the vault here once")
    roster = add_writer(
        book.keyring.roster.raw,
        vault=book.vault,
        generation=book.keyring.generation + 1,
        writer=writer.writer,
        sign_public=writer.signing.public,
        author=book.user,
        key=book.secret.signing_key(),
    )
    publish(book, writer, roster=roster)
