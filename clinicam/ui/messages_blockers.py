# SPDX-License-Identifier: GPL-3.0-or-later
"""A sentence and its next step for every cause that can keep the camera shut, and for every blocker as a whole."""

from __future__ import annotations

from typing import Final

from clinicam.consent.causes import Blocker, Cause

Row = tuple[str, str]

BLOCKERS: Final[dict[Blocker, Row]] = {
    Blocker.NO_PATIENT: ("No patient is chosen", "Find the patient first."),
    Blocker.NOT_CONFIRMED: ("Make sure it is the right patient", "Ask for the name and the date of birth."),
    Blocker.NO_CARE_CONSENT: ("There is no yes to pictures for care", "Ask the patient."),
    Blocker.FORM_UNUSABLE: ("The form cannot be used", "Choose the current form in the patient's language."),
    Blocker.NO_AUTHORITY: ("Someone else has to decide", "Look at who may decide for this patient."),
    Blocker.SUSPENDED: ("The consent rests", "It has to be looked at again first."),
    Blocker.OBJECTED: ("The patient does not want it", "No pictures. Care goes on."),
    Blocker.SEDATED: ("The patient was asked after sedation", "Ask again when it has worn off."),
    Blocker.NO_CHAPERONE_DECISION: ("Nobody was asked about a chaperone", "Ask whether somebody shall be present."),
    Blocker.NO_DISCUSSION: ("Say who held the discussion", "The dentist or doctor who explained it."),
    Blocker.STAFF_MAY_NOT: ("You cannot take pictures at the moment", "Unlock as somebody who photographs."),
    Blocker.CAMERA_NOT_USABLE: ("The camera is not ready", "Look at camera and cable."),
    Blocker.CAMERA_MIGHT_KEEP: ("The camera might keep the pictures", "Use a camera that hands them over."),
    Blocker.VAULT_NOT_READY: ("The vault cannot take pictures", "Ask IT to look at it."),
    Blocker.VAULT_PLACE: ("The vault lies where it must not", "Ask IT to move it to this computer's own disk."),
    Blocker.IDLE: ("Nobody was here for a while", "Look at the patient and the banner."),
    Blocker.LIMIT: ("That is the usual number of pictures", "Say why more are needed."),
    Blocker.STOPPED: ("STOP was pressed", "Say how it goes on."),
}

CAUSES: Final[dict[Cause, Row]] = {
    Cause.NO_PATIENT: ("No patient is chosen", "Find the patient by name, date of birth or number."),
    Cause.NOT_CONFIRMED: (
        "Make sure it is the right patient",
        "Ask for the name and the date of birth, then tick both.",
    ),
    Cause.CONTEXT_CHANGED: (
        "The surgery program has another patient open",
        "Look who sits in the chair, then confirm the patient here again.",
    ),
    Cause.NOT_ASKED: ("Nobody has asked yet", "Ask for pictures of this area, for care."),
    Cause.NO_ANSWER_YET: ("There is no answer yet", "Hand the form over again, or record what was said."),
    Cause.PAPER_ONLY: (
        "A paper form is waiting to be scanned",
        "Until then, ask on the patient's screen.",
    ),
    Cause.DECLINED: (
        "The patient said no",
        "Treatment goes on without pictures. Ask again only if the patient wishes.",
    ),
    Cause.WITHDRAWN: (
        "The patient took the yes back",
        "No new pictures. Ask again only if the patient wishes.",
    ),
    Cause.EXPIRED: ("The consent has run out", "Ask again for this episode."),
    Cause.SUPERSEDED: ("A newer consent stands in its place", "Open the newest consent of this patient."),
    Cause.IN_ERROR: ("This consent was recorded by mistake", "Ask the patient and record it anew."),
    Cause.VIEWING_ONLY: ("These are old pictures for viewing only", "For new ones, ask the patient."),
    Cause.OTHER_PATIENT: ("This consent belongs to another patient", "Go back and open the right chart."),
    Cause.ASK_TODAY: ("Still happy with pictures today?", "One question, the answer is recorded."),
    Cause.REFUSED_TODAY: ("Not today, the patient said", "Treatment goes on without pictures. Ask at the next visit."),
    Cause.OTHER_SITE: (
        "The consent is about another part of the body",
        "Ask for this area too, or choose another series.",
    ),
    Cause.FORM_WITHDRAWN: ("This form is no longer in use", "Ask with the current form."),
    Cause.OTHER_LANGUAGE: (
        "The form is not in the patient's language",
        "Choose the language, or name the interpreter.",
    ),
    Cause.AUTHORITY: ("Is this person allowed to decide?", "Ask, and record what they say."),
    Cause.CHILD_ALONE: ("A parent decides for this patient", "Ask the parent, and the child too."),
    Cause.CAPACITY_DOUBT: (
        "Can the patient decide?",
        "A clinician has to look at that first and record it.",
    ),
    Cause.AGE_REVIEW: ("Now old enough to decide", "Ask the patient. The parent's yes no longer carries."),
    Cause.DISPUTE: ("The consent is disputed", "The practice manager has to settle it first."),
    Cause.IDENTITY_QUERY: ("It is not certain who this is", "The practice manager has to settle it first."),
    Cause.DECEASED: ("This patient has died", "No pictures. Speak with the practice manager."),
    Cause.OBJECTED: ("The patient does not want it now", "No pictures. Care goes on."),
    Cause.SEDATED: ("Asked after sedation was given", "Ask again when it has worn off."),
    Cause.NO_CHAPERONE_DECISION: (
        "Nobody was asked about a chaperone",
        "Ask whether somebody shall be present, and record the answer.",
    ),
    Cause.NO_DISCUSSION: ("Say who held the discussion", "The dentist or doctor who explained it to the patient."),
    Cause.NOT_SIGNED_IN: ("Nobody is signed in", "Unlock with your own name."),
    Cause.LOCKED: ("CliniCam is locked", "Unlock it to go on."),
    Cause.NO_ROLE: ("You are not signed in as somebody who photographs", "A nurse or a clinician has to unlock."),
    Cause.CAMERA_ABSENT: ("No camera is connected", "Switch it on and plug in its cable."),
    Cause.CAMERA_CLAIMED: (
        "Another program is holding the camera",
        "Close the program that shows its pictures. It only has to let go.",
    ),
    Cause.CAMERA_RESTARTING: ("The camera is being started again", "A few seconds. Nothing to do."),
    Cause.CAMERA_WRONG_KIND: ("This camera is not for patients", "Use a camera of the practice."),
    Cause.CARD_ONLY: (
        "This camera keeps pictures on its card",
        "Use another camera. The list of those that do not is in the handbook.",
    ),
    Cause.SENDS_ITSELF: (
        "The camera sends pictures by itself",
        "Switch off Wi-Fi, upload and position in the camera's menu.",
    ),
    Cause.VAULT_LOCKED: ("The vault is locked", "Unlock it to go on."),
    Cause.VAULT_FULL: ("The vault's disk is nearly full", "Pictures that show the tick are safe. Ask IT for room."),
    Cause.VAULT_DAMAGED: (
        "A part of the vault is damaged",
        "Do not delete anything. Tell the practice manager: what is whole can still be read.",
    ),
    Cause.CLOCK_JUMPED: ("The computer's clock has jumped", "Look at date and time, then confirm the patient again."),
    Cause.VAULT_PLACE: (
        "The vault lies on a disk it must not lie on",
        "Ask IT to move it to this computer's own disk.",
    ),
    Cause.IDLE: ("Nobody was here for a while", "Look at the patient and the banner, then confirm."),
    Cause.HANDED_OVER: ("Somebody else has taken over", "Look at the patient and the banner, then confirm."),
    Cause.LIMIT: ("That is the usual number of pictures", "Say why more are needed, or finish."),
    Cause.STOPPED: ("STOP was pressed", "Say how it goes on: a break, finished, or the patient has withdrawn."),
}
"""Cause to (what stands, what lifts it). Marked for translation by the context ``messages``."""
