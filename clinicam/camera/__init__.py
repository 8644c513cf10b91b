# SPDX-License-Identifier: GPL-3.0-or-later
"""The tethered camera: a process of its own, on a lease, whose frames go from camera memory to ours and nowhere else.

`host.CameraHost` is what the rest of the house holds; `port` has the types it speaks. The other modules live on the far
side of a socket pair: `worker` starts there, `attendant` runs its one loop, `driver` is the only importer of libgphoto2.
"""
