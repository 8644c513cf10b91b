# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera process that was taken over: announces a frame under a permit nobody armed. ``... lying_worker FD``."""

from __future__ import annotations

import sys

from clinicam.camera.channel import ChannelClosed, worker_end
from clinicam.camera.messages import Beat, Exposed, Pulse
from clinicam.identity import new_id


def main() -> None:
    """Be polite once, then lie, then wait for the end."""
    channel = worker_end(int(sys.argv[1]))
    try:
        while True:
            received = channel.receive(1)
            if received is not None and isinstance(received[0], Beat):
                channel.send(Pulse(received[0].seq))
                channel.send(Exposed(new_id(), new_id(), None, 0))
    except ChannelClosed:
        return


if __name__ == "__main__":
    main()
