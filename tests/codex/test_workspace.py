"""The door to the workspace: what is not a plain text file inside it is not opened, however it is named."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from arbion.codex import looking
from arbion.codex import workspace as door
from arbion.codex.errors import FileRefused, TooMuch
from arbion.codex.looking import Reader
from arbion.codex.workspace import Workspace
from arbion.lib.clock import FrozenClock
from tests.codex.conftest import CANARY, MEAN


@pytest.fixture
def reader(workspace: Workspace) -> Reader:
    return Reader(workspace, FrozenClock(datetime(2026, 11, 21, tzinfo=UTC)))


def test_a_file_is_read_as_it_lies_there(folder: Path, workspace: Workspace) -> None:
    (folder / "mean.py").chmod(0o750)
    found = workspace.read("mean.py")
    assert (found.text, found.mode, found.is_masked) == (MEAN, 0o750, False)
    assert workspace.read("tests/test_mean.py").text == "from mean import mean\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../outside.txt", "outside"),
        ("tests/../../outside.txt", "outside"),
        ("/etc/passwd", "outside"),
        ("..", "outside"),
        ("", "bad_path"),
        (".", "bad_path"),
        ("./mean.py", "bad_path"),
        ("tests//test_mean.py", "bad_path"),
        ("tests/", "bad_path"),
        ("mean.py\0.txt", "bad_path"),
        ("..\\outside.txt", "bad_path"),
        ("C:/mean.py", "bad_path"),
        ("mean.py:stream", "bad_path"),
        ("mean.py ", "bad_path"),
        (" mean.py", "bad_path"),
        ("mean\u202e.py", "bad_path"),
        ("a\n/etc/passwd", "bad_path"),
        ("x" * 300, "bad_path"),
        ("/".join("a" * 30), "bad_path"),
        (".env", "hidden"),
        (".git/config", "hidden"),
        ("tests/.hidden/x.py", "hidden"),
        ("prod.env", "keeps_secrets"),
        ("server.PEM", "keeps_secrets"),
        ("tls.key", "keeps_secrets"),
        ("id_rsa", "keeps_secrets"),
        ("id_rsa.old", "keeps_secrets"),
        ("credentials.json", "keeps_secrets"),
        ("my_Secrets/plain.txt", "keeps_secrets"),
        ("nothing.py", "not_found"),
        ("mean.py/more", "link"),
        ("tests", "not_a_file"),
    ],
)
def test_a_hard_name_is_refused(folder: Path, workspace: Workspace, path: str, reason: str) -> None:
    for name in (".env", "prod.env", "server.PEM", "id_rsa", "credentials.json"):
        (folder / name).write_text(CANARY)
    with pytest.raises(FileRefused) as refused:
        workspace.read(path)
    assert refused.value.reason == reason
    assert CANARY not in refused.value.detail


def test_a_link_is_followed_nowhere(folder: Path, workspace: Workspace) -> None:
    (folder / "link.py").symlink_to(folder.parent / "outside.txt")
    (folder / "inner.py").symlink_to("mean.py")
    (folder / "away").symlink_to(folder.parent)
    for path in ("link.py", "inner.py", "away/outside.txt"):
        with pytest.raises(FileRefused) as refused:
            workspace.read(path)
        assert refused.value.reason == "link", path


def test_what_is_no_ordinary_file_is_refused_at_once(folder: Path, workspace: Workspace) -> None:
    os.mkfifo(folder / "pipe.py")
    os.link(folder.parent / "outside.txt", folder / "twin.txt")
    for path, reason in (("pipe.py", "not_a_file"), ("twin.txt", "linked")):
        with pytest.raises(FileRefused) as refused:
            workspace.read(path)
        assert refused.value.reason == reason


def test_what_no_person_reads_is_refused(folder: Path, workspace: Workspace) -> None:
    for content, reason in (
        (b"a\0b", "not_text"),
        (b"\xff\xfe", "not_text"),
        (b"x" * (door.LINE_MAX + 1), "not_text"),
        (b"x\n" * (door.FILE_MAX // 2) + b"x", "too_large"),
    ):
        (folder / "odd.txt").write_bytes(content)
        with pytest.raises(FileRefused) as refused:
            workspace.read("odd.txt")
        assert refused.value.reason == reason
    (folder / "odd.txt").write_bytes(b"x\n" * (door.FILE_MAX // 2))
    assert len(workspace.read("odd.txt").text) == door.FILE_MAX


def test_a_folder_swapped_for_a_link_leads_nowhere(folder: Path, workspace: Workspace) -> None:
    """Somebody swaps a folder for a link to the outside, again and again, while it is read."""
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "test_mean.py").write_text(CANARY)
    stop, read = threading.Event(), []

    def swap() -> None:
        while not stop.is_set():
            (folder / "tests").rename(folder / "kept")
            (folder / "tests").symlink_to(folder.parent / "elsewhere")
            (folder / "tests").unlink()
            (folder / "kept").rename(folder / "tests")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(300):
            try:
                read.append(workspace.read("tests/test_mean.py").text)
            except FileRefused as refused:
                read.append(refused.reason)
    finally:
        stop.set()
        thread.join()
    assert set(read) <= {"from mean import mean\n", "not_found", "link"}


def test_a_link_put_there_between_look_and_open_is_refused(
    folder: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def swapping(name, flags, *given, **more):
        if name == "mean.py":
            (folder / "mean.py").unlink()
            (folder / "mean.py").symlink_to(folder.parent / "outside.txt")
        return real(name, flags, *given, **more)

    monkeypatch.setattr(door.os, "open", swapping)
    with pytest.raises(FileRefused) as refused:
        workspace.read("mean.py")
    assert refused.value.reason == "link"


def test_secrets_are_masked_wherever_a_model_looks(folder: Path, reader: Reader) -> None:
    (folder / "conf.py").write_text(f'api_key = "{CANARY}"\nspeed = 3\n')
    file = reader.file("conf.py")
    assert file.is_masked
    assert CANARY not in file.shown
    assert reader.search(CANARY[:12]) == ()
    assert [(hit.path, hit.line, hit.text) for hit in reader.search("speed")] == [("conf.py", 2, "speed = 3")]
    assert CANARY not in str(reader.search("api_key"))


def test_listing_shows_what_may_be_opened(folder: Path, reader: Reader) -> None:
    for name in (".env", "id_rsa", "a.pem"):
        (folder / name).write_text("x")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "x.js").write_text("x")
    (folder / "away").symlink_to(folder.parent)
    (folder / "link.py").symlink_to(folder.parent / "outside.txt")
    os.mkfifo(folder / "pipe")
    assert reader.listing().paths == ("mean.py", "tests/test_mean.py")
    assert reader.listing("tests").paths == ("tests/test_mean.py",)
    with pytest.raises(FileRefused):
        reader.listing("away")
    with pytest.raises(FileRefused):
        reader.search("key", "..")


def test_looking_has_its_bounds(folder: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        (folder / f"f{number:02}.txt").write_text("the same line\n")
    assert len(reader.search("same")) == looking.HITS_MAX
    monkeypatch.setattr(looking, "ENTRIES_MAX", 10)
    assert (len(reader.listing().paths), reader.listing().is_cut) == (10, True)
    deep = folder / "/".join("d" * (looking.DEPTH_MAX + 2))
    deep.mkdir(parents=True)
    (deep / "needle.txt").write_text("far away\n")
    assert reader.search("far away") == ()
    for needle in ("", "  ", "a\nb", "x" * (looking.NEEDLE_MAX + 1)):
        with pytest.raises(FileRefused):
            reader.search(needle)


def test_a_task_reads_no_more_than_it_may(folder: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "GIVEN_MAX", 2 * len(MEAN))
    reader.file("mean.py")
    reader.file("mean.py")
    with pytest.raises(TooMuch):
        reader.file("mean.py")
    monkeypatch.setattr(looking, "SCANNED_MAX", 10)
    with pytest.raises(TooMuch):
        reader.search("mean")


def test_looking_takes_no_longer_than_it_may(folder: Path, workspace: Workspace) -> None:
    class Slow:
        at = datetime(2026, 11, 21, tzinfo=UTC)

        def now(self) -> datetime:
            self.at += looking.LOOK_MAX
            return self.at

    assert Reader(workspace, Slow()).listing().paths == ("mean.py",)


def test_descriptors_are_given_back(folder: Path, reader: Reader) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        reader.listing()
        reader.search("mean")
        reader.workspace.read("mean.py")
        with pytest.raises(FileRefused):
            reader.workspace.read("tests/nothing.py")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
