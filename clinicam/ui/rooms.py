# SPDX-License-Identifier: GPL-3.0-or-later
"""The screens of an unlocked practice and the ways between them. Exists only while a `Surgery` does."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from clinicam.consent.model import IdentityCheck
from clinicam.consent.rules import VaultFact
from clinicam.consent.status import ConsentState
from clinicam.identity import Patient, PatientId, SessionId, Staff
from clinicam.ui.add_patient import AddPatientScreen
from clinicam.ui.bridge import Bridge
from clinicam.ui.camera_words import camera_words
from clinicam.ui.chart import ChartScreen
from clinicam.ui.compare import CompareScreen
from clinicam.ui.consent_staff import ConsentScreen
from clinicam.ui.kit import Chip, HeaderBar, Meaning
from clinicam.ui.move_ways import MisfiledSheets
from clinicam.ui.patients import PatientsScreen
from clinicam.ui.practice_screen import PracticeScreen
from clinicam.ui.screen import Screen
from clinicam.ui.session import SessionScreen
from clinicam.ui.theme import Theme
from clinicam.ui.todo import TodoScreen
from clinicam.ui.viewer import ViewerScreen
from clinicam.vault.model import ImageEntry

if TYPE_CHECKING:
    from clinicam.chart.call import LaunchCall
    from clinicam.surgery import Surgery


def short_name(staff: Staff) -> str:
    """``J. Pryce, nurse``."""
    words = staff.name.split()
    name = f"{words[0][0]}. {words[-1]}" if len(words) > 1 and not words[0].endswith(".") else staff.name
    name = staff.name if words and words[0].lower().rstrip(".") in {"dr", "prof"} else name
    return f"{name}, {staff.post.lower()}" if staff.post else name


def vault_words(fact: VaultFact) -> tuple[str, str, Meaning]:
    """Icon, words and meaning of the vault's chip."""
    tr = QCoreApplication.translate
    table: dict[VaultFact, tuple[str, str, Meaning]] = {
        VaultFact.READY: ("shield-check", tr("rooms", "Vault safe"), "safe"),
        VaultFact.LOCKED: ("lock", tr("rooms", "Vault locked"), "work"),
        VaultFact.FULL: ("hard-drive", tr("rooms", "Vault nearly full"), "attention"),
        VaultFact.DAMAGED: ("shield-alert", tr("rooms", "Vault damaged"), "stopped"),
    }
    return table[fact]


class StateChips:
    """Camera, vault and who is working, at the right of a header bar."""

    def __init__(self, header: HeaderBar, me: Staff) -> None:
        self._camera: Chip = header.add_chip("", "", "neutral")
        self._vault: Chip = header.add_chip("", "", "neutral")
        header.add_chip("user", short_name(me), "plain")

    def show(self, surgery: Surgery) -> None:
        """The states of this moment; reads no disk."""
        words = camera_words(surgery.camera_status())
        self._camera.set_state(words.icon, words.state, words.meaning)
        self._vault.set_state(*vault_words(surgery.facts(None, None, None, 0).vault))


class Rooms(QObject):
    """Makes the screens, wires their intentions, keeps calls of the surgery's program back during a session.

    Signals:
        entered(object, str): this `Screen` is to be shown, under this place of the rail.
        privacy_wanted(): a screen's own privacy button.
    """

    entered = Signal(object, str)
    privacy_wanted = Signal()

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._surgery = surgery
        self._calls: deque[LaunchCall] = deque()
        self._before: Screen | None = None
        self._charted: PatientId | None = None
        self._pictures_taken = False
        self._asked: set[PatientId] = set()
        self._bridge = bridge
        self._theme = theme
        self._chips: list[StateChips] = []
        self._look = QTimer(self)
        self._look.setInterval(1000)
        self._look.timeout.connect(self.show_states)
        self._look.start()
        self._unmade = deque(("chart", "consent", "session", "add", "viewer", "compare", "todo", "practice"))
        self._warm = QTimer(self)
        self._warm.setInterval(40)
        self._warm.timeout.connect(self._make_next)
        self._warm.start()

    # Screens are made when they are first wanted, or one by one in quiet moments after unlocking: together they would
    # hold up the first one by half a second.

    def _make_next(self) -> None:
        if self._unmade:
            getattr(self, self._unmade.popleft())
        else:
            self._warm.stop()

    def _with_chips(self, header: HeaderBar) -> None:
        chips = StateChips(header, self._surgery.me)
        chips.show(self._surgery)
        self._chips.append(chips)

    @cached_property
    def patients(self) -> PatientsScreen:
        """Search, today, the match card."""
        screen = PatientsScreen(self._surgery, self._bridge, self._theme)
        screen.opened.connect(self.open_chart)
        screen.add_wanted.connect(self.add_patient)
        self._with_chips(screen.header)
        return screen

    @cached_property
    def add(self) -> AddPatientScreen:
        """The form for a new patient."""
        screen = AddPatientScreen(self._surgery, self._bridge, self._theme)
        screen.added.connect(self.open_chart)
        screen.existing_wanted.connect(self.open_chart)
        screen.left.connect(lambda: self.go("patients"))
        return screen

    @cached_property
    def todo(self) -> TodoScreen:
        """What waits."""
        screen = TodoScreen(self._surgery, self._bridge, self._theme)
        screen.opened.connect(self.open_chart)
        screen.aside_wanted.connect(self._misfiled.look_into)
        screen.decision_wanted.connect(self._decide_withdrawn)
        self._with_chips(screen.header)
        return screen

    @cached_property
    def practice(self) -> PracticeScreen:
        """Vault health, staff, camera."""
        screen = PracticeScreen(self._surgery, self._bridge, self._theme)
        self._with_chips(screen.header)
        return screen

    @cached_property
    def chart(self) -> ChartScreen:
        """One patient's chart."""
        screen = ChartScreen(self._surgery, self._bridge, self._theme)
        screen.session_wanted.connect(self._begin)
        screen.consent_wanted.connect(self._ask_consent)
        screen.viewer_wanted.connect(self._view)
        screen.compare_wanted.connect(self._compare)
        screen.left.connect(lambda: self.go("patients"))
        return screen

    @cached_property
    def consent(self) -> ConsentScreen:
        """Asking."""
        screen = ConsentScreen(self._surgery, self._bridge, self._theme)
        screen.granted.connect(self._begin)
        screen.finished.connect(self._back_to_chart)
        screen.left.connect(self._to_chart)
        return screen

    @cached_property
    def session(self) -> SessionScreen:
        """Photographing."""
        screen = SessionScreen(self._surgery, self._bridge, self._theme)
        screen.finished.connect(self._session_finished)
        screen.ended.connect(self._session_over)
        screen.left.connect(self._to_chart)
        screen.privacy_wanted.connect(self.privacy_wanted)
        return screen

    @cached_property
    def viewer(self) -> ViewerScreen:
        """One picture."""
        screen = ViewerScreen(self._surgery, self._bridge, self._theme)
        screen.compare_wanted.connect(self._compare)
        screen.aside_wanted.connect(self._misfiled.set_aside)
        screen.left.connect(self._to_chart)
        return screen

    @cached_property
    def compare(self) -> CompareScreen:
        """Two pictures."""
        screen = CompareScreen(self._surgery, self._bridge, self._theme)
        screen.left.connect(self._leave_compare)
        return screen

    @cached_property
    def _misfiled(self) -> MisfiledSheets:
        """The sheets about pictures of the wrong patient."""
        made = MisfiledSheets(self._surgery, self._bridge, self._theme, self)
        made.set_aside_done.connect(self._to_chart)
        return made

    def _decide_withdrawn(self) -> None:
        if self.practice.has_section("retention"):
            self.practice.show_section("retention")
        self.go("practice")

    @property
    def in_session(self) -> bool:
        """Whether a sitting is open."""
        return "session" in self.__dict__ and bool(self.session.running)

    def idle_limit_s(self, screen: Screen | None) -> int:
        """How long nobody may be there on `screen`: the reception's limit, or with a patient the session's. A session
        pauses by itself at its limit; the lock follows after the reception's."""
        policy = self._surgery.policy
        if isinstance(screen, SessionScreen):
            return int(policy.idle_session_s + policy.idle_reception_s)
        with_patient = isinstance(screen, ChartScreen | ConsentScreen | ViewerScreen | CompareScreen | AddPatientScreen)
        return int(policy.idle_session_s if with_patient else policy.idle_reception_s)

    def show_states(self) -> None:
        """Camera and vault as they are now."""
        for one in self._chips:
            one.show(self._surgery)

    # ways

    def go(self, place: str) -> None:
        """To a place of the rail."""
        screen = {"patients": self.patients, "todo": self.todo, "practice": self.practice}[place]
        if place == "patients":
            waiting, self._calls = self._calls, deque()
            for call in waiting:
                self.patients.receive(call)
        self.entered.emit(screen, place)

    def open_chart(self, patient: Patient, identity: IdentityCheck | None = None) -> None:
        """The chart of `patient`; `identity`: how they were confirmed for this visit, if they were."""
        if self._charted != patient.patient:
            self._charted = patient.patient
            self._bridge.run(self._surgery.patients.note_chart, patient.patient)
        self.chart.show_patient(patient, identity)
        self.entered.emit(self.chart, "patients")

    def add_patient(self, patient: Patient | None = None, words: str = "") -> None:
        """The form for a new patient."""
        self.add.start(patient, words)
        self.entered.emit(self.add, "patients")

    def new_session(self, current: Screen | None) -> None:
        """The session key, wherever we are."""
        if current is self.chart:
            self.chart.want_session()
        elif not self.in_session:
            self.go("patients")

    def receive(self, call: LaunchCall) -> None:
        """A patient of the surgery's program; during a session it waits, banner and capture stay with theirs."""
        self._bridge.run(self._surgery.patients.note_launch)
        typing = any(
            name in self.__dict__ and self.__dict__[name].isVisible() for name in ("add", "consent")
        )  # a half-filled form is not thrown away for a call either
        if self.in_session or typing:
            self._calls.append(call)
            return
        self.patients.receive(call)
        self.go("patients")

    def _ask_consent(self, patient: Patient, identity: IdentityCheck | None) -> None:
        self.consent.show_patient(patient, identity)
        self.entered.emit(self.consent, "patients")

    def _begin(self, patient: Patient, state: ConsentState, _identity: IdentityCheck | None = None) -> None:
        self.session.open_for(patient, state)
        self.entered.emit(self.session, "patients")

    def _view(self, patient: Patient, images: tuple[ImageEntry, ...], index: int) -> None:
        self.viewer.show_images(patient, images, index)
        self.entered.emit(self.viewer, "patients")

    def _compare(self, patient: Patient, one: ImageEntry, other: ImageEntry) -> None:
        self._before = self.viewer if self.viewer.isVisible() else self.chart
        self.compare.show_pair(patient, one, other)
        self.entered.emit(self.compare, "patients")

    def _leave_compare(self) -> None:
        self.entered.emit(self._before or self.chart, "patients")

    def _to_chart(self) -> None:
        self.entered.emit(self.chart, "patients")

    def _back_to_chart(self, patient: Patient) -> None:
        self.open_chart(patient)

    def _session_finished(self, _session: SessionId) -> None:
        self._pictures_taken = self.session.pictures_kept > 0

    def _session_over(self, patient: Patient) -> None:
        self.open_chart(patient)
        if self._pictures_taken and patient.patient not in self._asked:
            self._asked.add(patient.patient)
            self.chart.ask_optional()
        self._pictures_taken = False
        if self._calls:
            self.go("patients")
