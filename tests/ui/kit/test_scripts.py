# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in any script are whole: letters from another font may be taller than the line of ours."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from clinicam.ui.kit.text import Run, TextLabel, layout_of
from clinicam.ui.theme import Theme

NAMES = ["MARSH, Eleanor", "العبد الله، فاطمة", "Nguyễn Thị Hằng", "สมศรี ปิ่นปั้น", "ཚེ་རིང་"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", ["small", "row", "name"])
def test_no_letter_is_taller_than_its_line(theme: Theme, name: str, role: str) -> None:
    made, height, _ = layout_of(
        theme, (Run(name),), theme.font(role), theme.line(role), 600.0, Qt.AlignmentFlag.AlignLeading
    )
    bottom = 0.0
    for number in range(made.lineCount()):
        line = made.lineAt(number)
        assert line.y() >= bottom - 0.5
        bottom = line.y() + line.ascent() + line.descent()
    assert bottom <= height + 0.5


def test_a_label_is_as_high_as_its_letters(theme: Theme) -> None:
    label = TextLabel(theme, NAMES[1], "name")
    made, height, _ = layout_of(
        theme, (Run(NAMES[1]),), theme.font("name"), theme.line("name"), 600.0, Qt.AlignmentFlag.AlignLeading
    )
    assert made.lineCount() == 1
    assert label.heightForWidth(600) >= int(height)
    label.deleteLater()
