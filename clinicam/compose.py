# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file that names stores, links and drivers. No Qt.

`Workstation` is the program while locked: it knows a vault, it can unlock it, and it watches a disarmed camera so that
frames nobody asked for are dropped and recorded. `surgery.Surgery` is the program while unlocked.

Threads: `start_camera`, `heartbeat` and `close` belong to the main thread. Futures are resolved on the vault thread.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from clinicam.camera.host import CameraHost
from clinicam.camera.port import CameraStatus
from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.capture.watch import CameraWatch
from clinicam.consent.clock import SystemClock
from clinicam.consent.gate import Change, Gate, PauseCause
from clinicam.errors import (
    CliniCamError,
    TrainingOnly,
    VaultMissing,
)
from clinicam.identity import StaffId
from clinicam.practice.policy import PolicyRegister, load_policy
from clinicam.practice.staff import StaffRegister
from clinicam.settings import Folders, Settings, resources_dir, save_settings
from clinicam.vault.acts import What
from clinicam.vault.device_key import OsKeyStore
from clinicam.vault.host import HostFolder
from clinicam.vault.media import judge
from clinicam.vault.model import CreatedVault, Login, NewRow
from clinicam.vault.passwords import check_password
from clinicam.vault.thread import VaultThread
from clinicam.vault.vault import Vault

if TYPE_CHECKING:
    from clinicam.auditroom import AuditRoom
    from clinicam.surgery import Surgery
    from clinicam.vault.openvault import OpenVault

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewPractice:
    """What the first start asks for. `place` is where the vault is to lie."""

    practice_name: str
    staff_name: str
    post: str
    registration: str
    password: str = field(repr=False)
    place: Path = Path()
    training: bool = False


class Workstation:
    """The program while locked. `vault` is None until the first start is over."""

    def __init__(self, folders: Folders, settings: Settings, *, camera: str = "") -> None:
        self.folders = folders
        self.settings = settings
        self.camera_port = camera
        self.clock = SystemClock()
        self.gate = Gate(self.clock, self._permit_changed)
        self.thread = VaultThread(tend=self._tend, failed=lambda error: _log.warning("vault: %s", type(error).__name__))
        self.pool = ThreadPoolExecutor(2, thread_name_prefix="pool")
        self.watch = CameraWatch(self._record, self._camera_changed)
        self.camera_listeners: list[Callable[[CameraStatus], None]] = []
        self.camera: CameraHost | None = None
        self.surgery: Surgery | None = None
        self.audit: AuditRoom | None = None
        self.lock_cause = "closed"
        """Why it will have been locked, for the ledger: closed, person, idle, away."""
        self.device_keys = OsKeyStore()
        self._host = HostFolder(folders.state / "vaults")
        self._simulator: SimulatorProcess | None = None
        self._preparing = threading.Lock()
        self._closed = False
        self._defaults = load_policy(resources_dir() / "policy.toml")
        self.vault: Vault | None = None
        if settings.vault:
            try:
                self._open_vault(Path(settings.vault))
            except BaseException:
                self.close()
                raise

    @property
    def training(self) -> bool:
        """Whether the vault is a training vault; False where there is none yet."""
        return self.vault is not None and self.vault.training

    @property
    def simulator(self) -> SimulatorProcess | None:
        """The simulated body this process started itself, if it did."""
        return self._simulator

    def judge_place(self, place: Path, *, training: bool) -> None:
        """Whether a vault may lie there.

        Raises:
            PlaceRefused: with the reason.
        """
        judge(place, training=training)

    def create(self, new: NewPractice) -> CreatedVault:
        """Make the vault with its first member of staff. Slow; vault thread. The kit words are in the answer only.

        Raises:
            PasswordRefused, PlaceRefused, VaultExists, WriteFailed, DiskFull: nothing usable was made.
        """
        check_password(new.password, known=(new.practice_name, new.staff_name, new.post))
        if self.settings.unfinished and Path(self.settings.unfinished) == new.place:
            # Its recovery kit was never confirmed, so it was never used: begin again rather than leave it in the way.
            shutil.rmtree(new.place, ignore_errors=True)
        login = f"{new.staff_name} · {new.post}" if new.post else new.staff_name
        created = Vault.create(new.place, self._host, password=new.password, login=login, training=new.training)
        self._keep(unfinished=str(new.place))
        vault = Vault.open(new.place, self._host)
        opened = vault.unlock(created.user, new.password, self.gate)
        try:
            StaffRegister(opened).add_first(new.staff_name, new.post, new.registration)
            PolicyRegister(opened, self._defaults).put(
                msgspec.structs.replace(self._defaults, practice_name=new.practice_name)
            )
        finally:
            opened.close()
            vault.close()
        return created

    def adopt(self, place: Path) -> None:
        """From now on this workstation uses the vault at `place`: after the recovery kit was typed back. Vault thread.

        Raises:
            VaultMissing, Corrupt, SettingsError: it does not.
        """
        self._open_vault(place)
        self._keep(vault=str(place), unfinished="")

    def save_look(self, *, theme: str, text_percent: int) -> None:
        """Keep the choices about this window. Raises SettingsError."""
        look = {"theme": theme, "text_percent": text_percent}
        self._keep(look=msgspec.convert(look, type(self.settings.look)))

    def _keep(self, **changes: object) -> None:
        self.settings = msgspec.structs.replace(self.settings, **changes)
        save_settings(self.folders, self.settings)

    def logins(self) -> tuple[Login, ...]:
        """Who may unlock here."""
        return self._need_vault().logins()

    def unlock(self, user: StaffId, password: str) -> Surgery:
        """Slow; vault thread. Raises WrongPassword, LockedOut, Corrupt, RolledBack, Forked."""
        return self._opened(self._need_vault().unlock(user, password, self.gate))

    def unlock_audit(self, user: StaffId, password: str) -> AuditRoom:
        """The door for auditors. Slow; vault thread. Raises RoleRefused, and as `unlock`."""
        from clinicam.auditroom import AuditRoom

        vault = self._need_vault()
        names: dict[bytes, str] = {login.user: login.shown for login in vault.logins()}
        opened = vault.unlock_audit(user, password)
        self.audit = AuditRoom(
            opened,
            self.thread,
            names,
            idle_s=self._defaults.idle_reception_s,
            device_key=lambda: self.device_keys.fetch(opened.vault_id),
        )
        return self.audit

    def unlock_with_kit(self, words: Sequence[str]) -> Surgery:
        """As `unlock`, with the 24 words of a recovery kit."""
        return self._opened(self._need_vault().unlock_with_kit(words, self.gate))

    def unlock_with_pin(self, user: StaffId, pin: str) -> Surgery:
        """As `unlock`, with the PIN they set on this workstation. Raises PinRefused and what `unlock` does."""
        return self._opened(self._need_vault().unlock_with_pin(user, pin, self.gate))

    def go_on(self, user: StaffId, password: str) -> Surgery:
        """As `unlock`, from a history that is not the one this workstation has seen: a manager's decision, in the ledger.

        Raises:
            RoleRefused: no manager. Corrupt: damage that no decision mends. And as `unlock`; the vault is locked then.
        """
        vault = self._need_vault()
        looking = vault.unlock_read_only(user, password)
        try:
            opened = vault.accept_history(looking, self.gate)
        finally:
            looking.close()
        return self._opened(opened)

    def has_pin(self, user: StaffId) -> bool:
        """Whether `user` has a PIN here that counts still. Vault thread."""
        return any(login.has_pin for login in self.logins() if login.user == user)

    def has_pins(self) -> bool:
        """Whether PINs can be set on this workstation. Vault thread."""
        return self._need_vault().has_pins()

    def set_pin(self, pin: str) -> None:
        """Give whoever is in a PIN here. Vault thread. Raises PinRefused, VaultClosed, DiskFull, WriteFailed."""
        self._need_vault().set_pin(pin)

    def forget_pins(self, user: StaffId | None = None) -> None:
        """Drop one person's PIN here, or everybody's: before sleep. Vault thread. Raises DiskFull, WriteFailed."""
        if self.vault is not None:
            self.vault.forget_pins(user)

    def before_sleep(self) -> None:
        """The computer goes to sleep or down: no PIN outlives that. Any thread."""
        if self.vault is not None and not self._closed:
            self.thread.submit(self._forget_pins)

    def _forget_pins(self) -> None:
        try:
            self.forget_pins()
        except CliniCamError as error:
            _log.warning("PINs could not be dropped: %s", type(error).__name__)

    def give_device_key(self, words: Sequence[str]) -> None:
        """Keep the practice's device key here, typed from another computer. Raises WrongPassword, KeyStoreRefused."""
        self._need_vault().give_device_key(words)

    def prepare_camera(self) -> None:
        """For a training vault without a named camera: start a simulated body. Takes a second; any thread but the main.

        Raises:
            CameraLost, CameraFault: it could not be started; the window works without.
        """
        with self._preparing:
            if self.training and not self.camera_port and self._simulator is None and not self._closed:
                self._simulator = SimulatorProcess.start()

    def start_camera(self) -> None:
        """Start the camera process, after `prepare_camera`. Main thread; does nothing the second time.

        Raises:
            TrainingOnly: a camera on loopback was named, and the vault is a real one.
            CameraFault: it could not be started; the window works without.
        """
        if self.vault is None or self.camera is not None:
            return
        port = self.camera_port or None
        if port is not None and not self.training:
            raise TrainingOnly("a simulated camera for a real vault")
        if self._simulator is not None:
            port = self._simulator.port
        self.camera = CameraHost(
            self.gate,
            self.watch,
            port=port,
            simulated=self.training,
            wall_ms=self.clock.wall_ms,
            folder=self.folders.runtime,
        )
        self.camera.start()

    def heartbeat(self) -> None:
        """Once a second: expiry and clock jumps, and the camera's lease. Main thread; does nothing before the camera runs."""
        self.gate.sweep()
        if self.camera is not None:
            self.camera.renew()

    def close(self) -> None:
        """Lock and let go of everything: frames in flight get 4 s, then vault, camera process and threads end. Once."""
        if self._closed:
            return
        self._closed = True
        if self.surgery is not None:
            self.surgery.settle()
        if self.camera is not None:
            self.camera.stop()
        with self._preparing:
            if self._simulator is not None:
                self._simulator.close()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.thread.submit(self._close_vault)
        self.thread.close()

    def _close_vault(self) -> None:
        for opened in (self.surgery, self.audit):
            if opened is not None:
                opened.vault.close(self.lock_cause)
        if self.vault is not None:
            self.vault.close()

    def _open_vault(self, place: Path) -> None:
        if self.vault is not None:
            self.vault.close()
        self.vault = Vault.open(place, self._host, device_keys=self.device_keys)

    def _need_vault(self) -> Vault:
        if self.vault is None:
            raise VaultMissing("no vault yet")
        return self.vault

    def _opened(self, vault: OpenVault) -> Surgery:
        # The registers, forms and rules are not needed for a lock screen: 60 ms of every start.
        from clinicam.surgery import Attached, Surgery

        try:
            attached = Attached(
                self.thread,
                self.pool,
                self.clock,
                self.gate,
                self.watch,
                lambda: self.camera,
                self.device_keys,
                self,
            )
            self.surgery = Surgery(attached, vault, self._defaults)
        except BaseException:
            vault.close()
            raise
        return self.surgery

    def _tend(self) -> float | None:
        return self.surgery.tend() if self.surgery is not None else None

    def _camera_changed(self, status: CameraStatus) -> None:
        for listener in tuple(self.camera_listeners):
            listener(status)

    def _permit_changed(self, change: Change) -> None:
        if change.cause is PauseCause.CLOCK_JUMP:
            self._record(What.CLOCK_JUMP, "permit paused")

    def _record(self, what: str, detail: str) -> None:
        """An act nobody asked for: under the open vault if there is one, sealed to the auditors if not."""
        if not self._closed:
            self.thread.submit(self._record_now, What(what), detail)

    def _record_now(self, what: What, detail: str) -> None:
        try:
            if self.surgery is not None:
                self.surgery.vault.append((NewRow(what, None, None, "", b"\0" * 16, None, detail),))
            elif self.vault is not None:
                self.vault.record_while_locked(what, detail)
        except CliniCamError as error:
            _log.error("an act could not be recorded: %s", type(error).__name__)
