# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program writes opens in the second reader, which shares no code with it, and says the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.vault import aead, objectfile, segment
from clinicam.vault.heads import chain_start
from tests.vault import independent_reader as other
from tests.vault import world
from tests.vault.independent_papers import kit_secret, read_checkpoint, read_logins, read_writer


@pytest.fixture(scope="module")
def keys() -> other.Keys:
    """What the second reader gets from slot, keyring and bags."""
    secret = other.open_slot(world.frozen("slot-kit"), kit=world.KIT)
    keyring = other.read_keyring(world.frozen("keyring-1"), secret.anchor)
    epoch = keyring.seed(secret)
    bags = [other.open_bag(world.frozen(name), keyring, epoch) for name in ("bag-1", "bag-2")]
    shared = bags[0]["shared"]
    content = {key["key_id"]: key for bag in bags for key in bag["keys"]}
    return other.Keys(keyring.vault, shared["locator"], shared["index"], shared["audit"], content)


@pytest.fixture
def buffer() -> Iterator[objectfile.SealBuffer]:
    made = objectfile.SealBuffer(1000)
    yield made
    made.close()


def test_imports_nothing_of_ours() -> None:
    """Neither the reader's four files nor the writer's, which import one another."""
    files = sorted(Path(other.__file__).parent.glob("independent_*.py"))
    assert len(files) >= 5
    for path in files:
        tree = ast.parse(path.read_text())
        named = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        named += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        named = [name for name in named if not name.startswith("tests.vault.independent_")]
        assert not [name for name in named if name.split(".")[0] in {"clinicam", "tests", "msgspec"}]


def test_password_slots() -> None:
    secret = other.open_slot(world.frozen("slot-password"), password=world.PASSWORD)
    assert (secret.user, secret.anchor) == (world.FOUNDER, world.ANCHOR)
    nurse = other.open_slot(world.frozen("slot-device"), password=world.PASSWORD, device_key=world.DEVICE_KEY)
    assert nurse.pair.public == world.SECRETS[world.NURSE].hpke_pair().public
    with pytest.raises(other.Refused):
        other.open_slot(world.frozen("slot-password"), password="another")


def test_second_keyring_for_each_rank() -> None:
    keyring = other.read_keyring(world.frozen("keyring-2"), world.ANCHOR)
    for user, seed in ((world.NURSE, world.EPOCH_2), (world.AUDITOR, world.SHARED.audit)):
        own = world.SECRETS[user]
        assert keyring.seed(other.Secret(user, other.Pair(own.hpke_seed), own.sign_seed, own.anchor)) == seed
    head = world.old_head()
    assert keyring.final == {head.writer: (head.seq, head.row_hash)}


def test_hpke_both_ways() -> None:
    seed = world.named("hpke", 32)
    pair, second = aead.HpkeKeyPair.from_seed(seed), other.Pair(seed)
    assert pair.public == second.public
    for plain in (b"", b"x", b"y" * 1000):
        assert second.open(b"info", aead.hpke_seal(pair.public, b"info", plain)) == plain


def test_ledger(keys: other.Keys) -> None:
    found = list(other.read_segment(world.frozen("ledger"), keys, world.SIGNER.public, world.WRITER))
    assert [row.act["what"] for row in found] == [
        "vault.created", "patient.added", "image.stored", "session.event", "erasure.intended", "frame.unclaimed",
    ]  # fmt: skip
    assert [row.content and row.content["kind"] for row in found] == [None, "entry", "image", "entry", None, None]
    assert [row.locked for row in found] == [False] * 5 + [True]
    assert [row.more for row in found] == [False, False, True, False, False, False]
    image = found[2].content
    assert image is not None
    assert (image["object_id"], image["rendition"], image["parent"]) == (world.OBJECT_ID, 4, None)
    assert chain_start(world.VAULT, world.WRITER).row_hash != found[0].row_hash


def test_objects(keys: other.Keys, buffer: objectfile.SealBuffer) -> None:
    meta, rendition, image = other.open_object(world.frozen("object-small"), keys)
    assert (image, rendition, meta["view"], meta["captured"]) == (world.PICTURE, 4, "EV-01", world.WALL)
    for size in (0, 1, 4096 - 12, 262_144 - 700, 262_144, 262_145, 524_288 - 700, 600_000):
        name = world.named(f"object {size}")
        data = world.seal_picture(buffer, world.LARGE[:size], name, objectfile.Rendition.ORIGINAL)
        assert other.open_object(data, keys)[2] == world.LARGE[:size]


def test_snapshot_and_marks(keys: other.Keys) -> None:
    schema, heads, index = other.open_snapshot(world.frozen("snapshot"), keys)
    assert schema == 1
    assert index.startswith(b"SQLite")
    marks = other.read_marks(world.frozen("marks"), world.SIGNER.public)
    assert marks["heads"] == heads
    assert [revision for revision, _ in marks["bags"].values()] == [3, 1]


def test_a_whole_folder(tmp_path: Path) -> None:
    writer = world.WRITER.hex()
    files = {
        "keyring": "keyring-1", f"slots/{world.FOUNDER.hex()}": "slot-password", f"bags/{writer}-000001.000001": "bag-1",
        f"bags/{writer}-000002.000001": "bag-2", f"ledger/{writer}/000001.rows": "ledger",
        f"objects/{world.OBJECT_ID.hex()[:2]}/{world.OBJECT_ID.hex()}": "object-small",
    }  # fmt: skip
    for name, vector in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(world.frozen(vector))
    with pytest.raises(other.Refused, match="nobody we know"):  # an intent by a nurse who came a generation later
        other.read_vault(tmp_path, world.FOUNDER, world.PASSWORD)
    path = tmp_path / f"ledger/{writer}/000001.rows"
    path.write_bytes(segment.join(world.open_rows()[:4], new_segment=True))
    rows, objects = other.read_vault(tmp_path, world.FOUNDER, world.PASSWORD)
    assert len(rows) == 4
    assert objects[world.OBJECT_ID][2] == world.PICTURE
    (tmp_path / "objects" / world.OBJECT_ID.hex()[:2] / world.OBJECT_ID.hex()).unlink()
    with pytest.raises(other.Refused, match="without its object"):
        other.read_vault(tmp_path, world.FOUNDER, world.PASSWORD)


def test_papers(keys: other.Keys) -> None:
    public, first = world.SIGNER.public, world.frozen("keyring-1")
    assert read_writer(world.frozen("writer"), world.VAULT) == (world.WRITER, world.WRITER_STATE.seed)
    assert read_logins(world.frozen("logins"), public, world.VAULT) == {one.user: one.name for one in world.LOGINS}
    _, heads, _ = other.open_snapshot(world.frozen("snapshot"), keys, 1)
    note = read_checkpoint(world.frozen("checkpoint"), vault=world.VAULT, writer=world.WRITER, public=public)
    assert note == (1, other.sha256(first), heads)
    assert kit_secret(world.frozen("kit").decode()) == world.KIT


def test_what_an_auditor_reads(tmp_path: Path) -> None:
    (tmp_path / "keyring").write_bytes(world.frozen("keyring-2"))
    place = tmp_path / "ledger" / world.WRITER.hex()
    place.mkdir(parents=True)
    (place / "000001.rows").write_bytes(world.frozen("ledger"))
    own = world.SECRETS[world.AUDITOR]
    secret = other.Secret(world.AUDITOR, other.Pair(own.hpke_seed), own.sign_seed, own.anchor)
    rows = other.read_acts(tmp_path, secret)
    assert [row.act["what"] for row in rows][-2:] == ["erasure.intended", "frame.unclaimed"]
    assert [row.content for row in rows] == [None] * 6
    assert not any(row.erased for row in rows)
    with pytest.raises(other.Refused):
        other.read_folder(tmp_path, secret)
