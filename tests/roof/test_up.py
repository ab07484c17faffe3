"""The one command: it comes up, stands alone, keeps to this machine, and ends when it is told to."""

from __future__ import annotations

import http.cookiejar
import re
import signal
import socket
import stat
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from arbion.management.commands.up import address_of
from tests.roof.processes import bare_environment, call, end, eventually, free_port, manage, running

OWNER_PASSWORD = "staple battery horse"


@dataclass(frozen=True)
class Site:
    """A running embedded Arbion."""

    address: str
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path


def start(folder: Path, **given: str) -> Iterator[Site]:
    """Bring one up in a folder of its own."""
    port, log = free_port(), folder / "log"
    environment = bare_environment(ARBION_DATA_DIR=str(folder / "data"), **given)
    with running(manage("up", "--port", str(port), "--no-browser"), environment, log, stop=signal.SIGINT) as process:
        site = Site(f"http://127.0.0.1:{port}", port, environment, process, log)

        def answers() -> bool:
            assert process.poll() is None, log.read_text()
            return call(site.address, "/health/ready/")[0] == 200

        eventually(answers, what="readiness")
        yield site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("up")
    (folder / "data").mkdir()
    (folder / "data").chmod(0o755)  # as an older start left it
    (folder / "data" / "arbion.sqlite3").touch()
    (folder / "data" / "arbion.sqlite3").chmod(0o644)
    yield from start(folder)


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        manage("up", "--no-browser", *arguments),
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def listeners(pid: int) -> set[tuple[str, int]]:
    """Where a process listens, as the kernel says."""
    inodes = {
        target[8:-1]
        for entry in Path(f"/proc/{pid}/fd").iterdir()
        if (target := str(entry.readlink())).startswith("socket:[")
    }
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            parts = line.split()
            address, port = parts[1].split(":")
            if parts[3] == "0A" and parts[9] in inodes:
                found.add((address, int(port, 16)))
    return found


def test_it_says_where_it_is_and_shows_the_owner_once(site: Site) -> None:
    said = site.log.read_text()
    assert f"http://127.0.0.1:{site.port}" in said
    assert re.search(r"Your owner account +owner@arbion\.localhost\n +Its password +\S{20,}\n", said)
    for name in ("database", "instruments", "owner", "schedules"):
        assert re.search(rf"^  {name} +\d+\.\d s$", said, re.MULTILINE), name


def test_the_market_moves_and_the_schedule_runs(site: Site) -> None:
    _, first = call(site.address, "/health/ready/")
    assert {name: check["state"] for name, check in first["checks"].items()} == dict.fromkeys(first["checks"], "ok")


def test_it_listens_on_this_machine_alone(site: Site) -> None:
    assert listeners(site.process.pid) == {("0100007F", site.port)}


def test_nobody_else_reads_what_it_keeps(site: Site) -> None:
    folder = Path(site.environment["ARBION_DATA_DIR"])
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert {"arbion.sqlite3", "arbion.sqlite3-wal", "arbion.sqlite3-shm", "arbion.lock"} <= set(found)
    assert found == dict.fromkeys(found, 0o600)
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_links_in_mail_lead_to_where_it_listens(site: Site) -> None:
    page = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(page))
    address = f"{site.address}/account/password/reset/"
    browser.open(address, timeout=10).read()
    token = next(cookie.value for cookie in page if cookie.name == "csrftoken")
    form = urllib.parse.urlencode({"email": "owner@arbion.localhost", "csrfmiddlewaretoken": token}).encode()
    browser.open(address, data=form, timeout=10).read()
    links = eventually(lambda: re.findall(r"(http://\S+?)/account/\S*reset", site.log.read_text()), what="the mail")
    assert set(links) == {site.address}


def test_a_second_copy_refuses_to_start_and_says_why(site: Site) -> None:
    second = run(site.environment, "--port", str(free_port()))
    assert second.returncode == 1
    assert f"already running on {site.environment['ARBION_DATA_DIR']} (process {site.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert call(site.address, "/health/")[0] == 200


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result = run(bare_environment(ARBION_DATA_DIR=str(tmp_path)), "--port", str(other.getsockname()[1]))
    assert result.returncode == 1
    assert "cannot be used (Address already in use)" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "arbion.sqlite3").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])  # noqa: S104  they are refused
def test_an_address_that_others_reach_is_refused(tmp_path: Path, host: str) -> None:
    result = run(bare_environment(ARBION_DATA_DIR=str(tmp_path)), "--host", host)
    assert result.returncode == 1
    assert "can be reached from other machines" in result.stderr
    assert not (tmp_path / "arbion.sqlite3").exists()


@pytest.mark.parametrize("port", ["0", "-1", "99999"])
def test_a_port_that_cannot_be_is_refused(tmp_path: Path, port: str) -> None:
    result = run(bare_environment(ARBION_DATA_DIR=str(tmp_path)), f"--port={port}")
    assert result.returncode == 1
    assert result.stderr == f"CommandError: --port takes a number from 1 to 65535, not {port}.\n"
    assert not (tmp_path / "arbion.sqlite3").exists()


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:8271"), ("0.0.0.0", "http://127.0.0.1:8271"), ("::1", "http://[::1]:8271")],  # noqa: S104
)
def test_the_address_is_one_a_browser_can_open(host: str, address: str) -> None:
    assert address_of(host, 8271) == address


def test_a_weak_owner_password_is_refused(tmp_path: Path) -> None:
    environment = bare_environment(ARBION_DATA_DIR=str(tmp_path), ARBION_OWNER_PASSWORD="short")
    result = run(environment, "--port", str(free_port()))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "Ready" not in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_a_chosen_password_is_not_shown(tmp_path: Path, number: int) -> None:
    for site in start(tmp_path, ARBION_OWNER_PASSWORD=OWNER_PASSWORD):
        with socket.create_connection(("127.0.0.1", site.port)) as idle:
            idle.sendall(b"GET /health/ HTTP/1.1\r\n")
            assert end(site.process, number) == 0
        said = site.log.read_text()
        assert said.rstrip().endswith("Arbion has stopped.")
        assert "Traceback" not in said
        assert OWNER_PASSWORD not in said
        assert call(site.address, "/health/")[0] == 0
