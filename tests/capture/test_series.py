# SPDX-License-Identifier: GPL-3.0-or-later
"""Series: the shipped ones are what the screens show; a careless or hostile file does not load."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.capture.series import MOST_VIEWS, load_series, parse_series
from clinicam.errors import FormInvalid
from clinicam.permits import BodySite

FOLDER = Path(__file__).parents[2] / "resources" / "series"
ORTHO = (FOLDER / "ortho-records.toml").read_text(encoding="utf-8")
VIEW = '[[views]]\ncode = "IV{0:02d}"\nname = "n"\nhint = "h"\nbody_site = "mouth"\n'
HEAD = 'id = "many"\nversion = 1\nname = "Many"\nbody_site = "mouth"\n'


def test_the_shipped_series() -> None:
    found = {one.id: one for one in load_series(FOLDER)}
    assert set(found) == {"ortho-records", "dental-quick", "skin-lesion"}
    ortho = found["ortho-records"]
    assert [view.code for view in ortho.views] == [
        "EV15",
        "EV19",
        "EV12",
        "EV03",
        "IV07",
        "IV03",
        "IV20",
        "IV25",
        "IV27",
    ]
    assert [view.code for view in ortho.views if view.mirror] == ["IV03", "IV20", "IV25", "IV27"]
    assert ortho.views[5].hint == "Mirror in, cheek out. Canine to last molar."
    assert ortho.body_sites == {BodySite.FACE, BodySite.MOUTH}
    assert len(found["dental-quick"].views) == 3
    assert [view.name for view in found["skin-lesion"].views][-2:] == ["Close-up, scale", "Oblique"]


def test_face_views_are_extra_oral_and_mouth_views_intra_oral() -> None:
    for series in load_series(FOLDER):
        for view in series.views:
            wanted = {"EV": BodySite.FACE, "IV": BodySite.MOUTH, "SK": BodySite.SKIN}[view.code[:2]]
            assert view.body_site is wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "ortho-records"', 'id = "../ortho"'),
        ("version = 1", "version = 0"),
        ('name = "Ortho records"', 'name = ""'),
        ('name = "Ortho records"', f'name = "{"x" * 41}"'),
        ('body_site = "mouth"\n\n[[views]]\ncode = "EV15"', 'body_site = "skin"\n\n[[views]]\ncode = "EV15"'),
        ('code = "EV15"', 'code = "EV1"'),
        ('code = "EV15"', 'code = "EV19"'),
        ('name = "Face, at rest"', 'name = "Face\\u0007"'),
        ('name = "Face, at rest"', 'name = " Face"'),
        ('hint = "Half turn to the left. Far eyelash just visible."', 'hint = ""'),
        ("mirror = true", 'mirror = "yes"'),
        ("mirror = true", "mirrored = true"),
    ],
)
def test_a_careless_series_does_not_load(old: str, new: str) -> None:
    assert old in ORTHO
    with pytest.raises(FormInvalid):
        parse_series(ORTHO.replace(old, new).encode(), name="x")


@pytest.mark.parametrize(("views", "loads"), [(0, False), (1, True), (MOST_VIEWS, True), (MOST_VIEWS + 1, False)])
def test_how_many_views(views: int, loads: bool) -> None:
    data = (HEAD + "".join(VIEW.format(number) for number in range(views))).encode()
    if not views:
        data = (HEAD + "views = []\n").encode()
    if loads:
        assert len(parse_series(data, name="x").views) == views
    else:
        with pytest.raises(FormInvalid):
            parse_series(data, name="x")


def test_a_file_is_named_after_its_series(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(ORTHO, encoding="utf-8")
    with pytest.raises(FormInvalid, match="another series"):
        load_series(tmp_path)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_refuse(data: bytes) -> None:
    with pytest.raises(FormInvalid):
        parse_series(data, name="x")
