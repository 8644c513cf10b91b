# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's key service as it is here, and machines that have none."""

from __future__ import annotations

import ctypes
import secrets
from collections.abc import Iterator

import pytest

from clinicam.vault import kernel_keys
from clinicam.vault.boot import boot_time
from clinicam.vault.kernel_keys import LONGEST, NUMBERS, KernelKeys


@pytest.fixture
def keys() -> KernelKeys:
    made = KernelKeys()
    if not made.works():
        pytest.skip("this kernel keeps no keys for this account")
    return made


@pytest.fixture
def name(keys: KernelKeys) -> Iterator[str]:
    made = f"clinicam:test:{secrets.token_hex(8)}"
    yield made
    keys.drop(made)


def test_kept_replaced_and_dropped(keys: KernelKeys, name: str) -> None:
    assert keys.read(name) is None
    assert keys.put(name, b"one", 60)
    assert keys.put(name, b"\0two\0", 60)
    assert KernelKeys().read(name) == b"\0two\0"
    for _ in range(2):
        keys.drop(name)
        assert keys.read(name) is None


def test_the_longest_that_fits(keys: KernelKeys, name: str) -> None:
    assert keys.put(name, b"x" * LONGEST, 60)
    assert keys.read(name) == b"x" * LONGEST
    assert keys.put(name, b"x" * (LONGEST + 1), 60)
    assert keys.read(name) is None


def test_its_time_is_the_kernels(keys: KernelKeys, name: str) -> None:
    """Looked up in what the kernel says of the key, not waited for."""
    assert keys.put(name, b"one", 8 * 3600)
    said = kernel_line(name)
    if said is None:
        pytest.skip("/proc/keys is not to be read on this machine")
    assert said[3] in {"7h", "8h"}
    assert said[4] == "3f2b0000"


def kernel_line(name: str) -> list[str] | None:
    try:
        with open("/proc/keys", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except OSError:
        return None
    found = [line for line in lines if any(part == f"{name}:" for part in line)]
    return found[0] if found else None


class FakeCalls:
    """System calls that answer from a list; what they were asked is kept."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    def __call__(self, number: int, *args: object) -> int:
        operation = args[0]
        self.asked.append(operation.value if isinstance(operation, ctypes.c_int) else number)
        return self.answers.pop(0) if self.answers else -1


def test_a_kernel_without() -> None:
    none = KernelKeys(syscall=FakeCalls())
    assert not none.works()
    assert none.read("x") is None
    none.drop("x")


@pytest.mark.parametrize("answers", [(7, -1, 0, 0), (7, 0, -1, 0, 0)])
def test_a_key_without_its_time_does_not_stay(answers: tuple[int, ...]) -> None:
    calls = FakeCalls(*answers)
    assert not KernelKeys("x86_64", calls).put("x", b"y", 60)
    assert calls.asked[-2:] == [3, 9]


def test_what_cannot_be_read_is_not_there() -> None:
    assert KernelKeys("x86_64", FakeCalls(7, -1)).read("x") is None


@pytest.mark.parametrize("machine", ["sparc64", ""])
def test_a_machine_nobody_looked_up(machine: str) -> None:
    calls = FakeCalls(1, 1, 1)
    unknown = KernelKeys(machine, calls)
    assert not unknown.put("x", b"y", 60)
    assert unknown.read("x") is None
    assert calls.asked == []


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(kernel_keys.sys, "platform", system)
    assert not KernelKeys("x86_64").works()


def test_a_c_library_without_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_keys.ctypes, "CDLL", lambda _name: object())
    assert not KernelKeys("x86_64").works()


def test_numbers_are_of_add_key_and_keyctl() -> None:
    assert all(add < control for add, control in NUMBERS.values())


def test_the_time_since_the_start(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    now = boot_time()
    assert now.boot
    assert now.awake_ms > 0
    assert now.slept_ms >= -5
    assert boot_time(Path("/nonexistent")).boot == ""
    monkeypatch.delattr("time.CLOCK_BOOTTIME", raising=False)
    assert boot_time().slept_ms == 0
