# SPDX-License-Identifier: GPL-3.0-or-later
"""A sentence and its next step for every reason a step in a consent cannot be taken."""

from __future__ import annotations

from typing import Final

from clinicam.consent.refusal import Refusal

Row = tuple[str, str]

REFUSALS: Final[dict[Refusal, Row]] = {
    Refusal.OTHER_PATIENT: ("This consent belongs to another patient.", "Go back and open the right chart."),
    Refusal.NOT_ASKED: ("There is no open question to answer.", "Begin the consent again."),
    Refusal.ALREADY_ASKED: ("The question has been asked already.", "Open the consent and record the answer there."),
    Refusal.OVER: ("This consent is over.", "A new answer needs a new consent."),
    Refusal.NOT_ACTIVE: ("Pictures for care have not been agreed to.", "Ask about care first."),
    Refusal.HISTORY_MOVED: ("Somebody recorded a no meanwhile.", "Look at the consent as it now stands."),
    Refusal.STAFF_MAY_NOT: ("You cannot record this.", "A nurse or a clinician has to unlock."),
    Refusal.IDENTITY_UNCONFIRMED: (
        "The patient has not been confirmed.",
        "Ask for the name and the date of birth first.",
    ),
    Refusal.REASON_MISSING: ("The reason is missing.", "Choose why the pictures are needed."),
    Refusal.SITE_MISSING: ("The body area is missing.", "Choose what will be seen. Other needs a word."),
    Refusal.NO_DISCUSSION: ("Nobody is named who explained it.", "Choose the dentist or doctor who did."),
    Refusal.DISCUSSION_NOT_CLINICIAN: (
        "The person named is not a clinician here.",
        "Choose the dentist or doctor who explained it.",
    ),
    Refusal.CANNOT_WAIT: (
        "The way for emergencies is not here yet.",
        "Treat first. Pictures need somebody who can decide.",
    ),
    Refusal.CHILD_ALONE: ("A parent decides for this patient.", "Ask the parent, and the child too."),
    Refusal.ADULT_BY_OTHER: ("This patient decides alone.", "Ask the patient."),
    Refusal.NOT_A_PARENT: ("Only a parent can decide here so far.", "Without a parent, no pictures. Care goes on."),
    Refusal.AUTHORITY_NOT_DECLARED: (
        "The parent has not said that they may decide.",
        "Ask whether they have parental responsibility, then tick it.",
    ),
    Refusal.SIGNER_UNNAMED: ("The parent's name is missing.", "Write the name of the person who decides."),
    Refusal.OWN_YES_MISSING: ("The child has not said yes.", "Ask the child. A no holds: then no pictures."),
    Refusal.METHOD_LATER: ("This way to answer is not here yet.", "Choose one that is offered."),
    Refusal.SPOKEN_NOT_ALLOWED: ("A spoken yes is not enough here.", "Hand over the form to be signed."),
    Refusal.NOT_THE_HOLDER: (
        "Only who held the discussion can record this.",
        "That clinician has to unlock, or the patient signs here.",
    ),
    Refusal.PAPER_OPENS_NOTHING: (
        "Paper does not open the camera here.",
        "The paper is noted as a task. The patient can sign on the screen.",
    ),
    Refusal.SIGNATURE_MISSING: ("The signature is missing.", "Sign in the field, then choose Done."),
    Refusal.SIGNATURE_WRONG: ("The signature belongs to another form.", "Start again and sign once more."),
    Refusal.SIGNATURE_EMPTY: ("The signature is too short to be one.", "Start again and sign once more."),
    Refusal.SIGNATURE_TOO_LONG: ("The signature is too long.", "Start again and sign once more."),
    Refusal.SIGNATURE_OUTSIDE: ("The signature ran out of its field.", "Start again, inside the field."),
    Refusal.FORM_CHANGED: ("The words of the form have changed.", "Begin the consent again with the current form."),
    Refusal.NO_FORM: ("There is no form in that language.", "Choose another language, or name the interpreter."),
    Refusal.CARE_IS_NOT_OPTIONAL: ("Care is asked about by itself.", "Ask about care first."),
    Refusal.ASKED_TWICE: ("One question has two answers.", "Answer each question once."),
    Refusal.PURPOSE_NOT_USED: ("This practice does not ask about that.", "Leave it out."),
    Refusal.TOO_YOUNG_FOR_PURPOSE: ("Not at this age.", "Leave it out. Pictures for care stay possible."),
    Refusal.CHILD_BEYOND_CARE: ("A parent's yes is for care only.", "Leave the other uses out."),
    Refusal.NAMED_MISSING: ("It is not said which one.", "Name the journal, the website or the account."),
    Refusal.SIGNATURE_NEEDED_BEYOND_CARE: (
        "A spoken yes is for care only.",
        "Other uses need a signature. Hand over the form.",
    ),
    Refusal.ASKED_AGAIN: ("The patient said no today.", "Ask again only if they wish, and say why."),
    Refusal.TWO_PEOPLE: ("A second member of staff has to agree.", "Ask a colleague to confirm it."),
    Refusal.CANNOT_RESUME: ("This consent cannot simply go on.", "Ask anew, or let a clinician look at it."),
}
"""Refusal to (what happened, what to do). Marked for translation by the context ``messages``."""
