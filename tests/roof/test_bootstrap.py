"""The first steps: what they refuse, what they skip, and that nothing of a registry's address stays behind."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "arbion" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, at work in a folder of its own; commands are written down instead of being run."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    (tmp_path / "requirements").mkdir()
    for name in ("base.txt", "dev.txt", "node.txt"):
        (tmp_path / "requirements" / name).write_text(f"{name}==1\n")
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "static" / "src").mkdir(parents=True)
    (tmp_path / "static" / "src" / "app.css").write_text("body{}")
    for package_file in module.COPIED_ASSETS:
        path = tmp_path / "node_modules" / package_file
        path.parent.mkdir(parents=True)
        path.write_text(package_file)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(module, "NODE_FOLDER", tmp_path / ".node")
    monkeypatch.setattr(module, "DIST", tmp_path / "static" / "dist")
    (tmp_path / ".venv").mkdir()
    module.called = []

    def call(command: list[str], *, env: dict[str, str] | None = None) -> None:
        module.called.append(command)
        if command[-1] == "build":
            (tmp_path / "static" / "dist" / "app.css").write_text("built")
        if "--target" in command:
            (tmp_path / ".node").mkdir()

    monkeypatch.setattr(module, "call", call)
    return module


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    imported = {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_an_old_python_is_told_so_in_one_sentence(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    monkeypatch.setattr(bootstrap, "PYTHON_MIN", (99, 0))
    with pytest.raises(bootstrap.SetupError, match=r"^Arbion needs Python 99\.0 or later; this is 3\."):
        bootstrap.suitable_python()


def test_an_old_python_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_packages_are_installed_once_by_their_hashes(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    bootstrap.install("base.txt")
    bootstrap.install("base.txt")
    assert len(bootstrap.called) == 1
    assert {"--require-hashes", "--no-deps"} <= set(bootstrap.called[0])


def test_a_changed_lock_is_installed_again(bootstrap: ModuleType) -> None:
    bootstrap.install("base.txt")
    (bootstrap.ROOT / "requirements" / "base.txt").write_text("base.txt==2\n")
    bootstrap.install("base.txt")
    assert len(bootstrap.called) == 2


def test_the_developers_packages_hold_those_of_the_product(bootstrap: ModuleType) -> None:
    bootstrap.install("dev.txt")
    bootstrap.install("base.txt")
    assert len(bootstrap.called) == 1


def test_what_was_interrupted_is_done_again(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_command: list[str], **_: object) -> None:
        raise bootstrap.SetupError("no network")

    good = bootstrap.call
    monkeypatch.setattr(bootstrap, "call", fail)
    with pytest.raises(bootstrap.SetupError):
        bootstrap.install("base.txt")
    monkeypatch.setattr(bootstrap, "call", good)
    bootstrap.install("base.txt")
    assert len(bootstrap.called) == 1


def test_assets_are_built_once_and_again_when_a_template_changes(bootstrap: ModuleType) -> None:
    bootstrap.build_assets()
    bootstrap.build_assets()
    assert [command[-1] for command in bootstrap.called].count("build") == 1
    (bootstrap.ROOT / "templates").mkdir()
    (bootstrap.ROOT / "templates" / "page.html").write_text("<p class='flex'>")
    bootstrap.build_assets()
    assert [command[-1] for command in bootstrap.called].count("build") == 2
    assert sum("install" in command for command in bootstrap.called) == 1
    built = {path.name for path in bootstrap.DIST.iterdir()}
    assert built == {"app.css", "stamp.json", *(Path(name).name for name in bootstrap.COPIED_ASSETS)}


def test_without_node_it_comes_from_a_wheel_by_its_hash(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    command, env = bootstrap.node_commands()
    assert "--require-hashes" in bootstrap.called[0]
    assert str(bootstrap.ROOT / "requirements" / "node.txt") in bootstrap.called[0]
    assert command[0].startswith(str(bootstrap.ROOT / ".node"))
    assert env["PATH"].startswith(str(bootstrap.ROOT / ".node"))
    bootstrap.node_commands()
    assert len(bootstrap.called) == 1


def test_cleaning_leaves_data_and_source(bootstrap: ModuleType) -> None:
    (bootstrap.ROOT / ".data").mkdir()
    bootstrap.clean()
    left = {path.name for path in bootstrap.ROOT.iterdir()}
    assert left == {".data", "requirements", "package.json", "package-lock.json", "static"}


def test_an_unknown_task_is_named() -> None:
    result = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), "fly"], capture_output=True, text=True, timeout=30, check=False
    )
    assert result.returncode == 1
    assert "There is no task 'fly'" in result.stderr
    assert "Traceback" not in result.stderr


def test_locks_hold_a_hash_for_every_version_and_no_address() -> None:
    for name in ("base", "dev", "node"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert not re.search(r"https?://|--index-url|--find-links|file:", text), name
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "==" in block.splitlines()[0], block
            assert "--hash=sha256:" in block, block


def test_the_front_ends_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or "integrity" in package, name
    assert "registry" not in (ROOT / ".npmrc").read_text(encoding="utf-8").replace("lockfile-registry-resolved", "")


def test_every_requirement_says_what_it_is_for() -> None:
    for path in (ROOT / "requirements").glob("*.in"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.startswith(("#", "-r ")) or "  # " in line, f"{path.name}: {line}"
