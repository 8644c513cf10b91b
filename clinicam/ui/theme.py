# SPDX-License-Identifier: GPL-3.0-or-later
"""The look as one object that is handed to every screen: colours, scale, fonts. Nothing reads it from a global."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QPalette, QScreen
from PySide6.QtWidgets import QApplication, QStyleFactory

from clinicam.ui.stylesheet import stylesheet
from clinicam.ui.tokens import DARK, LIGHT, TYPE, TextRole, Tokens

FAMILIES: Final = ["Inter", "Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "DejaVu Sans"]
TEXT_STEPS: Final = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
"""Text sizes Ctrl + and Ctrl - walk through."""


class Theme(QObject):
    """Colours and scale. Widgets read it when they paint and when `changed` says so.

    `scale` is the whole factor `u` of every px: ``max(1, physical dpi / 96) x text size``.

    Signals:
        changed(): colours or scale are different; sizes must be asked anew.
    """

    changed = Signal()

    def __init__(
        self,
        tokens: Tokens = LIGHT,
        screen_scale: float = 1.0,
        text_scale: float = 1.0,
        *,
        calm: bool = False,
        parent: QObject | None = None,
    ) -> None:
        """`calm` switches every movement off (reduced motion)."""
        super().__init__(parent)
        self.tokens = tokens
        self.screen_scale = max(1.0, screen_scale)
        self.text_scale = text_scale
        self.calm = calm
        self._fonts: dict[tuple[str, int | None], QFont] = {}

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        return self.tokens is DARK

    @property
    def scale(self) -> float:
        """The factor `u`."""
        return self.screen_scale * self.text_scale

    def px(self, value: float) -> int:
        """`value` unscaled px as device-independent px of this window."""
        return round(value * self.scale)

    def color(self, name: str) -> QColor:
        """The token `name`, e.g. ``ink`` or ``accent_soft``; a literal ``#RRGGBB`` passes through."""
        return QColor(name if name.startswith("#") else getattr(self.tokens, name))

    def font(self, role: TextRole, weight: int | None = None) -> QFont:
        """The font of a type step, with figures of equal width."""
        key = (role, weight)
        found = self._fonts.get(key)
        if found is None:
            step = TYPE[role]
            found = make_font(step.size * self.scale, weight or step.weight, step.tracking, tabular=step.tabular)
            self._fonts[key] = found
        return found

    def line(self, role: TextRole) -> int:
        """The line height of a type step in px."""
        return self.px(TYPE[role].line)

    def set_dark(self, dark: bool) -> None:
        """Change colours for the whole window."""
        wanted = DARK if dark else LIGHT
        if wanted is not self.tokens:
            self.tokens = wanted
            self.changed.emit()

    def set_text_scale(self, text_scale: float) -> None:
        """Change the text size, 1 to 2."""
        wanted = min(max(text_scale, TEXT_STEPS[0]), TEXT_STEPS[-1])
        if wanted != self.text_scale:
            self.text_scale = wanted
            self._fonts.clear()
            self.changed.emit()

    def larger(self) -> None:
        """One step up."""
        self.set_text_scale(next((one for one in TEXT_STEPS if one > self.text_scale + 0.001), TEXT_STEPS[-1]))

    def smaller(self) -> None:
        """One step down."""
        below = [one for one in TEXT_STEPS if one < self.text_scale - 0.001]
        self.set_text_scale(below[-1] if below else TEXT_STEPS[0])

    def usual(self) -> None:
        """Back to 100 %."""
        self.set_text_scale(1.0)


def make_font(pixels: float, weight: int, tracking: float = 0.0, *, tabular: bool = True) -> QFont:
    """Inter at `pixels`, figures of equal width so that numbers do not jump. `tracking` in 1/100 em."""
    font = QFont()
    font.setFamilies(FAMILIES)
    font.setPixelSize(max(1, round(pixels)))
    font.setWeight(QFont.Weight(weight))
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    if tracking:
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 100.0 + tracking)
    return font


def screen_scale(screen: QScreen | None) -> float:
    """``max(1, physical dpi / 96)``, or 1 when what the screen says of its size cannot be true."""
    if screen is None:
        return 1.0
    millimetres = screen.physicalSize()
    dpi = screen.physicalDotsPerInch()
    if not (150 <= millimetres.width() <= 1900) or not (70 <= dpi <= 320):
        return 1.0
    return max(1.0, min(dpi / 96.0, 2.0))


def apply(app: QApplication, theme: Theme) -> None:
    """Give the application the theme's style, palette, font and sheet, now and whenever it changes."""
    app.setStyle(QStyleFactory.create("Fusion"))
    _dress(app, theme)
    theme.changed.connect(lambda: _dress(app, theme))


def _dress(app: QApplication, theme: Theme) -> None:
    app.setFont(theme.font("body"))
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme.tokens, theme.scale))


def palette(theme: Theme) -> QPalette:
    """The theme as a Qt palette, for whatever is not painted by us."""
    one = QPalette()
    role = QPalette.ColorRole
    for which, name in (
        (role.Window, "bg"),
        (role.WindowText, "ink"),
        (role.Base, "surface"),
        (role.AlternateBase, "sunken"),
        (role.Text, "ink"),
        (role.Button, "surface"),
        (role.ButtonText, "ink"),
        (role.BrightText, "on_accent"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.PlaceholderText, "ink3"),
        (role.ToolTipBase, "surface"),
        (role.ToolTipText, "ink"),
        (role.Link, "accent"),
        (role.Mid, "line"),
        (role.Accent, "accent"),
    ):
        one.setColor(which, theme.color(name))
    for which in (role.Text, role.ButtonText, role.WindowText):
        one.setColor(QPalette.ColorGroup.Disabled, which, theme.color("ink3"))
    return one
