# SPDX-License-Identifier: GPL-3.0-or-later
"""What a piece of work asked of the operating system, in order: a `Calls` that does it all for real and writes it down."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from clinicam.vault.stores.calls import Calls

Node = int
"""A file or directory, whatever names it has."""


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes written into a file, or a cut to `offset` where `data` is None."""

    node: Node
    offset: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one directory that appeared (with what they name) or went (None), all at once."""

    folder: Node
    changes: tuple[tuple[str, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Flush:
    """File or directory made durable."""

    node: Node


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody was told."""

    line: str


Step = Data | Names | Flush | Said


@dataclass
class Trace:
    """`tree` is what lay there at the beginning; `folders` are all nodes that are or become directories."""

    root: Node = 0
    folders: set[Node] = field(default_factory=set)
    tree: dict[Node, dict[str, Node] | bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


class Recorder(Calls):
    """Records between `start` and `stop`; before and after it only does what it is told.

    `top` is the folder below which everything counts.
    """

    def __init__(self, top: Path) -> None:
        self._top = top
        self._nodes: dict[tuple[int, int], Node] = {}
        self._count = 0
        self.trace: Trace | None = None

    # --- beginning and end ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Everything that lies there now counts as durable."""
        self.trace = Trace()
        self.trace.root = self._adopt(self._top)

    def stop(self) -> Trace:
        """What was recorded."""
        trace, self.trace = self.trace, None
        assert trace is not None
        return trace

    def say(self, line: str) -> None:
        """Put a mark."""
        if self.trace is not None:
            self.trace.steps.append(Said(line))

    def _adopt(self, path: Path) -> Node:
        assert self.trace is not None
        found = path.lstat()
        node = self._born(found)
        if stat.S_ISDIR(found.st_mode):
            self.trace.folders.add(node)
            self.trace.tree[node] = {entry.name: self._adopt(Path(entry.path)) for entry in os.scandir(path)}
        else:
            self.trace.tree[node] = path.read_bytes()
        return node

    def _born(self, found: os.stat_result) -> Node:
        """A number of its own also where the file system gives an inode's number out again."""
        self._count += 1
        self._nodes[found.st_dev, found.st_ino] = self._count
        return self._count

    def _node(self, found: os.stat_result) -> Node:
        return self._nodes[found.st_dev, found.st_ino]

    def _is_ours(self, found: os.stat_result) -> bool:
        return self.trace is not None and (found.st_dev, found.st_ino) in self._nodes

    def _where(self, name: str, dir_fd: int | None) -> tuple[os.stat_result, str]:
        path = Path(name)
        return (os.fstat(dir_fd), name) if dir_fd is not None else (path.parent.stat(), path.name)

    def _put(self, step: Step) -> None:
        assert self.trace is not None
        self.trace.steps.append(step)

    # --- calls ----------------------------------------------------------------------------------------------------

    def open(self, name: str, flags: int, *, dir_fd: int | None = None) -> int:
        nameless = flags & os.O_TMPFILE == os.O_TMPFILE
        is_new = bool(flags & os.O_CREAT) and not nameless and not _exists(name, dir_fd)
        fd = super().open(name, flags, dir_fd=dir_fd)
        folder, last = self._where(name, dir_fd)
        if nameless and self._is_ours(folder):
            self._born(os.fstat(fd))
        elif is_new and self._is_ours(folder):
            self._put(Names(self._node(folder), ((last, self._born(os.fstat(fd))),)))
        elif flags & os.O_TRUNC and self._is_ours(os.fstat(fd)):
            self._put(Data(self._node(os.fstat(fd)), 0, None))
        return fd

    def write_at(self, fd: int, data: memoryview, offset: int) -> int:
        done = super().write_at(fd, data, offset)
        if self._is_ours(os.fstat(fd)):
            self._put(Data(self._node(os.fstat(fd)), offset, bytes(data[:done])))
        return done

    def fsync(self, fd: int) -> None:
        super().fsync(fd)
        if self._is_ours(os.fstat(fd)):
            self._put(Flush(self._node(os.fstat(fd))))

    def truncate(self, fd: int, length: int) -> None:
        super().truncate(fd, length)
        if self._is_ours(os.fstat(fd)):
            self._put(Data(self._node(os.fstat(fd)), length, None))

    def publish(self, fd: int, name: str, *, dir_fd: int) -> None:
        super().publish(fd, name, dir_fd=dir_fd)
        self._named(os.fstat(fd), name, dir_fd)

    def link(self, old: str, new: str, *, dir_fd: int) -> None:
        super().link(old, new, dir_fd=dir_fd)
        self._named(os.stat(new, dir_fd=dir_fd, follow_symlinks=False), new, dir_fd)

    def _named(self, found: os.stat_result, name: str, dir_fd: int) -> None:
        if self._is_ours(os.fstat(dir_fd)):
            self._put(Names(self._node(os.fstat(dir_fd)), ((name, self._node(found)),)))

    def replace(self, old: str, new: str, *, dir_fd: int) -> None:
        super().replace(old, new, dir_fd=dir_fd)
        found = os.stat(new, dir_fd=dir_fd, follow_symlinks=False)
        if self._is_ours(os.fstat(dir_fd)):
            self._put(Names(self._node(os.fstat(dir_fd)), ((old, None), (new, self._node(found)))))

    def unlink(self, name: str, *, dir_fd: int) -> None:
        super().unlink(name, dir_fd=dir_fd)
        if self._is_ours(os.fstat(dir_fd)):
            self._put(Names(self._node(os.fstat(dir_fd)), ((name, None),)))

    def mkdir(self, name: str, *, dir_fd: int | None = None) -> None:
        super().mkdir(name, dir_fd=dir_fd)
        folder, last = self._where(name, dir_fd)
        if self._is_ours(folder):
            node = self._born(os.stat(name, dir_fd=dir_fd))
            assert self.trace is not None
            self.trace.folders.add(node)
            self._put(Names(self._node(folder), ((last, node),)))


def _exists(name: str, dir_fd: int | None) -> bool:
    try:
        os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
