# SPDX-License-Identifier: GPL-3.0-or-later
"""A PIN: five tries, eight hours, one workstation, one start of the machine, one role, one password."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.errors import NotFound, PinRefused, VaultClosed
from clinicam.vault.acts import What
from clinicam.vault.boot import BootTime
from clinicam.vault.fast_switch import LIFE_S, FastSwitch, check_pin
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import KeyringFile, parse_keyring
from clinicam.vault.roster import Rank, Roster
from clinicam.vault.slot import UserSecret
from tests.vault.engine.bench import PASSWORD, FaultyCalls, Practice, make_practice, outcome
from tests.vault.machine.fakes import Desk, FakeKernel, acts, add_person

PIN = "481516"


@dataclass
class Machine:
    """The time since the start of a machine that sleeps and is started anew when told."""

    boot: str = "first"
    awake: int = 1_000_000
    asleep: int = 0

    def now(self) -> BootTime:
        return BootTime(self.boot, self.awake, self.awake + self.asleep)


@dataclass
class Bench:
    """The PINs of a practice of one, on a machine of the tests' own."""

    practice: Practice
    machine: Machine = field(default_factory=Machine)
    kernel: FakeKernel = field(default_factory=FakeKernel)

    @property
    def user(self) -> bytes:
        return self.practice.created.user

    @property
    def switch(self) -> FastSwitch:
        """As a new process makes it."""
        return FastSwitch(self.practice.host, self.practice.created.vault_id, keys=self.kernel, now=self.machine.now)

    @property
    def keyring(self) -> KeyringFile:
        return parse_keyring((self.practice.place / "keyring").read_bytes(), vault=None, anchor=None)

    @property
    def roster(self) -> Roster:
        return self.keyring.roster

    def slots(self) -> dict[bytes, bytes]:
        return {self.user: (self.practice.place / "slots" / self.user.hex()).read_bytes()}

    def set(self, pin: str = PIN) -> UserSecret:
        secret = UserSecret.make()
        self.switch.set(self.user, secret, pin, self.slots(), self.roster)
        return secret

    def open(self, pin: str = PIN) -> UserSecret:
        return self.switch.open(self.user, pin, self.slots(), self.roster)

    def users(self) -> frozenset[bytes]:
        return self.switch.users(self.slots(), self.roster)

    def refused(self, pin: str = PIN) -> tuple[str, int]:
        with pytest.raises(PinRefused) as caught:
            self.open(pin)
        return caught.value.reason, caught.value.left


@pytest.fixture(autouse=True)
def cheap_argon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred PINs and passwords: what Argon2id costs is measured elsewhere."""

    def quick(password: str, salt: bytes, _cost: object) -> bytes:
        return hashlib.sha256(salt + password.encode()).digest()

    for module in ("slot", "fast_switch"):
        monkeypatch.setattr(f"clinicam.vault.{module}.argon2id", quick)


@pytest.fixture
def bench(practice: Practice) -> Bench:
    return Bench(practice)


def test_a_pin_opens_again_and_again(bench: Bench) -> None:
    secret = bench.set()
    for _ in range(3):
        assert bench.open() == secret
    assert bench.users() == {bench.user}
    assert list(bench.kernel.seconds.values()) == [LIFE_S]


def test_no_file_holds_what_opens(bench: Bench) -> None:
    """Host state has the workstation's part, the kernel the sealed part, nobody the PIN."""
    secret = bench.set()
    files = b"".join(file.read_bytes() for file in bench.practice.folder.rglob("*") if file.is_file())
    kept = b"".join(bench.kernel.kept.values())
    for part in (secret.hpke_seed, secret.sign_seed, PIN.encode()):
        assert part not in files
        assert part not in kept
    assert kept not in files
    assert (bench.practice.host.path / f"{bench.practice.created.vault_id.hex()}.pins").stat().st_mode & 0o777 == 0o600


def test_five_tries_then_it_is_gone(bench: Bench) -> None:
    bench.set()
    assert [bench.refused("000001") for _ in range(6)] == [
        ("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("gone", 0), ("gone", 0),
    ]  # fmt: skip
    assert bench.refused() == ("gone", 0)
    assert bench.kernel.kept == {}
    assert bench.users() == frozenset()


def test_a_right_one_forgives_the_wrong_ones_before(bench: Bench) -> None:
    bench.set()
    for _ in range(3):
        for _ in range(4):
            bench.refused("000001")
        bench.open()


def test_killing_the_program_makes_no_try_free(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.set()

    class Killed(BaseException):
        """The process is gone in the middle."""

    def killed(*_args: object) -> bytes:
        raise Killed

    for _ in range(5):
        with monkeypatch.context() as now:
            now.setattr("clinicam.vault.fast_switch.argon2id", killed)
            with pytest.raises(Killed):
                bench.open()
    assert bench.refused() == ("gone", 0)


def sleeps(bench: Bench) -> None:
    bench.machine.asleep += 1000


def is_started_anew(bench: Bench) -> None:
    bench.machine.boot = "second"


def is_started_anew_and_keeps_no_time(bench: Bench) -> None:
    bench.machine.awake -= 500_000


def gets_old(bench: Bench) -> None:
    bench.machine.awake += LIFE_S * 1000


def loses_it(bench: Bench) -> None:
    bench.kernel.kept.clear()


def has_another_password(bench: Bench) -> None:
    path = bench.practice.place / "slots" / bench.user.hex()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def has_damaged_notes(bench: Bench) -> None:
    bench.practice.host.write(bench.practice.created.vault_id, "pins", b"CCPINS\0\x01nonsense")


def has_other_notes(bench: Bench) -> None:
    bench.practice.host.write(bench.practice.created.vault_id, "pins", b"CCPINS\0\x02")


def says_so(bench: Bench) -> None:
    bench.switch.forget()


ENDS: list[Callable[[Bench], None]] = [
    sleeps, is_started_anew, is_started_anew_and_keeps_no_time, gets_old, loses_it, has_another_password,
    has_damaged_notes, has_other_notes, says_so,
]  # fmt: skip


@pytest.mark.parametrize("ends", ENDS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("seen", [False, True])
def test_a_pin_ends_when_the_machine(bench: Bench, ends: Callable[[Bench], None], seen: bool) -> None:
    bench.set()
    ends(bench)
    if seen:
        assert bench.users() == frozenset()
    assert bench.refused() == ("gone", 0)


def test_what_is_no_end(bench: Bench) -> None:
    secret = bench.set()
    bench.machine.awake += LIFE_S * 1000 - 51
    bench.machine.asleep += 50
    assert bench.open() == secret


def test_another_role_ends_it(bench: Bench) -> None:
    bench.set()
    roster = bench.roster
    member = roster.users[bench.user]
    changed = {bench.user: type(member)(member.user, Rank.NURSE, member.hpke_public, member.sign_public)}
    for users in (changed, {}):
        other = Roster(roster.raw, roster.entries, users, roster.former, roster.writers, roster.last_removal)
        secret = bench.set()
        assert bench.open() == secret
        with pytest.raises(PinRefused, match="gone"):
            bench.switch.open(bench.user, PIN, bench.slots(), other)


def test_a_pin_is_of_one_machine(bench: Bench) -> None:
    """Host state and the kernel's part carried to another computer open nothing."""
    bench.set()
    host = HostFolder(bench.practice.host.path, machine=b"another")
    there = FastSwitch(host, bench.practice.created.vault_id, keys=bench.kernel, now=bench.machine.now)
    with pytest.raises(PinRefused, match="wrong"):
        there.open(bench.user, PIN, bench.slots(), bench.roster)


def test_a_new_pin_replaces_the_old(bench: Bench) -> None:
    bench.set()
    secret = bench.set("271828")
    assert len(bench.kernel.kept) == 1
    assert bench.refused() == ("wrong", 4)
    assert bench.open("271828") == secret


def test_where_the_kernel_keeps_nothing_there_is_none(bench: Bench) -> None:
    assert bench.switch.is_offered()
    bench.kernel.is_there = False
    assert not bench.switch.is_offered()
    with pytest.raises(PinRefused, match="unsupported"):
        bench.set()
    assert bench.refused() == ("gone", 0)
    bench.kernel.is_there, bench.machine.boot = True, ""
    assert not bench.switch.is_offered()
    with pytest.raises(PinRefused, match="unsupported"):
        bench.set()


@pytest.mark.parametrize("pin", ["", "12345", "1234567890123", "12345a", "１２３４５６", "-12345", "12 456"])
def test_not_a_pin(pin: str) -> None:
    with pytest.raises(PinRefused, match="short"):
        check_pin(pin)


@pytest.mark.parametrize("pin", ["000000", "121212", "123123", "123456", "987654", "7890123", "654321"])
def test_too_simple(pin: str) -> None:
    with pytest.raises(PinRefused, match="simple"):
        check_pin(pin)


@settings(max_examples=40)
@given(pin=st.from_regex(r"[0-9]{6,12}", fullmatch=True))
def test_few_pins_are_too_simple(pin: str) -> None:
    """None with four different digits that are no run."""
    if len(set(pin)) >= 4 and pin not in "0123456789012398765432109876":
        check_pin(pin)


# --- through the vault ------------------------------------------------------------------------------------------------


def test_switching_by_pin_is_an_unlock_of_its_own(practice: Practice) -> None:
    desk = Desk(practice)
    vault = desk.open()
    assert vault.has_pins()
    with pytest.raises(VaultClosed):
        vault.set_pin(PIN)
    opened = vault.unlock(desk.user, PASSWORD, practice.gate)
    vault.set_pin(PIN)
    opened.close()
    with pytest.raises(VaultClosed):
        vault.set_pin(PIN)
    assert [login.has_pin for login in vault.logins()] == [True]
    vault.close()
    vault = desk.open()
    with pytest.raises(PinRefused, match="wrong"):
        vault.unlock_with_pin(desk.user, "000001", practice.gate)
    opened = vault.unlock_with_pin(desk.user, PIN, practice.gate)
    assert opened.user == desk.user
    assert [acts(opened, what) for what in (What.PIN_SET, What.UNLOCK_PIN, What.UNLOCK_FAILED)] == [1, 1, 1]
    opened.close()
    vault.forget_pins()
    assert [login.has_pin for login in vault.logins()] == [False]
    vault.close()


def test_each_has_their_own(practice: Practice) -> None:
    desk = Desk(practice)
    vault = desk.open()
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    nurse = add_person(opened, Rank.NURSE, "another long password")
    opened.close()
    for user, password, pin in ((desk.user, PASSWORD, PIN), (nurse, "another long password", "271828")):
        opened = vault.unlock(user, password, practice.gate)
        vault.set_pin(pin)
        opened.close()
    with pytest.raises(PinRefused, match="wrong"):
        vault.unlock_with_pin(nurse, PIN, practice.gate)
    vault.forget_pins(desk.user)
    assert {login.user: login.has_pin for login in vault.logins()} == {desk.user: False, nurse: True}
    vault.close()


def test_a_recovery_kit_gets_none(practice: Practice) -> None:
    desk = Desk(practice)
    vault = desk.open()
    vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    with pytest.raises(PinRefused, match="unsupported"):
        vault.set_pin(PIN)
    vault.close()


def test_notes_that_cannot_be_written_leave_the_password(tmp_path_factory: pytest.TempPathFactory) -> None:
    calls = FaultyCalls()
    practice = make_practice(tmp_path_factory.mktemp("p"), calls=calls)
    desk = Desk(practice)
    vault = desk.open()
    opened = vault.unlock(desk.user, PASSWORD, practice.gate)
    vault.set_pin(PIN)
    opened.close()
    desk.kernel.kept.clear()
    calls.fail("replace", 0, 28, stays=True)
    assert [login.has_pin for login in vault.logins()] == [False]
    assert outcome(lambda: vault.unlock_with_pin(desk.user, PIN, practice.gate)) is not None
    calls.mend()
    vault.close()


def test_nobody_of_that_name(practice: Practice) -> None:
    vault = Desk(practice).open()
    with pytest.raises(PinRefused, match="gone"):
        vault.unlock_with_pin(type(practice.created.user)(b"x" * 16), PIN, practice.gate)
    with pytest.raises(NotFound):
        vault.unlock(type(practice.created.user)(b"x" * 16), PASSWORD, practice.gate)
    vault.close()
