# SPDX-License-Identifier: GPL-3.0-or-later
"""What this computer does with memory that holds keys and pictures: for `clinicam doctor`. Looks only, changes nothing.

Each finding is a sentence with what to do. What is not there, as on another operating system, is not reported.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from clinicam.errors import KeyStoreRefused
from clinicam.vault.device_key import OsKeyStore
from clinicam.vault.fast_switch import KeyService
from clinicam.vault.kernel_keys import KernelKeys
from clinicam.vault.pinned import NEEDED


class Weight(Enum):
    """How much a finding matters."""

    GOOD = "ok "
    """as it should be"""
    LACKS = "-  "
    """something useful is not there; CliniCam works without"""
    RISK = "!! "
    """plaintext could reach a disk, or another program could read memory"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about this computer, in words for whoever looks after it."""

    weight: Weight
    words: str

    def line(self) -> str:
        """As the command prints it."""
        return f"{self.weight.value} {self.words}"


_STORE_WORDS = {
    "none": "no key store that may be used: install and start gnome-keyring or KWallet; until then without a device key",
    "locked": "the key store is locked: sign in to this computer with a password, so that it opens",
    "slow": "the key store did not answer within 5 seconds: look for a dialog that waits, or start it anew",
    "forgets": "the key store does not give back what it was given: it is not used",
}


def look(
    *,
    root: Path = Path("/"),
    store: OsKeyStore | None = None,
    keys: KeyService | None = None,
    memlock: int | None = None,
) -> tuple[Finding, ...]:
    """Everything there is to say. Takes up to 5 s for the key store.

    Args:
        root: of ``/proc`` and ``/sys``.
        store: the account's key store.
        keys: the kernel's key service.
        memlock: how many bytes this account may lock into memory; RLIMIT_MEMLOCK if not given, -1 for no limit.
    """
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] if memlock is None else memlock
    return (
        *_swap(root),
        *_hibernation(root),
        *_cores(root),
        *_debuggers(root),
        _memory(limit),
        _kernel_keys(keys if keys is not None else KernelKeys()),
        _key_store(store if store is not None else OsKeyStore()),
    )


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return None


def _swap(root: Path) -> Iterator[Finding]:
    """Swap on the disk must be encrypted. In compressed memory (zram) it never leaves the machine."""
    text = _text(root / "proc/swaps")
    if text is None:
        return
    areas = [line.split()[0] for line in text.splitlines()[1:] if line.split()]
    bare = [area for area in areas if not _is_private(root, area)]
    for area in bare:
        yield Finding(
            Weight.RISK,
            f"swap on {area} is not encrypted: switch it off (swapoff {area}), or put it on dm-crypt with a random key",
        )
    if not bare:
        yield Finding(Weight.GOOD, "swap is encrypted or in memory" if areas else "no swap is in use")


def _is_private(root: Path, area: str) -> bool:
    """Whether a swap area is zram or lies on dm-crypt. A file lies wherever its file system does: not known, so no."""
    name = Path(area).name
    if name.startswith("zram"):
        return True
    blocks = root / "sys/class/block"
    if area.startswith("/dev/mapper/"):
        mapped = [one.parent.parent.name for one in blocks.glob("dm-*/dm/name") if _text(one) == name]
        name = mapped[0] if mapped else name
    return area.startswith("/dev/") and _on_crypt(blocks / name, depth=0)


def _on_crypt(device: Path, depth: int) -> bool:
    """All that a device lies on is dm-crypt, by its uuid or by what is below it."""
    if (_text(device / "dm/uuid") or "").startswith("CRYPT-"):
        return True
    below = sorted((device / "slaves").glob("*")) if depth < 8 else []
    return bool(below) and all(_on_crypt(part.resolve(), depth + 1) for part in below)


def _hibernation(root: Path) -> Iterator[Finding]:
    """Hibernation writes all memory to the disk."""
    states, disk = _text(root / "sys/power/state"), _text(root / "sys/power/disk")
    if states is None:
        return
    can = "disk" in states.split() and disk is not None and "[disabled]" not in disk
    words = (_text(root / "proc/cmdline") or "").split()
    area = next((word.partition("=")[2] for word in words if word.startswith("resume=")), "")
    if not can or not area:
        yield Finding(Weight.GOOD, "hibernation is not set up")
    elif _is_private(root, area):
        yield Finding(Weight.GOOD, "hibernation goes to encrypted swap")
    else:
        yield Finding(
            Weight.RISK,
            f"hibernation writes memory to {area}, which is not known to be encrypted: remove resume= from the kernel's "
            "command line, or encrypt it",
        )


def _cores(root: Path) -> Iterator[Finding]:
    pattern = _text(root / "proc/sys/kernel/core_pattern")
    if pattern is None:
        return
    if pattern.startswith("|"):
        words = "crashes are handed to a program; CliniCam's own processes leave no core, others' might show its window"
    else:
        words = "CliniCam's processes leave no core files"
    yield Finding(Weight.GOOD, words)


def _debuggers(root: Path) -> Iterator[Finding]:
    scope = _text(root / "proc/sys/kernel/yama/ptrace_scope")
    if scope is None:
        yield Finding(
            Weight.LACKS,
            "the kernel does not keep programs of one account from reading each other (no Yama); CliniCam's own do not "
            "let themselves be read",
        )
    elif scope == "0":
        yield Finding(
            Weight.RISK,
            "any program of this account may read any other: set kernel.yama.ptrace_scope to 1 in /etc/sysctl.d",
        )
    else:
        yield Finding(Weight.GOOD, "programs of this account cannot read each other's memory")


def _memory(limit: int) -> Finding:
    if limit in {resource.RLIM_INFINITY, -1} or limit >= NEEDED:
        return Finding(Weight.GOOD, "keys can be locked into memory")
    return Finding(
        Weight.RISK,
        f"this account may lock {limit // 1024} KiB into memory, keys need {NEEDED // 1024}: raise memlock in "
        "/etc/security/limits.d",
    )


def _kernel_keys(keys: KeyService) -> Finding:
    if keys.works():
        return Finding(Weight.GOOD, "the kernel's key service: a PIN can be offered for switching users")
    return Finding(Weight.LACKS, "no key service of the kernel: passwords only, no PIN for switching users")


def _key_store(store: OsKeyStore) -> Finding:
    try:
        return Finding(Weight.GOOD, f"key store for the practice's device key: {store.check()}")
    except KeyStoreRefused as refused:
        words = _STORE_WORDS.get(refused.reason, f"the key store cannot be trusted ({refused.reason}): it is not used")
        return Finding(Weight.LACKS, words)
