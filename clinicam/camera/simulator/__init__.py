# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera body made of software: real libgphoto2 talks to it over PTP/IP on loopback.

For training, the demo and tests. It runs in a process of its own (`process.SimulatorProcess` starts it from Python,
``python -m clinicam.camera.simulator`` from a shell), listens on 127.0.0.1 only, behaves like a Nikon body with live view
and frames in its own memory, and marks every picture as simulated, in the pixels and in the EXIF data.
"""
