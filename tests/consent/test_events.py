# SPDX-License-Identifier: GPL-3.0-or-later
"""Events: one encoding each, strict, nothing implied."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.consent import packing
from clinicam.consent.events import (
    Abandoned,
    ConsentEvent,
    EnteredInError,
    NothingFound,
    PaperScanned,
    Resumed,
    Superseded,
    Suspended,
    decode_event,
    encode_event,
)
from clinicam.consent.model import Method, Reason, StrokePoint, SuspensionCause, WithdrawalScope
from clinicam.consent.steps import expect_paper, nothing_found, object_to, withdraw
from clinicam.errors import Corrupt
from clinicam.identity import ImageId
from clinicam.permits import Purpose
from tests.consent.build import CONSENT, NOW, NURSE, ORLA, PER, active, asked, draft, happy, no, teaching, yes

HEAD = {"consent": CONSENT, "patient": PER.patient, "at_ms": NOW, "recorded_by": NURSE.staff}


def every_event() -> list[ConsentEvent]:
    question, state = asked(), active()
    return [
        question,
        asked(draft(ORLA)),
        yes(question),
        no(question),
        teaching(state),
        happy(state),
        object_to(state, "turned away", me=NURSE, now_ms=NOW),
        withdraw(state, me=NURSE, now_ms=NOW),
        withdraw(state, me=NURSE, now_ms=NOW, scope=WithdrawalScope.PURPOSES, purposes=(Purpose.TEACHING,)),
        Suspended(**HEAD, cause=SuspensionCause.DISPUTE),
        Resumed(**HEAD, seen=1, note="settled"),
        Superseded(**HEAD, by=CONSENT),
        Abandoned(**HEAD),
        EnteredInError(**HEAD, second=NURSE.staff, reason="wrong patient"),
        expect_paper(question, me=NURSE, now_ms=NOW),
        PaperScanned(**HEAD, image=ImageId(b"i" * 16), sha256=b"h" * 32),
        nothing_found(PER.patient, "card index", me=NURSE, now_ms=NOW),
    ]


@pytest.mark.parametrize("event", every_event(), ids=lambda one: type(one).__name__)
def test_every_event_has_one_encoding_and_comes_back(event: ConsentEvent) -> None:
    data = encode_event(event)
    assert decode_event(data) == event
    assert encode_event(decode_event(data)) == data


@pytest.mark.parametrize("event", every_event(), ids=lambda one: type(one).__name__)
def test_any_cut_or_addition_is_refused(event: ConsentEvent) -> None:
    data = encode_event(event)
    for changed in (data[:-1], data + b"\xc0", b"", data[1:]):
        with pytest.raises(Corrupt):
            decode_event(changed)


def test_implied_consent_does_not_exist() -> None:
    assert "implied" not in {one.value for one in Method}
    plain = msgspec.msgpack.decode(encode_event(yes(asked())))
    plain["method"] = "implied"
    with pytest.raises(Corrupt):
        decode_event(msgspec.msgpack.encode(plain))


def test_unknown_fields_and_kinds_are_refused() -> None:
    plain = msgspec.msgpack.decode(encode_event(asked()))
    for change in ({"extra": 1}, {"kind": "granted"}, {"consent": b"short"}, {"at_ms": -1}, {"record_version": None}):
        with pytest.raises(Corrupt):
            decode_event(msgspec.msgpack.encode(plain | change))


def test_a_default_spelled_out_is_another_encoding_and_refused() -> None:
    plain = msgspec.msgpack.decode(encode_event(asked()))
    assert "record_version" not in plain
    with pytest.raises(Corrupt):
        decode_event(msgspec.msgpack.encode(plain | {"record_version": 1}))


def test_a_repeated_name_is_refused() -> None:
    data = encode_event(Abandoned(**HEAD))
    fields = msgspec.msgpack.encode({"at_ms": NOW})[1:]
    count = data[0] & 0x0F
    with pytest.raises(Corrupt):
        decode_event(bytes([0x80 | count + 1]) + data[1:] + fields)


def test_a_record_has_a_largest_size() -> None:
    with pytest.raises(Corrupt):
        decode_event(b"\x80" * (packing.LARGEST + 1))
    long = NothingFound(**HEAD, looked_in="x" * (packing.LARGEST + 1))
    with pytest.raises(Corrupt):
        encode_event(long)


def test_what_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(Corrupt):
        packing.pack((object(),))


@given(st.binary(max_size=300))
def test_no_bytes_make_anything_but_corrupt_or_an_event(data: bytes) -> None:
    try:
        event = decode_event(data)
    except Corrupt:
        return
    assert encode_event(event) == data


@given(st.text(min_size=1, max_size=400), st.text(max_size=200))
def test_any_text_a_person_types_survives(text: str, words: str) -> None:
    try:
        text.encode()
        words.encode()
    except UnicodeEncodeError:
        return
    question = msgspec.structs.replace(asked(), reason=Reason(text=text, code=words))
    assert decode_event(encode_event(question)) == question


def test_a_stroke_point_is_bounded() -> None:
    for field, value in (("pressure", 1025), ("x", -1), ("tilt_x", 91), ("t_ms", -1)):
        point = msgspec.structs.replace(StrokePoint(1, 1, 1, 1, 0, 0), **{field: value})
        with pytest.raises(msgspec.ValidationError):
            msgspec.msgpack.decode(msgspec.msgpack.encode(point), type=StrokePoint)
