# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules at the edge of the core that no other test holds it to; each was found by changing the code and nobody noticing."""

from __future__ import annotations

import hashlib
import mmap
import threading
from collections.abc import Iterator

import msgspec
import pytest

from clinicam.errors import Corrupt, VaultError
from clinicam.vault import aead, keyring, objectfile, objectlayout, rows
from clinicam.vault.aead import Buffer, ChunkCipher, KdfParameters
from clinicam.vault.codec import encode
from clinicam.vault.objectlayout import CHUNK, HEADER, LARGEST, LENGTHS, SEALED_CHUNK
from clinicam.vault.roster import Rank
from tests.vault import world


@pytest.fixture
def buffer() -> Iterator[objectfile.SealBuffer]:
    made = objectfile.SealBuffer(1000)
    yield made
    made.close()


# --- objects ---------------------------------------------------------------------------------------------------------------


class Recording(ChunkCipher):
    """Remembers under which nonce which bytes were sealed."""

    sealed: dict[bytes, bytes] = {}  # noqa: RUF012  emptied by each test

    def seal_into(self, nonce: bytes, plaintext: Buffer, aad: bytes, out: Buffer) -> None:
        assert nonce not in self.sealed, "a nonce used twice under one key"
        self.sealed[nonce] = bytes(plaintext)
        super().seal_into(nonce, plaintext, aad, out)


@pytest.mark.parametrize("chunks", [1, 2, 17, 34])
def test_no_nonce_is_ever_used_twice(
    buffer: objectfile.SealBuffer, monkeypatch: pytest.MonkeyPatch, chunks: int
) -> None:
    """Sealing a chunk a second time, with the hash then known, would give both away."""
    monkeypatch.setattr(objectlayout, "ChunkCipher", Recording)
    monkeypatch.setattr(Recording, "sealed", {})
    world.seal_picture(buffer, bytes(chunks * CHUNK - 4096), world.OBJECT_ID, objectfile.Rendition.ORIGINAL)
    assert sorted(Recording.sealed) == [
        i.to_bytes(11, "big") + bytes([i == chunks - 1]) for i in range(chunks)
    ]  # fmt: skip


def test_the_sealed_object_says_its_name(buffer: objectfile.SealBuffer) -> None:
    done = objectfile.seal_object(
        buffer, vault=world.VAULT, key=world.SESSION_KEY, locator=world.LOCATOR,
        rendition=objectfile.Rendition.ORIGINAL, meta=world.meta(), image=b"x", object_id=world.OBJECT_ID,
    )  # fmt: skip
    assert done.object_id == world.OBJECT_ID == objectfile.parse_header(done.view).object_id
    other = objectfile.begin_object(
        buffer, vault=world.VAULT, key=world.SESSION_KEY, locator=world.LOCATOR,
        rendition=objectfile.Rendition.ORIGINAL, meta=world.meta(), image=b"x",
    ).finish()  # fmt: skip
    assert other.object_id == objectfile.parse_header(other.view).object_id != world.OBJECT_ID
    with pytest.raises(Corrupt, match=r"^object: another size than it was given$"):
        objectfile.check_sealed(buffer, other, key=world.SESSION_KEY, meta=world.meta(), image=bytes(5000))


def test_meta_may_fill_the_first_chunk_to_its_last_byte(buffer: objectfile.SealBuffer) -> None:
    plain = msgspec.structs.replace(world.meta(), camera="")
    spare = CHUNK - LENGTHS.size - len(encode(plain)) - 4  # a longer text has four more bytes of length

    def sealed(more: int) -> tuple[objectfile.ObjectMeta, bytes]:
        meta = msgspec.structs.replace(plain, camera="c" * (spare + more))
        done = objectfile.seal_object(
            buffer, vault=world.VAULT, key=world.SESSION_KEY, locator=world.LOCATOR,
            rendition=objectfile.Rendition.ORIGINAL, meta=meta, image=b"x", object_id=world.OBJECT_ID,
        )  # fmt: skip
        return meta, bytes(done.view)

    meta, data = sealed(0)
    assert LENGTHS.size + len(encode(meta)) == CHUNK
    opened, image = objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=world.OBJECT_ID)
    assert (opened.camera, image) == (meta.camera, b"x")
    with pytest.raises(Corrupt, match=r"^object: meta too long$"):
        sealed(1)


def test_the_largest_size_is_taken_and_no_larger() -> None:
    """Two files of a GiB that are never written: memory that is only promised."""
    header = world.frozen("object-small")[:HEADER]
    for size, fits in ((LARGEST, True), (LARGEST + 65_536, False)):
        outline = mmap.mmap(-1, HEADER + size + 16 * -(-size // CHUNK))
        outline[:HEADER] = header
        view = memoryview(outline)
        if fits:
            assert objectfile.parse_header(view).object_id == world.OBJECT_ID
        else:
            with pytest.raises(Corrupt, match=r"^object: impossible size$"):
                objectfile.parse_header(view)
        view.release()
        outline.close()
    assert SEALED_CHUNK - CHUNK == aead.TAG


def test_one_helper_thread_hashes(buffer: objectfile.SealBuffer) -> None:
    wait = [buffer.hash(memoryview(world.LARGE)) for _ in range(4)]
    assert {one() for one in wait} == {hashlib.sha256(world.LARGE).digest()}
    named = [thread.name for thread in threading.enumerate() if thread.name.startswith("vault-hash")]
    assert len(named) == 1


# --- keyrings and rows -----------------------------------------------------------------------------------------------------------


def test_who_gets_the_epoch_key_and_who_the_audit_seed() -> None:
    fresh = keyring.parse_keyring(world.publish(2), vault=world.VAULT, anchor=world.ANCHOR)
    ranks = {user: member.rank for user, member in fresh.roster.users.items()}
    assert Rank.AUDITOR in ranks.values()
    for user, rank in ranks.items():
        held = fresh.open_seed(user, world.SECRETS[user].hpke_pair())
        assert held == (world.SHARED.audit if rank is Rank.AUDITOR else world.EPOCH_2)


def test_a_keyring_for_another_anchor_is_not_published() -> None:
    with pytest.raises(Corrupt, match="founder"):
        keyring.publish_keyring(
            vault=world.VAULT, training=True, generation=1, prev=bytes(32), audit_public=world.AUDIT.public,
            roster=world.roster_1(), epoch=world.EPOCH_1, audit_seed=world.SHARED.audit,
            anchor=world.SIGNER.public, signer=world.FOUNDER, key=world.SECRETS[world.FOUNDER].signing_key(),
        )  # fmt: skip
    with pytest.raises(Corrupt, match="signature"):
        keyring.publish_keyring(
            vault=world.VAULT, training=True, generation=1, prev=bytes(32), audit_public=world.AUDIT.public,
            roster=world.roster_1(), epoch=world.EPOCH_1, audit_seed=world.SHARED.audit, anchor=world.ANCHOR,
            signer=world.FOUNDER, key=world.SIGNER,
        )  # fmt: skip


def test_which_key_opens_a_row() -> None:
    sealed = [rows.parse_row(one.data, 0, world.VAULT) for one in world.open_rows()]
    without, patient, picture = sealed[0], sealed[1], sealed[2]
    assert rows.opens_with(patient, world.VAULT, world.PATIENT_KEY.secret)
    assert rows.opens_with(picture, world.VAULT, world.SESSION_KEY.secret)
    assert not rows.opens_with(patient, world.VAULT, world.SESSION_KEY.secret)
    assert not rows.opens_with(patient, world.named("another vault"), world.PATIENT_KEY.secret)
    for key in world.KEYS:
        assert not rows.opens_with(without, world.VAULT, key.secret)


# --- primitives ----------------------------------------------------------------------------------------------------------------


def test_texts_of_what_does_not_authenticate() -> None:
    cipher, out = ChunkCipher(bytes(32)), bytearray(4)
    with pytest.raises(Corrupt, match=r"^chunk does not authenticate$"):
        cipher.open_into(bytes(12), bytes(20), b"", out)
    with pytest.raises(Corrupt, match=r"^sealed bytes do not authenticate$"):
        aead.open_sealed(bytes(32), bytes(12), bytes(20), b"")
    with pytest.raises(Corrupt, match=r"^not a public key$"):
        aead.hpke_seal(bytes(7), b"", b"")


def test_how_one_derivation_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    ticks = iter((10.0, 12.5, 20.0, 21.0))
    monkeypatch.setattr(aead.time, "perf_counter", lambda: next(ticks))

    def derive(password: str, salt: bytes, cost: KdfParameters) -> bytes:
        asked.append((password, salt, cost))
        if len(asked) == 2:
            raise VaultError("no memory")
        return bytes(32)

    monkeypatch.setattr(aead, "argon2id", derive)
    assert aead._seconds_for(aead.KDF_START) == 2.5
    assert aead._seconds_for(aead.KDF_START) == float("inf")
    assert asked == [("calibration", bytes(32), aead.KDF_START)] * 2


def test_calibration_at_its_limits() -> None:
    """A cost that takes exactly the longest or the shortest time is kept, and memory stays a whole number."""
    assert aead.calibrate(lambda _cost: 1.0) == aead.KDF_START
    assert aead.calibrate(lambda _cost: 0.5) == aead.KDF_START
    seconds = {256: 0.4, 512: 1.0}
    assert aead.calibrate(lambda cost: seconds[cost.m_kib // 1024]).m_kib == 512 * 1024
    smaller = aead.calibrate(lambda cost: 4.0 if cost.m_kib > 128 * 1024 else 0.7)
    assert (smaller.m_kib, type(smaller.m_kib)) == (128 * 1024, int)
