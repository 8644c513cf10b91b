# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word a person reads goes through a translation call: no bare literal reaches a widget."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import clinicam.ui

UI = Path(clinicam.ui.__file__).parent
TAKES_WORDS = {
    "setText": 0,
    "setPlaceholderText": 0,
    "setAccessibleName": 0,
    "setAccessibleDescription": 0,
    "setToolTip": 0,
    "setWindowTitle": 0,
    "set_words": 0,
    "set_label": 0,
    "set_problem": 0,
    "TextLabel": 1,
    "Button": 1,
    "Field": 1,
    "RadioCard": 1,
    "Notice": 1,
    "HeaderBar": 1,
    "ProgressLine": 1,
    "ChoiceField": 1,
    "SegmentedChoice": 1,
    "EmptyState": 2,
    "Chip": 2,
    "NavButton": 1,
}
"""Call to the place of its words among the arguments."""
KEYS = {"F1", "F12", "Esc"}
"""Names of keys are the same in every language."""


def bare_words(source: str) -> list[str]:
    """Literals with a letter in them that are handed to a widget as they are."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = TAKES_WORDS.get(name)
        if place is None or len(node.args) <= place:
            continue
        for part in ast.walk(node.args[place]):
            if isinstance(part, ast.Call) and part is not node.args[place]:
                continue
            given = node.args[place]
            literal = given.value if isinstance(given, ast.Constant) else None
            if isinstance(literal, str) and any(one.isalpha() for one in literal) and literal not in KEYS:
                found.append(f"line {node.lineno}: {name}({literal!r})")
            break
    return found


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: str(path.relative_to(UI)))
def test_no_bare_words(path: Path) -> None:
    assert not bare_words(path.read_text(encoding="utf-8"))


def test_the_test_sees_bare_words() -> None:
    assert bare_words('Button(theme, "Go on")')
    assert bare_words('label.setText("Found")')
    assert not bare_words('label.setText(self.tr("Found"))')
    assert not bare_words('label.setText("")')
