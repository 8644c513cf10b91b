# SPDX-License-Identifier: GPL-3.0-or-later
"""`ports.Keeping` over an open vault: everything of one session becomes rows and objects on the vault thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import msgspec

from clinicam.camera.port import ArrivedFrame
from clinicam.capture.ports import Stored
from clinicam.capture.quality import Renditions
from clinicam.identity import NOBODY, FrameId, ImageId, PatientId, SessionId
from clinicam.vault.acts import What
from clinicam.vault.model import NewFile, NewFrame, NewRow, StoredFrame
from clinicam.vault.objectfile import Rendition
from clinicam.vault.openvault import OpenVault
from clinicam.vault.thread import VaultThread


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of topic ``image.label``; subject is the image."""

    text: str


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of topic ``session.note``; subject is the session."""

    text: str


class VaultKeeping:
    """Of one session of one patient. `withdrawing` and `closing` run on the vault thread and come from `compose`."""

    def __init__(
        self,
        vault: OpenVault,
        thread: VaultThread,
        patient: PatientId,
        session: SessionId,
        *,
        withdrawing: Callable[[], Any],
        closing: Callable[[str], Any],
    ) -> None:
        self._vault = vault
        self._thread = thread
        self._patient = patient
        self._session = session
        self._withdrawing = withdrawing
        self._closing = closing

    def store(self, frame: ArrivedFrame, media_types: tuple[str, ...], view: str) -> Future[Stored]:
        """One frame, all its files in one batch (vault.md 2.5)."""
        new = NewFrame(
            permit=frame.permit,
            frame=frame.frame,
            captured_ms=frame.exposed_ms,
            camera=frame.camera,
            proof=frame.proof,
            view=view,
            files=tuple(
                NewFile(Rendition.SECOND if place else Rendition.ORIGINAL, kind, file.data)
                for place, (kind, file) in enumerate(zip(media_types, frame.files, strict=True))
            ),
            simulated=frame.simulated,
        )
        return self._thread.submit(self._add, new)

    def refuse(self, frame: FrameId, reason: str) -> Future[Any]:
        """The act of a dropped frame: its id and one word."""
        return self._row(What.CAPTURE_REFUSED, detail=f"frame={frame.hex()} reason={reason}")

    def renditions(self, image: ImageId, made: Renditions) -> Future[Any]:
        """Preview and thumbnail, each an object of its own under the session's key."""
        return self._thread.submit(self._add_renditions, image, made)

    def label(self, image: ImageId, text: str) -> Future[Any]:
        """Last label wins."""
        return self._row(What.SESSION_EVENT, "image.label", image, msgspec.msgpack.encode(Label(text)))

    def note(self, text: str) -> Future[Any]:
        """Last note wins."""
        return self._row(What.SESSION_EVENT, "session.note", self._session, msgspec.msgpack.encode(Note(text)))

    def event(self, what: str) -> Future[Any]:
        """An act only: it says nothing that is not pseudonymous."""
        return self._row(What.SESSION_EVENT, detail=what)

    def withdraw(self) -> Future[Any]:
        """The consent event."""
        return self._thread.submit(self._withdrawing)

    def close(self, ending: str) -> Future[Any]:
        """The end of the session, with its task for the clinician."""
        return self._thread.submit(self._closing, ending)

    def _add(self, new: NewFrame) -> StoredFrame:
        return self._vault.add(new)

    def _add_renditions(self, image: ImageId, made: Renditions) -> None:
        self._vault.add_rendition(image, Rendition.PREVIEW, "image/jpeg", made.preview)
        self._vault.add_rendition(image, Rendition.THUMBNAIL, "image/jpeg", made.thumbnail)

    def _row(
        self, what: What, topic: str = "", subject: bytes = NOBODY, body: bytes | None = None, detail: str = ""
    ) -> Future[Any]:
        row = NewRow(what, self._patient, self._session, topic, subject, body, detail)
        return self._thread.submit(self._vault.append, (row,))
