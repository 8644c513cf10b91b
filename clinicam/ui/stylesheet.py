# SPDX-License-Identifier: GPL-3.0-or-later
"""The style sheet for the few controls Qt paints: fields, lists, scroll bars, sliders. The rest is painted by the kit."""

from __future__ import annotations

from clinicam.ui.tokens import RADIUS_CONTROL, TARGET, TARGET_GLOVES, Tokens


def stylesheet(tokens: Tokens, scale: float) -> str:
    """The sheet of one theme. A `min-height` excludes border and padding, so two lines of 1 px are taken off."""

    def px(value: float) -> str:
        return f"{round(value * scale)}px"

    one = max(1, round(scale))
    field = round(TARGET * scale) - 2 * one
    tall = round(TARGET_GLOVES * scale) - 2 * one
    return f"""
QWidget#window, QWidget[ground="bg"] {{ background: {tokens.bg}; }}
QWidget[ground="surface"] {{ background: {tokens.surface}; }}
QWidget[ground="sunken"] {{ background: {tokens.sunken}; }}
QLineEdit, QPlainTextEdit, QComboBox {{
    background: {tokens.surface}; color: {tokens.ink};
    border: {one}px solid {tokens.edge}; border-radius: {px(RADIUS_CONTROL)};
    padding: 0 {px(14)}; selection-background-color: {tokens.accent}; selection-color: {tokens.on_accent};
    placeholder-text-color: {tokens.ink3};
}}
QPlainTextEdit {{ padding: {px(8)} {px(10)}; }}
QLineEdit, QComboBox {{ min-height: {field}px; max-height: {field}px; }}
QLineEdit[tall="true"], QComboBox[tall="true"] {{ min-height: {tall}px; max-height: {tall}px; }}
QLineEdit[bare="true"] {{ border: 0; background: transparent; padding: 0; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled {{
    background: {tokens.sunken}; color: {tokens.ink3}; border-color: {tokens.line};
}}
QLineEdit[wrong="true"] {{ border: {one * 2}px solid {tokens.attention_edge}; }}
QComboBox::drop-down {{ border: 0; width: {px(40)}; }}
QComboBox QAbstractItemView {{
    background: {tokens.surface}; color: {tokens.ink}; border: {one}px solid {tokens.edge};
    selection-background-color: {tokens.accent_soft}; selection-color: {tokens.ink}; outline: 0; padding: {px(4)};
}}
QComboBox QAbstractItemView::item {{ min-height: {px(44)}; padding: 0 {px(10)}; }}
QAbstractItemView {{
    background: {tokens.surface}; border: 0; outline: 0;
    selection-background-color: {tokens.accent_soft}; selection-color: {tokens.ink};
}}
QAbstractItemView[clear="true"] {{ background: transparent; }}
QScrollArea, QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: {px(12)}; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {px(12)}; margin: 0; }}
QScrollBar::handle {{ background: {tokens.edge}; border-radius: {px(3)}; margin: {px(3)}; }}
QScrollBar::handle:vertical {{ min-height: {px(44)}; }}
QScrollBar::handle:horizontal {{ min-width: {px(44)}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSlider::groove:horizontal {{ height: {px(6)}; border-radius: {px(3)}; background: {tokens.line}; }}
QSlider::sub-page:horizontal {{ height: {px(6)}; border-radius: {px(3)}; background: {tokens.accent}; }}
QSlider::handle:horizontal {{
    width: {px(26)}; height: {px(26)}; margin: -{px(13)} 0; border-radius: {px(16)};
    background: {tokens.surface}; border: {px(3)} solid {tokens.accent};
}}
QSlider:horizontal {{ min-height: {px(57)}; }}
QToolTip {{
    background: {tokens.surface}; color: {tokens.ink}; border: {one}px solid {tokens.edge}; padding: {px(6)};
}}
"""
