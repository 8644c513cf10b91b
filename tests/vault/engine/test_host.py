# SPDX-License-Identifier: GPL-3.0-or-later
"""Host state: modes, the lock, and the wait after wrong passwords, which outlives a restart."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import AlreadyRunning, Corrupt, DiskFull, LockedOut, VaultClosed, WriteFailed
from clinicam.vault import host as host_module
from clinicam.vault.host import ChainNote, HostFolder, machine_id, system_wall_ms, wait_after
from clinicam.vault.thread import VaultThread
from tests.vault.engine.bench import Clock, FaultyCalls, outcome

VAULT = b"v" * 16


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def host(tmp_path: Path, clock: Clock) -> HostFolder:
    return HostFolder(tmp_path / "state" / "host", wall_ms=clock.wall_ms, boot=clock.boot, machine=b"one")


def again(host: HostFolder, clock: Clock) -> HostFolder:
    """The same folder after a restart."""
    return HostFolder(host.path, wall_ms=clock.wall_ms, boot=clock.boot, machine=b"one")


def test_files_are_for_this_account_only(host: HostFolder) -> None:
    old = os.umask(0)
    try:
        host.write(VAULT, "writer", b"secret")
    finally:
        os.umask(old)
    assert host.path.stat().st_mode & 0o777 == 0o700
    (path,) = host.path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    host.path.chmod(0o755)
    host.write(VAULT, "writer", b"secret")
    assert host.path.stat().st_mode & 0o777 == 0o700
    assert host.read(VAULT, "writer") == b"secret"
    assert host.read(VAULT, "marks") is None


def test_write_failures_are_named(tmp_path: Path) -> None:
    calls = FaultyCalls()
    host = HostFolder(tmp_path / "host", calls=calls)
    calls.fail("fsync", 0, errno.EIO)
    with pytest.raises(WriteFailed):
        host.write(VAULT, "marks", b"x")
    calls.fail("write_at", 0, errno.ENOSPC)
    with pytest.raises(DiskFull):
        host.write(VAULT, "marks", b"x")
    calls.fail("open", 0, errno.EIO)
    with pytest.raises(WriteFailed):
        host.hold(VAULT)


def test_lock_is_for_one(host: HostFolder) -> None:
    lock = host.hold(VAULT)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        host.hold(VAULT)
    other = host.hold(b"w" * 16)
    other.release()
    lock.release()
    lock.release()
    host.hold(VAULT).release()


def test_lock_ends_with_its_process(host: HostFolder) -> None:
    host.hold(VAULT).release()
    code = (
        "import sys,time; from pathlib import Path; from clinicam.vault.host import HostFolder\n"
        f"lock = HostFolder(Path({str(host.path)!r})).hold({VAULT!r}); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=str(process.pid)):
            host.hold(VAULT)
        process.kill()
        process.wait()
    host.hold(VAULT).release()


def test_lock_file_without_an_owner(host: HostFolder) -> None:
    lock = host.hold(VAULT)
    (host.path / f"{VAULT.hex()}.lock").write_bytes(b"")
    with pytest.raises(AlreadyRunning, match="unknown"):
        host.hold(VAULT)
    lock.release()


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (500, 900)]
)
def test_waits(wrong: int, seconds: int) -> None:
    assert wait_after(wrong) == seconds


def test_wait_outlives_restarts_and_ends(host: HostFolder, clock: Clock) -> None:
    for _ in range(5):
        host.begin_try(VAULT)
    waited = 0
    for expected in (30, 60, 120, 240, 480, 900, 900):
        with pytest.raises(LockedOut) as caught:
            again(host, clock).begin_try(VAULT)
        assert caught.value.seconds == expected
        clock.forward(expected - 0.5)
        with pytest.raises(LockedOut) as caught:
            host.begin_try(VAULT)
        assert caught.value.seconds == 1
        clock.forward(0.5)
        again(host, clock).begin_try(VAULT)
        waited += expected
    assert waited == 2730
    host.right(VAULT)
    for _ in range(5):
        host.begin_try(VAULT)


def test_clock_set_back_neither_frees_nor_holds_for_ever(host: HostFolder, clock: Clock) -> None:
    """After the machine was started anew only the wall clock is left to count by."""
    for _ in range(5):
        host.begin_try(VAULT)
    clock.boot_name, clock.seconds = "two", 5.0
    clock.wall -= 365 * 86_400_000
    for _ in range(2):
        with pytest.raises(LockedOut) as caught:
            host.begin_try(VAULT)
        assert caught.value.seconds == 30
    clock.forward(30)
    host.begin_try(VAULT)


def test_a_wait_survives_a_start_of_the_machine(host: HostFolder, clock: Clock) -> None:
    for _ in range(6):
        clock.forward(30)
        host.begin_try(VAULT)
    clock.boot_name, clock.seconds = "two", 1.0
    with pytest.raises(LockedOut) as caught:
        host.begin_try(VAULT)
    assert caught.value.seconds == 60
    clock.wall += 60_000
    host.begin_try(VAULT)


@pytest.mark.parametrize("boot", ["one", ""])
@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_the_clock_on_the_wall_may_be_set_but_not_to_get_in(
    host: HostFolder, clock: Clock, days: int, boot: str
) -> None:
    """While the machine runs. Where it does not say when it was started, a clock set forward ends the wait."""
    clock.boot_name = boot
    for _ in range(5):
        host.begin_try(VAULT)
    clock.wall += days * 86_400_000
    if not boot and days > 0:
        host.begin_try(VAULT)
        return
    with pytest.raises(LockedOut) as caught:
        host.begin_try(VAULT)
    assert caught.value.seconds == 30
    clock.forward(30)
    host.begin_try(VAULT)


def test_each_user_waits_for_their_own_wrong_tries(host: HostFolder, clock: Clock) -> None:
    """Who knows one password cannot use it to guess at another's without ever waiting."""
    ann, bob = b"a" * 16, b"b" * 16
    for _ in range(5):
        host.begin_try(VAULT, bob)
        host.begin_try(VAULT, ann)
        host.right(VAULT, ann)
    with pytest.raises(LockedOut):
        host.begin_try(VAULT, bob)
    host.begin_try(VAULT, ann)
    host.right_kit(VAULT)
    host.begin_try(VAULT, bob)


@pytest.mark.parametrize("data", [b"", b"CCTRYS\0\1", b"CCTRYS\0\2\x82", b"nonsense"])
def test_damaged_tries_are_neither_a_way_round_nor_a_wait_for_ever(host: HostFolder, clock: Clock, data: bytes) -> None:
    host.write(VAULT, "tries", data)
    for user in (b"a" * 16, b"b" * 16):
        with pytest.raises(LockedOut):
            host.begin_try(VAULT, user)
    clock.forward(30)
    host.begin_try(VAULT, b"a" * 16)
    host.right(VAULT, b"a" * 16)
    host.begin_try(VAULT, b"a" * 16)


@given(gaps=st.lists(st.floats(0, 2000), max_size=30))
def test_never_more_guesses_than_allowed(tmp_path_factory: pytest.TempPathFactory, gaps: list[float]) -> None:
    clock = Clock()
    host = HostFolder(tmp_path_factory.mktemp("h") / "host", wall_ms=clock.wall_ms, boot=clock.boot, machine=b"one")
    taken: list[int] = []
    for gap in gaps:
        clock.forward(gap)
        locked = outcome(lambda: host.begin_try(VAULT))
        if locked is None:
            taken.append(clock.wall)
        else:
            assert isinstance(locked, LockedOut)
            assert 0 < locked.seconds <= 900
    for n in range(5, len(taken)):
        assert taken[n] - taken[n - 1] >= wait_after(n) * 1000


def test_chain_note_is_a_hint(host: HostFolder) -> None:
    note = ChainNote(b"m" * 32, 7, 3, 9, 1, 8)
    assert host.note(VAULT) is None
    host.write_note(VAULT, note)
    assert host.note(VAULT) == note
    host.write(VAULT, "note", b"nonsense")
    assert host.note(VAULT) is None


def test_unreadable_state_is_damage(host: HostFolder) -> None:
    (host.path / f"{VAULT.hex()}.marks").mkdir(parents=True)
    with pytest.raises(Corrupt):
        host.read(VAULT, "marks")


def test_machines_and_vaults_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = HostFolder(tmp_path, machine=b"one"), HostFolder(tmp_path, machine=b"two")
    assert len({one.machine(VAULT), two.machine(VAULT), one.machine(b"w" * 16)}) == 3
    assert HostFolder(tmp_path).machine(VAULT) == HostFolder(tmp_path).machine(VAULT)
    assert machine_id()
    monkeypatch.setattr(host_module, "Path", lambda name: tmp_path / f"none{name}")
    assert machine_id()
    assert system_wall_ms() > 1_700_000_000_000


def test_machine_without_a_number_is_known_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blank = tmp_path / "machine-id"
    blank.write_bytes(b"\n")
    monkeypatch.setattr(host_module, "Path", lambda _name: blank)
    monkeypatch.setattr(host_module.socket, "gethostname", lambda: "surgery-2")
    assert machine_id() == b"surgery-2"


# --- the vault thread -------------------------------------------------------------------------------------------------


def test_thread_runs_in_order_and_gives_answers() -> None:
    thread = VaultThread()
    seen: list[int] = []
    futures = [thread.submit(seen.append, n) for n in range(50)]
    assert thread.submit(lambda a, *, b: a + b, 1, b=2).result() == 3
    assert all(future.done() for future in futures)
    assert seen == list(range(50))
    failing = thread.submit(int, "x")
    with pytest.raises(ValueError, match="invalid"):
        failing.result()
    thread.close()
    thread.close()
    with pytest.raises(VaultClosed):
        thread.submit(print)


def test_thread_finishes_what_is_queued_but_not_what_was_cancelled() -> None:
    import threading

    thread = VaultThread()
    gate = threading.Event()
    first = thread.submit(gate.wait)
    cancelled = thread.submit(lambda: 1)
    last = thread.submit(lambda: 2)
    assert cancelled.cancel()
    gate.set()
    thread.close()
    assert first.result()
    assert last.result() == 2


def test_thread_looks_after_the_vault_when_quiet() -> None:
    import threading

    tended, failed = threading.Event(), threading.Event()
    problems: list[BaseException] = []

    def tend() -> None:
        if tended.is_set():
            raise WriteFailed("marks")
        tended.set()

    def note(error: BaseException) -> None:
        problems.append(error)
        failed.set()

    thread = VaultThread(tend=tend, failed=note, tend_every_s=0.001)
    assert tended.wait(5)
    assert failed.wait(5)
    thread.close()
    assert isinstance(problems[0], WriteFailed)


def test_thread_without_a_listener_survives_a_failed_look() -> None:
    import threading

    asked = threading.Semaphore(0)

    def tend() -> None:
        asked.release()
        raise WriteFailed("marks")

    thread = VaultThread(tend=tend, tend_every_s=0.001)
    assert asked.acquire(timeout=5)
    assert asked.acquire(timeout=5)
    assert thread.submit(lambda: 5).result() == 5
    thread.close()


def test_the_machine_is_known_by_what_the_system_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not this machine has such a file."""
    monkeypatch.setattr(Path, "read_bytes", lambda _path: b"0123456789abcdef\n")
    assert machine_id() == b"0123456789abcdef"
