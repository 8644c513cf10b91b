# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed lists a consent record is written in: answers, methods, relations, routes. `model` hands them on."""

from __future__ import annotations

from enum import Enum


class ConsentAnswer(Enum):
    """What a person said. Only GIVEN opens anything."""

    GIVEN = "given"
    """yes"""
    REFUSED = "refused"
    """no"""
    DISMISSED = "dismissed"
    """neither: the window was closed, or the person walked off"""


class Method(Enum):
    """How the answer was given. There is no implied consent."""

    DRAWN = "drawn"
    """a signature on the patient's own screen"""
    SPOKEN = "spoken"
    """said to the clinician who held the discussion, who records it"""
    PAPER = "paper"
    """signed on paper in front of the clinician who held the discussion; to be scanned"""
    TYPED_WITNESSED = "typed-witnessed"
    """a typed name, with a witness"""
    MARK_WITNESSED = "mark-witnessed"
    """a mark, with a witness"""


class WhoDecides(Enum):
    """Whose decision it is."""

    SELF = "self"
    """the patient"""
    SOMEONE_FOR = "someone-for"
    """a person with authority to decide for the patient"""
    CANNOT_WAIT = "cannot-wait"
    """emergency: nobody can be asked in time"""


class SignerRelation(Enum):
    """Who the person is that answers."""

    SELF = "self"
    PARENT = "parent"
    """with declared parental responsibility"""
    GUARDIAN = "guardian"
    ATTORNEY = "attorney"
    """health and welfare"""
    DEPUTY = "deputy"
    REPRESENTATIVE = "representative"
    """decision-making representative or co-decision-maker (Ireland)"""
    ADVOCATE = "advocate"
    CARER = "carer"
    """may say "still happy" for somebody whose parent consented"""
    RELATIVE = "relative"
    """without authority of their own"""
    EXECUTOR = "executor"


class CapacityRoute(Enum):
    """On what ground the decision stands."""

    ADULT = "adult"
    """presumed able to decide"""
    COMPETENT_MINOR = "competent-minor"
    PARENTAL = "parental"
    ATTORNEY = "attorney"
    DEPUTY = "deputy"
    REPRESENTATIVE = "representative"
    GUARDIAN = "guardian"
    BEST_INTERESTS = "best-interests"
    EMERGENCY = "emergency"
    COURT = "court"


class Identifiability(Enum):
    """How far a use may show who the patient is."""

    DE_IDENTIFIED = "de-identified"
    RECOGNISABLE = "recognisable"


class Confirmed(Enum):
    """One way in which somebody made sure of the patient."""

    NAME_SAID = "name-said"
    BIRTHDAY_TYPED = "birthday-typed"
    NUMBER_READ = "number-read"
    PHOTO_MATCHED = "photo-matched"
    WRISTBAND = "wristband"


class Sedation(Enum):
    """What the patient has been given before the pictures."""

    NONE = "none"
    SEDATED = "sedated"
    ANAESTHETISED = "anaesthetised"


class SuspensionCause(Enum):
    """Why a consent rests."""

    CAPACITY_DOUBT = "capacity-doubt"
    AGE_REVIEW = "age-review"
    DISPUTE = "dispute"
    IDENTITY_QUERY = "identity-query"
    DECEASED = "deceased"


class WithdrawalScope(Enum):
    """How much is taken back."""

    WHOLE = "whole"
    PURPOSES = "purposes"
    IMAGES = "images"
    RECIPIENT = "recipient"
