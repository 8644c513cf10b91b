# SPDX-License-Identifier: GPL-3.0-or-later
"""A fresh vault: made whole in a folder of its own, then given its name. A crash leaves no vault, never half a one."""

from __future__ import annotations

import shutil
from pathlib import Path

from clinicam.errors import VaultExists
from clinicam.identity import StaffId, new_id
from clinicam.vault.acts import What, spell
from clinicam.vault.aead import KEY, KdfParameters, calibrate, system_randomness
from clinicam.vault.bag import SharedKeys
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.files import VaultFiles
from clinicam.vault.generation import write_generation
from clinicam.vault.heads import chain_start
from clinicam.vault.host import HostFolder
from clinicam.vault.hoststate import LoginName
from clinicam.vault.keys import WriterKey, open_keys
from clinicam.vault.kit import words_of
from clinicam.vault.labels import ZERO_HASH
from clinicam.vault.media import judge
from clinicam.vault.model import CreatedVault
from clinicam.vault.mounts import System
from clinicam.vault.roster import Rank, add_user, add_writer, found
from clinicam.vault.scribe import Draft, Scribe
from clinicam.vault.seen import save_logins, save_marks, save_writer
from clinicam.vault.slot import UserSecret, seal_kit_slot, seal_password_slot
from clinicam.vault.stores.calls import REAL, Calls, folder, make_folders, translated

FIRST_GENERATION = 1


def create_vault(
    place: Path,
    host: HostFolder,
    *,
    password: str,
    login: str,
    training: bool,
    kdf: KdfParameters | None,
    system: System | None = None,
    calls: Calls = REAL,
) -> CreatedVault:
    """See `Vault.create`."""
    judge(place, training=training, system=system)
    place = place.absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise VaultExists("that place is not empty")
    building = place.parent / f".{place.name}.clinicam-new"
    with translated("vault folder"):
        make_folders(calls, place.parent)
        if building.exists():
            shutil.rmtree(building)  # of a creation that was interrupted: nothing in it was ever opened
    cost = kdf if kdf is not None else calibrate()
    created = _build(VaultFiles(building, calls), host, password, login, training, cost)
    with translated("vault folder"), folder(calls, place.parent) as parent:
        calls.replace(building.name, place.name, dir_fd=parent)
        calls.fsync(parent)
    return created


def _build(
    files: VaultFiles, host: HostFolder, password: str, login: str, training: bool, cost: KdfParameters
) -> CreatedVault:
    """Everything inside the vault and, last, what the workstation keeps of it."""
    vault, user, kit_user, kit = new_id(), new_id(), new_id(), system_randomness(KEY)
    founder = UserSecret.make()
    kit_secret = UserSecret.make(founder.anchor)
    writer = WriterKey.make()
    files.lay_out()
    files.write_slot(user, seal_password_slot(founder, vault=vault, user=user, password=password, cost=cost))
    files.write_slot(kit_user, seal_kit_slot(kit_secret, vault=vault, user=kit_user, kit=kit))
    write_generation(
        files,
        vault=vault,
        training=training,
        generation=FIRST_GENERATION,
        prev=ZERO_HASH,
        roster=_roster(vault, user, founder, kit_user, kit_secret, writer),
        keys=(),
        shared=SharedKeys.make(),
        writer=writer,
        user=user,
        secret=founder,
    )
    book = open_keys(files, vault=vault, user=user, secret=founder)
    start = ChainEnd(chain_start(vault, writer.writer), 0, 0, 0)
    scribe = Scribe(files.ledger, vault=vault, writer=writer, end=start, lamport=0)
    act = Draft(spell(What.VAULT_CREATED, "training" if training else ""))
    scribe.write([act], who=user, wall_ms=host.wall_ms(), audit=book.audit, locator=book.table.locator)
    files.ledger.close()
    save_writer(host, vault, writer)
    save_logins(host, vault, writer, [LoginName(user, login)])
    save_marks(host, files, book, scribe, [scribe.end.head])
    book.forget()
    return CreatedVault(vault, StaffId(user), words_of(kit))


def _roster(
    vault: bytes, user: bytes, founder: UserSecret, kit_user: bytes, kit_secret: UserSecret, writer: WriterKey
) -> bytes:
    """The founder, the recovery kit as a manager of its own, and this workstation."""
    key = founder.signing_key()
    raw = found(vault=vault, user=user, hpke_public=founder.hpke_pair().public, key=key)
    raw = add_user(
        raw,
        vault=vault,
        generation=FIRST_GENERATION,
        user=kit_user,
        rank=Rank.MANAGER,
        hpke_public=kit_secret.hpke_pair().public,
        sign_public=kit_secret.signing_key().public,
        author=user,
        key=key,
    )
    return add_writer(
        raw,
        vault=vault,
        generation=FIRST_GENERATION,
        writer=writer.writer,
        sign_public=writer.signing.public,
        author=user,
        key=key,
    )
