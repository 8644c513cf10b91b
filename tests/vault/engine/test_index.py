# SPDX-License-Identifier: GPL-3.0-or-later
"""The index against a model of it that is nothing but a list, and the search against its own rules spelled out plainly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clinicam.errors import Corrupt, NotFound, VaultClosed
from clinicam.identity import NOBODY, Identifier, Patient, PatientId, new_id
from clinicam.vault import lookups, search
from clinicam.vault.acts import Act, What, make_act, spell
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent, ImageContent, Rendition, RowContent
from clinicam.vault.heads import Head
from clinicam.vault.index import FrameNote, Index
from clinicam.vault.rows import Row
from clinicam.vault.search import fold_text, number_key, parse

WRITERS = (b"a" * 16, b"b" * 16)
PEOPLE = tuple(bytes([n]) * 16 for n in range(1, 6))
FRAMES = tuple(bytes([n]) * 16 for n in range(100, 106))


def made_row(writer: bytes, seq: int) -> Row:
    rid = seq.to_bytes(8, "big") + writer[:8]
    return Row(
        0,
        writer,
        seq,
        rid,
        b"k" * 16,
        b"p" * 32,
        b"",
        b"",
        b"",
        bytes([seq % 256]) * 32,
        b"",
        seq * 100,
        seq * 100 + 99,
    )


def made_act(what: What, lamport: int, wall: int = 0) -> Act:
    return make_act(who=b"u" * 16, what=spell(what), wall=wall, lamport=lamport, batch=(b"x" * 16, 1, 1))


def person(who: bytes, family: str, given_name: str = "Ann", born: date = date(1987, 3, 14), *numbers: str) -> Patient:
    return Patient(PatientId(who), family, given_name, "", born, tuple(Identifier("NHS", one) for one in numbers))


@dataclass
class Model:
    """Every row ever folded, and the plain answers that follow."""

    rows: list[tuple[int, bytes, int, What, int, RowContent | None]] = field(default_factory=list)

    def ordered(self) -> list[tuple[int, bytes, int, What, int, RowContent | None]]:
        return sorted(self.rows, key=lambda one: one[:3])

    def entries(self, topic: str) -> list[bytes]:
        return [c.body for *_, c in self.ordered() if isinstance(c, EntryContent) and c.topic == topic]

    def images(self) -> dict[bytes, tuple[ImageContent, bool]]:
        found: dict[bytes, tuple[ImageContent, bool]] = {}
        for _, _, _, what, _, c in self.ordered():
            if isinstance(c, ImageContent) and c.object_id not in found:
                found[c.object_id] = (c, what in {What.IMAGE_KEPT_UNFILED, What.OBJECT_ADOPTED})
        return found

    def small(self, parent: bytes, rendition: Rendition) -> bytes | None:
        # In the order of the rows that named each object first.
        fit = [name for name, (c, _) in self.images().items() if c.rendition is rendition and c.parent == parent]
        return fit[-1] if fit else None

    def patients(self) -> dict[bytes, bytes]:
        return {c.patient: c.body for *_, c in self.ordered() if isinstance(c, EntryContent) and c.topic == "patient"}


class IndexMachine(RuleBasedStateMachine):
    """Two writers whose rows arrive one after the other, with Lamport times that cross."""

    def __init__(self) -> None:
        super().__init__()
        self.index = Index()
        self.model = Model()
        self.seq = dict.fromkeys(WRITERS, 0)
        self.lamport = dict.fromkeys(WRITERS, 0)

    def take(self, writer: bytes, jump: int, what: What, content: RowContent | None) -> None:
        self.seq[writer] += 1
        self.lamport[writer] += jump
        lamport, seq = self.lamport[writer], self.seq[writer]
        self.index.fold([(made_row(writer, seq), made_act(what, lamport, seq), content)], segment=1, base=8)
        self.model.rows.append((lamport, writer, seq, what, seq, content))

    @rule(writer=st.sampled_from(WRITERS), jump=st.integers(1, 5), what=st.sampled_from(What))
    def an_act(self, writer: bytes, jump: int, what: What) -> None:
        self.take(writer, jump, what, None)

    @rule(
        writer=st.sampled_from(WRITERS),
        jump=st.integers(1, 5),
        who=st.sampled_from(PEOPLE),
        family=st.sampled_from("ABC"),
    )
    def a_patient(self, writer: bytes, jump: int, who: bytes, family: str) -> None:
        body = encode(person(who, family))
        self.take(writer, jump, What.PATIENT_CHANGED, EntryContent(who, None, "patient", who, body))

    @rule(
        writer=st.sampled_from(WRITERS),
        jump=st.integers(1, 5),
        who=st.sampled_from((NOBODY, *PEOPLE)),
        body=st.binary(max_size=3),
    )
    def an_entry(self, writer: bytes, jump: int, who: bytes, body: bytes) -> None:
        self.take(writer, jump, What.SESSION_OPENED, EntryContent(who, who, "thing", b"s" * 16, body))

    @rule(
        writer=st.sampled_from(WRITERS), jump=st.integers(1, 5), frame=st.sampled_from(FRAMES),
        rendition=st.sampled_from(Rendition), what=st.sampled_from([What.IMAGE_STORED, What.IMAGE_KEPT_UNFILED, What.OBJECT_ADOPTED]),
        again=st.booleans(),
    )  # fmt: skip
    def an_image(self, writer: bytes, jump: int, frame: bytes, rendition: Rendition, what: What, again: bool) -> None:
        # Sometimes two rows name one object, as after an adoption on two machines.
        name = frame[:15] + bytes([rendition]) if again else new_id()
        parent = frame[:15] + b"\1" if rendition in {Rendition.PREVIEW, Rendition.THUMBNAIL} else None
        content = ImageContent(
            PEOPLE[0], PEOPLE[1], frame, name, rendition, parent, "image/jpeg", "EV", b"h" * 32
        )  # fmt: skip
        self.take(writer, jump, what, content)

    @invariant()
    def agrees(self) -> None:
        assert [
            entry.body for entry in lookups.entries(self.index, "thing", patient=None, session=None, subject=None)
        ] == (self.model.entries("thing"))
        images = self.model.images()
        listed = lookups.images(self.index, patient=None, session=None)
        large = {Rendition.ORIGINAL, Rendition.SECOND, Rendition.DERIVATIVE}
        assert {one.image for one in listed} == {name for name, (c, _) in images.items() if c.rendition in large}
        for one in listed:
            content, unfiled = images[one.image]
            assert (one.rendition, one.admission.value == "unfiled") == (content.rendition, unfiled)
            assert one.preview == self.model.small(one.image, Rendition.PREVIEW)
            assert one.thumbnail == self.model.small(one.image, Rendition.THUMBNAIL)
        for who, body in self.model.patients().items():
            assert encode(lookups.patient(self.index, who)) == body
        counts = lookups.counts(self.index)
        assert counts.rows == len(self.model.rows)
        assert counts.objects == len(images)
        assert counts.images == sum(c.rendition is Rendition.ORIGINAL for c, _ in images.values())
        assert sum(counts.acts.values()) == len(self.model.rows)
        assert counts.patients == len(self.model.patients())

    def teardown(self) -> None:
        saved = Index(self.index.save())
        assert lookups.counts(saved) == lookups.counts(self.index)
        assert saved.heads() == self.index.heads()
        assert saved.fact("lamport") == max([0, *self.lamport.values()])
        saved.close()
        self.index.close()


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_heads_and_places() -> None:
    index = Index()
    index.fold([], segment=1, base=8)
    assert index.heads() == ()
    index.fold([(made_row(WRITERS[0], n), made_act(What.LOCK, n), None) for n in (1, 2, 3)], segment=4, base=8)
    (place,) = index.places().values()
    assert place.end.head == Head(WRITERS[0], 3, bytes([3]) * 32)
    assert (place.end.segment, place.end.start, place.end.stop, place.lamport) == (4, 308, 407, 3)
    index.close()
    index.close()
    with pytest.raises(VaultClosed):
        index.heads()


def test_all_rows_of_a_fold_or_none() -> None:
    index = Index()
    good = (made_row(WRITERS[0], 1), made_act(What.LOCK, 1), None)
    bad = EntryContent(PEOPLE[0], None, "patient", PEOPLE[0], b"\xc0")
    with pytest.raises(Corrupt):
        index.fold([good, (made_row(WRITERS[0], 2), made_act(What.LOCK, 2), bad)], segment=1, base=8)
    assert index.heads() == ()
    assert lookups.counts(index).acts == {}
    index.close()


def test_not_an_index() -> None:
    with pytest.raises(Corrupt):
        Index(b"not a database")
    import sqlite3

    other = sqlite3.connect(":memory:")
    other.execute("CREATE TABLE fact (name TEXT)")
    with pytest.raises(Corrupt):
        Index(other.serialize())
    other.close()


def test_acts_of_a_later_version_are_counted_by_their_word() -> None:
    index = Index()
    act = make_act(who=b"u" * 16, what="tea.made milk", wall=0, lamport=1, batch=(b"x" * 16, 1, 1))
    index.fold([(made_row(WRITERS[0], 1), act, None)], segment=1, base=8)
    assert lookups.counts(index).acts == {"tea.made": 1}
    index.close()


def test_frames_without_a_note_can_be_told_later() -> None:
    index = Index()
    content = ImageContent(
        PEOPLE[0], PEOPLE[1], FRAMES[0], b"o" * 16, Rendition.ORIGINAL, None, "image/jpeg", "EV", b"h" * 32
    )
    index.fold([(made_row(WRITERS[0], 1), made_act(What.IMAGE_STORED, 1, 77), content)], segment=1, base=8)
    assert lookups.images(index, patient=None, session=None)[0].captured_ms == 77
    assert lookups.unnoted_frames(index) == ((FRAMES[0], b"o" * 16),)
    index.note_frame(FrameNote(FRAMES[0], 55, b"c" * 16, b"q" * 16, "camera", "ram"))
    (image,) = lookups.images(index, patient=None, session=None)
    assert (image.captured_ms, image.consent, image.permit) == (55, b"c" * 16, b"q" * 16)
    assert lookups.unnoted_frames(index) == ()
    with pytest.raises(NotFound):
        lookups.image_row(index, b"z" * 16)
    with pytest.raises(NotFound):
        lookups.patient(index, b"z" * 16)
    index.close()


# --- search -----------------------------------------------------------------------------------------------------------


def register(*people: Patient) -> Index:
    index = Index()
    rows = [
        (
            made_row(WRITERS[0], n),
            made_act(What.PATIENT_ADDED, n),
            EntryContent(one.patient, None, "patient", one.patient, encode(one)),
        )
        for n, one in enumerate(people, 1)
    ]
    index.fold(rows, segment=1, base=8)
    return index


def found(index: Index, text: str, limit: int = 50) -> list[str]:
    return [f"{hit.patient.family} {hit.patient.given}" for hit in lookups.search_patients(index, text, limit)]


@pytest.fixture
def people() -> Index:
    return register(
        person(PEOPLE[0], "Marsh", "Eleanor", date(1987, 3, 14), "943 476 5919"),
        person(PEOPLE[1], "Müller-Lüdenscheidt", "Zoë", date(2012, 12, 3), "QQ123456C"),
        person(PEOPLE[2], "O'Brien", "Seán", date(1950, 1, 31)),
        person(PEOPLE[3], "Marshall", "Ann Marie", date(1987, 3, 15), "9999999999", "9434000000"),
    )


@pytest.mark.parametrize(
    "typed",
    ["14/03/1987", "14-Mar-1987", "14031987", "1987-03-14", "14.3.1987", "14.3.87", "14/3/87", "14 March 1987", "14 mar 87",
     "19870314", "1987/3/14", "14MAR1987", "marsh 14/03/1987", "14/03/1987 eleanor m", "03/14/1987", " 14 / 3 / 1987 "],
)  # fmt: skip
def test_dates_of_birth(people: Index, typed: str) -> None:
    assert found(people, typed) == ["Marsh Eleanor"]
    people.close()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("marsh", ["Marsh Eleanor", "Marshall Ann Marie"]),
        ("MARSH el", ["Marsh Eleanor"]),
        ("eleanor marsh", ["Marsh Eleanor"]),
        ("mar", ["Marsh Eleanor", "Marshall Ann Marie"]),
        ("marie", ["Marshall Ann Marie"]),
        ("muller", ["Müller-Lüdenscheidt Zoë"]),
        ("ludensch zoe", ["Müller-Lüdenscheidt Zoë"]),
        ("obrien", []),
        ("o'brien", ["O'Brien Seán"]),
        ("sean o", ["O'Brien Seán"]),
        ("943", ["Marsh Eleanor", "Marshall Ann Marie"]),
        ("943 476 5919", ["Marsh Eleanor"]),
        ("9434765919", ["Marsh Eleanor"]),
        ("943-476", ["Marsh Eleanor"]),
        ("qq 12 34 56 c", ["Müller-Lüdenscheidt Zoë"]),
        ("qq12", ["Müller-Lüdenscheidt Zoë"]),
        ("marsh 943 476", ["Marsh Eleanor"]),
        ("nhs 999", ["Marshall Ann Marie"]),
        ("smith", []),
        ("31/01/1950 marsh", []),
        ("", []),
        ("  '; DROP TABLE patient --", []),
        ('"*', []),
        ("31/02/1950", []),
        ("14/03/87654", []),
        ("123/3/1987", []),
        ("14 marzo 1987", []),
        ("1987-03-144", []),
        ("NEAR AND OR NOT", []),
    ],
)  # fmt: skip
def test_what_is_typed(people: Index, typed: str, expected: list[str]) -> None:
    assert found(people, typed) == expected
    people.close()


def test_limits_and_changes(people: Index) -> None:
    assert found(people, "mar", 1) == ["Marsh Eleanor"]
    assert found(people, "mar", 0) == []
    changed = person(PEOPLE[0], "Evans", "Eleanor", date(1987, 3, 14), "1234")
    content = EntryContent(PEOPLE[0], None, "patient", PEOPLE[0], encode(changed))
    people.fold([(made_row(WRITERS[0], 9), made_act(What.PATIENT_CHANGED, 9), content)], segment=1, base=8)
    assert found(people, "marsh") == ["Marshall Ann Marie"]
    assert found(people, "9434765919") == []
    assert found(people, "1234") == ["Evans Eleanor"]
    older = EntryContent(PEOPLE[0], None, "patient", PEOPLE[0], encode(person(PEOPLE[0], "Old")))
    people.fold([(made_row(WRITERS[1], 1), made_act(What.PATIENT_CHANGED, 3), older)], segment=1, base=8)
    assert found(people, "old") == []
    people.close()


WORD = st.text("abcdeéößABC'- ", min_size=1, max_size=6).filter(lambda text: fold_text(text) != "")
PERSON = st.builds(
    lambda family, given_name, born, numbers: person(new_id(), family, given_name, born, *numbers),
    WORD, WORD, st.dates(date(1980, 1, 1), date(1980, 3, 31)), st.lists(st.text("0123ab ", min_size=1, max_size=5), max_size=2),
)  # fmt: skip


def matches(patient: Patient, text: str) -> bool:
    """The three rules at the head of `search`, word by word."""
    query = parse(text)
    systems = [fold_text(one.system) for one in patient.identifiers]
    held = f"{fold_text(patient.family)} {fold_text(patient.given)} {' '.join(systems)}".split()
    numbers = [number_key(one.value) for one in patient.identifiers]

    def begin(words: tuple[str, ...]) -> bool:
        return all(any(one.startswith(word) for one in held) for word in words)

    if not query.words:
        return False
    return (
        begin(query.words)
        or (patient.born.isoformat() in query.dates and begin(query.dated_words))
        or (query.number != "" and any(one.startswith(query.number) for one in numbers))
        or (
            query.name_words != ()
            and query.tail != ""
            and begin(query.name_words)
            and any(one.startswith(query.tail) for one in numbers)
        )
    )


@given(
    people=st.lists(PERSON, max_size=8),
    text=st.one_of(
        st.text("abcdeé'- 0123/", max_size=8),
        st.builds("{} {}".format, WORD, WORD),
        st.dates(date(1980, 1, 1), date(1980, 3, 31)).map(lambda day: day.strftime("%d/%m/%Y")),
        st.builds("{} {:%d-%b-%y}".format, WORD, st.dates(date(1980, 1, 1), date(1980, 3, 31))),
    ),
)
@settings(max_examples=300, deadline=None)
def test_search_is_its_rules(people: list[Patient], text: str) -> None:
    index = register(*people)
    hits = [hit.patient.patient for hit in lookups.search_patients(index, text, 100)]
    assert len(hits) == len(set(hits))
    assert set(hits) == {one.patient for one in people if matches(one, text)}
    index.close()


@given(st.text(max_size=30))
def test_parsing_never_fails(text: str) -> None:
    query = parse(text)
    assert all(date.fromisoformat(day) for day in query.dates)


def test_a_crowd_is_shown_by_family_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ENOUGH", 5)
    monkeypatch.setattr(search, "_LOOK", 8)
    people = register(
        *(person(bytes([n]) * 16, f"Smith{chr(122 - n)}", "Ann" if n % 2 else "Bob") for n in range(1, 12)),
        *(person(bytes([n]) * 16, "Adams", "Smithson") for n in range(20, 24)),
    )
    assert found(people, "smith", 3) == ["Smitho Ann", "Smithp Bob", "Smithq Ann"]
    assert found(people, "smith ann", 2) == ["Smitho Ann", "Smithq Ann"]
    assert found(people, "smiths", 9) == [*["Adams Smithson"] * 4, "Smiths Ann"]
    assert len(found(people, "smith", 50)) >= 8
    people.close()


@contextmanager
def counted_steps(index: Index) -> Iterator[list[int]]:
    """Steps of SQLite's machine inside the block, to a hundred: the same on every computer, however busy."""
    steps = [0]

    def some_more() -> int:
        steps[0] += 100
        return 0

    index.db.set_progress_handler(some_more, 100)
    try:
        yield steps
    finally:
        index.db.set_progress_handler(None, 100)


@pytest.mark.slow
def test_a_hundred_thousand_patients_are_not_walked_through() -> None:
    families = [
        "Smith",
        "Marsh",
        "Jones",
        "Taylor",
        "Brown",
        "Evans",
        "Khan",
        "Patel",
        "Ng",
        "Müller",
        "O'Neil",
        "Shah",
    ]
    day = date(1940, 1, 1)
    people = [
        person(n.to_bytes(16, "big"), f"{families[n % 12]}{chr(97 + n // 12 % 26)}", f"Given{n % 997}",
               day + timedelta(days=n % 25_000), f"{9_000_000_000 + n * 7919}")
        for n in range(1, 100_001)
    ]  # fmt: skip
    index = register(*people)
    for text in ("s", "sm", "smi", "smitha", "smitha given12", "given1", "g", "14/03/1987", "14-Mar-87", "9000", "900 079",
                 "9", "s g", "khanb 9", "zzz", "given9 smith"):  # fmt: skip
        with counted_steps(index) as steps:
            lookups.search_patients(index, text, 50)
        # A walk over everybody takes some ten steps each.
        assert steps[0] < 200_000, text
    crowd = lookups.search_patients(index, "smith", 50)
    assert [hit.patient.family for hit in crowd] == ["Smitha"] * 50
    assert search.ENOUGH < 100_000
    index.close()


def test_five_thousand_images_in_as_many_steps() -> None:
    index = Index()
    rows = []
    for n in range(1, 5001):
        content = ImageContent(
            PEOPLE[0], PEOPLE[1], n.to_bytes(16, "big"), n.to_bytes(16, "little"), Rendition.ORIGINAL, None, "image/jpeg", "EV", b"h" * 32
        )  # fmt: skip
        small = ImageContent(
            PEOPLE[0], PEOPLE[1], content.frame, (n + 10_000).to_bytes(16, "little"), Rendition.THUMBNAIL, content.object_id,
            "image/jpeg", "EV", b"h" * 32,
        )  # fmt: skip
        rows.append((made_row(WRITERS[0], 2 * n), made_act(What.IMAGE_STORED, 2 * n), content))
        rows.append((made_row(WRITERS[0], 2 * n + 1), made_act(What.IMAGE_RENDITION, 2 * n + 1), small))
    index.fold(rows, segment=1, base=8)
    with counted_steps(index) as steps:
        assert len(lookups.images(index, patient=PEOPLE[0], session=None)) == 5000
    # A join without an index would take the square: 25 million.
    assert steps[0] < 5000 * 200
    index.close()
