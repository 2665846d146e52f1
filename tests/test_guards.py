"""Guards on the source text itself: money, errors, borders, documentation, sizes, what no public tree should hold."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import pdp_bridge
from pdp_bridge import ports
from pdp_bridge.validation import arithmetic, coherence, french, portal

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pdp_bridge"
MODULES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if "migrations/versions" not in path.as_posix()
}
LONGEST = 400
"""Lines of a module."""


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name])


def nodes(name: str, kind: type) -> Iterator:
    return (node for node in ast.walk(tree(name)) if isinstance(node, kind))


def called(call: ast.Call) -> str:
    """The last part of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def within(name: str, places: set[str]) -> bool:
    """The module is one of `places`, or in one of its folders (they end with a slash)."""
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in places)


def test_the_tree_was_found():
    assert len(MODULES) > 120


# -- money ---------------------------------------------------------------------------------------------------------

FLOATS = {
    "document/closing.py": "points on paper",
    "document/fonts.py": "points on paper",
    "model/money.py": "how official rules add, foretold",
    "pacing.py": "seconds",
    "source/facturation_pro/client.py": "seconds",
    "transmission/iopole/mapping.py": "seconds",
    "validation/pdf_content.py": "points on paper",
}
"""Where `float(…)` is called, and what is counted there."""


def test_money_is_rounded_in_one_module_and_is_never_a_float():
    rounding = {name for name in MODULES for call in nodes(name, ast.Call) if called(call) in {"quantize", "round"}}
    floating = {name for name in MODULES for call in nodes(name, ast.Call) if called(call) == "float"}
    assert rounding == {"model/money.py"}
    assert floating == set(FLOATS)


@pytest.mark.parametrize("folder", ["model", "validation", "source"])
def test_no_number_with_a_point_stands_where_money_is_counted(folder):
    """A literal like 0.01 is a float: amounts and rates are `Decimal("0.01")`."""
    allowed = {
        "source/facturation_pro/client.py",  # seconds, and a share of the allowance of requests
        "validation/pdf_content.py",  # points on paper
    }
    found = [
        f"{name}:{node.lineno}"
        for name in MODULES
        if name.startswith(f"{folder}/") and name not in allowed
        for node in nodes(name, ast.Constant)
        if isinstance(node.value, float)
    ]
    assert found == []


# -- errors --------------------------------------------------------------------------------------------------------

BROAD = {"Exception", "BaseException"}


def caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return BROAD
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def test_whoever_catches_everything_says_why_or_raises_it_again():
    silent = []
    for name, text in MODULES.items():
        for handler in nodes(name, ast.ExceptHandler):
            line = text.splitlines()[handler.lineno - 1]
            reason = line.partition("#")[2].partition(" - ")[2] or line.partition("# ")[2]
            passed_on = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
            if caught(handler) & BROAD and not passed_on and (len(reason) < 20 or handler.type is None):
                silent.append(f"{name}:{handler.lineno}")
    assert silent == []


def test_nothing_is_swallowed():
    """`except …: pass` hides what happened."""
    empty = [
        f"{name}:{handler.lineno}"
        for name in MODULES
        for handler in nodes(name, ast.ExceptHandler)
        if isinstance(handler.body[0], ast.Pass)
    ]
    assert empty == []


# -- borders -------------------------------------------------------------------------------------------------------

BORDERS = {
    "httpx": {
        "answers.py",
        "connection.py",
        "notices/channels.py",
        "source/facturation_pro/client.py",
        "source/facturation_pro/failures.py",
        "transmission/iopole/auth.py",
        "transmission/iopole/client.py",
    },
    "authlib": {"transmission/iopole/auth.py"},
    "sqlalchemy": {"journal/"},
    "psycopg": {"worker/"},
    "procrastinate": {"worker/"},
    "alembic": {"journal/"},
    "keyring": {"settings/credentials.py"},
    "filelock": {"journal/"},
    "starlette": {"sandbox/", "server/"},
    "uvicorn": {"sandbox/", "server/"},
    "saxonche": {"validation/saxon.py"},
    "reportlab": {"document/", "sandbox/facturation_pro.py"},
    "typer": {"cli/"},
    "rich": {"cli/"},
}
"""Foreign libraries, and the only modules that know them: their errors are translated there."""


@pytest.mark.parametrize("library", BORDERS)
def test_a_foreign_library_stays_behind_its_border(library):
    def imports(name: str) -> bool:
        plain = {alias.name for node in nodes(name, ast.Import) for alias in node.names}
        named = {node.module or "" for node in nodes(name, ast.ImportFrom)}
        return any(module.partition(".")[0] == library for module in plain | named)

    inside = {name for name in MODULES if imports(name)}
    assert inside
    assert {name for name in inside if not within(name, BORDERS[library])} == set()


UNTYPED = {
    "cli/app.py",  # what typer hands over
    "cli/interview.py",
    "cli/line.py",
    "cli/payload.py",
    "document/comparison.py",  # any two values of the model
    "document/subsets.py",  # documents of reportlab, which has no types
    "journal/",  # columns of rows
    "model/pulled.py",  # JSON of the source, kept as it came
    "sandbox/",
    "settings/",  # TOML
    "soundness.py",  # JSON of any service
    "source/facturation_pro/",
    "testing/journal.py",
    "testing/kept.py",
    "transmission/iopole/",
    "validation/rulesets.py",  # TOML
}
"""Where `Any` may stand: the borders to JSON, TOML, SQL and typer."""


def test_any_stands_at_borders_only():
    holders = {name for name in MODULES if any(node.id == "Any" for node in nodes(name, ast.Name))}
    assert {name for name in holders if not within(name, UNTYPED)} == set()
    assert {place for place in UNTYPED if not any(within(name, {place}) for name in holders)} == set()


def test_the_environment_is_read_in_one_place():
    """`settings` reads it; the command line reads its language before there are settings."""
    readers = {name for name, text in MODULES.items() if re.search(r"\bos\.(environ|getenv)\b", text)}
    assert readers == {"settings/loading.py", "cli/words.py"}


def test_a_file_is_made_whole_in_one_place():
    assert {name for name, text in MODULES.items() if "os.fsync" in text} == {"durable.py", "journal/archive_file.py"}
    assert {name for name, text in MODULES.items() if "mkstemp" in text} == {"durable.py", "server/spool.py"}


def test_a_type_is_overruled_with_a_reason():
    mute = [
        f"{name}:{number}"
        for name, text in MODULES.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if "type: ignore" in line and not re.search(r"type: ignore\[[a-z-]+\] +# \w", line)
    ]
    assert mute == []


# -- documentation and size ----------------------------------------------------------------------------------------

PORTS = {
    name
    for port in (ports.InvoiceSource, ports.Platform, ports.Journal)
    for name in vars(port)
    if not name.startswith("_")
}
"""Documented once, on the port."""

HOOKS = {"process_bind_param", "process_result_value"}
"""Methods that a library calls, documented there."""


def public(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def test_every_module_says_what_it_is():
    mute = [name for name in MODULES if len((ast.get_docstring(tree(name)) or "").split()) < 4]
    assert mute == []


def test_everything_public_is_documented():
    mute = [
        f"{name}:{node.lineno} {node.name}"
        for name in MODULES
        for node in public(tree(name).body)
        if not ast.get_docstring(node) and node.name not in PORTS | HOOKS
    ]
    assert mute == []


def test_modules_stay_readable():
    sizes = {name: len(text.splitlines()) for name, text in MODULES.items()}
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST} == {}


def test_the_public_names_resolve_and_cost_nothing_before():
    assert set(pdp_bridge.__all__) == set(pdp_bridge._HOMES)
    assert sorted(pdp_bridge.__all__) == pdp_bridge.__all__
    for name in pdp_bridge.__all__:
        home = import_module(f"pdp_bridge.{pdp_bridge._HOMES[name]}")
        assert getattr(pdp_bridge, name) is getattr(home, name), name
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        pdp_bridge.nothing_of_the_kind  # noqa: B018 - the access is the test
    typed = {
        alias.name
        for node in ast.walk(ast.parse(MODULES["__init__.py"]))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pdp_bridge.")
        for alias in node.names
    }
    assert typed == set(pdp_bridge.__all__), "type checkers see the same names"
    heavy = "import sys, pdp_bridge; print(sorted({'httpx', 'lxml', 'sqlalchemy', 'typer'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", heavy], check=True, capture_output=True, text=True, cwd=ROOT)
    assert loaded.stdout.strip() == "[]"


# -- rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [arithmetic, french, coherence, portal], ids=lambda module: module.__name__)
def test_every_rule_is_applied(module):
    """A function that gives findings is in `RULES` (tests/validation pairs each of those with a mutant)."""
    name = module.__name__.removeprefix("pdp_bridge.").replace(".", "/") + ".py"
    written = {
        node.name
        for node in tree(name).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and ast.unparse(node.returns or ast.Constant(None)) == "Iterator[Finding]"
    }
    applied = {rule.__name__ for rule in (*arithmetic.RULES, *french.RULES, arithmetic.currency_mixed)}
    assert written
    assert written - applied == set()


@pytest.mark.parametrize("module", [arithmetic, french, coherence, portal], ids=lambda module: module.__name__)
def test_every_rule_says_its_sentence_and_where_it_is_written(module):
    for rule in module.RULES:
        sentence, _, rest = (rule.__doc__ or "").partition("\n")
        assert sentence.endswith("."), rule.__name__
        assert rest.strip(), f"{rule.__name__} says where it is written"


# -- the public tree -----------------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """Every file of the repository; of the folder, where there is no git."""
    git = shutil.which("git")
    listed = git and subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True)
    if listed and listed.returncode == 0:
        return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    shown = (path for path in ROOT.rglob("*") if path.is_file())
    return [path for path in shown if not any(part[0] in "._" for part in path.relative_to(ROOT).parts[:-1])]


FORBIDDEN = {
    "a folder of one machine": r"(?<![\w.:/])/(?:home|root|Users|work|workspace|mnt|private)/[\w.-]+",
    "an address inside a network": r"\b(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+\b",
    "a host inside a network": r"\b[\w-]+\.(?:internal|lan|corp)\b",
    "an index of packages": r"--(?:extra-)?index-url|\bPIP_INDEX_URL\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "unfinished work": r"\b(?:TODO|FIXME|HACK)\b",
    "how it was made": r"(?i)\bco-authored-by\b|\bgenerated (?:by|with)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what):
    pattern = re.compile(FORBIDDEN[what])
    found = []
    files = tracked()
    assert len(files) > 500
    for path in files:
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # fonts, catalogues, pictures
        if path == Path(__file__) or path.name == "APACHE.txt":
            continue  # the words of a licence are not ours
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in pattern.finditer(text)]
    assert found == []
