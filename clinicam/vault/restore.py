# SPDX-License-Identifier: GPL-3.0-or-later
"""Out of a backup: a vault in an empty place, checked to its last byte before it gets its name; or a trial of that.

Nothing in the backup is believed before it is checked: slots open under a password or a kit and name the anchor, the keyring is
verified back to it, the manifest by a workstation in that keyring's roster, every other byte by the manifest. Every erasure that
any backup in the place knows of is carried out before the vault has its name, and whoever had left since is taken out again. It goes on as a new workstation.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from clinicam.errors import Corrupt, DiskFull, NotFound, PermitRefused, RoleRefused, VaultError, VaultExists
from clinicam.identity import PermitId, StaffId
from clinicam.permits import Admission, CapturePermit
from clinicam.vault.acts import What
from clinicam.vault.backupplace import BackupPlace, reading
from clinicam.vault.checkpoint import read_checkpoint
from clinicam.vault.device_key import DeviceKeys
from clinicam.vault.door import Door
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder
from clinicam.vault.hoststate import LoginName, Marks
from clinicam.vault.keyring import KeyringFile, parse_keyring
from clinicam.vault.locked import LockedChain
from clinicam.vault.manifest import Manifest, SignedManifest
from clinicam.vault.media import judge
from clinicam.vault.model import VerifyReport
from clinicam.vault.mounts import System
from clinicam.vault.openvault import OpenVault
from clinicam.vault.restorecopy import Laid, RestoreCopy, newest_erasures, read_manifests, rosters_in
from clinicam.vault.restorepeople import Leavers
from clinicam.vault.restorereport import RestoreProgress, RestoreReport, RestoreStage
from clinicam.vault.roster import Rank, Roster
from clinicam.vault.seen import load_logins, load_marks
from clinicam.vault.slot import UserSecret
from clinicam.vault.stores.calls import REAL, Calls, folder, translated
from clinicam.vault.unlocking import open_vault

_HOST_KINDS = ("writer", "logins", "marks", "note")
"""What a workstation keeps of a vault it writes to; see `host`."""
_ROOM = 64 * 1024 * 1024

Unlock = Callable[[Door], tuple[StaffId, UserSecret]]
"""Opens one slot of the backed-up vault."""


class NoPermits:
    """A gate that lets nothing in."""

    def live(self, permit: PermitId) -> CapturePermit:
        """Raises: PermitRefused, always."""
        del permit
        raise PermitRefused("unknown")

    def admit(self, permit: PermitId, exposed_ms: int) -> tuple[CapturePermit, Admission]:
        """Raises: PermitRefused, always."""
        del permit, exposed_ms
        raise PermitRefused("unknown")


def restore(
    place: Path,
    to: Path,
    host: HostFolder,
    unlock: Unlock,
    *,
    number: int | None = None,
    drill: bool = False,
    current: Path | None = None,
    device_keys: DeviceKeys | None = None,
    system: System | None = None,
    calls: Calls = REAL,
    progress: Callable[[RestoreProgress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> RestoreReport:
    """A vault at `to` as it was when backup `number` (None: the newest usable one) was made. Slow; any one thread.

    Args:
        drill: check it, then remove it again; what this workstation keeps of vaults is not touched.
        current: where this workstation's vault lies. While that is the same vault, only a drill is allowed: a restored vault
            and the one it came from must not both be worked in.

    Raises:
        BackupRefused: see `backupplace.reading`. AlreadyRunning: this vault is open here.
        NotFound: no such backup.
        VaultExists: `to` is not empty, or see `current`.
        PlaceRefused: storage a vault must not lie on.
        WrongPassword, LockedOut, KeyStoreRefused: it does not open. RoleRefused: the person is no manager.
        Corrupt, UnsupportedFormat: keys, rows, manifest or erasure list are damaged. Another backup may be better.
        Forked: the backups there do not agree about what was erased.
        DiskFull, WriteFailed: nothing is left at `to`. Cancelled: neither.
    """
    to = to.absolute()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise VaultExists("that place is not empty")
    building = to.parent / f".{to.name}.clinicam-restore"
    scratch = to.parent / f".{to.name}.clinicam-restore-host"
    with ExitStack() as stack:
        source = stack.enter_context(reading(place, calls))
        signed = _chosen(source, number)
        work = _Restoring(source, signed, building, calls, host, host.elsewhere(scratch), progress, cancelled)
        if not drill:
            _check_current(current, source.vault)
            lock = host.hold(source.vault)
            stack.callback(lock.release)
        stack.enter_context(_removed(building, scratch))
        user, secret = work.enter(to, unlock, device_keys, system)
        work.copy(secret.anchor)
        report = work.prove(user, secret)
        if not drill:
            work.hand_over()
            with translated("vault folder"), folder(calls, to.parent) as parent:
                calls.replace(building.name, to.name, dir_fd=parent)
                calls.fsync(parent)
    return report


@contextmanager
def _removed(*paths: Path) -> Iterator[None]:
    """Nothing at these paths before, and nothing left after. All of it is ciphertext that is elsewhere too."""
    try:
        with translated("vault folder"):
            for path in paths:
                if path.exists():
                    shutil.rmtree(path)
        yield
    finally:
        for path in paths:
            shutil.rmtree(path, ignore_errors=True)


def _chosen(source: BackupPlace, number: int | None) -> SignedManifest:
    signed, problems = read_manifests(source)
    if number is not None and number in problems:
        raise problems[number]
    found = [one for one in signed if number in {None, one.manifest.number}]
    if not found and problems:
        raise problems[max(problems)]
    if not found:
        raise NotFound("no such backup")
    return found[-1]


def _check_current(current: Path | None, vault: bytes) -> None:
    """Raises: VaultExists, if the vault that was backed up is still there."""
    if current is None:
        return
    try:
        there = parse_keyring(VaultFiles(current).keyring(), vault=None, anchor=None).vault
    except VaultError:
        return  # gone or damaged: what a restore is for
    if there == vault:
        raise VaultExists("the vault that was backed up is still there")


class _Restoring:
    """One restore under way, in a folder that has no vault's name yet."""

    def __init__(
        self,
        source: BackupPlace,
        signed: SignedManifest,
        building: Path,
        calls: Calls,
        host: HostFolder,
        scratch: HostFolder,
        progress: Callable[[RestoreProgress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._source = source
        self._signed = signed
        self._manifest: Manifest = signed.manifest
        self._files = VaultFiles(building, calls)
        self._host = host
        self._scratch = scratch
        self._progress = progress
        self._cancelled = cancelled
        self._copy = RestoreCopy(source, signed.manifest, self._files, self._copied, cancelled, calls)
        self._laid = Laid(0, 0, 0)
        self._rosters: tuple[Roster, ...] = ()
        self._marks: Marks | None = None
        self._names: tuple[LoginName, ...] = ()

    def enter(
        self, to: Path, unlock: Unlock, device_keys: DeviceKeys | None, system: System | None
    ) -> tuple[StaffId, UserSecret]:
        """Open a slot, and verify keyring and manifest with what it holds."""
        vault = self._source.vault
        raw = self._copy.keyring()
        unproved = parse_keyring(raw, vault=vault, anchor=None)
        judge(to, training=unproved.training, system=system)
        with translated("vault folder"):
            to.parent.mkdir(parents=True, exist_ok=True)
        self._files.lay_out()
        self._copy.slots()
        chain = LockedChain(self._files, self._host, unproved)
        user, secret = unlock(Door(vault, self._files, self._host, chain, device_keys, None))
        keyring = parse_keyring(raw, vault=vault, anchor=secret.anchor)
        known = keyring.roster.writers.get(self._manifest.writer)
        if known is None or keyring.generation != self._manifest.generation:
            raise Corrupt("manifest: its keyring is another")
        self._signed.check(known.sign_public)
        read_checkpoint(self._manifest.checkpoint, vault=vault, writer=known.writer, public=known.sign_public)
        member = keyring.roster.users.get(user)
        if member is None or member.rank is not Rank.MANAGER:
            raise RoleRefused("manager")
        self._remember(keyring)
        return user, secret

    def _remember(self, keyring: KeyringFile) -> None:
        """What this workstation knows of the vault: names for the lock screen, and how far it had come."""
        try:
            self._names = load_logins(self._host, keyring)
            self._marks = load_marks(self._host, keyring)
        except VaultError:
            return  # of another history of this vault, or damaged: a restore does without

    def copy(self, anchor: bytes) -> None:
        """Everything else, the keyring last."""
        self._copy.list_objects()
        if self._files.objects.free_bytes() < self._copy.size + _ROOM:
            raise DiskFull("restore: not enough room")
        self._rosters = rosters_in(self._source, read_manifests(self._source)[0], anchor=anchor)
        self._laid = newest_erasures(self._source, self._files, self._manifest, self._rosters, anchor=anchor)
        self._copy.run()

    def _copied(self, done: int) -> None:
        self._progress(RestoreProgress(RestoreStage.COPY, done, self._copy.size))

    def prove(self, user: StaffId, secret: UserSecret) -> RestoreReport:
        """Open it as a new workstation, which carries out the erasures, and check all of it."""
        files, vault = self._files, self._source.vault
        keyring = parse_keyring(files.keyring(), vault=vault, anchor=secret.anchor)
        leavers = Leavers(keyring.roster, self._rosters, self._marks)
        chain = LockedChain(files, self._scratch, keyring)
        opened = open_vault(
            files,
            self._scratch,
            chain,
            user=user,
            secret=secret,
            what=What.RESTORE_MADE,
            checks=NoPermits(),
            logins=lambda: self._names,
            on_close=lambda: None,
        )
        try:
            told = leavers.send_away(opened.inside)
            checked = self._checked(opened)
            missing = self._missing({head.writer: head.seq for head in opened.inside.index.heads()})
        finally:
            opened.close()
            files.ledger.close()
        return RestoreReport(
            number=self._manifest.number,
            made_ms=self._manifest.made_ms,
            rows=checked.rows,
            objects=checked.objects,
            erased=self._laid.erasures,
            rows_missing=missing,
            findings=(*self._damaged(checked), *checked.findings),
            alarms=(*opened.alarms, *told, *self._doubts(), *checked.alarms),
        )

    def _checked(self, opened: OpenVault) -> VerifyReport:
        report = opened.verify(
            deep=True,
            progress=lambda done, of: self._progress(RestoreProgress(RestoreStage.CHECK, done, of)),
            cancelled=self._cancelled,
        )
        self._copy.check_going_on()
        return report

    def _damaged(self, checked: VerifyReport) -> tuple[str, ...]:
        """What the backup lacked. An object of erased keys is missing rightly: the check, which knows the keys, is silent on it."""
        named = {line.split(":")[0] for line in checked.findings}
        return tuple(
            line for line in self._copy.findings if not line.startswith("object ") or line.split(":")[0] in named
        )

    def _doubts(self) -> Iterator[str]:
        """What a person has to look at."""
        if self._laid.passed_over:
            yield f"erasures: {self._laid.passed_over} parts of lists passed over, by somebody who has left"
        if self._laid.later:
            # The rows of a move that came after this backup are not in it, so nothing names these pictures.
            yield "erasures: pictures moved to somebody erased after this backup may be back where they lay; look for them"

    def _missing(self, seqs: dict[bytes, int]) -> int:
        heads = self._marks.heads if self._marks is not None else ()
        return sum(max(head.seq - seqs.get(head.writer, 0), 0) for head in heads)

    def hand_over(self) -> None:
        """From now on this workstation remembers the restored vault in place of the one it knew."""
        vault = self._source.vault
        kept = {kind: data for kind in _HOST_KINDS if (data := self._scratch.read(vault, kind)) is not None}
        for kind, data in kept.items():
            self._host.write(vault, kind, data)


def unlocked_as(user: bytes, secret: UserSecret) -> Unlock:
    """For whoever is signed in already."""
    return lambda _door: (StaffId(user), secret)
