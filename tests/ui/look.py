# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person would see at once and a program has to measure: cut words, overlapping controls, things without a name."""

from __future__ import annotations

from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QLineEdit, QListView, QWidget

from clinicam.ui.kit import Button, Chip, KeyCap, RadioCard, TextLabel

WORDS = (TextLabel, Chip, KeyCap, Button, RadioCard, QLineEdit)


def name_of(widget: QWidget) -> str:
    """Enough to find it."""
    text = widget.text() if isinstance(widget, QAbstractButton | QLineEdit | TextLabel) else widget.accessibleName()
    return f"{type(widget).__name__} {text!r} {widget.width()}x{widget.height()}"


def shown(window: QWidget) -> list[QWidget]:
    """Every widget with words or to be pressed that is on show."""
    kinds = (*WORDS, QAbstractButton, QListView)
    return [one for one in window.findChildren(QWidget) if isinstance(one, kinds) and one.isVisible()]


def is_scrolled(widget: QWidget, window: QWidget) -> bool:
    """Whether it lies in a scroll area, where lying outside the view is no fault."""
    at = widget.parentWidget()
    while at is not None and at is not window:
        if isinstance(at, QAbstractScrollArea):
            return True
        at = at.parentWidget()
    return False


def faults(window: QWidget) -> list[str]:
    """Words that do not fit, widgets outside their window or column, controls that overlap."""
    QApplication.processEvents()
    found = []
    boxes: list[tuple[QWidget, QRect]] = []
    for widget in shown(window):
        if isinstance(widget, TextLabel | Chip | KeyCap | Button | RadioCard):
            need = widget.minimumSizeHint()
            high = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else need.height()
            if widget.width() < need.width() or widget.height() < high:
                found.append(f"cut: {name_of(widget)} needs {need.width()}x{high}")
        elif isinstance(widget, QLineEdit) and widget.height() < widget.fontMetrics().height():
            found.append(f"cut: {name_of(widget)}")
        top = widget.mapTo(window, QPoint(0, 0))
        box = QRect(top, widget.size())
        if box.left() < 0 or box.right() > window.width():
            found.append(f"outside: {name_of(widget)} at {box}")
        if not is_scrolled(widget, window) and box.bottom() > window.height():
            found.append(f"below: {name_of(widget)} at {box}")
        boxes.append((widget, box))
    for (one, first), (other, second) in combinations(boxes, 2):
        nested = one.isAncestorOf(other) or other.isAncestorOf(one)
        layered = is_scrolled(one, window) != is_scrolled(other, window)
        if not nested and not layered and first.intersects(second):
            found.append(f"overlap: {name_of(one)} {first} and {name_of(other)} {second}")
    return found


def nameless(window: QWidget) -> list[str]:
    """Controls a screen reader could not name, or that the keyboard cannot reach."""
    found = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, QAbstractButton | QLineEdit | QListView):
            continue
        if widget.objectName().startswith("qt_"):
            continue
        if not widget.accessibleName():
            found.append(f"no name: {name_of(widget)}")
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        if group is not None and group.exclusive():
            continue  # Tab goes to the one that is on, arrows to its neighbours
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(f"no keyboard: {name_of(widget)}")
    return found
