# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the simulated body. One JSON line when ready, one for each command read; ends with its input."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import IO

import msgspec

from clinicam.camera.simulator import scenes
from clinicam.camera.simulator.body import Body
from clinicam.camera.simulator.control import Control
from clinicam.camera.simulator.properties import QUALITY_RAW_AND_FINE, Prop
from clinicam.camera.simulator.responder import Responder
from clinicam.camera.simulator.studio import DEFAULT_MARKER, SceneStudio
from clinicam.camera.simulator.wire import Pace
from clinicam.errors import CameraRefused

LONGEST_COMMAND = 4096
"""Characters of one command line."""
_LARGEST_FRAME = 512 * 1024 * 1024


def main(argv: Sequence[str]) -> int:
    """Run a body until standard input ends. Returns the exit code: 0, or 2 when it could not listen."""
    given = _parser().parse_args(argv)
    pace = Pace(given.bytes_per_second)
    studio = SceneStudio(
        given.scene, marker=given.marker, serial=given.serial, frame_bytes=given.frame_bytes, raw_bytes=given.raw_bytes
    )
    body = Body(studio)
    if given.raw:
        body.put(Prop.IMAGE_QUALITY, QUALITY_RAW_AND_FINE)
    if given.card:
        body.storage.insert_card()
    try:
        responder = Responder(body, pace, host=given.host, port=given.port, model=given.model, serial=given.serial)
    except (CameraRefused, OSError) as refused:
        body.close()
        _say(sys.stderr, {"ok": False, "error": str(refused)})
        return 2
    responder.start()
    try:
        ready = {"command": responder.port, "event": responder.port, "control": "stdin"}
        _say(sys.stdout, ready | {"camera": f"ptpip:127.0.0.1:{responder.port}:{responder.port}"})
        _obey(Control(body, studio, responder, pace))
    except KeyboardInterrupt:
        return 0
    finally:
        responder.close()
        body.close()
    return 0


def _obey(control: Control) -> None:
    """Read commands until there are no more, or nobody listens to the answers."""
    while line := sys.stdin.readline(LONGEST_COMMAND):
        if not line.strip():
            continue
        if not line.endswith("\n") and len(line) >= LONGEST_COMMAND - 1:
            return  # no person and no program of ours types that
        try:
            _say(sys.stdout, control.run(line))
        except BrokenPipeError:
            return


def _say(out: IO[str], answer: object) -> None:
    out.write(msgspec.json.encode(answer).decode() + "\n")
    out.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clinicam camera simulate",
        description="A camera body made of software, behind PTP/IP on this machine only. Commands on standard input: help.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default %(default)s)")
    parser.add_argument("--port", type=_Bounded(0, 65535), default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--scene", type=_scene, default=scenes.DEFAULT, help="what the camera looks at")
    parser.add_argument(
        "--bytes-per-second", type=_Bounded(0, 10**10), default=0, help="speed of the link; 0 is no limit"
    )
    parser.add_argument("--frame-bytes", type=_Bounded(0, _LARGEST_FRAME), default=0, help="size each JPEG grows to")
    parser.add_argument("--raw-bytes", type=_Bounded(0, _LARGEST_FRAME), default=0, help="size each raw file grows to")
    parser.add_argument("--raw", action="store_true", help="each frame is a JPEG and a raw file")
    parser.add_argument("--card", action="store_true", help="a memory card is in the body")
    parser.add_argument("--marker", default=DEFAULT_MARKER, help="text hidden in every picture for a search to find")
    parser.add_argument("--model", default="CliniCam Bench", help="model name the body gives")
    parser.add_argument("--serial", default="BENCH-0001", help="serial number the body gives")
    return parser


def _scene(text: str) -> str:
    """An argparse type: a scene that there is."""
    if scenes.find(text) is None:
        raise argparse.ArgumentTypeError(f"no such scene; one of {', '.join(scenes.SCENES)}")
    return text


class _Bounded:
    """An argparse type: a whole number within bounds."""

    def __init__(self, low: int, high: int) -> None:
        self._low = low
        self._high = high

    def __call__(self, text: str) -> int:
        value = int(text)
        if not self._low <= value <= self._high:
            raise argparse.ArgumentTypeError(f"{text} is not between {self._low} and {self._high}")
        return value
