# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms: the shipped ones load, say what they must and read well; one that leaves something out does not load."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.consent import resource
from clinicam.consent.model import Reason, WhoDecides
from clinicam.consent.signature import hash_shown
from clinicam.consent.wording import LoadedForm, load_forms, parse_form, render, together
from clinicam.errors import ConsentRefused, FormInvalid
from clinicam.identity import make_patient
from clinicam.permits import BodySite, Purpose
from tests.consent.build import FORMS, IRELAND, ORLA, PER, RESOURCES, TODAY, context, draft

FILES = sorted((RESOURCES / "forms").glob("*.toml"))
CARE = (RESOURCES / "forms" / "care-en-1.toml").read_text(encoding="utf-8")
TEACHING = (RESOURCES / "forms" / "teaching-en-1.toml").read_text(encoding="utf-8")


def form(purpose: Purpose) -> LoadedForm:
    found = FORMS.find(purpose)
    assert found is not None
    return found


def changed(text: str, old: str, new: str) -> bytes:
    assert old in text
    return text.replace(old, new).encode()


def test_there_is_a_form_for_care_and_every_optional_purpose() -> None:
    for purpose in (Purpose.CARE_RECORD, Purpose.TEACHING, Purpose.PUBLICATION, Purpose.WEBSITE, Purpose.SOCIAL_MEDIA):
        assert form(purpose).form.purpose is purpose
    assert FORMS.find(Purpose.RESEARCH) is None
    assert FORMS.care() is form(Purpose.CARE_RECORD)
    with pytest.raises(ConsentRefused, match="no-form"):
        FORMS.care("ga")


def test_the_care_form_reads_as_on_the_screen() -> None:
    shown = render(FORMS.care(), context(draft()))
    assert shown.title == "Pictures for your treatment"
    assert shown.question == "May we take pictures of your mouth and teeth for your treatment?"
    assert [item.id for item in shown.items] == ["why", "who", "where", "how-long", "no"]
    texts = [item.text for item in shown.items]
    assert texts[0] == "To plan the repair of your tooth and see how it lasts."
    assert texts[3] == "15 years after your last visit, to 2041 at the earliest."
    assert texts[4].startswith("It changes nothing about your care.")
    assert shown.own_question == ""
    assert (shown.yes, shown.no) == ("Yes", "No")


def test_somebody_else_reads_about_the_child_and_the_child_is_asked_too() -> None:
    made = draft(ORLA, reason=Reason(text="Swelling"), body_sites=frozenset({BodySite.MOUTH, BodySite.FACE}))
    shown = render(FORMS.care(), context(made))
    assert shown.question == "May we take pictures of Orla’s mouth and teeth, and face for Orla’s treatment?"
    assert shown.own_question == "Orla, is it all right with you if we take these pictures?"
    assert shown.items[0].text == "For Orla’s treatment: Swelling."
    assert shown.items[3].text == "Until the age of 25, to 2036 at the earliest."


def test_free_words_are_shown_and_never_looked_at_for_marks() -> None:
    made = draft(
        reason=Reason(text="a {given} {no_harm} thing"),
        body_sites=frozenset({BodySite.OTHER}),
        site_words="left {sites}",
    )
    shown = render(FORMS.care(), context(made))
    assert shown.items[0].text == "For your treatment: a {given} {no_harm} thing."
    assert "your left {sites} for" in shown.question


def test_other_without_words_and_no_given_name() -> None:
    nobody = make_patient(family="Mononym", given="", born=date(2012, 1, 1), today=TODAY)
    made = draft(nobody, body_sites=frozenset({BodySite.OTHER}), who=WhoDecides.SOMEONE_FOR)
    assert "Mononym’s body" in render(FORMS.care(), context(made)).question


def test_a_training_vault_says_so() -> None:
    real = render(FORMS.care(), context(draft()))
    training = render(FORMS.care(), replace(context(draft()), is_training=True))
    assert "training" in training.items[2].text
    assert "training" not in real.items[2].text
    assert real.sha256 != training.sha256


def test_the_longer_period_is_told_where_the_profile_says_so() -> None:
    teen = make_patient(family="Byrne", given="Una", born=date(2010, 1, 5), today=TODAY)
    made = replace(context(draft(teen, who=WhoDecides.SOMEONE_FOR)), profile=IRELAND)
    assert render(FORMS.care(), made).items[3].text == "Until the age of 25, to 2035 at the earliest."


def test_what_was_shown_is_the_same_again_and_hashes_to_what_is_kept() -> None:
    first, second = render(FORMS.care(), context(draft())), render(FORMS.care(), context(draft()))
    assert first == second
    kept = first.shown
    assert kept.shown_sha256 == hash_shown(kept.form_sha256, kept.texts) == first.sha256
    assert set(kept.texts) >= {first.title, first.question, "Yes", "No", *(item.text for item in first.items)}


@pytest.mark.parametrize("purpose", [Purpose.PUBLICATION, Purpose.WEBSITE, Purpose.SOCIAL_MEDIA])
def test_public_purposes_name_one_place_and_say_what_cannot_be_recalled(purpose: Purpose) -> None:
    with pytest.raises(ConsentRefused, match="named-missing"):
        render(form(purpose), context(draft(), named=" "))
    shown = render(form(purpose), context(draft(), named="the Journal"))
    assert "the Journal" in shown.question
    assert any("cannot be called back" in item.text for item in shown.items)


def test_an_expiry_is_told_in_years() -> None:
    assert "2031" in render(form(Purpose.TEACHING), context(draft())).items[3].text


def test_several_optional_forms_make_one_record() -> None:
    shown = [render(form(one), context(draft(), named="x")) for one in (Purpose.TEACHING, Purpose.WEBSITE)]
    kept = together(shown)
    assert kept.form == "teaching+website"
    assert kept.texts == shown[0].shown.texts + shown[1].shown.texts
    assert kept.shown_sha256 == hash_shown(kept.form_sha256, kept.texts)


def test_reasons_belong_to_body_sites() -> None:
    care = FORMS.care().form
    assert {one.body_site for one in care.reasons_for(frozenset({BodySite.SKIN}))} == {BodySite.SKIN}
    assert care.reasons_for(frozenset()) == ()


@pytest.mark.parametrize(
    ("statement", "old", "new"),
    [
        ("why", '["why", "used"]', '["used"]'),
        ("used", '["why", "used"]', '["why"]'),
        ("seen-by", '["seen-by", "shared", "recognisable"]', '["shared", "recognisable"]'),
        ("shared", '["seen-by", "shared", "recognisable"]', '["seen-by", "recognisable"]'),
        ("recognisable", '["seen-by", "shared", "recognisable"]', '["seen-by", "shared"]'),
        ("stored", '["stored"]', "[]"),
        ("how-long", '["how-long"]', "[]"),
        ("free", '["free", "withdraw"]', '["withdraw"]'),
        ("withdraw", '["free", "withdraw"]', '["free"]'),
    ],
)
def test_a_form_that_leaves_something_out_does_not_load(statement: str, old: str, new: str) -> None:
    with pytest.raises(FormInvalid, match=f"does not say {statement}"):
        parse_form(changed(CARE, old, new), name="care")


def test_a_public_form_must_say_what_cannot_be_recalled() -> None:
    text = (RESOURCES / "forms" / "publication-en-1.toml").read_text(encoding="utf-8")
    with pytest.raises(FormInvalid, match="cannot-recall"):
        parse_form(changed(text, '["how-long", "cannot-recall"]', '["how-long"]'), name="x")
    with pytest.raises(FormInvalid, match="named"):
        parse_form(text.replace("{named}", "a journal").encode(), name="x")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "care"', 'id = "../care"'),
        ("version = 1", "version = 0"),
        ("version = 1", 'version = "1"'),
        ('language = "en"', 'language = "English"'),
        ('purpose = "P1"', 'purpose = "P99"'),
        ('title = "Pictures for your treatment"', 'title = " "'),
        ('icon = "camera"', 'icon = "../camera"'),
        ('id = "who"', 'id = "why"'),
        ('other = "body"\n', ""),
        ("{no_harm} Say stop", "Say stop"),
        ('text = "{stored}"', 'text = "somewhere"'),
        ('no_harm = "It changes nothing about your care."', 'no_harm = ""'),
        ("{sites}", "{patient.family}"),
        ("{sites}", "{unknown}"),
        ('kept_child = "', 'kept_child = "" # "'),
        ('why = "To plan the repair of your tooth and see how it lasts."', 'why = ""'),
        ('code = "gum-record"', 'code = "wound"'),
        ('yes = "Yes"', 'yes = "Yes"\nyess = "Yes"'),
        ('yes = "Yes"', "yes = true"),
    ],
)
def test_a_hostile_or_careless_form_does_not_load(old: str, new: str) -> None:
    with pytest.raises(FormInvalid):
        parse_form(changed(CARE, old, new), name="care")


def test_an_expiry_is_at_most_ten_years() -> None:
    with pytest.raises(FormInvalid):
        parse_form(changed(TEACHING, "expires_months = 60", "expires_months = 121"), name="x")
    parse_form(changed(TEACHING, "expires_months = 60", ""), name="x")


def test_files_are_named_after_what_they_hold(tmp_path: Path) -> None:
    (tmp_path / "care-en-2.toml").write_text(CARE, encoding="utf-8")
    with pytest.raises(FormInvalid, match="another form"):
        load_forms(tmp_path)


def test_no_forms_or_no_care_form(tmp_path: Path) -> None:
    with pytest.raises(FormInvalid, match="no files"):
        load_forms(tmp_path)
    (tmp_path / "teaching-en-1.toml").write_text(TEACHING, encoding="utf-8")
    with pytest.raises(FormInvalid, match="no care form"):
        load_forms(tmp_path)


def test_the_newest_version_is_used(tmp_path: Path) -> None:
    (tmp_path / "care-en-1.toml").write_text(CARE, encoding="utf-8")
    (tmp_path / "care-en-2.toml").write_text(CARE.replace("version = 1", "version = 2"), encoding="utf-8")
    assert load_forms(tmp_path).care().form.version == 2


def test_what_is_no_toml_or_cannot_be_read(tmp_path: Path) -> None:
    for data in (b"\xff\xfe", b"= = =", b"x" * (resource.LARGEST + 1), b"a = " + b"[" * 5000):
        with pytest.raises(FormInvalid):
            parse_form(data, name="x")
    with pytest.raises(FormInvalid, match="cannot be read"):
        resource.read(tmp_path / "absent.toml")


@given(st.integers(0, len(CARE) - 1), st.sampled_from("x{}\"'[]=\n\\"))
def test_one_wrong_character_never_does_more_than_refuse(at: int, character: str) -> None:
    data = (CARE[:at] + character + CARE[at + 1 :]).encode()
    try:
        loaded = parse_form(data, name="x")
    except FormInvalid:
        return
    render(loaded, context(draft()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_is_short_enough_to_read(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert all(len(item["text"]) <= 170 and len(item["title"]) <= 32 for item in data["items"])
    assert "anonym" not in path.read_text(encoding="utf-8").casefold()
    assert PER.family not in path.read_text(encoding="utf-8")
