# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of `house_rules` over the whole program. Each is also shown a planted violation: a rule gone blind fails."""

from __future__ import annotations

import ast
import warnings

import pytest

from clinicam import errors
from clinicam.ui.messages import ROWS
from tests.house_rules import (
    ENVIRONMENT,
    FILES,
    NAMES,
    NOT_PERSONAL,
    RULES,
    SOCKETS,
    SOURCES,
    Rule,
    Source,
    files_are_written_only_where_they_may,
    said,
)

WALL, GUIDELINE = 500, 300


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_program_keeps_the_rule(rule: Rule) -> None:
    broken = [f"clinicam/{source.path}: {wrong}" for source in SOURCES for wrong in rule(source)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "snippet"), [(rule, snippet) for rule, snippets in RULES.items() for snippet in snippets]
)
def test_a_planted_violation_is_caught(rule: Rule, snippet: str) -> None:
    assert list(rule(Source.of("practice/planted.py", snippet)))


@pytest.mark.parametrize("path", sorted(FILES))
def test_leave_for_one_kind_of_write_is_no_leave_for_another(path: str) -> None:
    assert list(files_are_written_only_where_they_may(Source.of(path, "path.write_text('x')")))


def test_the_exceptions_in_the_lists_are_still_needed() -> None:
    """Leave that nobody uses any more is taken back."""
    known = {source.path: source for source in SOURCES}
    for path in [*FILES, *SOCKETS, *ENVIRONMENT]:
        assert path in known, f"{path} is gone"
    for path, whole in ENVIRONMENT.items():
        text = ast.unparse(known[path].tree)
        assert all(one in text for one in whole), path
    for path, calls in FILES.items():
        names = {said(call.func) for call in known[path].calls()}
        assert all(any(name.endswith(one) for name in names) for one in calls), path
    for path, _text in NOT_PERSONAL:
        assert path in known


@pytest.mark.parametrize(("place", "names"), NAMES.items(), ids=lambda one: str(one))
def test_the_names_behind_a_variable_are_the_ones_thought_of(place: tuple[str, str], names: tuple[str, ...]) -> None:
    path, variable = place
    tree = next(source.tree for source in SOURCES if source.path == path)
    found = []
    for node in ast.walk(tree):
        bound = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None) or getattr(node, "iter", None)
        if bound is not None and said(bound) == variable and isinstance(value, ast.Tuple):
            found.append(tuple(ast.literal_eval(value)))
    assert found == [names]


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 150
    assert {"cli.py", "vault/aead.py", "camera/worker.py", "ui/messages.py"} <= {source.path for source in SOURCES}


def test_every_file_says_its_licence_first() -> None:
    wrong = [
        source.path
        for source in SOURCES
        if source.text and not source.text.startswith("# SPDX-License-Identifier: GPL-3.0-or-later\n")
    ]
    assert not wrong


def test_no_file_grows_past_the_wall() -> None:
    lengths = {source.path: source.text.count("\n") for source in SOURCES}
    assert not {path: lines for path, lines in lengths.items() if lines > WALL}
    long = {path: lines for path, lines in lengths.items() if lines > GUIDELINE}
    if long:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"longer than {GUIDELINE} lines: {long}", stacklevel=1)


def every_error() -> list[type[errors.CliniCamError]]:
    found, todo = [], [errors.CliniCamError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo += kind.__subclasses__()
    return found


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_its_own_sentence(kind: type[errors.CliniCamError]) -> None:
    assert kind.__module__ == "clinicam.errors", "errors are made in one place"
    sentence, step = ROWS[kind]
    assert len(sentence) > 10
    assert len(step) > 10
    assert sentence.endswith(".")
    assert step.endswith(".")
    others = [words for other, words in ROWS.items() if other is not kind]
    assert (sentence, step) not in others


def test_every_sentence_belongs_to_an_error() -> None:
    assert set(ROWS) == set(every_error())
