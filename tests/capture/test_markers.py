# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a picture before the vault takes it, and what a damaged one is called."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clinicam.capture import markers, quality
from clinicam.capture.markers import media_type
from clinicam.capture.session import Quality
from clinicam.errors import FrameRefused


def jpeg(size: tuple[int, int] = (640, 480), *, noise: bool = True, shade: int = 128) -> bytes:
    picture = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, (shade,) * 3)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_jpeg_a_tiff_and_a_heic_are_pictures() -> None:
    assert media_type(jpeg()) == "image/jpeg"
    assert media_type(b"II*\0" + bytes(400)) == "image/tiff"
    assert media_type(b"MM\0*" + bytes(400)) == "image/tiff"
    assert media_type(b"\0\0\0\x18ftypheic" + bytes(400)) == "image/heic"


def test_padding_after_the_end_marker_is_allowed() -> None:
    assert media_type(jpeg() + bytes(4096)) == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff", "truncated"),
        (b"II*\0", "truncated"),
        (b"<html>" + bytes(400), "markers"),
        (b"\0\0\0\x18ftypavif" + bytes(400), "markers"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(FrameRefused) as refused:
        media_type(data)
    assert refused.value.reason == reason


def test_a_jpeg_cut_off_anywhere_is_truncated() -> None:
    whole = jpeg()
    for length in range(markers.SMALLEST, len(whole) - 2, 997):
        cut = whole[:length]
        if b"\xff\xd9" not in cut[-markers._TAIL :]:
            with pytest.raises(FrameRefused, match="truncated"):
                media_type(cut)


def test_a_lying_size_is_refused_before_anything_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markers, "LARGEST", 1000)
    with pytest.raises(FrameRefused, match="size"):
        media_type(jpeg())


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_picture_or_refused(data: bytes) -> None:
    try:
        found = media_type(data)
    except FrameRefused as refused:
        found = refused.reason
    assert found.startswith("image/") or found in {"empty", "truncated", "markers", "size"}


def test_renditions_fit_and_are_jpeg() -> None:
    made = quality.render(jpeg((3000, 2000)))
    assert made.size == (3000, 2000)
    assert Image.open(io.BytesIO(made.preview)).size == (1920, 1280)
    assert Image.open(io.BytesIO(made.thumbnail)).size == (480, 320)
    assert made.quality is Quality.GOOD


@pytest.mark.parametrize(("shade", "verdict"), [(4, Quality.DARK), (255, Quality.BRIGHT), (128, Quality.BLURRED)])
def test_poor_pictures_are_told_apart(shade: int, verdict: Quality) -> None:
    assert quality.render(jpeg(noise=False, shade=shade)).quality is verdict


def test_a_picture_lying_on_its_side_is_turned_upright() -> None:
    out = io.BytesIO()
    picture = Image.effect_noise((400, 200), 90).convert("RGB")
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(out, "JPEG", exif=exif)
    assert Image.open(io.BytesIO(quality.render(out.getvalue()).preview)).size == (200, 400)


def test_a_picture_with_too_many_pixels_is_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "MOST_PIXELS", 1000)
    with pytest.raises(FrameRefused, match="size"):
        quality.render(jpeg())


def test_garbage_with_good_markers_is_refused() -> None:
    with pytest.raises(FrameRefused, match="markers"):
        quality.render(b"\xff\xd8\xff\xe0" + bytes(2000) + b"\xff\xd9")
