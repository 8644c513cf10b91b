# SPDX-License-Identifier: GPL-3.0-or-later
"""The primitives behind our wrappers: published vectors, limits, and refusal where the hybrid suite is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from clinicam.errors import Corrupt, UnsupportedFormat, VaultError
from clinicam.vault import aead, sign
from clinicam.vault.aead import KdfParameters

SHARED = Path(__file__).parents[4] / "shared" / "vectors"


def _groups(name: str) -> list[dict[str, Any]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    groups: list[dict[str, Any]] = json.loads(path.read_text())["testGroups"]
    return groups


def _tests(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(group, test) for group in _groups(name) for test in group["tests"]]


def test_wycheproof_aes_gcm() -> None:
    ran = 0
    for group, test in _tests("wycheproof_aes_gcm.json"):
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue  # sizes the vault never uses
        key, iv, aad, msg = (bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg"))
        sealed = bytes.fromhex(test["ct"] + test["tag"])
        cipher, opened = aead.ChunkCipher(key), bytearray(len(sealed) - 16)
        if test["result"] == "valid":
            assert aead.seal(key, iv, msg, aad) == sealed
            assert aead.open_sealed(key, iv, sealed, aad) == msg
            out = bytearray(len(sealed))
            cipher.seal_into(iv, msg, aad, out)
            cipher.open_into(iv, sealed, aad, opened)
            assert (out, opened) == (sealed, msg)
        else:
            with pytest.raises(Corrupt):
                aead.open_sealed(key, iv, sealed, aad)
            with pytest.raises(Corrupt):
                cipher.open_into(iv, sealed, aad, opened)
        ran += 1
    assert ran >= 60


def test_wycheproof_hkdf_sha512() -> None:
    ran = 0
    for _, test in _tests("wycheproof_hkdf_sha512.json"):
        if test["result"] == "valid":
            ikm, salt, info = (bytes.fromhex(test[name]) for name in ("ikm", "salt", "info"))
            assert aead.hkdf_sha512(ikm, salt or None, info, test["size"]).hex() == test["okm"]
            ran += 1
    assert ran >= 70


def test_wycheproof_ed25519() -> None:
    results = {"valid": 0, "invalid": 0}
    for group, test in _tests("wycheproof_ed25519.json"):
        public, signature, message = (
            bytes.fromhex(raw) for raw in (group["publicKey"]["pk"], test["sig"], test["msg"])
        )
        results[test["result"]] += 1
        if test["result"] == "valid":
            sign.verify(public, signature, message)
        else:
            with pytest.raises(Corrupt):
                sign.verify(public, signature, message)
    assert results["valid"] >= 50
    assert results["invalid"] >= 50


def test_wycheproof_x25519_of_the_library_our_pairs_stand_on() -> None:
    for _, test in _tests("wycheproof_x25519.json"):
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(test["private"]))
        public = X25519PublicKey.from_public_bytes(bytes.fromhex(test["public"]))
        if set(test["shared"]) == {"0"}:
            with pytest.raises(ValueError, match="shared key"):
                private.exchange(public)
        else:
            assert private.exchange(public).hex() == test["shared"]


def test_wycheproof_mlkem_of_the_library_our_pairs_stand_on() -> None:
    ran = 0
    for _, test in _tests("wycheproof_mlkem_768.json"):
        if test["result"] != "valid" or not {"seed", "c", "K"} <= test.keys():
            continue
        key = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(test["seed"]))
        assert key.public_key().public_bytes_raw().hex() == test.get("ek", key.public_key().public_bytes_raw().hex())
        assert key.decapsulate(bytes.fromhex(test["c"])).hex() == test["K"]
        ran += 1
    assert ran >= 20


def test_rfc_9106_argon2id() -> None:
    """The vector has a secret, data and 32 KiB, which our wrapper refuses: the library under it must still give it."""
    kdf = Argon2id(
        salt=b"\x02" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\x04" * 12, secret=b"\x03" * 8
    )
    expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert kdf.derive(b"\x01" * 32).hex() == expected


def test_argon2id_is_the_librarys_at_our_floor() -> None:
    cost = KdfParameters(aead.KDF_FLOOR_M, aead.KDF_FLOOR_T, aead.KDF_FLOOR_P)
    plain = Argon2id(salt=b"s" * 32, length=32, iterations=3, lanes=4, memory_cost=65536)
    assert aead.argon2id("e\N{COMBINING ACUTE ACCENT}", b"s" * 32, cost) == plain.derive("é".encode())


def test_rfc_4231_hmac() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert aead.hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == expected


def test_rfc_8032_ed25519() -> None:
    key = sign.SigningKey.from_seed(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a")


@pytest.mark.parametrize(
    ("m", "t", "p"),
    [(65535, 3, 4), (65536, 2, 4), (65536, 3, 3), (2**20 + 1, 3, 4), (65536, 11, 4), (65536, 3, 17), (0, 0, 0)],
)
def test_password_costs_outside_the_range(m: int, t: int, p: int) -> None:
    with pytest.raises(Corrupt):
        KdfParameters(m, t, p)


def test_password_costs_at_the_edges() -> None:
    assert KdfParameters(65536, 3, 4) != KdfParameters(2**20, 10, 16)


def _machine(speed: float) -> Callable[[KdfParameters], float]:
    """A machine that takes `speed` seconds for 256 MiB and three passes."""
    return lambda cost: speed * cost.m_kib / (256 * 1024) * cost.t / 3


@pytest.mark.parametrize(
    ("speed", "m_mib", "t"),
    [(0.6, 256, 3), (1.6, 128, 3), (9.0, 64, 3), (0.3, 512, 3), (0.1, 1024, 4), (0.01, 1024, 10), (0.499, 512, 3)],
)
def test_calibration(speed: float, m_mib: int, t: int) -> None:
    assert aead.calibrate(_machine(speed)) == KdfParameters(m_mib * 1024, t, 4)


def test_calibration_does_not_overshoot() -> None:
    """Where the next step would be too slow, the fast one stays."""
    steep = {256: 0.49, 512: 1.2}
    assert aead.calibrate(lambda cost: steep[cost.m_kib // 1024]).m_kib == 256 * 1024


def test_calibration_measures_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def derive(password: str, salt: bytes, cost: KdfParameters) -> bytes:
        asked.append(cost.m_kib)
        if cost.m_kib > 65536:
            raise VaultError("no memory")
        return bytes(32)

    monkeypatch.setattr(aead, "argon2id", derive)
    assert aead.calibrate(fastest=0.0).m_kib == 65536
    assert asked == [262144, 131072, 65536]


def test_a_machine_without_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hungry:
        """An Argon2id that finds no memory."""

        def __init__(self, **_: object) -> None:
            pass

        def derive(self, _: bytes) -> bytes:
            raise MemoryError

    monkeypatch.setattr(aead, "Argon2id", Hungry)
    with pytest.raises(VaultError):
        aead.argon2id("x", bytes(32), aead.KDF_START)


def test_hpke_refuses_another_pair_info_or_length() -> None:
    pair = aead.HpkeKeyPair.from_seed(b"a" * 32)
    sealed = aead.hpke_seal(pair.public, b"info", b"secret")
    assert aead.hpke_open(pair, b"info", sealed) == b"secret"
    assert len(sealed) == 6 + aead.HPKE_OVERHEAD
    other = aead.HpkeKeyPair.from_seed(b"b" * 32)
    for who, info, data in (
        (other, b"info", sealed), (pair, b"other", sealed), (pair, b"info", sealed[:-1]), (pair, b"info", b""),
        (pair, b"info", bytes(len(sealed))),
    ):  # fmt: skip
        with pytest.raises(Corrupt):
            aead.hpke_open(who, info, data)


@pytest.mark.parametrize("public", [b"", bytes(1215), bytes(1217), b"\xff" * 1184 + bytes(32)])
def test_hpke_to_what_is_no_key(public: bytes) -> None:
    with pytest.raises(Corrupt):
        aead.hpke_seal(public, b"", b"x")


def test_seeds_of_another_length() -> None:
    with pytest.raises(Corrupt):
        aead.HpkeKeyPair.from_seed(bytes(31))
    with pytest.raises(Corrupt):
        sign.SigningKey.from_seed(bytes(33))
    with pytest.raises(Corrupt):
        sign.verify(bytes(31), bytes(64), b"")


def _unsupported(*_: object) -> object:
    raise UnsupportedAlgorithm("no ML-KEM here")


@pytest.mark.parametrize(
    "build",
    [
        SimpleNamespace(KEM=SimpleNamespace(X25519=1), KDF=SimpleNamespace(HKDF_SHA512=1), Suite=_unsupported),
        SimpleNamespace(
            KEM=SimpleNamespace(MLKEM768_X25519=1),
            KDF=SimpleNamespace(HKDF_SHA512=1),
            AEAD=SimpleNamespace(AES_256_GCM=1),
            Suite=_unsupported,
        ),
    ],
)
def test_a_build_without_the_hybrid_suite_is_refused(monkeypatch: pytest.MonkeyPatch, build: object) -> None:
    """Never a downgrade to X25519 alone."""
    pair = aead.HpkeKeyPair.from_seed(bytes(32))
    monkeypatch.setattr(aead, "hpke", build)
    with pytest.raises(UnsupportedFormat):
        aead.HpkeKeyPair.from_seed(bytes(32))
    with pytest.raises(UnsupportedFormat):
        aead.hpke_seal(pair.public, b"", b"")
    with pytest.raises(UnsupportedFormat):
        aead.hpke_open(pair, b"", b"")
