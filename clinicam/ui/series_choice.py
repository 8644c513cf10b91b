# SPDX-License-Identifier: GPL-3.0-or-later
"""Which series is photographed: asked in the stage before the camera opens, and not at all where only one fits."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.capture.series import Series
from clinicam.permits import BodySite
from clinicam.ui.session_sheet import Choice
from clinicam.ui.stop_sheet import Question
from clinicam.ui.theme import Theme

_ICONS = {BodySite.MOUTH: "smile", BodySite.FACE: "user", BodySite.SKIN: "hand", BodySite.OTHER: "scan"}
MOST_ROWS = 9


def fitting_series(series: tuple[Series, ...], agreed: frozenset[BodySite]) -> tuple[Series, ...]:
    """The series that show nothing but what was agreed to; all of them if none does, so that the blocker can say why."""
    fit = tuple(one for one in series if one.body_sites <= agreed)
    return (fit or series)[:MOST_ROWS]


class SeriesChoice(Question):
    """One row for each series.

    Signals:
        chosen(object): the `Series`.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._offered: dict[str, Series] = {}
        self.sheet.answered.connect(lambda name: self.chosen.emit(self._offered[name]))

    def offer(self, series: tuple[Series, ...], left_out: int) -> None:
        """Ask for one of `series`; `left_out` others need another consent."""
        self._offered = {f"series.{one.id}": one for one in series}
        rows = tuple(
            Choice(name, _ICONS[one.body_site], one.name, self._views(one)) for name, one in self._offered.items()
        )
        foot = ""
        if left_out:
            one = self.tr("1 more needs a consent for another part of the body.")
            many = self.tr("{count} more need a consent for another part of the body.")
            foot = (one if left_out == 1 else many).format(count=left_out)
        self._ask(self.tr("What is photographed?"), self.tr("Press its digit. Esc goes back."), rows, foot)

    def _views(self, series: Series) -> str:
        names = "  ·  ".join(view.name for view in series.views[:4])
        more = len(series.views) - 4
        return names + (self.tr(" and {count} more").format(count=more) if more > 0 else "")
