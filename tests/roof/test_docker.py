"""The container files: no default password, nobody is root, and the same processes as the Procfile."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCKER = Path(__file__).resolve().parents[2] / "docker"
SECRETS = ("SESSION_SECRET", "ENCRYPTION_KEY", "ENCRYPTION_SALT", "POSTGRES_PASSWORD", "REDIS_PASSWORD")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text(encoding="utf-8"))
    return found


def test_compose_has_every_process(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"setup", "web", "engine", "monitor", "worker", "beat", "postgres", "redis"}
    ours = {name: one["command"] for name, one in compose["services"].items() if one["image"] == "arbion:local"}
    assert ours == {name: [name] for name in ("setup", "web", "engine", "monitor", "worker", "beat")}
    assert compose["services"]["web"]["environment"]["WEB_WORKERS"] == "2"


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_stops_compose_and_is_named(name: str) -> None:
    text = (DOCKER / "compose.yml").read_text(encoding="utf-8")
    uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", text)
    assert uses
    assert all(use.startswith(f":?set {name}") for use in uses)


def test_compose_holds_no_value_of_a_secret(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service["environment"].items() if "environment" in service else ():
            if re.search(r"SECRET|PASSWORD|KEY|SALT|AUTH", key):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), (name, key)


def test_our_containers_hold_no_more_than_they_need(compose: dict[str, Any]) -> None:
    for name in ("setup", "web", "engine", "monitor", "worker", "beat"):
        service = compose["services"][name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["environment"]["ARBION_MODE"] == "production", name


def test_only_the_website_is_reachable_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    ports = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert ports == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_everything_waits_for_what_it_needs_and_is_checked(compose: dict[str, Any]) -> None:
    for name in ("web", "engine", "monitor", "worker", "beat"):
        assert compose["services"][name]["depends_on"] == {
            "setup": {"condition": "service_completed_successfully"},
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
        }
    for name in ("engine", "monitor", "worker", "beat", "postgres", "redis"):
        assert "test" in compose["services"][name]["healthcheck"], name


def test_the_image_is_built_in_two_stages_and_does_not_run_as_root() -> None:
    lines = (DOCKER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    assert len(stages) == 2
    last = lines[stages[1] :]
    assert "USER arbion" in last
    assert any(line.startswith("HEALTHCHECK ") for line in last)
    assert not any(re.match(r"(ENV|ARG)\s.*(SECRET|PASSWORD|KEY|SALT)", line) for line in lines)
    assert last.index("USER arbion") < next(at for at, line in enumerate(last) if line.startswith("ENTRYPOINT"))


def test_the_procfile_and_the_entrypoint_start_the_same() -> None:
    procfile = dict(
        line.split(": ", 1) for line in (DOCKER / "Procfile").read_text(encoding="utf-8").splitlines() if line
    )
    entry = (DOCKER / "entrypoint.sh").read_text(encoding="utf-8").replace("\\\n", " ")
    for name, command in procfile.items():
        if name == "release":
            continue
        flags = set(re.findall(r"--[a-z-]+", command)) - {"--host"}
        arm = re.search(rf"^  {name}\)(.*?);;", entry, re.DOTALL | re.MULTILINE)
        assert arm is not None, name
        started = arm.group(1).split("exec ", 1)[1]
        assert set(re.findall(r"--[a-z-]+", started)) - {"--host"} == flags, name
        assert started.split()[:3] == command.split()[:3], name


def test_the_entrypoint_is_a_sound_script() -> None:
    for path in (DOCKER / "entrypoint.sh", DOCKER.parent / ".ci" / "run", DOCKER.parent / ".ci" / "test"):
        shell = "bash" if path.parent.name == ".ci" else "sh"
        assert path.stat().st_mode & 0o111, path
        assert subprocess.run([shell, "-n", str(path)], check=False, timeout=20).returncode == 0, path


def test_secrets_and_data_stay_out_of_the_image() -> None:
    ignored = (DOCKER.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".env", ".data", ".git", ".venv", "node_modules"} <= set(ignored)
