# SPDX-License-Identifier: GPL-3.0-or-later
"""Handing a call to the CliniCam that is already running, over a socket only this account can reach.

The socket lies in the account's runtime folder (0700) with mode 0600, and both sides ask the kernel who the other one is.
One message: u32 length, then the call as MessagePack; the answer is one byte. Holding the folder's lock makes a process the
one that listens; the lock and the socket go with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from clinicam.chart.call import LaunchCall, recheck
from clinicam.errors import AlreadyRunning, BadPatientData, LaunchRefused, SettingsError

_log = logging.getLogger(__name__)

NAME = "open.sock"
"""The socket's name in the runtime folder."""
LONGEST = 64 * 1024
"""Bytes of one message."""

_PATIENCE_S = 2.0
"""Seconds each side gives the other for the whole exchange."""
_RETRY_S = 0.1
_TAKEN, _REFUSED = b"\x01", b"\x00"
_CREDENTIALS = struct.Struct("3i")


def offer(runtime: Path, call: LaunchCall, *, wait_s: float = 0.0) -> bool:
    """Give `call` to the running CliniCam; True once it has taken it. False: none is running, even after `wait_s` seconds.

    Raises:
        LaunchRefused: the running CliniCam does not want the call, or is not of this account.
    """
    until = time.monotonic() + wait_s
    while True:
        if _offer_once(runtime / NAME, call):
            return True
        left = until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(_RETRY_S, left))


def _offer_once(path: Path, call: LaunchCall) -> bool:
    message = msgspec.msgpack.encode(call)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_PATIENCE_S)
        try:
            sock.connect(str(path))
        except OSError:
            return False  # nobody there, or an old socket that nobody listens to
        if _peer_uid(sock) != os.getuid():
            raise LaunchRefused("hand-over", "the listening program is not of this account")
        try:
            sock.sendall(struct.pack("<I", len(message)) + message)
            answer = sock.recv(1)
        except OSError:
            return False  # it ended before it could answer; the next one may take it
    if answer == _REFUSED:
        raise LaunchRefused("hand-over", "the running program does not want this call")
    return answer == _TAKEN


class HandoverServer:
    """Listens for calls on its own thread; `on_call` is called there, one call at a time. `close` joins the thread.

    Raises:
        AlreadyRunning: another process of this account listens in this folder.
        SettingsError: the folder is missing, not ours, open to others, or its name too long for a socket.
    """

    def __init__(self, runtime: Path, on_call: Callable[[LaunchCall], object]) -> None:
        self._on_call = on_call
        self._path = runtime / NAME
        self._folder = _lock_folder(runtime)
        try:
            self._listener = _listen(self._path)
        except BaseException:
            os.close(self._folder)
            raise
        self._closing = threading.Event()
        self._current: socket.socket | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="handover")
        self._thread.start()

    def close(self) -> None:
        """Stop listening; a second call does nothing. Not from `on_call`."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._path.unlink(missing_ok=True)
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            if self._current is not None:
                _hang_up(self._current)
        self._thread.join()
        self._listener.close()
        os.close(self._folder)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                continue  # closing, or the caller was gone before we looked
            with sock:
                with self._lock:
                    self._current = sock
                self._serve(sock)
                with self._lock:
                    self._current = None

    def _serve(self, sock: socket.socket) -> None:
        """One caller: who it is, what it wants, the answer."""
        if _peer_uid(sock) != os.getuid():
            _log.warning("hand-over: a caller of another account was turned away")
            return
        try:
            call = recheck(msgspec.msgpack.decode(_read(sock), type=LaunchCall))
        except OSError:
            return  # gone or too slow
        except (msgspec.MsgspecError, LaunchRefused, BadPatientData):
            _log.warning("hand-over: a call was refused")
            _answer(sock, _REFUSED)
            return
        _log.info("hand-over: a call was taken")
        self._on_call(call)
        _answer(sock, _TAKEN)


def _read(sock: socket.socket) -> bytes:
    """One message. Raises `OSError` when the caller is gone or slow, `LaunchRefused` when it is too long."""
    until = time.monotonic() + _PATIENCE_S
    (length,) = struct.unpack("<I", _exactly(sock, 4, until))
    if length > LONGEST:
        raise LaunchRefused("hand-over", "too long")
    return _exactly(sock, length, until)


def _exactly(sock: socket.socket, count: int, until: float) -> bytes:
    got = bytearray()
    while len(got) < count:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        piece = sock.recv(count - len(got))
        if not piece:
            raise ConnectionError
        got += piece
    return bytes(got)


def _answer(sock: socket.socket, answer: bytes) -> None:
    try:
        sock.sendall(answer)
    except OSError:
        _log.info("hand-over: the caller did not wait for its answer")


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the caller was faster


def _peer_uid(sock: socket.socket) -> int | None:
    """The account at the other end, from the kernel; None where the kernel does not say."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    _, uid, _ = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size))
    return int(uid)


def _lock_folder(runtime: Path) -> int:
    """Open and lock the folder; closing the handle lets go."""
    try:
        handle = os.open(runtime, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as failed:
        raise SettingsError("runtime folder cannot be opened") from failed
    try:
        found = os.fstat(handle)
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise SettingsError("runtime folder is open to other accounts")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        os.close(handle)
        raise AlreadyRunning("another process listens for calls") from held
    except BaseException:
        os.close(handle)
        raise
    return handle


def _listen(path: Path) -> socket.socket:
    """A listening socket at `path`, 0600. What lies there is of a process that has ended: we hold the lock."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(
            listener.fileno(), 0o600
        )  # Linux gives the socket file the mode of the socket: no moment of being open
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(8)
    except OSError as failed:
        listener.close()
        raise SettingsError("socket cannot be made in the runtime folder") from failed
    return listener
