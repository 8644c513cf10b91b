# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the house that no linter knows, each a function from one parsed file to what is wrong in it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clinicam import errors

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Source:
    """One file of the program. `path` is relative to `clinicam/`."""

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, path: str, text: str) -> Source:
        return cls(path, text, ast.parse(text, path))

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def imports(self) -> Iterator[str]:
        """Every imported module, and every name imported from one, in full."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


SOURCES = [
    Source.of(path.relative_to(ROOT / "clinicam").as_posix(), path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "clinicam").rglob("*.py"))
]


def said(node: ast.AST) -> str:
    """A name or attribute path as written: ``os.environ.get``."""
    return ast.unparse(node)


def bound_in_memory(source: Source) -> set[str]:
    """Names that are only ever bound to a fresh buffer in memory."""
    memory: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(source.tree):
        pairs: list[tuple[ast.expr, ast.expr | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.arg):
            other.add(node.arg)
        for target, value in pairs:
            fresh = isinstance(value, ast.Call) and said(value.func) in {"io.BytesIO", "BytesIO", "QBuffer"}
            (memory if fresh else other).add(said(target))
    return memory - other


def within(source: Source, *places: str) -> bool:
    """Whether the file is one of `places`; a place that ends in a slash means the whole folder."""
    return any(source.path.startswith(place) if place.endswith("/") else source.path == place for place in places)


# --- the rules -----------------------------------------------------------------------------------------------------------


def no_temporary_files(source: Source) -> Iterator[str]:
    """Nothing of ours asks for a temporary file."""
    names = {"tempfile", "QTemporaryFile", "QTemporaryDir", "mkstemp", "mkdtemp", "SpooledTemporaryFile"}
    for name in source.imports():
        if names & set(name.split(".")):
            yield f"imports {name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield f"line {node.lineno}: {said(node)}"


def pictures_are_saved_to_memory_only(source: Source) -> Iterator[str]:
    """`.save(...)` writes into a buffer in memory. The demo's screenshots are the exception."""
    if within(source, "demo/driver.py"):
        return
    memory = bound_in_memory(source)
    for call in source.calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr == "save" and (call.args or call.keywords):
            first = call.args[0] if call.args else call.keywords[0].value
            if said(first) not in memory:
                yield f"line {call.lineno}: {said(call)}"


FILES: dict[str, frozenset[str]] = {
    "vault/stores/calls.py": frozenset({"os.open", "calls.open"}),
    "vault/stores/embedded_ledger.py": frozenset({"self._calls.open", "self._calls.truncate"}),
    "vault/host.py": frozenset({"self._calls.open", "self._calls.truncate"}),
    "settings.py": frozenset({"os.open", "os.fdopen"}),
    "app.py": frozenset({"logging.handlers.RotatingFileHandler"}),
    "demo/notes.py": frozenset({"write_bytes"}),
}
"""Who may open a file for writing, and by which call. vault/ writes ciphertext, the rest text without patients."""

_WRITING_CALLS = frozenset({
    "write_bytes", "write_text", "touch", "copyfile", "copyfileobj", "copy2", "copytree", "mkfifo", "mknod", "truncate",
    "FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "QFile", "QSaveFile", "QSettings", "QPdfWriter",
    "QPrinter", "QImageWriter", "NamedTemporaryFile", "TarFile", "shm_open", "SharedMemory", "mkstemp", "tofile",
})  # fmt: skip


def _writes(call: ast.Call) -> str:
    """The name of the call if it can make or change a file, else nothing."""
    name = said(call.func)
    last = name.rsplit(".", 1)[-1]
    if name == "self.touch":  # a person's, of keyboard or mouse
        return ""
    if last in _WRITING_CALLS or name == "json.dump":
        return name
    words = [*call.args, *(k.value for k in call.keywords)]
    if last == "connect" and name.startswith("sqlite3"):
        in_memory = bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == ":memory:"
        return "" if in_memory else name
    if last not in {"open", "fdopen", "ZipFile"}:
        return ""
    if name == "os.open" or name.endswith("calls.open"):
        # The flags must be written out here, and be reading ones, unless the file may write.
        flags = said(call.args[1]) if len(call.args) > 1 else "O_UNKNOWN"
        reading = {"os.O_RDONLY", "os.O_CLOEXEC", "os.O_NONBLOCK", "os.O_NOFOLLOW", "os.O_DIRECTORY", "os.O_PATH"}
        return "" if set(flags.split(" | ")) <= reading else name
    if any("WriteOnly" in said(w) or "ReadWrite" in said(w) or "Append" in said(w) for w in words):
        return name
    if name in {"open", "io.open", "os.fdopen"} or last == "ZipFile":
        modes = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")]
    else:
        modes = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "mode")]
        modes = [m for m in modes if isinstance(m, ast.Constant) and isinstance(m.value, str)]
    for mode in modes:
        if not (isinstance(mode, ast.Constant) and isinstance(mode.value, str)) or set(mode.value) & set("wax+"):
            return name
    return ""


def files_are_written_only_where_they_may(source: Source) -> Iterator[str]:
    """Opening for writing, by whatever call, only in `FILES`."""
    allowed = next((calls for path, calls in FILES.items() if path == source.path), frozenset())
    for call in source.calls():
        name = _writes(call)
        if name and name not in allowed and name.rsplit(".", 1)[-1] not in allowed:
            yield f"line {call.lineno}: {said(call)}"


SOCKETS: dict[str, frozenset[str]] = {
    "camera/channel.py": frozenset({"AF_UNIX", "socketpair", "socket"}),
    "chart/handover.py": frozenset({"AF_UNIX", "socket"}),
    "camera/simulator/responder.py": frozenset({"create_server", "socket"}),
    "camera/simulator/wire.py": frozenset({"socket"}),
    "vault/host.py": frozenset({"gethostname"}),
}
"""Who may use the socket module, and what of it besides plain options."""
_OPTIONS = ("SO_", "SOL_", "SHUT_", "MSG_", "TCP_", "IPPROTO_", "SOCK_", "timeout", "error")
_NETWORKS = frozenset({
    "asyncio", "ftplib", "http", "imaplib", "multiprocessing", "poplib", "requests", "httpx", "aiohttp", "smtplib",
    "socketserver", "ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "wsgiref", "xmlrpc", "zmq",
})  # fmt: skip


def sockets_only_where_they_may(source: Source) -> Iterator[str]:
    """AF_UNIX in the camera's channel and the hand-over; the network in the simulator only, on loopback."""
    for name in source.imports():
        top = name.split(".")[0]
        if top in _NETWORKS or "QtNetwork" in name or "QtWebSockets" in name or "QLocalSocket" in name:
            yield f"imports {name}"
        if top in {"socket", "_socket"} and source.path not in SOCKETS:
            yield "imports socket"
        if top in {"socket", "_socket"} and name not in {"socket"}:
            yield f"imports {name}: name it as socket.NAME"
    allowed = SOCKETS.get(source.path, frozenset())
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and said(node.value) == "socket":
            if node.attr not in allowed and not node.attr.startswith(_OPTIONS):
                yield f"line {node.lineno}: {said(node)}"
        elif isinstance(node, ast.Constant) and node.value in {"0.0.0.0", "::"}:  # noqa: S104  it is what we look for
            yield f"line {node.lineno}: every interface"


def cryptography_only_in_two_files(source: Source) -> Iterator[str]:
    """AEAD, KDF, HPKE and signatures are called through vault/aead.py and vault/sign.py."""
    for name in source.imports():
        top = name.split(".")[0]
        if top in {"cryptography", "nacl", "Crypto", "OpenSSL"} and not within(
            source, "vault/aead.py", "vault/sign.py"
        ):
            yield f"imports {name}"
        if top == "random" and not within(source, "camera/simulator/"):
            yield "imports random: chance that matters comes from secrets"
    for node in ast.walk(source.tree):
        own = isinstance(node, ast.Attribute) and said(node.value) == "hmac" and node.attr != "compare_digest"
        if own and not within(source, "vault/aead.py"):
            yield f"line {getattr(node, 'lineno', 0)}: {said(node)}"
        if isinstance(node, ast.Attribute) and node.attr in {"pbkdf2_hmac", "scrypt"}:
            yield f"line {node.lineno}: {said(node)}"


def libgphoto2_only_in_the_driver(source: Source) -> Iterator[str]:
    """One file knows the camera library."""
    if within(source, "camera/driver.py", "camera/ears.py"):
        return
    for name in source.imports():
        if name.split(".")[0] == "gphoto2":
            yield f"imports {name}"


ENVIRONMENT: dict[str, frozenset[str]] = {
    "settings.py": frozenset({"os.environ.get('XDG_RUNTIME_DIR', '')"}),  # where the hand-over's socket lies
    "hardening.py": frozenset({"os.environ[name] = NOWHERE"}),  # TMPDIR and its cousins point nowhere
    "app.py": frozenset({"os.environ.get(name)", "os.environ['QT_QPA_PLATFORM'] = 'offscreen'"}),  # is there a screen?
    "demo/run.py": frozenset({"os.environ['QT_QPA_PLATFORM'] = f'offscreen:configfile={SCREENS}'"}),
    "camera/worker.py": frozenset({
        "os.environ.update(_ENGLISH)",  # libgphoto2 answers in words we know
        "os.environ.get('XDG_CONFIG_HOME', '')", "os.environ['HOME'] = folder",  # its private settings folder
    }),
    "camera/link.py": frozenset({"os.environ[name]", "name in os.environ"}),  # PATH and libraries for the child
    "vault/device_key.py": frozenset({"os.environ[name]", "name in os.environ"}),  # what finds the account's key store
}  # fmt: skip
"""Every touch of the environment. None of these can open a gate, keep a frame or weaken a key."""
NAMES = {
    ("app.py", "wanted"): ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"),
    ("camera/link.py", "_KEPT"): ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    ("vault/device_key.py", "_KEPT"): (
        *("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
        *("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_CURRENT_DESKTOP"),
    ),
    ("hardening.py", "name"): ("TMPDIR", "TEMP", "TMP"),
}
"""The names behind the variables in `ENVIRONMENT`."""


def no_environment_variable_weakens_safety(source: Source) -> Iterator[str]:
    """Every touch of the environment is in the list above."""
    allowed = ENVIRONMENT.get(source.path, frozenset())
    parents = {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(source.tree):
        whole: ast.AST = node
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb"}:
            while not isinstance(parents[whole], ast.stmt | ast.comprehension | ast.GeneratorExp | ast.DictComp):
                whole = parents[whole]
                if said(whole) in allowed:
                    break
            if isinstance(parents[whole], ast.Assign) and said(parents[whole]) in allowed:
                continue
            if said(whole) not in allowed:
                yield f"line {node.lineno}: {said(whole)}"
        elif isinstance(node, ast.Attribute | ast.Name) and said(node).rsplit(".", 1)[-1] in {
            "getenv", "getenvb", "putenv", "unsetenv", "qEnvironmentVariable", "qgetenv", "QProcessEnvironment",
        }:  # fmt: skip
            yield f"line {node.lineno}: {said(node)}"
    if "os.environ" in set(source.imports()):
        yield "imports environ: name it as os.environ"


def does_not_know_that_it_is_tested(source: Source) -> Iterator[str]:
    """No "if under test", no import of test tools, no looking around for them."""
    for name in source.imports():
        top = name.split(".")[0]
        if top in {"pytest", "unittest", "hypothesis", "tests", "coverage", "mock"}:
            yield f"imports {name}"
        if name.endswith("QtTest") and not within(source, "demo/driver.py"):
            yield f"imports {name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "pytest" in node.value.lower():
            yield f"line {node.lineno}: names pytest"
        if isinstance(node, ast.Name | ast.Attribute):
            last = said(node).rsplit(".", 1)[-1].lower()
            if last in {"under_test", "is_test", "testing", "in_test", "is_testing"} or said(node) == "sys.modules":
                yield f"line {node.lineno}: {said(node)}"


def runs_no_text_as_code(source: Source) -> Iterator[str]:
    """No eval, exec, pickle; modules by a fixed name."""
    for call in source.calls():
        name = said(call.func)
        if name in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}:
            yield f"line {call.lineno}: {name}"
        if name.endswith("import_module") and not (call.args and isinstance(call.args[0], ast.Constant)):
            yield f"line {call.lineno}: {said(call)}"
        if any(k.arg == "shell" for k in call.keywords):
            yield f"line {call.lineno}: a shell"
    for name in source.imports():
        if name.split(".")[0] in {"pickle", "marshal", "shelve", "dbm", "code"}:
            yield f"imports {name}"


def prints_only_in_the_command(source: Source) -> Iterator[str]:
    """What is said on a terminal is said by the command line."""
    if source.path == "cli.py" or source.path.startswith("cli_"):
        return
    for call in source.calls():
        if said(call.func) in {"print", "pprint", "pprint.pprint", "traceback.print_exc", "traceback.print_exception"}:
            yield f"line {call.lineno}: {said(call)}"


_PERSONAL = frozenset({
    "patient", "family", "given", "title", "born", "identifiers", "identifier", "number", "note", "label", "reason",
    "password", "words", "kit_words", "text", "body", "call", "shown", "person", "name", "names", "search",
})  # fmt: skip
"""Names of things a person typed or is called by; nothing so named goes into a log or an error."""
_LOUD = frozenset({"debug", "info", "warning", "error", "critical", "exception", "log", "warn"})
NOT_PERSONAL = {
    ("camera/arrivals.py", "message.text"),  # words of our own camera process, tidied
}


def _names_in(node: ast.expr) -> Iterator[str]:
    """What of `node` would be written out. A length, a class name or a hex id says nothing about a person."""
    if isinstance(node, ast.Call) and said(node.func) in {"len", "type", "sum", "bool", "int"}:
        return
    if isinstance(node, ast.Attribute) and node.attr == "__name__":
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "hex":
        return
    if isinstance(node, ast.Attribute | ast.Name):
        yield said(node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _names_in(child)


def logs_know_no_patient(source: Source) -> Iterator[str]:
    """Log lines are fixed texts with ids, classes and counts; never built with f-strings, never with a traceback."""
    for call in source.calls():
        func = call.func
        if not (isinstance(func, ast.Attribute) and func.attr in _LOUD):
            continue
        if said(func.value).rsplit(".", 1)[-1] not in {"_log", "log", "logger", "logging", "_logger"}:
            continue
        if not (call.args and isinstance(call.args[0], ast.Constant)):
            yield f"line {call.lineno}: the text of a log line is written out: {said(call)}"
        if func.attr == "exception" or any(k.arg in {"exc_info", "stack_info"} for k in call.keywords):
            yield f"line {call.lineno}: a traceback may quote what a person typed"
        for arg in call.args:
            for name in _names_in(arg):
                if name.rsplit(".", 1)[-1] in _PERSONAL and (source.path, name) not in NOT_PERSONAL:
                    yield f"line {call.lineno}: logs {name}"


def errors_know_no_patient(source: Source) -> Iterator[str]:
    """Nothing a person typed goes into the text of an error."""
    if within(source, "demo/", "camera/simulator/"):
        return
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    about = {"patient", "family", "given", "born", "identifiers", "password", "words", "kit_words", "note"}
    for call in source.calls():
        if said(call.func).rsplit(".", 1)[-1] in kinds:
            for arg in [*call.args, *(k.value for k in call.keywords)]:
                for name in _names_in(arg):
                    if name.rsplit(".", 1)[-1] in about:
                        yield f"line {call.lineno}: {said(call)}"


Rule = Callable[[Source], Iterator[str]]
RULES: dict[Rule, tuple[str, ...]] = {
    no_temporary_files: (
        "import tempfile",
        "from tempfile import NamedTemporaryFile",
        "from PySide6.QtCore import QTemporaryFile",
        "QtCore.QTemporaryDir()",
    ),
    pictures_are_saved_to_memory_only: (
        "image.save('/tmp/x.jpg')",
        "image.save(path, 'JPEG')",
        "import io\nout = io.BytesIO()\nout = 'there'\nimage.save(out)",
        "pixmap.save(fileName='x.png')",
        "def f(out):\n    image.save(out, 'JPEG')",
    ),
    files_are_written_only_where_they_may: (
        "open('x', 'wb')",
        "open('x', mode='a')",
        "open('x', mode)",
        "with path.open('r+b') as f: pass",
        "path.write_bytes(data)",
        "path.write_text('x')",
        "os.open('x', os.O_WRONLY | os.O_CREAT)",
        "os.open('x', flags)",
        "os.fdopen(fd, 'w')",
        "sqlite3.connect('index.db')",
        "logging.FileHandler('x')",
        "QFile(name)",
        "zipfile.ZipFile(name, 'w')",
        "Path('x').touch()",
        "shutil.copyfile(a, b)",
        "device.open(QIODevice.OpenModeFlag.WriteOnly)",
    ),
    sockets_only_where_they_may: (
        "import socket",
        "from socket import AF_INET",
        "import socket\nsocket.socket(socket.AF_INET)",
        "import urllib.request",
        "from PySide6.QtNetwork import QTcpSocket",
        "host = '0.0.0.0'",
    ),
    cryptography_only_in_two_files: (
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM",
        "import hmac\nhmac.digest(k, m, 'sha256')",
        "import hashlib\nhashlib.scrypt(b'')",
        "import random",
    ),
    libgphoto2_only_in_the_driver: ("import gphoto2 as gp", "from gphoto2 import Camera"),
    no_environment_variable_weakens_safety: (
        "import os\nif os.environ.get('CLINICAM_INSECURE'): pass",
        "import os\nx = os.environ['SKIP_CONSENT']",
        "import os\nx = os.getenv('X')",
        "from os import environ",
        "import os\nx = 'DEBUG' in os.environ",
    ),
    does_not_know_that_it_is_tested: (
        "import sys\nif 'pytest' in sys.modules: pass",
        "import os\nif 'PYTEST_CURRENT_TEST' in os.environ: pass",
        "if under_test: pass",
        "from unittest.mock import Mock",
        "from PySide6.QtTest import QTest",
    ),
    runs_no_text_as_code: (
        "eval(text)",
        "import pickle",
        "importlib.import_module(name)",
        "subprocess.run('ls', shell=True)",
    ),
    prints_only_in_the_command: ("print('hello')", "import traceback\ntraceback.print_exc()"),
    logs_know_no_patient: (
        "_log.info(f'opened {patient.family}')",
        "_log.info('opened %s', patient.family)",
        "_log.warning('kept %s', note)",
        "_log.exception('failed')",
        "_log.error('failed', exc_info=True)",
        "logging.info('%s', call)",
        "_log.info('a' + b)",
    ),
    errors_know_no_patient: (
        "raise NotFound(f'no {patient.family}')",
        "raise BadPatientData('family name', given)",
        "raise errors.WrongPassword(password)",
    ),
}  # fmt: skip
