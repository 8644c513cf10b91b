# SPDX-License-Identifier: GPL-3.0-or-later
"""What the body delivers: whole pictures, marked so that nobody takes them for a patient's and a search finds them."""

from __future__ import annotations

import io
import struct
from itertools import pairwise

import piexif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from clinicam.camera.simulator import jpegfile, marks, scenes
from clinicam.camera.simulator.picture import Flaw, Shot
from clinicam.camera.simulator.studio import SceneStudio

_MARKER = "HUNT-ME-0815"


@pytest.fixture(scope="module")
def studio() -> SceneStudio:
    return SceneStudio("SK03", marker=_MARKER, serial="S-1", frame_bytes=3_000_000, raw_bytes=2_000_000)


def _shot(number: int = 1, *, jpeg: bool = True, raw: bool = False, flaw: Flaw = Flaw.NONE) -> Shot:
    return Shot(number, jpeg, raw, 200, 25.0, 0.0062, flaw)


def _jpeg(studio: SceneStudio, shot: Shot) -> bytes:
    jpeg = studio.still(shot).jpeg
    assert jpeg is not None
    return jpeg


def _open(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def test_a_still_is_as_long_as_asked_and_whole(studio: SceneStudio) -> None:
    data = _jpeg(studio, _shot())
    assert len(data) == 3_000_000
    assert data[:2] == b"\xff\xd8"
    assert data[-2:] == b"\xff\xd9"
    picture = _open(data)
    assert picture.size == (3000, 2000)
    assert picture.mode == "RGB"


def test_exif_says_who_made_it_and_when(studio: SceneStudio) -> None:
    found = piexif.load(_jpeg(studio, _shot(7)))
    assert found["0th"][piexif.ImageIFD.Make] == b"CliniCam"
    assert found["0th"][piexif.ImageIFD.Model] == b"Bench"
    assert found["0th"][piexif.ImageIFD.ImageDescription] == b"SIMULATED " + _MARKER.encode()
    assert len(found["Exif"][piexif.ExifIFD.DateTimeOriginal]) == 19
    assert found["Exif"][piexif.ExifIFD.UserComment] == b"ASCII\0\0\0" + _MARKER.encode() + b" frame 7"
    assert found["Exif"][piexif.ExifIFD.BodySerialNumber] == b"S-1"
    assert _open(found["thumbnail"]).size == (160, 107)


def test_two_frames_differ_in_more_than_their_number(studio: SceneStudio) -> None:
    first, second = _open(_jpeg(studio, _shot(1))), _open(_jpeg(studio, _shot(2)))
    part = (500, 300, 1500, 900)
    assert first.crop(part).tobytes() != second.crop(part).tobytes()


def test_the_same_frame_twice_is_the_same_picture(studio: SceneStudio) -> None:
    assert _open(_jpeg(studio, _shot(3))).tobytes() == _open(_jpeg(studio, _shot(3))).tobytes()


def test_the_mark_is_bottom_right(studio: SceneStudio) -> None:
    corner = _open(_jpeg(studio, _shot())).crop((2560, 1870, 2980, 1980)).tobytes()
    pixels = list(zip(corner[::3], corner[1::3], corner[2::3], strict=True))
    white = sum(min(pixel) > 225 for pixel in pixels) / len(pixels)
    dark = sum(max(pixel) < 60 for pixel in pixels) / len(pixels)
    assert white > 0.04  # words
    assert dark > 0.3  # on their ground


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_strip_is_found_in_pixels(studio: SceneStudio, channels: int) -> None:
    picture = _open(_jpeg(studio, _shot())).convert({1: "L", 3: "RGB", 4: "RGBX"}[channels])
    pixels = b"\x7f" * 5 + picture.tobytes()
    pattern = marks.strip_pattern(_MARKER, bytes_per_pixel=channels, square=marks.square_side(3000))
    assert pattern.search(pixels)
    assert not marks.strip_pattern("ANOTHER", bytes_per_pixel=channels, square=16).search(pixels)


def test_the_strip_is_found_in_a_preview_and_in_live_view(studio: SceneStudio) -> None:
    half = _open(_jpeg(studio, _shot())).resize((1500, 1000), Image.Resampling.LANCZOS)
    assert marks.strip_pattern(_MARKER, bytes_per_pixel=3, square=8).search(half.tobytes())
    live = _open(studio.live())
    assert live.size == (960, 640)
    assert marks.strip_pattern(_MARKER, bytes_per_pixel=3, square=marks.square_side(960)).search(live.tobytes())


@given(marker=st.text(min_size=1, max_size=30))
def test_neighbours_in_the_strip_differ(marker: str) -> None:
    levels = marks.strip_levels(marker)
    assert len(levels) == marks.SQUARES
    assert all(0 <= level <= 255 for level in levels)
    assert all(abs(a - b) >= 40 for a, b in pairwise(levels))


def _small_jpeg() -> bytes:
    return jpegfile.encode(Image.new("RGB", (64, 48), (90, 120, 150)), quality=80)


@settings(max_examples=80, deadline=None)
@given(extra=st.integers(0, 400_000), number=st.integers(1, 999_999))
def test_ballast_keeps_the_picture_and_meets_the_size(extra: int, number: int) -> None:
    plain = _small_jpeg()
    grown = jpegfile.with_ballast(plain, len(plain) + extra, marker=_MARKER, number=number)
    label = f"{_MARKER} {number:06} ".encode()
    if extra >= 4 + len(label):
        assert len(grown) == len(plain) + extra
        assert grown.count(label) == -(-extra // 65_537) or grown.count(label) == -(-extra // 65_537) + 1
    else:
        assert grown == plain
    assert _open(grown).tobytes() == _open(plain).tobytes()


def test_ballast_never_shrinks_a_file() -> None:
    plain = _small_jpeg()
    assert jpegfile.with_ballast(plain, 10, marker=_MARKER, number=1) == plain


def _directory(data: bytes, at: int) -> dict[int, tuple[int, int, bytes]]:
    """One TIFF directory: tag to (type, count, value or offset)."""
    (count,) = struct.unpack_from("<H", data, at)
    found = {}
    for index in range(count):
        tag, kind, number, value = struct.unpack_from("<HHI4s", data, at + 2 + 12 * index)
        found[tag] = (kind, number, value)
    assert list(found) == sorted(found)
    return found


def _number(entry: tuple[int, int, bytes]) -> int:
    return struct.unpack("<H" if entry[0] == 3 else "<I", entry[2][: 2 if entry[0] == 3 else 4])[0]  # type: ignore[no-any-return]


def test_a_raw_file_is_a_tiff_with_mosaic_and_preview(studio: SceneStudio) -> None:
    exposure = studio.still(_shot(4, jpeg=False, raw=True))
    assert exposure.jpeg is None
    raw = exposure.raw
    assert raw is not None
    assert abs(len(raw) - 2_000_000) < 4096
    assert _open(raw).size == (240, 160)
    assert _MARKER.encode() in raw
    main = _directory(raw, struct.unpack_from("<I", raw, 4)[0])
    assert main[330][1] == 2
    below = struct.unpack_from("<II", raw, _number(main[330]))
    mosaic, preview = (_directory(raw, at) for at in below)
    assert _number(mosaic[262]) == 32803
    assert _number(mosaic[279]) == 2 * _number(mosaic[256]) * _number(mosaic[257])
    at, length = _number(preview[273]), _number(preview[279])
    assert _open(raw[at : at + length]).size == (3000, 2000)


@pytest.mark.parametrize(("flaw", "low", "high"), [(Flaw.DARK, 0, 50), (Flaw.BRIGHT, 200, 255), (Flaw.NONE, 90, 200)])
def test_exposure_flaws(studio: SceneStudio, flaw: Flaw, low: int, high: int) -> None:
    levels = sorted(_open(_jpeg(studio, _shot(flaw=flaw))).convert("L").reduce(50).tobytes())
    assert low <= levels[len(levels) // 2] <= high


def test_blur_takes_the_detail(studio: SceneStudio) -> None:
    part = (800, 500, 1400, 900)
    sharp = _open(_jpeg(studio, _shot(5))).convert("L").crop(part)
    soft = _open(_jpeg(studio, _shot(5, flaw=Flaw.BLURRED))).convert("L").crop(part)
    assert _roughness(soft) * 4 < _roughness(sharp)


def _roughness(picture: Image.Image) -> float:
    pixels = picture.tobytes()
    return sum(abs(a - b) for a, b in pairwise(pixels)) / len(pixels)


def test_every_scene_paints_and_is_its_own() -> None:
    painted = {code: scenes.paint(code, (150, 100)) for code in scenes.SCENES}
    assert {picture.size for picture in painted.values()} == {(150, 100)}
    assert len({picture.tobytes() for picture in painted.values()}) == len(scenes.SCENES)


@pytest.mark.parametrize(
    ("name", "code"), [("IV07", "IV07"), ("iv07", "IV07"), (" Skin-Scale ", "SK04"), ("moon", None)]
)
def test_scenes_are_found_by_code_and_name(name: str, code: str | None) -> None:
    assert scenes.find(name) == code


def test_the_studio_changes_scene(studio: SceneStudio) -> None:
    before = studio.scene
    assert studio.show("SK04")
    assert studio.scene == "SK04"
    assert not studio.show("moon")
    assert studio.scene == "SK04"
    assert studio.show(before)
