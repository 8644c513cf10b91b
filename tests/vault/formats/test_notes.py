# SPDX-License-Identifier: GPL-3.0-or-later
"""Host state, snapshots and checkpoints: properly signed or sealed, and still not to be believed."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault import checkpoint, hoststate, snapshotfile
from clinicam.vault.aead import seal
from clinicam.vault.heads import Head, encode_heads
from clinicam.vault.labels import LP, L
from tests.vault import world

ONE, TWO = world.open_rows_head(), world.old_head()


def _marks(data: bytes) -> hoststate.Marks:
    return hoststate.Marks.decode(data, vault=world.VAULT, writer=world.WRITER, public=world.SIGNER.public)


def test_marks_of_another_vault_writer_or_key() -> None:
    stored = world.frozen("marks")
    public = world.SIGNER.public
    for vault, writer, key in (
        (world.named("x"), world.WRITER, public), (world.VAULT, world.OLD_WRITER, public),
        (world.VAULT, world.WRITER, world.OLD_SIGNER.public),
    ):  # fmt: skip
        with pytest.raises(Corrupt):
            hoststate.Marks.decode(stored, vault=vault, writer=writer, public=key)


def test_marks_that_name_something_twice() -> None:
    good = world.marks()
    assert _marks(good.encode(world.SIGNER)) == good
    for bad in (
        replace(good, bags=(*good.bags, replace(good.bags[0], revision=9))),
        replace(good, heads=(ONE, replace(ONE, seq=3))),
        replace(good, heads=(replace(ONE, seq=0),)),
    ):
        with pytest.raises(Corrupt):
            _marks(bad.encode(world.SIGNER))


def test_marks_of_nothing_yet() -> None:
    empty = replace(world.marks(), bags=(), heads=())
    assert _marks(empty.encode(world.SIGNER)) == empty


def _logins(*names: tuple[bytes, bytes]) -> bytes:
    body = hoststate.LOGINS_MAGIC + world.VAULT + len(names).to_bytes(2, "big")
    body += b"".join(user + LP(name) for user, name in names)
    return body + world.SIGNER.sign(L("logins") + body)


@pytest.mark.parametrize(
    "names",
    [
        ((world.NURSE, b"a"), (world.NURSE, b"b")), ((world.NURSE, b"\xff"),), ((world.NURSE, b"two\nlines"),),
        ((world.NURSE, b"x" * 201),),
    ],
)  # fmt: skip
def test_logins_that_are_no_names(names: tuple[tuple[bytes, bytes], ...]) -> None:
    assert hoststate.decode_logins(_logins(), vault=world.VAULT, public=world.SIGNER.public) == ()
    with pytest.raises(Corrupt):
        hoststate.decode_logins(_logins(*names), vault=world.VAULT, public=world.SIGNER.public)


def test_writer_of_another_vault() -> None:
    with pytest.raises(Corrupt):
        hoststate.WriterState.decode(world.frozen("writer"), vault=world.named("x"))


def test_snapshot_with_heads_out_of_order() -> None:
    heads = encode_heads([ONE, TWO])
    turned = heads[:2] + heads[58:] + heads[2:58]
    for joined, fits in ((heads, True), (turned, False)):
        bound = world.VAULT + (1).to_bytes(8, "big") + (1).to_bytes(4, "big") + joined
        sealed = seal(world.SHARED.index, bytes(12), b"index", L("index") + bound)
        data = snapshotfile.MAGIC + bound + bytes(12) + sealed
        if fits:
            assert snapshotfile.open_snapshot(data, vault=world.VAULT, generation=1, index_key=world.SHARED.index)
        else:
            with pytest.raises(Corrupt, match="order"):
                snapshotfile.open_snapshot(data, vault=world.VAULT, generation=1, index_key=world.SHARED.index)


def _read(note: bytes) -> checkpoint.Checkpoint:
    return checkpoint.read_checkpoint(note, vault=world.VAULT, writer=world.WRITER, public=world.SIGNER.public)


def _signed(text: str) -> bytes:
    """`text` as a note with our proper signature, whatever it says."""
    name = checkpoint.note_name(world.VAULT, world.WRITER)
    key_hash = hashlib.sha256(name.encode() + b"\n\x01" + world.SIGNER.public).digest()[:4]
    stamp = base64.b64encode(key_hash + world.SIGNER.sign(text.encode())).decode()
    return f"{text}\n— {name} {stamp}\n".encode()


def test_a_note_as_c2sp_has_it() -> None:
    text = world.witness().text()
    assert _signed(text) == world.frozen("checkpoint")
    lines = text.splitlines()
    assert lines[0] == "clinicam checkpoint v1"
    assert lines[1] == f"{world.VAULT.hex()} 1 {hashlib.sha256(world.frozen('keyring-1')).hexdigest()}"
    assert lines[2:] == sorted(lines[2:])


def test_later_versions_of_the_text() -> None:
    with pytest.raises(UnsupportedFormat):
        _read(_signed(world.witness().text().replace("v1", "v2")))


TEXT = world.witness().text()
HEAD_LINES = TEXT.splitlines()[2:]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("clinicam checkpoint v1\n", id="first line only"),
        pytest.param(TEXT.replace(" 1 ", " 01 ", 1), id="generation with a zero before"),
        pytest.param(TEXT.replace(" 1 ", "  1 ", 1), id="two spaces"),
        pytest.param(TEXT.replace(world.VAULT.hex(), world.VAULT.hex().upper()), id="upper case"),
        pytest.param(TEXT.replace(world.VAULT.hex(), world.named("x").hex()), id="another vault"),
        pytest.param(TEXT + HEAD_LINES[0] + "\n", id="a writer twice"),
        pytest.param(TEXT + "rubbish\n", id="a line that is no head"),
        pytest.param("".join(f"{x}\n" for x in [*TEXT.splitlines()[:2], *reversed(HEAD_LINES)]), id="out of order"),
    ],
)
def test_signed_text_that_is_no_checkpoint(text: str) -> None:
    with pytest.raises(Corrupt):
        _read(_signed(text))


def test_witnesses_may_sign_below() -> None:
    note = world.frozen("checkpoint")
    other = f"— witness.example/1 {base64.b64encode(b'x' * 80).decode()}\n".encode()
    assert _read(note + other) == _read(note) == _read(note.replace(b"\n\n", b"\n\n" + other))


def test_notes_without_a_signature_of_ours() -> None:
    note = world.frozen("checkpoint")
    own = note.split(b"\n\n")[1]
    name, stamp = own[:-1].rsplit(b" ", 1)
    short = base64.b64encode(base64.b64decode(stamp)[:40])
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = stamp[:-2] + alphabet[alphabet.index(stamp[-2]) | 1 :][:1] + b"="  # the same bytes, spelled otherwise
    assert base64.b64decode(loose) == base64.b64decode(stamp)
    for wrong in (
        b"\xff\xfe",
        note.split(b"\n\n")[0],
        note[:-1],
        note.replace(own, b""),
        note.replace(own, b"rubbish\n"),
        note.replace(own, name + b" " + short + b"\n"),
        note.replace(own, name + b" abc\n"),
        note.replace(own, name + b" " + loose + b"\n"),
        note[:-1] + b"X",
        note.replace(own, name + b"x " + stamp + b"\n"),
        note + own,
        note.replace(own, own.replace(world.WRITER.hex().encode(), world.OLD_WRITER.hex().encode())),
    ):
        with pytest.raises(Corrupt):
            _read(wrong)
    with pytest.raises(Corrupt):
        checkpoint.read_checkpoint(note, vault=world.VAULT, writer=world.WRITER, public=world.OLD_SIGNER.public)


def test_heads_of_a_checkpoint_are_sorted_when_written() -> None:
    turned = replace(world.witness(), heads=tuple(reversed(world.witness().heads)))
    assert turned.text() == TEXT
    assert isinstance(world.witness().heads[0], Head)
