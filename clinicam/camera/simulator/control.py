# SPDX-License-Identifier: GPL-3.0-or-later
"""One-line commands to the body, each answered by one JSON object: ``{"ok": true, ...}`` or ``{"ok": false, "error": ...}``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from clinicam.camera.simulator import scenes
from clinicam.camera.simulator.body import Body
from clinicam.camera.simulator.picture import Flaw
from clinicam.camera.simulator.properties import Prop
from clinicam.camera.simulator.responder import Responder
from clinicam.camera.simulator.studio import SceneStudio
from clinicam.camera.simulator.wire import Pace

Answer = dict[str, object]


class _BadCommand(Exception):
    """What the command line said cannot be done; shown as it is."""


class Control:
    """Turns command lines into what happens to the body. One thread."""

    def __init__(self, body: Body, studio: SceneStudio, responder: Responder, pace: Pace) -> None:
        self._body = body
        self._studio = studio
        self._responder = responder
        self._pace = pace
        self._first_pace = pace.bytes_per_second
        self._commands: dict[str, Callable[[Sequence[str]], Answer]] = {
            "battery": self._battery,
            "blur-next": lambda _: self._flaw(Flaw.BLURRED),
            "bright-next": lambda _: self._flaw(Flaw.BRIGHT),
            "busy": self._busy,
            "busy-for": self._busy_for,
            "card": self._card,
            "dark-next": lambda _: self._flaw(Flaw.DARK),
            "defocus-next": lambda words: self._count("defocus_next", words),
            "empty-next": lambda words: self._count("empty_next", words),
            "forget": self._forget,
            "hang": self._hang,
            "help": lambda _: {"commands": sorted(self._commands)},
            "lens": self._lens,
            "lock-media": self._lock_media,
            "ops": self._ops,
            "plug": self._plug,
            "press": self._press,
            "press-raw": lambda _: self._press(["raw"]),
            "reset": self._reset,
            "scene": self._scene,
            "scenes": lambda _: {"scenes": [{"code": code, "name": name} for code, (name, _) in scenes.SCENES.items()]},
            "slow": self._slow,
            "status": self._status,
            "store-full": self._store_full,
            "target-card": self._target_card,
            "truncate-next": lambda words: self._count("truncate_next", words),
            "unplug": self._unplug,
            "unplug-next": self._unplug_next,
        }

    def run(self, line: str) -> Answer:
        """Obey one line."""
        words = line.split()
        command = self._commands.get(words[0]) if words else None
        if command is None:
            return {"ok": False, "error": "unknown command; try help"}
        try:
            return {"ok": True} | command(words[1:])
        except _BadCommand as bad:
            return {"ok": False, "error": str(bad)}

    # The shutter

    def _press(self, words: Sequence[str]) -> Answer:
        code, future = self._body.press(raw=list(words) == ["raw"])
        if future is None:
            raise _BadCommand(f"the body refuses: {code.name.lower()}")
        files = [{"handle": f.handle, "bytes": len(f.data), "in_memory": f.in_memory} for f in future.result()]
        return {"frame": self._body.frames, "files": files}

    def _flaw(self, flaw: Flaw) -> Answer:
        with self._body.lock:
            self._body.faults.flaw_next = flaw
        return {}

    def _count(self, name: str, words: Sequence[str]) -> Answer:
        with self._body.lock:
            setattr(self._body.faults, name, _number(words, default=1, least=0))
        return {}

    # The scene

    def _scene(self, words: Sequence[str]) -> Answer:
        if len(words) != 1 or not self._studio.show(words[0]):
            raise _BadCommand("no such scene; try scenes")
        return {"scene": self._studio.scene}

    # The link

    def _slow(self, words: Sequence[str]) -> Answer:
        self._pace.bytes_per_second = _number(words, least=0)
        return {}

    def _unplug(self, _words: Sequence[str]) -> Answer:
        self._responder.unplug()
        return {}

    def _plug(self, _words: Sequence[str]) -> Answer:
        self._responder.plug()
        return {}

    def _unplug_next(self, words: Sequence[str]) -> Answer:
        with self._body.lock:
            self._body.faults.cut_after = _number(words, least=0)
        return {}

    def _hang(self, words: Sequence[str]) -> Answer:
        self._body.hang(_on(words))
        return {}

    def _busy(self, words: Sequence[str]) -> Answer:
        return self._count("busy_next", words)

    def _busy_for(self, words: Sequence[str]) -> Answer:
        with self._body.lock:
            self._body.faults.busy_until_s = time.monotonic() + _number(words, least=0)
        return {}

    # The body

    def _reset(self, _words: Sequence[str]) -> Answer:
        self._pace.bytes_per_second = self._first_pace
        self._body.reset()
        self._responder.plug()
        return {}

    def _battery(self, words: Sequence[str]) -> Answer:
        self._body.set_battery(min(100, _number(words, least=0)))
        return {}

    def _forget(self, _words: Sequence[str]) -> Answer:
        self._body.forget_settings()
        return {}

    def _lens(self, words: Sequence[str]) -> Answer:
        if list(words) not in (["manual"], ["auto"]):
            raise _BadCommand("lens manual, or lens auto")
        self._body.put(Prop.F_NUMBER, 0 if words[0] == "manual" else 2500)
        return {}

    def _lock_media(self, words: Sequence[str]) -> Answer:
        with self._body.lock:
            self._body.properties.media_locked = _on(words)
        return {}

    def _store_full(self, words: Sequence[str]) -> Answer:
        with self._body.lock:
            self._body.faults.store_full = _on(words)
        return {}

    def _target_card(self, words: Sequence[str]) -> Answer:
        with self._body.lock:
            self._body.faults.target_card = _on(words)
        return {}

    def _card(self, words: Sequence[str]) -> Answer:
        if not words or words[0] not in {"insert", "remove"}:
            raise _BadCommand("card insert [PICTURES], or card remove")
        old = _number(words[1:], default=0, least=0)
        with self._body.lock:
            if words[0] == "remove":
                self._body.storage.remove_card()
                return {}
            self._body.storage.insert_card()
            for number in range(9001, 9001 + min(old, 900)):
                self._body.storage.keep(_OLD_PICTURE, raw=False, number=number, size=(1, 1), in_memory=False)
        return {}

    # Questions

    def _status(self, _words: Sequence[str]) -> Answer:
        with self._body.lock:
            return {
                "plugged": self._body.plugged,
                "session": self._body.session_is_open,
                "scene": self._studio.scene,
                "frames": self._body.frames,
                "live_view": bool(self._body.properties.number(Prop.LIVE_VIEW_STATUS)),
                "recording_media": self._body.properties.number(Prop.RECORDING_MEDIA),
                "in_memory": len(self._body.storage.in_memory()),
                "card": self._body.storage.card_inserted,
                "on_card": [one.info.name for one in self._body.storage.on_card()],
                "operations": self._body.log.count,
                "malformed": self._responder.malformed,
            }

    def _ops(self, words: Sequence[str]) -> Answer:
        found = self._body.log.since(_number(words, default=0, least=0))
        return {"count": self._body.log.count, "now_ns": time.monotonic_ns(), "ops": [asdict(one) for one in found]}


_OLD_PICTURE = bytes.fromhex("ffd8ffd9")
"""What lies on a card that was used before: only its name matters."""


def _number(words: Sequence[str], *, least: int, default: int | None = None) -> int:
    if not words and default is not None:
        return default
    if len(words) != 1 or not words[0].isascii() or not words[0].isdigit() or len(words[0]) > 12:
        raise _BadCommand("one whole number, please")
    return max(least, int(words[0]))


def _on(words: Sequence[str]) -> bool:
    if list(words) not in ([], ["on"], ["off"]):
        raise _BadCommand("on or off, please")
    return list(words) != ["off"]
