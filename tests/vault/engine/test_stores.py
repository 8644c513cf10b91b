# SPDX-License-Identifier: GPL-3.0-or-later
"""What every ledger store and every object store must do, run on each there is, and what the embedded ones do besides."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, DiskFull, NotFound, VaultExists, WriteFailed
from clinicam.identity import new_id
from clinicam.vault.files import VaultFiles
from clinicam.vault.stores.calls import REAL, make_folder, sweep_temps, write_all, write_whole
from clinicam.vault.stores.embedded_ledger import EmbeddedLedger
from clinicam.vault.stores.embedded_objects import EmbeddedObjects
from clinicam.vault.stores.port import SEGMENT_MAGIC, LedgerStore, ObjectStore, Spot
from tests.vault.engine.bench import FaultyCalls, outcome

WRITER = bytes(range(16))
MIB = 1024 * 1024


class LedgerContract:
    """Subclasses give a `ledger` whose segments are full at 100 bytes."""

    def test_empty(self, ledger: LedgerStore) -> None:
        assert ledger.writers() == ()
        assert ledger.segments(WRITER) == ()
        assert ledger.quarantine() == ()
        with pytest.raises(NotFound):
            ledger.read(WRITER, 1)
        with pytest.raises(NotFound):
            ledger.size(WRITER, 1)

    def test_appends_follow_each_other(self, ledger: LedgerStore) -> None:
        assert ledger.append(WRITER, b"first") == Spot(1, 8)
        assert ledger.append(WRITER, b"second") == Spot(1, 13)
        assert ledger.read(WRITER, 1) == SEGMENT_MAGIC + b"firstsecond"
        assert ledger.read(WRITER, 1, 13) == b"second"
        assert ledger.size(WRITER, 1) == 19
        assert ledger.writers() == (WRITER,)

    def test_a_full_segment_is_followed_by_the_next(self, ledger: LedgerStore) -> None:
        ledger.append(WRITER, b"x" * 91)
        assert ledger.append(WRITER, b"still fits below") == Spot(1, 99)
        assert ledger.append(WRITER, b"next") == Spot(2, 8)
        assert ledger.segments(WRITER) == (1, 2)
        assert ledger.read(WRITER, 2) == SEGMENT_MAGIC + b"next"

    def test_chains_do_not_mix(self, ledger: LedgerStore) -> None:
        other = new_id()
        ledger.append(WRITER, b"mine")
        ledger.append(other, b"yours")
        assert ledger.writers() == tuple(sorted((WRITER, other)))
        assert ledger.read(other, 1) == SEGMENT_MAGIC + b"yours"

    def test_goes_on_after_being_closed(self, ledger: LedgerStore) -> None:
        ledger.append(WRITER, b"before")
        ledger.close()
        assert ledger.append(WRITER, b"after") == Spot(1, 14)

    def test_cut_keeps_what_it_takes(self, ledger: LedgerStore) -> None:
        ledger.append(WRITER, b"good")
        ledger.append(WRITER, b"torn")
        name = ledger.cut(WRITER, Spot(1, 12))
        assert name == f"{WRITER.hex()}-000001-12"
        assert ledger.quarantine() == (name,)
        assert ledger.read(WRITER, 1) == SEGMENT_MAGIC + b"good"
        assert ledger.append(WRITER, b"new") == Spot(1, 12)

    def test_cut_of_a_whole_segment_removes_it(self, ledger: LedgerStore) -> None:
        ledger.append(WRITER, b"x" * 100)
        ledger.append(WRITER, b"torn")
        ledger.cut(WRITER, Spot(2, 8))
        assert ledger.segments(WRITER) == (1,)
        assert ledger.append(WRITER, b"again") == Spot(2, 8)


class TestEmbeddedLedger(LedgerContract):
    @pytest.fixture
    def calls(self) -> FaultyCalls:
        return FaultyCalls()

    @pytest.fixture
    def ledger(self, tmp_path: Path, calls: FaultyCalls) -> EmbeddedLedger:
        (tmp_path / "ledger").mkdir()
        return EmbeddedLedger(tmp_path / "ledger", tmp_path / "quarantine", calls, limit=100)

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
    @pytest.mark.parametrize("op", ["open", "write_at", "fsync", "replace", "mkdir"])
    @pytest.mark.parametrize("nth", range(4))
    def test_first_append_is_whole_or_not_at_all(
        self, ledger: EmbeddedLedger, calls: FaultyCalls, op: str, nth: int, code: int
    ) -> None:
        calls.fail(op, nth, code)
        problem = outcome(lambda: ledger.append(WRITER, b"row"))
        calls.mend()
        if problem is not None:
            assert type(problem) is (WriteFailed if code == errno.EIO else DiskFull)
            assert ledger.segments(WRITER) == ()
            assert ledger.append(WRITER, b"row") == Spot(1, 8)
        assert ledger.read(WRITER, 1) == SEGMENT_MAGIC + b"row"

    @pytest.mark.parametrize("op", ["write_at", "fsync"])
    @pytest.mark.parametrize("stays", [False, True])
    def test_failed_append_leaves_nothing_behind(
        self, ledger: EmbeddedLedger, calls: FaultyCalls, op: str, stays: bool
    ) -> None:
        ledger.append(WRITER, b"good")
        calls.fail(op, 0, errno.EIO, stays=stays)
        with pytest.raises(WriteFailed):
            ledger.append(WRITER, b"a long batch that fails")
        calls.mend()
        assert ledger.append(WRITER, b"new") == Spot(1, 12)
        assert ledger.read(WRITER, 1) == SEGMENT_MAGIC + b"goodnew"

    def test_flush_error_is_final_for_the_file(
        self, ledger: EmbeddedLedger, calls: FaultyCalls, tmp_path: Path
    ) -> None:
        ledger.append(WRITER, b"good")
        path = tmp_path / "ledger" / WRITER.hex() / "000001.rows"
        before = path.stat().st_ino
        calls.fail("fsync", 0, errno.EIO)
        with pytest.raises(WriteFailed):
            ledger.append(WRITER, b"bad")
        assert path.stat().st_ino != before
        assert path.read_bytes() == SEGMENT_MAGIC + b"good"

    def test_a_segment_that_cannot_be_mended_takes_nothing(self, ledger: EmbeddedLedger, calls: FaultyCalls) -> None:
        ledger.append(WRITER, b"good")
        calls.fail("write_at", 0, errno.ENOSPC)
        calls.before = lambda _op: calls.fail("truncate", 0, errno.EIO, stays=True) if calls.failed else None
        with pytest.raises(DiskFull):
            ledger.append(WRITER, b"a long batch that fails")
        with pytest.raises(WriteFailed):
            ledger.append(WRITER, b"new")
        calls.before = lambda _op: None
        calls.mend()
        assert ledger.append(WRITER, b"new") == Spot(1, 12)
        assert ledger.read(WRITER, 1) == SEGMENT_MAGIC + b"goodnew"

    def test_close_error_changes_nothing(self, ledger: EmbeddedLedger, calls: FaultyCalls) -> None:
        calls.fail("close", 0, errno.EIO, stays=True)
        ledger.append(WRITER, b"good")
        ledger.close()
        assert ledger.append(WRITER, b"more") == Spot(1, 12)

    def test_short_writes_go_on(self, ledger: EmbeddedLedger, calls: FaultyCalls) -> None:
        calls.short = True
        ledger.append(WRITER, b"twenty-six letters or more")
        ledger.append(WRITER, b"and again as many of them")
        assert ledger.read(WRITER, 1).endswith(b"moreand again as many of them")

    @pytest.mark.parametrize(("op", "nth"), [("write_at", 0), ("fsync", 0), ("truncate", 0)])
    def test_failed_cut_leaves_the_chain(self, ledger: EmbeddedLedger, calls: FaultyCalls, op: str, nth: int) -> None:
        ledger.append(WRITER, b"goodtorn")
        calls.fail(op, nth, errno.EIO)
        with pytest.raises(WriteFailed):
            ledger.cut(WRITER, Spot(1, 12))
        assert ledger.read(WRITER, 1) == SEGMENT_MAGIC + b"goodtorn"
        calls.mend()
        ledger.cut(WRITER, Spot(1, 12))
        assert ledger.read(WRITER, 1) == SEGMENT_MAGIC + b"good"

    def test_other_names_are_left_alone(self, ledger: EmbeddedLedger, tmp_path: Path) -> None:
        (tmp_path / "ledger" / "README").mkdir()
        (tmp_path / "ledger" / "00").mkdir()
        ledger.append(WRITER, b"row")
        (tmp_path / "ledger" / WRITER.hex() / "notes.txt").write_bytes(b"")
        (tmp_path / "ledger" / WRITER.hex() / "1.rows").write_bytes(b"")
        assert ledger.writers() == (WRITER,)
        assert ledger.segments(WRITER) == (1,)


class ObjectContract:
    """Subclasses give an `objects`."""

    def test_empty(self, objects: ObjectStore) -> None:
        assert list(objects.ids()) == []
        assert objects.free_bytes() > 0
        with pytest.raises(NotFound):
            objects.get(new_id())

    def test_gives_back_what_it_took(self, objects: ObjectStore) -> None:
        name, data = new_id(), os.urandom(300_000)
        objects.put(name, [(100, memoryview(data)[100:]), (0, memoryview(data)[:100])])
        assert objects.get(name) == data
        assert objects.head(name, 10) == (data[:10], 300_000)
        assert objects.head(name, 10**9) == (data, 300_000)
        assert list(objects.ids()) == [name]

    def test_takes_away_what_it_is_told_to(self, objects: ObjectStore) -> None:
        names = [bytes([one]) * 16 for one in range(3)]
        for name in names:
            objects.put(name, [(0, memoryview(b"x" * 300))])
        assert objects.remove([names[0], names[1], b"\xee" * 16]) == 2
        assert objects.remove(names[:1]) == 0
        assert list(objects.ids()) == [names[2]]
        assert objects.remove([]) == 0

    def test_never_overwrites(self, objects: ObjectStore) -> None:
        name = new_id()
        objects.put(name, [(0, memoryview(b"one"))])
        with pytest.raises(VaultExists):
            objects.put(name, [(0, memoryview(b"two"))])
        assert objects.get(name) == b"one"
        assert objects.sweep() == 0

    def test_what_making_a_part_raises_goes_through(self, objects: ObjectStore) -> None:
        def parts() -> object:
            yield 0, memoryview(b"half")
            raise Corrupt("memory")

        with pytest.raises(Corrupt):
            objects.put(new_id(), parts())  # type: ignore[arg-type]
        assert list(objects.ids()) == []
        assert objects.sweep() == 0


class Nameless(FaultyCalls):
    """A place that knows no O_TMPFILE."""

    def open(self, name: str, flags: int, *, dir_fd: int | None = None) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "no nameless files")
        return super().open(name, flags, dir_fd=dir_fd)


class EmbeddedObjectsContract(ObjectContract):
    """Also for both ways of writing."""

    @pytest.fixture
    def objects(self, tmp_path: Path, calls: FaultyCalls) -> EmbeddedObjects:
        (tmp_path / "objects").mkdir()
        return EmbeddedObjects(tmp_path / "objects", calls)

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
    @pytest.mark.parametrize("op", ["open", "write_at", "fsync", "publish", "link", "mkdir"])
    @pytest.mark.parametrize("nth", range(3))
    def test_kept_whole_or_not_at_all(
        self, objects: EmbeddedObjects, calls: FaultyCalls, op: str, nth: int, code: int
    ) -> None:
        name = new_id()
        calls.fail(op, nth, code)
        problem = outcome(lambda: objects.put(name, [(0, memoryview(b"picture"))]))
        calls.mend()
        if problem is not None:
            assert type(problem) is (WriteFailed if code == errno.EIO else DiskFull)
            assert list(objects.ids()) == []
            assert objects.sweep() == 0
            objects.put(name, [(0, memoryview(b"picture"))])
        assert objects.get(name) == b"picture"

    def test_a_name_that_cannot_be_taken_back_stays_unacknowledged(
        self, objects: EmbeddedObjects, calls: FaultyCalls
    ) -> None:
        objects.put(new_id(), [(0, memoryview(b"first"))])
        name = new_id()
        make_folder(REAL, objects._path(name).parent)
        flushes = calls.counts["fsync"]
        calls.before = lambda _op: (
            calls.fail("fsync", 0, errno.EIO, stays=True) if calls.counts["fsync"] == flushes + 1 else None
        )
        calls.fail("unlink", 9, errno.EIO)
        with pytest.raises(WriteFailed):
            objects.put(name, [(0, memoryview(b"second"))])

    def test_close_error_changes_nothing(self, objects: EmbeddedObjects, calls: FaultyCalls) -> None:
        calls.fail("close", 0, errno.EIO, stays=True)
        name = new_id()
        objects.put(name, [(0, memoryview(b"picture"))])
        assert objects.get(name) == b"picture"

    def test_large_parts_begin_their_way_to_the_disk_at_once(
        self, objects: EmbeddedObjects, calls: FaultyCalls
    ) -> None:
        data = os.urandom(MIB + 5)
        order: list[str] = []
        calls.before = order.append
        name = new_id()
        objects.put(name, [(5, memoryview(data)[5:]), (0, memoryview(data)[:5])])
        kept = [op for op in order if op in {"write_at", "begin_flush", "fsync"}]
        assert kept[-5:] == ["write_at", "begin_flush", "write_at", "fsync", "fsync"]
        assert kept.count("begin_flush") == 1
        assert objects.get(name) == data

    @pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO, errno.ENOSPC])
    def test_a_beginning_that_fails_changes_nothing(
        self, objects: EmbeddedObjects, calls: FaultyCalls, code: int
    ) -> None:
        data = os.urandom(2 * MIB)
        calls.fail("begin_flush", 0, code, stays=True)
        name = new_id()
        objects.put(name, [(MIB, memoryview(data)[MIB:]), (0, memoryview(data)[:MIB])])
        assert calls.failed == 2
        assert objects.get(name) == data

    def test_a_flush_that_fails_after_a_beginning_is_no_acknowledgement(
        self, objects: EmbeddedObjects, calls: FaultyCalls
    ) -> None:
        objects.put(new_id(), [(0, memoryview(b"first"))])
        name = new_id()
        make_folder(REAL, objects._path(name).parent)
        calls.fail("fsync", 0, errno.EIO)
        with pytest.raises(WriteFailed):
            objects.put(name, [(0, memoryview(bytes(MIB)))])
        assert calls.counts["begin_flush"] == 1
        with pytest.raises(NotFound):
            objects.get(name)
        assert objects.sweep() == 0

    def test_a_system_without_the_hint_keeps_objects_too(
        self, objects: EmbeddedObjects, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(os, "posix_fadvise")
        data = os.urandom(MIB)
        name = new_id()
        objects.put(name, [(0, memoryview(data))])
        assert objects.get(name) == data

    def test_leftovers_are_swept_and_strangers_left(
        self, objects: EmbeddedObjects, calls: FaultyCalls, tmp_path: Path
    ) -> None:
        branch = tmp_path / "objects" / "ab"
        branch.mkdir()
        (branch / ".new-00").write_bytes(b"half")
        (branch / "ab.txt").write_bytes(b"")
        (branch / ("cd" * 16)).write_bytes(b"in another's branch")
        (tmp_path / "objects" / "notes").write_bytes(b"")
        assert list(objects.ids()) == []
        assert objects.sweep() == 1
        assert sorted(os.listdir(branch)) == ["ab.txt", "cd" * 16]

    def test_unreadable_is_damage(self, objects: EmbeddedObjects, tmp_path: Path) -> None:
        name = new_id()
        (tmp_path / "objects" / name.hex()[:2] / name.hex()).mkdir(parents=True)
        with pytest.raises(Corrupt):
            objects.get(name)


class TestNamelessObjects(EmbeddedObjectsContract):
    @pytest.fixture
    def calls(self) -> FaultyCalls:
        return FaultyCalls()

    def test_nothing_has_a_name_before_it_is_flushed(self, objects: EmbeddedObjects, calls: FaultyCalls) -> None:
        objects.put(new_id(), [(0, memoryview(b"first"))])
        order: list[str] = []
        calls.before = order.append
        name = new_id()
        make_folder(REAL, objects._path(name).parent)
        objects.put(name, [(0, memoryview(b"second"))])
        assert [op for op in order if op not in {"open", "close", "mkdir"}] == ["write_at", "fsync", "publish", "fsync"]

    def test_a_probe_that_cannot_be_removed_stands_in_nobodys_way(
        self, objects: EmbeddedObjects, calls: FaultyCalls
    ) -> None:
        first, second = b"\xab" * 16, b"\xab" * 15 + b"\xac"
        calls.fail("unlink", 0, errno.EIO, stays=True)
        with pytest.raises(WriteFailed):
            objects.put(first, [(0, memoryview(b"picture"))])
        calls.mend()
        objects.put(second, [(0, memoryview(b"picture"))])
        assert list(objects.ids()) == [second]
        assert objects.sweep() == 1


class TestNamedObjects(EmbeddedObjectsContract):
    @pytest.fixture
    def calls(self) -> FaultyCalls:
        return Nameless()

    def test_nothing_has_its_name_before_it_is_flushed(self, objects: EmbeddedObjects, calls: FaultyCalls) -> None:
        name = new_id()
        make_folder(REAL, objects._path(name).parent)
        order: list[str] = []
        calls.before = order.append
        objects.put(name, [(0, memoryview(b"picture"))])
        kept = [op for op in order if op not in {"open", "close", "mkdir"}]
        assert kept == ["write_at", "fsync", "link", "unlink", "fsync"]


def test_whole_file_keeps_the_old_one_after_a_failure(tmp_path: Path) -> None:
    calls = FaultyCalls()
    (tmp_path / "own").mkdir()
    tmp_path = tmp_path / "own"
    write_whole(calls, tmp_path, "note", b"old")
    for op in ("open", "write_at", "replace"):
        calls.fail(op, 0 if op != "open" else 1, errno.EIO)
        with pytest.raises(OSError, match="error"):
            write_whole(calls, tmp_path, "note", b"new")
        assert os.listdir(tmp_path) == ["note"]
        assert (tmp_path / "note").read_bytes() == b"old"
    calls.mend()
    write_whole(calls, tmp_path, "note", b"new")
    assert (tmp_path / "note").read_bytes() == b"new"
    assert (tmp_path / "note").stat().st_mode & 0o777 == 0o600


def test_a_write_of_nothing_is_an_error(tmp_path: Path) -> None:
    class Stuck(FaultyCalls):
        def write_at(self, fd: int, data: memoryview, offset: int) -> int:
            return 0

    with pytest.raises(OSError, match="nothing written"):
        write_all(Stuck(), 0, b"x")


def test_sweep_of_a_missing_folder(tmp_path: Path) -> None:
    assert sweep_temps(REAL, tmp_path / "none") == 0


def test_the_first_pictures_of_a_vault_need_no_new_folder(tmp_path: Path) -> None:
    calls = FaultyCalls()
    files = VaultFiles(tmp_path / "vault", calls)
    files.lay_out()
    assert sorted(os.listdir(tmp_path / "vault" / "objects")) == [f"{number:02x}" for number in range(256)]
    for number in range(8):
        flushes = calls.counts["fsync"]
        files.objects.put(bytes([number * 36]) * 16, [(0, memoryview(b"picture"))])
        # The file and the folder it lies in, and not that folder's parent.
        assert calls.counts["fsync"] == flushes + 2


def test_an_object_that_comes_in_small_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What read(2) may do, though for files it seldom does."""

    class Slow(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size if size is not None and size >= 0 else 7, 7)) or b""

    (tmp_path / "objects").mkdir()
    objects = EmbeddedObjects(tmp_path / "objects")
    name, data = new_id(), os.urandom(50)
    objects.put(name, [(0, memoryview(data))])
    monkeypatch.setattr(Path, "open", lambda self, *_args, **_options: Slow(self))
    assert objects.get(name) == data
    assert objects.head(name, 20) == (data[:20], 50)
