# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of an unlocked vault: keyring and bags read and checked, new content keys made durable before they seal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from clinicam.errors import Corrupt, Forked, NotFound
from clinicam.identity import NOBODY, new_id
from clinicam.vault.aead import KEY, system_randomness
from clinicam.vault.audit import AuditKeys
from clinicam.vault.bag import FULL, Bag, SharedKeys, epoch_id, open_bag, parse_bag_header, seal_bag
from clinicam.vault.files import BagName, VaultFiles
from clinicam.vault.hoststate import BagMark
from clinicam.vault.keyref import ContentKey, KeyTable
from clinicam.vault.keyring import KeyringFile, parse_keyring
from clinicam.vault.labels import ZERO_HASH
from clinicam.vault.pinned import pin
from clinicam.vault.roster import Rank
from clinicam.vault.sign import SigningKey
from clinicam.vault.slot import UserSecret

FIRST_VOLUME = 1


@dataclass(frozen=True, slots=True)
class WriterKey:
    """This workstation as the ledger knows it."""

    writer: bytes
    seed: bytes = field(repr=False)
    signing: SigningKey = field(repr=False)

    @staticmethod
    def from_seed(writer: bytes, seed: bytes) -> WriterKey:
        """The writer of an id and its 32-byte seed."""
        return WriterKey(writer, seed, SigningKey.from_seed(seed))

    @staticmethod
    def make() -> WriterKey:
        """A fresh writer."""
        return WriterKey.from_seed(new_id(), system_randomness(KEY))

    def is_active(self, keyring: KeyringFile) -> bool:
        """Whether the roster lets it write."""
        known = keyring.roster.writers.get(self.writer)
        return known is not None and known.final is None and known.sign_public == self.signing.public


class KeyBook:
    """The keys a user holds while the vault is unlocked. One thread; `table` may be read by others.

    `volumes` are the bags of the keyring's generation. `is_unsure`: our newest keyring lies there, but its last flush failed.
    """

    def __init__(
        self,
        files: VaultFiles,
        keyring: KeyringFile,
        *,
        user: bytes,
        secret: UserSecret,
        epoch: bytes,
        bags: Iterable[Bag],
    ) -> None:
        """Raises: Corrupt, if the bags do not add up to what the keyring says."""
        self.files = files
        self.is_unsure = False
        self.keyring = keyring
        self.user = user
        self.secret = secret
        self.epoch = epoch
        self.volumes = {(bag.header.writer, bag.header.volume): bag for bag in bags}
        shared = [bag.shared for bag in self.volumes.values() if bag.shared is not None]
        if len(shared) != 1:
            raise Corrupt("bag: the shared keys are not in exactly one volume")
        self.shared = shared[0]
        self.audit = AuditKeys.from_seed(self.shared.audit)
        # The keys that all others hang on; pictures' own keys are many and come and go.
        pin(epoch, secret.hpke_seed, secret.sign_seed, self.shared.locator, self.shared.index, self.shared.audit)
        if self.audit.public != keyring.audit_public:
            raise Corrupt("keyring: another audit key than the bags hold")
        keys = (key for bag in self.volumes.values() for key in bag.keys)
        self.table = KeyTable(self.shared.locator, keys, last_removal=keyring.roster.last_removal)

    @property
    def vault(self) -> bytes:
        """The vault's id."""
        return self.keyring.vault

    @property
    def is_manager(self) -> bool:
        """Whether the user may publish a keyring."""
        return self.keyring.roster.users[self.user].rank is Rank.MANAGER

    def reload(self) -> None:
        """Hold what lies there now: after a new generation was published by this program.

        Raises:
            Corrupt, UnsupportedFormat: it cannot be opened; what was held stays.
        """
        self._take(open_keys(self.files, vault=self.vault, user=self.user, secret=self.secret))

    def _take(self, fresh: KeyBook) -> None:
        fresh.table.shut_as(self.table)
        # What is gone was destroyed: nothing more is sealed for that patient or session under a key nobody meant.
        fresh.table.close_scopes(key for key in self.table.all() if fresh.table.get(key.key_id) is None)
        self.keyring, self.epoch, self.volumes = fresh.keyring, fresh.epoch, fresh.volumes
        self.shared, self.audit, self.table = fresh.shared, fresh.audit, fresh.table

    def follow(self) -> bool:
        """Hold the generation that lies there: another workstation may have let people in or out, or erased. Whether it had.

        Without this a workstation that stays open would go on sealing for people who left, and with keys that are gone.

        Raises:
            Forked: what lies there does not follow from what was held, or is not for this user any more.
            DiskFull, WriteFailed: a generation of ours is not known to be on the disk; nothing may be sealed under it.
        """
        data = self.files.keyring()
        if self.is_unsure:
            self.files.write_keyring(data)
            self.is_unsure = False
        if hashlib.sha256(data).digest() == self.keyring.sha256:
            return False
        held = self.keyring
        try:
            fresh = open_keys(self.files, vault=self.vault, user=self.user, secret=self.secret)
        except Corrupt as error:
            raise Forked("keyring: changed by another workstation") from error
        roster = fresh.keyring.roster
        if fresh.keyring.generation <= held.generation or not roster.extends(
            len(held.roster.raw), held.roster.sha256()
        ):
            raise Forked("keyring: changed by another workstation")
        self._take(fresh)
        return True

    def forget(self) -> None:
        """Drop every secret this object holds."""
        self.table = KeyTable(ZERO_HASH)
        self.volumes = {}
        self.epoch = b""
        self.shared = SharedKeys(ZERO_HASH, ZERO_HASH, ZERO_HASH)
        self.audit = AuditKeys.from_seed(ZERO_HASH)
        self.secret = UserSecret(b"", b"", self.secret.anchor)

    def bag_marks(self) -> tuple[BagMark, ...]:
        """One for each volume, sorted."""
        bags = (self.volumes[name] for name in sorted(self.volumes))
        return tuple(BagMark(b.header.writer, b.header.volume, b.header.revision, b.sha256) for b in bags)

    def sealing_key(self, writer: WriterKey, patient: bytes = NOBODY, session: bytes | None = None) -> ContentKey:
        """The key that seals for this scope; a new one is durable in a bag of `writer` when this returns.

        Raises:
            DiskFull, WriteFailed: it could not be kept; nothing was sealed with it.
            Forked: what somebody else has published meanwhile cannot be followed, or it came in this very moment.
            NotFound: two people agreed to erase this patient or session.
        """
        self.follow()
        if self.table.is_closed(patient, session):
            raise NotFound("this patient or session is erased")
        key = self.table.sealing_key(patient, session)
        if key is not None:
            return key
        version = self.table.next_version(patient, session)
        key = ContentKey(new_id(), patient, session, version, system_randomness(KEY), self.keyring.generation)
        with self.files.exclusive():
            if hashlib.sha256(self.files.keyring()).digest() != self.keyring.sha256:
                raise Forked("keyring: changed by another workstation")
            self._put(writer, key)
        self.table.add(key)
        return key

    def _put(self, writer: WriterKey, key: ContentKey) -> None:
        """Rewrite the writer's last volume with one key more, or begin the next."""
        own = [volume for name, volume in self.volumes if name == writer.writer]
        last = self.volumes[writer.writer, max(own)] if own else None
        if last is None or len(last.keys) >= FULL:
            volume = max(own, default=FIRST_VOLUME - 1) + 1
            last = None
        else:
            volume = last.header.volume
        self.volumes[writer.writer, volume] = write_bag(
            self.files,
            (*last.keys, key) if last is not None else (key,),
            last.shared if last is not None else None,
            writer=writer,
            volume=volume,
            generation=self.keyring.generation,
            revision=last.header.revision + 1 if last is not None else 1,
            epoch=self.epoch,
            vault=self.vault,
        )


def write_bag(
    files: VaultFiles,
    keys: tuple[ContentKey, ...],
    shared: SharedKeys | None,
    *,
    writer: WriterKey,
    volume: int,
    generation: int,
    revision: int,
    epoch: bytes,
    vault: bytes,
) -> Bag:
    """Seal one volume, open it again, and replace its file. Raises DiskFull, WriteFailed, Corrupt."""
    data = seal_bag(
        keys,
        shared,
        vault=vault,
        writer=writer.writer,
        volume=volume,
        generation=generation,
        revision=revision,
        epoch=epoch,
        signer=writer.signing,
    )
    # Opened again before it is written: a key that cannot be read back must never seal a picture.
    bag = open_bag(data, vault=vault, epoch=epoch, writer_public=writer.signing.public)
    files.write_bag(BagName(generation, writer.writer, volume), data)
    return bag


def open_keys(files: VaultFiles, *, vault: bytes, user: bytes, secret: UserSecret) -> KeyBook:
    """Keyring and bags as they lie, verified back to the anchor in the user's slot.

    Raises:
        Corrupt, UnsupportedFormat: damage or forgery in any of them.
    """
    keyring = parse_keyring(files.keyring(), vault=vault, anchor=secret.anchor)
    epoch = keyring.open_seed(user, secret.hpke_pair())
    bags = []
    for name in files.bags():
        if name.generation != keyring.generation:
            continue
        data = files.bag(name)
        header = parse_bag_header(data)
        if (header.generation, header.writer, header.volume) != (name.generation, name.writer, name.volume):
            raise Corrupt("bag: of another name")
        if header.epoch_id != epoch_id(epoch):
            continue  # left by a generation change that never came to its commit
        public = keyring.roster.active_writer(name.writer)
        bags.append(open_bag(data, vault=vault, epoch=epoch, writer_public=public))
    return KeyBook(files, keyring, user=user, secret=secret, epoch=epoch, bags=bags)
