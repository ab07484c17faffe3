"""Work after a commit: only marked functions of our own packages are ever called, or even imported, by name."""

from __future__ import annotations

import sys

import pytest

from arbion.lib import commit
from trading import announce


@pytest.mark.parametrize(
    "path",
    ["antigravity.fly", "os.system", "arbiony.lib.clock", "", ".os.system", "django.core.management.call_command"],
)
def test_a_foreign_path_is_refused_before_it_is_imported(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    monkeypatch.setattr(commit, "import_string", imported.append)
    with pytest.raises(commit.NotDeferrable):
        commit.run_deferred(path, [])
    assert imported == []
    assert "antigravity" not in sys.modules


def test_our_own_function_that_is_not_marked_is_refused() -> None:
    with pytest.raises(commit.NotDeferrable):
        commit.run_deferred("arbion.lib.ids.new_id", [])


def test_every_marked_function_is_found_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = [one for one in vars(announce).values() if getattr(one, "is_deferrable", False)]
    assert len(marked) >= 1
    for function in marked:
        assert function.__module__.partition(".")[0] in commit.OURS
