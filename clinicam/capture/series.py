# SPDX-License-Identifier: GPL-3.0-or-later
"""Guided views as data: which pictures belong together, in which order, with one line of help each.

Codes are ADA-1100 where there is one (EV extra-oral, IV intra-oral; meanings after `views.csv` of open-ortho/dicom4ortho 0.2.7).
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from clinicam.consent import resource
from clinicam.errors import FormInvalid
from clinicam.permits import BodySite

_CODE = re.compile(r"[A-Z]{2}[0-9]{2}")
_ID = re.compile(r"[a-z][a-z0-9-]{1,40}")

MOST_VIEWS = 40


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One picture of a series. `mirror`: shot in a mirror, so the preview is flipped to the true side."""

    code: str
    name: str
    hint: str
    body_site: BodySite
    mirror: bool = False


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Views in the order they are taken. `body_site` is what the series is mainly about."""

    id: str
    version: int
    name: str
    body_site: BodySite
    views: tuple[View, ...]

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise ValueError(problem)

    @property
    def body_sites(self) -> frozenset[BodySite]:
        """Everything the series shows; a consent must cover all of it."""
        return frozenset(view.body_site for view in self.views)


def _problem(series: Series) -> str:
    if not _ID.fullmatch(series.id) or series.version < 1:
        return "id or version"
    if not 1 <= len(series.views) <= MOST_VIEWS:
        return "number of views"
    if not _shown(series.name, 40):
        return "name"
    if series.body_site not in {view.body_site for view in series.views}:
        return "body site without a view"
    for view in series.views:
        if not _CODE.fullmatch(view.code):
            return "view code"
        if not _shown(view.name, 30) or not _shown(view.hint, 60):
            return "view name or hint"
    if len({view.code for view in series.views}) != len(series.views):
        return "view code used twice"
    return ""


def _shown(text: str, longest: int) -> bool:
    return bool(text) and len(text) <= longest and text == text.strip() and text.isprintable()


def parse_series(data: bytes, *, name: str) -> Series:
    """One series from TOML.

    Raises:
        FormInvalid: the data is not a usable series.
    """
    return resource.parse(data, Series, name=name)


def load_series(folder: Path) -> tuple[Series, ...]:
    """Every series in `folder`, by file name; a file is named after its series.

    Raises:
        FormInvalid: no file, or one that is not a usable series.
    """
    found = []
    for path in resource.files(folder):
        series = resource.load(path, Series)
        if series.id != path.stem:
            raise FormInvalid(f"{path.name}: holds another series")
        found.append(series)
    return tuple(found)
