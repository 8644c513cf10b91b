# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works here, what else opens the vault, and who may be the second of two. Managers change it; others see it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.practice.locums import LocumPlace, LocumSlip
from clinicam.practice.people import Person, SignIn
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Column, Columns, ProgressLine
from clinicam.ui.kit_new import NewKitSheet
from clinicam.ui.kit_revoke import RevokeKitSheet
from clinicam.ui.messages import message_for
from clinicam.ui.password_change import ChangePasswordSheet
from clinicam.ui.practice_section import Section
from clinicam.ui.staff_add import AddStaffSheet
from clinicam.ui.staff_data import StaffView, kit_chip, kit_words, load_staff, person_chip, place_words, support_words
from clinicam.ui.staff_edit import EditStaffSheet
from clinicam.ui.staff_leave import LeaveSheet
from clinicam.ui.staff_locum import AdmitLocumSheet
from clinicam.ui.staff_reset import ResetStaffSheet
from clinicam.ui.staff_rows import Deed, Line, LinesCard
from clinicam.ui.staff_second import SecondPersonSheet
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.staff_slip import SlipSheet
from clinicam.ui.theme import Theme
from clinicam.vault.kits import KitInfo, NewKit

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


class StaffSection(Section):
    """Cards: people, recovery kits, locums, second persons. Signals as of `Section`."""

    name = "staff"
    icon = "users"

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("StaffSection", "Staff"), parent)
        self._surgery = surgery
        self._bridge = bridge
        page = Column(theme, self)
        inner = QWidget()
        body = Column(theme, inner, spacing=16)
        self.progress = ProgressLine(theme, "", cancel=False)
        self.progress.hide()
        body.addWidget(self.progress)
        self.staff = LinesCard(
            theme,
            self.tr("People"),
            self.tr("Everybody who works here has a password of their own. Nobody shares one."),
        )
        self.kits = LinesCard(
            theme, self.tr("Recovery kits"), self.tr("Papers that open the vault when every password is lost.")
        )
        self.locums = LinesCard(
            theme,
            self.tr("Locums"),
            self.tr("Places prepared by a manager. Any clinician lets somebody in for one day."),
        )
        self.seconds = LinesCard(
            theme,
            self.tr("Second person from outside"),
            self.tr("For a practice where one person works alone: they sign what takes two, and open no picture."),
        )
        for card in (self.staff, self.kits, self.locums, self.seconds):
            body.addWidget(card)
        body.addStretch(1)
        page.addWidget(Columns(theme, [(inner, 0)], stack_below=0, margins=(24, 20, 24, 16)), 1)

    def enter(self) -> None:
        self._bridge.run(
            load_staff,
            self._surgery,
            done=self._show,
            failed=self._failed,
            owner=self,
            what=self.tr("Reading the register"),
        )

    def _failed(self, problem: BaseException) -> None:
        self.progress.hide()
        self.trouble.emit(message_for(problem))

    # showing

    def _show(self, view: StaffView) -> None:
        self._show_people(view)
        kits = [self._kit_line(kit, view) for kit in view.kits]
        new_kit = Deed(self.tr("Make another kit"), "life-buoy", "kits.make", "", self._make_kit)
        self.kits.show_lines(kits, [new_kit] if view.is_manager else [])
        prepare = Deed(self.tr("Prepare a place"), "plus", "locums.prepare", "", self._prepare_locum)
        self.locums.show_lines(
            [self._place_line(place, view) for place in view.places], [prepare] if view.is_manager else []
        )
        self._show_seconds(view)
        self.locums.setVisible(bool(view.places) or view.is_manager)
        self.seconds.setVisible(bool(view.seconds) or view.is_manager)
        self.staff.focus_first()
        self.badge.emit(sum(place.is_over(view.now_ms) for place in view.places) if view.is_manager else 0)

    def _show_people(self, view: StaffView) -> None:
        deeds = []
        if view.has_password:
            words = self.tr("Change my password")
            deeds.append(Deed(words, "key-round", "staff.password", "", self._change_password))
        if view.is_manager:
            deeds.append(Deed(self.tr("Somebody new"), "user-plus", "staff.add", "", self._add))
        here = sorted(view.people, key=lambda one: not one.staff.active)
        self.staff.show_lines([self._person_line(one, view) for one in here], deeds)

    def _person_line(self, person: Person, view: StaffView) -> Line:
        staff = person.staff
        deeds = []
        if view.is_manager:
            at = staff.staff.hex()
            if staff.active:
                deeds.append(Deed(self.tr("Change"), "pencil", f"edit.{at}", staff.name, partial(self._edit, person)))
            if not person.is_me:
                words = self.tr("New keys") if person.sign_in is not SignIn.NO else self.tr("Let in")
                deeds.append(Deed(words, "key-round", f"reset.{at}", staff.name, partial(self._reset, person)))
                if staff.active:
                    leave = partial(self._leave, person, view)
                    deeds.append(Deed(self.tr("Leaves"), "user-minus", f"leave.{at}", staff.name, leave))
        title = self.tr("{name} (you)").format(name=staff.name) if person.is_me else staff.name
        return Line(title, support_words(staff), person_chip(person), tuple(deeds), who=staff.name)

    def _kit_line(self, kit: KitInfo, view: StaffView) -> Line:
        title = self.tr("Recovery kit {number}").format(number=kit.number)
        deeds = []
        if view.is_manager and not kit.is_me and len(view.kits) > 1:
            act = partial(self._revoke, kit)
            deeds.append(Deed(self.tr("Revoke"), "circle-slash", f"revoke.{kit.number}", title, act))
        return Line(title, kit_words(kit, view.names), kit_chip(kit), tuple(deeds), icon="life-buoy")

    def _place_line(self, place: LocumPlace, view: StaffView) -> Line:
        title = view.names.get(place.staff, "")
        by = view.names.get(place.record.admitted_by, "") if place.record.admitted_by is not None else ""
        support = self.tr("let in by {name}").format(name=by) if by else ""
        deeds = []
        at = place.record.number
        if place.is_waiting and view.may_admit:
            act = partial(self._admit, place)
            deeds.append(Deed(self.tr("Let somebody in today"), "user-plus", f"admit.{at}", title, act))
        if view.is_manager:
            deeds.append(
                Deed(self.tr("Take back"), "user-minus", f"take.{at}", title, partial(self._take_back, place, view))
            )
        return Line(title, support, place_words(place, view), tuple(deeds), icon="clock")

    def _show_seconds(self, view: StaffView) -> None:
        lines = []
        for person in view.people:
            works_at = view.seconds.get(person.staff.staff)
            if works_at is not None and person.staff.active:
                lines.append(Line(person.staff.name, works_at, person_chip(person), who=person.staff.name))
        name = Deed(self.tr("Name somebody"), "user-plus", "seconds.name", "", self._name_second)
        self.seconds.show_lines(lines, [name] if view.is_manager else [])

    # asking

    def _open(self, sheet: StaffSheet) -> None:
        sheet.finished.connect(self.said)
        sheet.finished.connect(self.enter)
        self.ask(sheet)

    def _add(self) -> None:
        self._open(AddStaffSheet(self.theme, self._bridge, self._surgery.office, self._surgery.practice_name))

    def _edit(self, person: Person) -> None:
        office, practice = self._surgery.office, self._surgery.practice_name
        self._open(EditStaffSheet(self.theme, self._bridge, office, person, practice))

    def _reset(self, person: Person) -> None:
        office, practice = self._surgery.office, self._surgery.practice_name
        self._open(ResetStaffSheet(self.theme, self._bridge, office, person, practice))

    def _leave(self, person: Person, view: StaffView) -> None:
        others = [one.staff for one in view.people if one.staff.active and one.staff.staff != person.staff.staff]
        self._open(LeaveSheet(self.theme, self._bridge, self._surgery.office, person, others))

    def _change_password(self) -> None:
        office, practice = self._surgery.office, self._surgery.practice_name
        self._open(ChangePasswordSheet(self.theme, self._bridge, office, self._surgery.me, practice))

    def _make_kit(self) -> None:
        self._bridge.run(self._surgery.kits.prepare, done=self._kit_ready, failed=self._failed, owner=self)

    def _kit_ready(self, kit: NewKit) -> None:
        self._open(NewKitSheet(self.theme, self._bridge, self._surgery.kits, kit, self._surgery.practice_name))

    def _revoke(self, kit: KitInfo) -> None:
        self._open(RevokeKitSheet(self.theme, self._bridge, self._surgery.kits, kit))

    def _prepare_locum(self) -> None:
        self.progress.start(self.tr("Preparing a place for a locum"), cancel=False)
        self.progress.show()
        name = self.tr("Locum")
        self._bridge.run(self._surgery.locums.prepare, name, done=self._slip_ready, failed=self._failed, owner=self)

    def _slip_ready(self, slip: LocumSlip) -> None:
        self.progress.hide()
        sheet = SlipSheet(self.theme, slip)
        sheet.closed.connect(self.enter)
        self.ask(sheet)

    def _admit(self, place: LocumPlace) -> None:
        locums, clock = self._surgery.locums, self._surgery.clock
        self._open(AdmitLocumSheet(self.theme, self._bridge, locums, place.staff, place.record.number, clock))

    def _take_back(self, place: LocumPlace, view: StaffView) -> None:
        staff = self._surgery.staff

        def found() -> Person | None:
            one = staff.get(place.staff)
            return Person(one, SignIn.YES, False, 0) if one is not None else None

        def ask(person: Person | None) -> None:
            if person is not None:
                self._leave(person, view)

        self._bridge.run(found, done=ask, failed=self._failed, owner=self)

    def _name_second(self) -> None:
        surgery = self._surgery
        self._open(SecondPersonSheet(self.theme, self._bridge, surgery.office, surgery.seconds, surgery.practice_name))
