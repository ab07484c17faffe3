"""`manage.py codex`: asks, shows, and writes only after a yes; and nothing of the assistant can run anything."""

from __future__ import annotations

import ast
import json
import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from arbion.codex.models import CodexTask, TaskStatus
from arbion.domain.enums import Role
from tests.codex.conftest import BETTER, DIFF, MEAN, proposed
from tests.house.sources import dotted, house
from tests.openai_server import Call, Fault, Reply

RUNS = {
    "os.system", "os.popen", "os.execv", "os.execve", "os.execvp", "os.spawnv", "os.spawnl", "os.posix_spawn",
    "os.fork", "eval", "exec", "compile", "__import__", "pty.spawn", "importlib.import_module", "runpy.run_path",
    "import_string",
}  # fmt: skip


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("codex", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_it_asks_and_shows_what_the_model_says(sue, folder: Path, openai_server) -> None:
    openai_server.say(proposed())
    said = run("Mind the empty list.", "mean.py")
    assert "It divides by nothing." in said
    assert "+    return sum(values) / len(values) if values else None" in said
    assert (folder / "mean.py").read_text() == MEAN
    openai_server.say(proposed())
    told = json.loads(run("Mind the empty list.", "mean.py", "--json", "--person", "sue@example.com"))
    assert (told["status"], told["diff"]) == ("answered", DIFF)


@pytest.mark.django_db
def test_it_writes_after_a_yes(answered, folder: Path, monkeypatch) -> None:
    key = str(answered().pk)
    with pytest.raises(CommandError, match="Nobody can be asked"):  # there is no terminal here
        run("--apply", key)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(CommandError, match="Nothing was written"):
        run("--apply", key)
    assert (folder / "mean.py").read_text() == MEAN
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert "changed mean.py" in run("--apply", key)
    assert (folder / "mean.py").read_text() == BETTER
    with pytest.raises(CommandError, match="codex_task_not_open"):
        run("--apply", key, "--yes")


@pytest.mark.django_db
def test_it_refuses_in_a_sentence(sue, make_person, folder: Path, openai_server, settings) -> None:
    make_person("ada", Role.ADMIN)
    openai_server.otherwise = Reply(fault=Fault.NO_QUOTA)
    for arguments, why in (
        ((), "Give an instruction"),
        (("Look", "mean.py", "--apply", str(uuid.uuid4())), "Give an instruction"),
        (("--apply", "1"), "not the id"),
        (("--apply", str(uuid.uuid4()), "--yes"), "not_found"),
        (("Look", "mean.py", "--person", "ada@example.com"), "no such superadmin"),
        (("Look", "../outside.txt"), "leads out"),
        (("Look", "mean.py"), "model_quota_used"),
    ):
        with pytest.raises(CommandError, match=why):
            run(*arguments)
    settings.CODEX_ENABLED = False
    with pytest.raises(CommandError, match="codex_off"):
        run("Look", "mean.py")
    assert (folder / "mean.py").read_text() == MEAN
    assert CodexTask.objects.exclude(status=TaskStatus.FAILED).count() == 0


def test_nothing_of_the_assistant_runs_anything() -> None:
    sources = [source for source in house() if source.path.startswith("arbion/codex/")]
    assert len(sources) > 12
    calls = {
        (source.path, dotted(node.func))
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and dotted(node.func) in RUNS
    }
    assert calls == set()
    modules = {
        name.split(".")[0]
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert not modules & {"subprocess", "importlib", "runpy", "pty", "ctypes", "multiprocessing", "socket", "requests"}


def test_a_task_can_be_run_again_from_its_records(answered, capsys) -> None:
    """Also one in which something was masked, which is masked again when it is compared."""
    look = Reply(calls=(Call("read_file", {"path": "../data/secrets", "from_line": None}),))
    task = answered(look, proposed())
    call_command("replay_conversation", task.thread)
    said = capsys.readouterr().out
    assert "leads out of the workspace" in said
    assert "model calls propose_change" in said
