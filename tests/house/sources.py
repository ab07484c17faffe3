"""The house's own source files, read as syntax trees, and what the rules look for in them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from django.apps import apps

from arbion.lib.fields import ScaledDecimalField

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("arbion", "accounts", "marketdata", "brokers", "riskdesk", "trading", "autotrade")
BROAD = {"Exception", "BaseException"}
# Packages of chance and time that only the two doors in arbion/lib may use.
CHANCE = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "time.time", "time.time_ns",
    "uuid.uuid1", "uuid.uuid4", "uuid4", "os.urandom", "np.random.default_rng", "random.random", "random.Random",
    "random.randint", "random.choice", "random.seed", "random.uniform", "random.gauss", "random.shuffle",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as a syntax tree, each node knowing its parent."""
        tree = ast.parse(self.text)
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                child.parent = node  # type: ignore[attr-defined]
        return tree


Rule = Callable[[Source], Iterator[str]]


@cache
def house() -> tuple[Source, ...]:
    """Every file of the seven packages but the migrations, which Django writes."""
    return tuple(
        source for package in PACKAGES for source in _read(ROOT / package) if "/migrations/" not in source.path
    )


@cache
def tests() -> tuple[Source, ...]:
    """Every file of the tests."""
    return tuple(_read(ROOT / "tests"))


def offences(rule: Rule, *, of: tuple[Source, ...], but: frozenset[str] | set[str] = frozenset()) -> list[str]:
    """Where the rule is broken, as `path: what`; `but` names reviewed exceptions, as a path or as such a line."""
    return [
        f"{source.path}: {offence}"
        for source in of
        for offence in rule(source)
        if source.path not in but and f"{source.path}: {offence}" not in but
    ]


def planted(text: str, path: str = "trading/planted.py") -> Source:
    """A file that exists only to be caught."""
    return Source(path, text)


def _read(folder: Path) -> Iterator[Source]:
    for path in sorted(folder.rglob("*.py")):
        if "node_modules" not in path.parts:
            yield Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of names, or an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def parents(node: ast.AST) -> Iterator[ast.AST]:
    """Everything that stands around a node, nearest first."""
    while (above := getattr(node, "parent", None)) is not None:
        yield above
        node = above


def inside(node: ast.AST) -> str:
    """The function in which a node stands."""
    functions = (above.name for above in parents(node) if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef))
    return next(functions, "the module")


# What the rules look for ---------------------------------------------------------------------------------------------


def too_long(source: Source) -> Iterator[str]:
    """More than 400 lines in a file."""
    if (lines := len(source.text.splitlines())) > 400:
        yield f"{lines} lines: split it along a noun"


def long_functions(source: Source) -> Iterator[str]:
    """More than 70 lines in a function, its decorators and docstring included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 70:
            yield f"{node.name} has {node.end_lineno - node.lineno + 1} lines"


def no_docstring(source: Source) -> Iterator[str]:
    """A module without its sentence of purpose."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield "does not say what it is for"


def signals(source: Source) -> Iterator[str]:
    """Anything that runs without being called: Django's, Celery's or allauth's signals."""
    for node in ast.walk(source.tree):
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if module == "django.dispatch" or any(name.endswith("signals") for name in (module, *names)):
            yield f"imports signals in line {node.lineno}"
        called = dotted(node.func) if isinstance(node, ast.Call) else ""
        if called.endswith("receiver") or (called.endswith(".connect") and any(word in called for word in SIGNALS)):
            yield f"listens to a signal in line {node.lineno}"


def broad_excepts(source: Source) -> Iterator[str]:
    """An except that catches everything and does not raise it on."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        is_broad = any(kind is None or dotted(kind).split(".")[-1] in BROAD for kind in caught)
        last = node.body[-1]
        if is_broad and not (isinstance(last, ast.Raise) and last.exc is None):
            yield inside(node)


def floats(source: Source) -> Iterator[str]:
    """A binary fraction where money is counted."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"the float {node.value} in {inside(node)}"
        elif isinstance(node, ast.Call) and dotted(node.func) in {
            "float",
            "np.float64",
            "FloatField",
            "models.FloatField",
        }:
            yield f"{dotted(node.func)}() in {inside(node)}"
        elif isinstance(node, ast.Name) and node.id == "float" and not isinstance(node.parent, ast.Call):  # type: ignore[attr-defined]
            yield f"float in {inside(node)}"


def expressions(source: Source) -> Iterator[str]:
    """F() on a scaled column outside a Meta: SQL would reckon with the stored integers, not with the Decimals."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or dotted(node.func) not in {"F", "models.F"}:
            continue
        named = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        is_harmless = isinstance(named, str) and named.split("__")[-1].lstrip("-") not in scaled_columns()
        if not is_harmless and not any(
            isinstance(above, ast.ClassDef) and above.name == "Meta" for above in parents(node)
        ):
            yield f"F({ast.unparse(node.args[0])}) in {inside(node)}"


@cache
def scaled_columns() -> frozenset[str]:
    """The names of all columns that keep Decimals as integers."""
    fields = (field for model in apps.get_models() for field in model._meta.concrete_fields)
    return frozenset(field.name for field in fields if isinstance(field, ScaledDecimalField))


def row_locks(source: Source) -> Iterator[str]:
    """A row lock that is taken elsewhere than where locks live."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "select_for_update":
            yield f"select_for_update in {inside(node)}"


def time_and_chance(source: Source) -> Iterator[str]:
    """The machine's clock or chance, read otherwise than through the two doors; a model's default is no call."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in CHANCE:
            yield f"{dotted(node.func)}() in {inside(node)}"
        if isinstance(node, ast.ImportFrom) and node.module in {"random", "uuid", "time", "secrets"}:
            for alias in node.names:
                if alias.name in {"uuid1", "uuid4", "time", "random", "token_hex", "Random"}:
                    yield f"imports {node.module}.{alias.name}"


def printing(source: Source) -> Iterator[str]:
    """Words to the terminal from anywhere but a command."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "print":
            yield f"print in {inside(node)}"


def venue_names(source: Source) -> Iterator[str]:
    """A venue called by its name: what differs between venues is data below trading."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and dotted(node).startswith("Venue.") and node.attr.isupper():
            yield f"{dotted(node)} in {inside(node)}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("brokers."):
            inner = (node.module or "").split(".")[1]
            taken = {alias.name for alias in node.names}
            if (inner in VENUES) or (taken & VENUES):
                yield f"imports {node.module}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in VENUES:
            yield f"the word {node.value!r} in {inside(node)}"


SIGNALS = ("pre_", "post_", "signal", "m2m_changed", "request_started", "request_finished")
FLOATS = {"float", "np.float64", "FloatField", "models.FloatField"}
VENUES = {"simulator", "simulated", "schwab", "coinbase", "etrade", "cdp"}
