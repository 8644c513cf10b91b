# SPDX-License-Identifier: GPL-3.0-or-later
"""What the patient agreed to, purpose by purpose, in the chart's right column; the form as it was shown; taking back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.identity import Patient, StaffId
from clinicam.permits import Purpose
from clinicam.ui.consent_words import answered_words, leading, purpose_icon, purpose_name, standing_words
from clinicam.ui.kit import Button, Column, Divider, Field, Icon, Notice, Row, Run, TextLabel
from clinicam.ui.nothing_found import NothingFoundCard
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart, day_of, shown_date


class ConsentsPanel(QFrame):
    """Shows one patient's consents. It records nothing itself.

    Signals:
        withdrawal_wanted(object): the patient takes back this `ConsentState` as a whole; confirmed on the panel.
        purposes_wanted(object): ask about the other uses of this `ConsentState`; `journal` names the one publication.
        take_back(): take back the screen the patient answers on.
    """

    withdrawal_wanted = Signal(object)
    purposes_wanted = Signal(object)
    take_back = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state: ConsentState | None = None
        self._with_patient = False
        self._patient: Patient | None = None
        self.setObjectName("chart.consents")
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Consents"))
        column = Column(theme, self, (20, 16, 24, 16))
        self._title = TextLabel(theme, "", "row")
        self._signed = TextLabel(theme, "", "small", "ink2")
        column.addWidget(self._title)
        column.gap(4)
        column.addWidget(self._signed)
        column.gap(8)
        self._rows = Column(theme)
        column.addLayout(self._rows)
        column.gap(12)
        self.nothing_found = NothingFoundCard(theme)
        self.nothing_found.hide()
        column.addWidget(self.nothing_found)
        self._words = Notice(theme, "", "neutral")
        self._words.hide()
        column.addWidget(self._words)
        column.gap(14)
        self._ask = Button(theme, self.tr("Ask about other uses"), icon="message-circle-question-mark")
        self._ask.setObjectName("chart.ask_optional")
        self._ask.clicked.connect(self._want_purposes)
        self._journal = Field(theme, self.tr("Publication: which journal or book"), help_text="", longest=120)
        self._journal.edit.setObjectName("chart.journal")
        column.addWidget(self._journal)
        column.gap(8)
        column.addWidget(self._ask)
        column.gap(8)
        buttons = Row(theme, spacing=10)
        self._show = Button(theme, self.tr("Show form"))
        self._show.setObjectName("chart.show_form")
        self._show.setCheckable(True)
        self._show.toggled.connect(self._toggle_form)
        self._withdraw = Button(theme, self.tr("Withdraw…"), "danger", icon="undo-2")
        self._withdraw.setObjectName("chart.withdraw")
        self._withdraw.clicked.connect(self._ask_withdrawal)
        buttons.addWidget(self._show, 1)
        buttons.addWidget(self._withdraw, 1)
        column.addLayout(buttons)
        column.gap(12)
        self._confirm = self._confirmation(theme)
        column.addWidget(self._confirm)
        self._form = QWidget()
        self._form_lines = Column(theme, self._form, spacing=4)
        self._form.hide()
        column.addWidget(self._form)
        column.addStretch(1)

    def _confirmation(self, theme: Theme) -> QWidget:
        box = QWidget()
        column = Column(theme, box, spacing=8)
        self._confirm_words = TextLabel(theme, "", "body")
        column.addWidget(self._confirm_words)
        self._confirm_no = Button(theme, self.tr("Leave it as it is"))
        self._confirm_no.setObjectName("chart.withdraw_no")
        self._confirm_no.clicked.connect(self._cancel_withdrawal)
        self._confirm_yes = Button(theme, self.tr("Record that it is taken back"), "danger")
        self._confirm_yes.setObjectName("chart.withdraw_yes")
        self._confirm_yes.clicked.connect(self._confirm_withdrawal)
        column.addWidget(self._confirm_no)
        column.gap(12)
        column.addWidget(self._confirm_yes)
        box.hide()
        return box

    def show_consents(
        self,
        patient: Patient,
        states: Sequence[ConsentState],
        staff: Mapping[StaffId, str],
        used: Sequence[Purpose],
        askable: Sequence[Purpose],
        now_ms: int,
        *,
        has_pictures: bool,
    ) -> None:
        """`states` newest first; `used`: what this practice asks about; `askable`: what may still be asked today."""
        self.nothing_found.setVisible(has_pictures and not states)
        self.nothing_found.begin()
        self._patient = patient
        given = apart(patient.given or patient.shown_name)
        self._title.setText(self.tr("What {name} agreed to").format(name=given))
        self._state = state = leading(states, now_ms)
        self._signed.setText(self._history(state, staff))
        self._clear(self._rows)
        if state is not None and state.asked is not None:
            shown = [Purpose.CARE_RECORD, *used]
            shown += [one.purpose for one in state.purposes if one.purpose not in shown]
            for purpose in shown:
                self._add_row(state, purpose, now_ms)
            self._rows.addWidget(Divider(self._theme))
        said = state.conditions if state is not None else ()
        self._words.setVisible(bool(said))
        if said:
            quoted = " ".join(f"“{one}”" for one in said)
            self._words.show_notice(quoted, "neutral", "quote", self.tr("In the patient’s words:"))
        live = state is not None and state.status in {ConsentStatus.ACTIVE, ConsentStatus.SUSPENDED}
        self._withdraw.setVisible(live)
        self._show.setVisible(state is not None and state.asked is not None)
        self._show.setChecked(False)
        self._ask.setVisible(bool(askable))
        self._journal.setVisible(Purpose.PUBLICATION in askable)
        self._journal.set_text("")
        self._confirm.hide()

    def _history(self, state: ConsentState | None, staff: Mapping[StaffId, str]) -> str:
        if state is None:
            return self.tr("Nothing asked yet. A new session asks first; until then the camera stays closed.")
        if state.status is ConsentStatus.VIEWING_ONLY:
            return self.tr("No consent was found for the old pictures. They are for care only.")
        parts = []
        if state.signed_ms is not None:
            parts.append(answered_words(state.method).format(day=shown_date(day_of(state.signed_ms))) + ".")
        elif state.status is ConsentStatus.DECLINED:
            parts.append(self.tr("Said no on {day}. Care goes on.").format(day=shown_date(day_of(state.updated_ms))))
        else:
            parts.append(self.tr("Asked, no answer yet."))
        holder = staff.get(state.discussion_by) if state.discussion_by else None
        if holder:
            parts.append(self.tr("Discussion: {name}.").format(name=holder))
        if state.is_paper_pending:
            parts.append(self.tr("The paper form is still to be scanned."))
        return " ".join(parts)

    def _add_row(self, state: ConsentState, purpose: Purpose, now_ms: int) -> None:
        support, answer, opens = standing_words(state, purpose, now_ms)
        self._rows.addWidget(Divider(self._theme))
        line = QWidget()
        line.setAccessibleName(f"{purpose_name(purpose)}: {answer}, {support}")
        row = Row(self._theme, line, (0, 6, 0, 6), 12)
        row.addWidget(Icon(self._theme, purpose_icon(purpose), "accent" if opens else "ink2", 20))
        words = TextLabel(self._theme)
        words.set_runs([Run(purpose_name(purpose), 600, "ink")])
        texts = Column(self._theme)
        texts.addWidget(words)
        texts.addWidget(TextLabel(self._theme, support, "small", "ink2"))
        row.addLayout(texts, 1)
        row.addWidget(TextLabel(self._theme, answer, "strong", "accent" if opens else "ink2", wrap=False))
        self._rows.addWidget(line)

    # Acting

    @property
    def journal(self) -> str:
        """The one journal or book a yes to publication would be about; empty leaves it out."""
        return self._journal.text()

    def set_with_patient(self, on: bool) -> None:
        """While the other uses are with the patient, staff can only take the screen back."""
        self._with_patient = on
        self._ask.set_words(self.tr("Take the screen back") if on else self.tr("Ask about other uses"))
        for widget in (self._journal, self._show, self._withdraw):
            widget.setEnabled(not on)

    def _want_purposes(self) -> None:
        if self._with_patient:
            self.take_back.emit()
        elif self._state is not None:
            self.purposes_wanted.emit(self._state)

    def _ask_withdrawal(self) -> None:
        if self._patient is None:
            return
        name = apart(self._patient.given or self._patient.shown_name)
        self._confirm_words.setText(
            self.tr(
                "If {name} takes back the yes, the camera closes and no other use goes on. Pictures already in the"
                " record stay there until a clinician has decided about them. What was published cannot be called"
                " back."
            ).format(name=name)
        )
        self._confirm.show()
        self._confirm_no.setFocus()

    def _cancel_withdrawal(self) -> None:
        self._confirm.hide()
        self._withdraw.setFocus()

    def _confirm_withdrawal(self) -> None:
        self._confirm.hide()
        if self._state is not None:
            self.withdrawal_wanted.emit(self._state)

    def _toggle_form(self, on: bool) -> None:
        self._show.set_words(self.tr("Hide form") if on else self.tr("Show form"))
        self._clear(self._form_lines)
        asked = self._state.asked if self._state is not None else None
        if on and asked is not None:
            form = asked.form
            head = self.tr("Form “{form}” {version}, word for word as it was shown").format(
                form=form.form, version=form.version
            )
            self._form_lines.addWidget(TextLabel(self._theme, head, "label", "ink2"))
            for text in form.texts:
                if text:
                    self._form_lines.addWidget(TextLabel(self._theme, text, "body"))
        self._form.setVisible(on)

    @staticmethod
    def _clear(column: Column) -> None:
        while column.count():
            item = column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
