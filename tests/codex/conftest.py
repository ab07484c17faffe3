"""A workspace with some files, a superadmin who may ask about them, and a model's provider on loopback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Scope, User
from accounts.services import create_person
from accounts.tokens import issue
from arbion.codex import asking
from arbion.codex.asking import Wish
from arbion.codex.models import CodexTask
from arbion.codex.workspace import Workspace
from arbion.domain.enums import Role
from tests.openai_server import Call, Reply

MEAN = "def mean(values):\n    return sum(values) / len(values)\n"
BETTER = "def mean(values):\n    return sum(values) / len(values) if values else None\n"
DIFF = (
    "--- a/mean.py\n+++ b/mean.py\n@@ -1,2 +1,2 @@\n def mean(values):\n-    return sum(values) / len(values)\n"
    "+    return sum(values) / len(values) if values else None\n"
)
CANARY = "sk-canary-5fd0c2b7e1d24f6a8b90"


@pytest.fixture(autouse=True)
def _fast_hashes(settings) -> None:
    """One round instead of a million: what is tested is not the hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    """The workspace, and a file beside it that nobody may reach."""
    (tmp_path / "outside.txt").write_text(f"the key is {CANARY}\n")
    root = tmp_path / "work"
    (root / "tests").mkdir(parents=True)
    (root / "mean.py").write_text(MEAN)
    (root / "tests" / "test_mean.py").write_text("from mean import mean\n")
    settings.CODEX_ENABLED, settings.CODEX_WORKSPACE = True, str(root)
    return root


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return Workspace(folder)


@pytest.fixture
def make_person(db) -> Callable[..., User]:
    def make(name: str, role: str = Role.STANDARD) -> User:
        return create_person(email=f"{name}@example.com", password="correct horse battery", role=role)

    return make


@pytest.fixture
def sue(make_person) -> User:
    return make_person("sue", Role.SUPERADMIN)


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    def browser(user: User) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def program_of() -> Callable[..., APIClient]:
    def program(user: User, scope: str = Scope.TRADE) -> APIClient:
        _, key = issue(user=user, name="test", scope=scope, actor=user)
        return APIClient(HTTP_AUTHORIZATION=f"Token {key}")

    return program


def proposed(diff: str = DIFF, analysis: str = "It divides by nothing.") -> Reply:
    """A model that proposes at once."""
    return Reply(calls=(Call("propose_change", {"analysis": analysis, "diff": diff}),))


@pytest.fixture
def answered(sue: User, folder: Path, openai_server) -> Callable[..., CodexTask]:
    """A task that has been worked on."""

    def make(*replies: Reply, files: tuple[str, ...] = ("mean.py",), **facts) -> CodexTask:
        openai_server.say(*(replies or (proposed(),)))
        task = asking.ask(sue, Wish(instruction="Mind the empty list.", files=files, **facts))
        asking.work_on(task.pk)
        task.refresh_from_db()
        return task

    return make


def lying(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def told(server) -> str:
    """Everything that the provider was sent."""
    return "".join(one.raw.decode() for one in server.asked)
