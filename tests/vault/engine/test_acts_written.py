# SPDX-License-Identifier: GPL-3.0-or-later
"""Every act of the vocabulary is written by some line of the program, and documented for whoever reads a ledger."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from clinicam.vault.acts import What
from tests.house_rules import ROOT, SOURCES, Source, said

RESERVED = {What.IMAGE_RELEASED}
"""Named, so that readers know the code; nothing releases pictures yet."""
NOT_WRITING = ("vault/acts.py", "ui/ledger_words.py", "vault/index", "demo/")


def looked_for(node: ast.AST) -> list[ast.AST]:
    """The parts of `node` that name an act to recognise it."""
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    return [node] if isinstance(node, ast.Compare | ast.Set | ast.Subscript) else []


def written(source: Source) -> Iterator[What]:
    """Members named where something is made of them: not in a comparison, a set of what to look for, or a default."""
    if "What." not in source.text and "_record(" not in source.text:
        return
    reading = {id(child) for node in ast.walk(source.tree) for part in looked_for(node) for child in ast.walk(part)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and said(node.value) == "What" and id(node) not in reading:
            yield What[node.attr]
        # The camera's watch knows no vault: it names the act by its code, and `compose` looks it up.
        calls = isinstance(node, ast.Call) and said(node.func).endswith("_record")
        if calls and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
            yield What(node.args[0].value)


def test_every_act_is_written_somewhere() -> None:
    found = {what for source in SOURCES if not source.path.startswith(NOT_WRITING) for what in written(source)}
    assert sorted(set(What) - found - RESERVED) == []
    assert not found & RESERVED


def test_what_counts_as_writing() -> None:
    def of(text: str) -> list[What]:
        return list(written(Source.of("x.py", text)))

    assert of("row(What.UNLOCK)") == [What.UNLOCK]
    assert of("self._record('frame.lost', 'x')") == [What.FRAME_LOST]
    assert of("KINDS = {1: What.LOCK}") == [What.LOCK]
    for reading in ("if what is What.UNLOCK: pass", "SEEN = {What.UNLOCK}", "WORDS = {What.UNLOCK: 'x'}"):
        assert of(reading) == []


def table() -> dict[str, str]:
    """Code to meaning, as `docs/vault-format.md` lists them."""
    text = (ROOT / "docs" / "vault-format.md").read_text(encoding="utf-8")
    lines = text.partition("| Code |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [line.strip("|").split("|") for line in lines]
    return {code.strip().strip("`"): meaning.strip() for code, meaning in cells}


def meanings() -> dict[str, str]:
    """Code to docstring, in the order of the class."""
    tree = ast.parse(Path(ROOT / "clinicam" / "vault" / "acts.py").read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "What")
    found = {}
    for one, two in pairwise(body):
        if isinstance(one, ast.Assign) and isinstance(two, ast.Expr):
            found[str(ast.literal_eval(one.value))] = str(ast.literal_eval(two.value))
    return found


def test_every_act_says_what_it_means_here_and_in_the_format() -> None:
    said_here = meanings()
    assert list(said_here) == [what.value for what in What]
    assert all(meaning and not meaning.endswith(".") for meaning in said_here.values())
    assert table() == said_here


def test_codes_are_codes() -> None:
    for what in What:
        assert what.value == what.value.lower()
        assert not set(what.value) - set("abcdefghijklmnopqrstuvwxyz.-")
