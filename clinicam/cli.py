# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `clinicam`. Every subcommand imports what it needs when it runs, so that the window starts fast.

Exit codes: 0 done, 1 refused or found damaged (the sentence is on standard error), 2 wrong use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from clinicam import __version__
from clinicam.cli_ledger import vault_app
from clinicam.errors import BadPatientData, CliniCamError, LaunchRefused

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Clinical photography, from camera memory into an encrypted vault, after consent.",
)
camera_app = typer.Typer(help="The simulated camera.")
app.add_typer(camera_app, name="camera")
app.add_typer(vault_app, name="vault")

CameraOption = Annotated[
    str,
    typer.Option("--camera", help="A PTP/IP body on this computer, for a training vault: ptpip:127.0.0.1:PORT:PORT"),
]


def main() -> None:
    """Run the command of this process, which is hardened already. Errors of ours become one sentence."""
    try:
        app()
    except CliniCamError as error:
        from clinicam.ui.messages import message_for

        message = message_for(error)
        why = f" The {error.field} {error.reason}." if isinstance(error, BadPatientData | LaunchRefused) else ""
        print(f"{message.sentence} {message.next_step}{why}".strip(), file=sys.stderr)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def window(
    context: typer.Context, camera: CameraOption = "", version: Annotated[bool, typer.Option("--version")] = False
) -> None:
    """Open the window."""
    if version:
        print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        from clinicam.app import run_window

        raise typer.Exit(run_window(camera=camera))


@app.command("open")
def open_patient(
    file: Annotated[
        Path | None,
        typer.Argument(help="A GDT, VDDS-media or key=value file from the surgery's program; - for standard input."),
    ] = None,
    identifier: Annotated[
        list[str] | None, typer.Option("--id", help='"SYSTEM|NUMBER", may be given several times')
    ] = None,
    family: Annotated[str, typer.Option()] = "",
    given: Annotated[str, typer.Option()] = "",
    title: Annotated[str, typer.Option()] = "",
    born: Annotated[
        str,
        typer.Option(
            help="1980-02-29 or 29-Feb-1980; 03/04/1980 is refused unless --born-format says which is the day"
        ),
    ] = "",
    born_format: Annotated[str, typer.Option("--born-format", help="dmy, mdy or ymd")] = "",
    waiting: Annotated[int, typer.Option("--waiting", hidden=True)] = -1,
) -> None:
    """Show a patient sent by the surgery's program: hand over to the running CliniCam, or start one."""
    from clinicam.app import deliver_waiting, open_call

    if waiting >= 0:
        raise typer.Exit(deliver_waiting(waiting))
    from clinicam.chart.launch import from_arguments, from_file, from_stream

    if file is not None and str(file) == "-":
        call = from_stream(sys.stdin.buffer, born_format=born_format)
    elif file is not None:
        call = from_file(file, born_format=born_format)
    else:
        call = from_arguments(
            identifiers=tuple(identifier or ()),
            family=family,
            given=given,
            title=title,
            born=born,
            born_format=born_format,
        )
    raise typer.Exit(open_call(call))


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Where pictures of the screens, summary.json and the training vault go; made anew.")
    ] = Path("build/demo"),
    show: Annotated[bool, typer.Option(help="On this display instead of offscreen.")] = False,
    camera: CameraOption = "",
    after_lock: Annotated[bool, typer.Option("--after-lock", hidden=True)] = False,
) -> None:
    """Do the main job by itself, with simulated patients, in a training vault of its own."""
    from clinicam.demo import run_demo

    raise typer.Exit(run_demo(out, show=show, camera=camera, after_lock=after_lock))


@app.command()
def doctor() -> None:
    """Say what this computer has and lacks: fonts, Qt's libraries, the camera library, where the vault lies."""
    from clinicam.app import doctor_report

    lines, ok = doctor_report()
    print("\n".join(lines))
    raise typer.Exit(0 if ok else 1)


@camera_app.command("simulate", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def simulate(context: typer.Context) -> None:
    """A Nikon-like body behind PTP/IP on loopback; takes commands on standard input. --help lists its options."""
    from clinicam.camera.simulator.door import main as simulator

    raise typer.Exit(simulator(context.args))


if __name__ == "__main__":
    main()
