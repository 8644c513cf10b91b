# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 4: the recovery kit. Words and code are painted: never selectable text, never on the clipboard, never printed to a file."""

from __future__ import annotations

import segno
from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from clinicam.ui.first_start_step import Step
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import Column, Notice, draw_keycap, draw_text, rounded, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import LIGHT, RADIUS_CARD
from clinicam.ui.words import shown_date, today
from clinicam.vault.kit import ROW, ROWS, rows_of


class KitSheet(QFrame):
    """Six painted rows of four numbered words, each with its check code. Holds no text an accessibility tool could copy."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[tuple[tuple[str, ...], str], ...] = ()
        self._head = ""
        self.setAccessibleName(self.tr("Recovery kit, 24 words on screen"))
        self.setAccessibleDescription(self.tr("The words are shown only as a drawing. Have somebody write them down."))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._restyle)

    def show_words(self, words: tuple[str, ...], head: str) -> None:
        """Show 24 words under `head`; an empty tuple forgets them."""
        self._rows = rows_of(words) if words else ()
        self._head = head
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _per_row(self, width: float) -> int:
        widest = max(
            (QFontMetricsF(self._theme.font("section")).horizontalAdvance(w) for r, _ in self._rows for w in r),
            default=0,
        )
        each = widest + self._theme.px(46)
        room = width - self._theme.px(24 + 24 + 48)
        return ROW if room >= ROW * each else 2

    def has_room(self, width: float) -> bool:
        """Whether the four words of a row stand side by side in `width` px."""
        return self._per_row(width) == ROW

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = ROWS * (ROW // self._per_row(width))
        return self._theme.px(44 + 46 * lines + 18)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(644), self.heightForWidth(self._theme.px(644)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(300), self._theme.px(338))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        rounded(painter, QRectF(self.rect()), px(RADIUS_CARD), color("surface"), color("line"))
        left, right = px(24), self.width() - px(24)
        draw_text(
            painter, self._theme, QRectF(left, px(14), right - left - px(60), px(24)), self._head, "label", "ink2"
        )
        end = Qt.AlignmentFlag.AlignRight
        draw_text(
            painter,
            self._theme,
            QRectF(right - px(60), px(14), px(60), px(24)),
            self.tr("Check"),
            "label",
            "ink2",
            align=end,
        )
        painter.fillRect(QRectF(left, px(43), right - left, 1), color("line"))
        per = self._per_row(self.width())
        room = right - left - px(56)
        step = room / per
        y = float(px(44))
        for number, (words, code) in enumerate(self._rows):
            for part in range(0, ROW, per):
                for at, word in enumerate(words[part : part + per]):
                    x = left + at * step
                    count = str(number * ROW + part + at + 1)
                    draw_text(painter, self._theme, QRectF(x, y, px(20), px(45)), count, "small", "ink2", align=end)
                    draw_text(painter, self._theme, QRectF(x + px(30), y, step - px(30), px(45)), word, "section")
                if part + per == ROW:
                    draw_text(
                        painter, self._theme, QRectF(right - px(56), y, px(56), px(45)), code, "row", "ink2", align=end
                    )
                    painter.fillRect(QRectF(left, y + px(45), right - left, 1), color("line"))
                y += px(46)
        painter.end()


class KitCode(QFrame):
    """The same words as a painted QR code, dark on white in both themes so that every scanner reads it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._modules: tuple[tuple[bool, ...], ...] = ()
        self.setAccessibleName(self.tr("The same words as a code"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.changed.connect(self._restyle)

    def show_words(self, words: tuple[str, ...]) -> None:
        """Show the code of `words`; an empty tuple forgets it."""
        if words:
            code = segno.make_qr(" ".join(words), error="m")
            self._modules = tuple(tuple(bool(cell) for cell in row) for row in code.matrix)
        else:
            self._modules = ()
        self.update()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(248), self._theme.px(338))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        rounded(painter, QRectF(self.rect()), px(RADIUS_CARD), color("surface"), color("line"))
        middle = Qt.AlignmentFlag.AlignHCenter
        if self._modules:
            count = len(self._modules)
            module = max(1, px(153) // count)
            side = module * count
            x0, y0 = (self.width() - side) // 2, px(27)
            quiet = module * 2
            rounded(
                painter, QRectF(x0 - quiet, y0 - quiet, side + 2 * quiet, side + 2 * quiet), px(4), color(LIGHT.surface)
            )
            for row, cells in enumerate(self._modules):
                for column, dark in enumerate(cells):
                    if dark:
                        painter.fillRect(x0 + column * module, y0 + row * module, module, module, color(LIGHT.ink))
        wide = self.width() - px(32)
        draw_text(
            painter,
            self._theme,
            QRectF(px(16), px(200), wide, px(20)),
            self.tr("The same words as a code"),
            "strong",
            align=middle,
        )
        words = self.tr("For the practice's own scanner. Never photograph it.")
        draw_text(
            painter,
            self._theme,
            QRectF(px(24), px(224), self.width() - px(48), px(40)),
            words,
            "small",
            "ink2",
            align=middle,
            wrap=True,
        )
        hide = self.tr("Hide with")
        length = px(26) + text_width(self._theme, hide, "small") + px(6) + px(38)
        x = (self.width() - length) / 2
        y = float(px(306))
        draw_icon(painter, "eye-off", color("ink2").name(), QRectF(x, y - px(9), px(18), px(18)))
        draw_text(painter, self._theme, QRectF(x + px(26), y - px(10), px(120), px(20)), hide, "small", "ink2")
        draw_keycap(
            painter, self._theme, "F12", x + px(26) + text_width(self._theme, hide, "small") + px(6), y, color("ink")
        )
        painter.end()


class KitStep(Step):
    """The sheet, the code, and how to keep it. Signals as of `Step`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("KitStep", "Write down the recovery kit"),
            translate(
                "KitStep",
                "These 24 words open the vault if every password is lost. Without a password and without this kit the "
                "pictures are gone for good. Nobody can bring them back.",
            ),
            parent,
        )
        self._shown = False
        self.sheet = KitSheet(theme)
        self.code = KitCode(theme)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._box.addWidget(self.sheet, 1)
        self._box.addWidget(self.code)
        outer = Column(theme, spacing=16)
        outer.addLayout(self._box)
        outer.addWidget(
            Notice(
                theme,
                self.tr(
                    "Write on paper and lock it away, not in the same room as this computer. "
                    "Each row ends in a check code, so a slip of the pen shows at once."
                ),
            )
        )
        self.body.addLayout(outer)
        theme.changed.connect(self._arrange)
        self._arrange()

    def show_kit(self, words: tuple[str, ...], practice: str, *, training: bool) -> None:
        """Show the words of a vault just made; an empty tuple takes them off the screen and out of the widgets."""
        self._shown = bool(words)
        name = self.tr("{practice} (training)").format(practice=practice) if training else practice
        self.sheet.show_words(words, self.tr("Kit 1  ·  {name}  ·  {day}").format(name=name, day=shown_date(today())))
        self.code.show_words(words)
        self._arrange()

    def _arrange(self) -> None:
        beside = self.body.geometry().width() - self.code.sizeHint().width() - self.theme.px(20)
        stacked = self.width() < self.theme.px(780) or not self.sheet.has_room(beside)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._box.setDirection(way)
        self._box.setSpacing(self.theme.px(20))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def lacks(self) -> tuple[str, ...]:
        return () if self._shown else (self.tr("the vault"),)

    def note(self) -> str:
        return self.tr("Written down")
