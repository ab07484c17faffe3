"""Imports and foreign keys fall downwards; each contract is shown to catch an offence planted against it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

from tests.house.sources import PACKAGES, ROOT

LAYERS = ["accounts", "marketdata", "brokers", "riskdesk", "trading", "autotrade"]
# One forbidden line for each contract, in a file of its own.
OFFENCES = {
    "The house is layered": ("arbion/lib/planted.py", "from trading import models"),
    "Inside trading: doors, then verbs, then books, then records": (
        "trading/models/planted.py",
        "from trading.execution import place",
    ),
    "The interpreter cannot reach execution: words can only propose": (
        "trading/interpreter/planted.py",
        "from trading.execution import place",
    ),
    "A model's toolbox cannot reach execution: it looks things up": (
        "trading/desk/model/analysis.py",
        "from trading.execution import place",
    ),
    "The judge never acts": ("riskdesk/planted.py", "from brokers.simulator import venue"),
    "Only execution reaches a venue": ("trading/books/planted.py", "from brokers.registry import connect"),
    "Words need no machinery": ("arbion/domain/planted.py", "import celery"),
    "No application opens an HTTP connection of its own": ("brokers/planted.py", "import httpx2"),
    "One HTTP door": ("accounts/planted.py", "import requests"),
    "One door to language models": ("trading/interpreter/planted_model.py", "import openai"),
    "The code assistant runs nothing": ("arbion/codex/planted.py", "import subprocess"),
    "Few hands open the vault": ("trading/planted_vault.py", "from accounts import vault"),
}


def lint(folder: Path) -> tuple[int, str]:
    """What import-linter says of the house in this folder."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def contracts() -> list[str]:
    """The names of the contracts."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def copy_of_the_house(folder: Path) -> Path:
    """The source alone, in another place."""
    for package in PACKAGES:
        if (ROOT / package).exists():
            shutil.copytree(
                ROOT / package, folder / package, ignore=lambda _, names: {n for n in names if n == "__pycache__"}
            )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_house_keeps_its_contracts(tmp_path: Path) -> None:
    code, said = lint(ROOT)
    assert code == 0, said


def test_every_contract_has_an_offence_to_catch() -> None:
    assert set(OFFENCES) == set(contracts())


def test_every_planted_offence_is_caught(tmp_path: Path) -> None:
    house = copy_of_the_house(tmp_path)
    for path, line in OFFENCES.values():
        (house / path).write_text(f"{line}\n", encoding="utf-8")
    code, said = lint(house)
    assert code == 1, said
    for name, (path, _) in OFFENCES.items():
        assert re.search(rf"^{re.escape(name)} BROKEN$", said, re.MULTILINE), f"{name} did not break:\n{said}"
        assert path.removesuffix(".py").replace("/", ".") in said


@pytest.mark.parametrize("label", [label for label in LAYERS if apps.is_installed(label)])
def test_foreign_keys_fall_downwards(label: str) -> None:
    upward = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if field.concrete
        and (target := field.related_model) not in (None, "self")
        and target._meta.app_label in LAYERS
        and LAYERS.index(target._meta.app_label) > LAYERS.index(label)
    ]
    assert upward == []


def test_every_app_of_the_house_has_its_layer() -> None:
    own = {config.name for config in apps.get_app_configs() if config.name in PACKAGES}
    assert own - {"arbion"} <= set(LAYERS)


def test_the_roof_and_the_floor_point_at_nobody() -> None:
    pointing = {
        f"{model._meta.app_label}.{model.__name__} at {field.related_model._meta.app_label}"
        for model in apps.get_models()
        if model.__module__.startswith("arbion.")
        for field in model._meta.get_fields()
        if field.concrete and field.related_model
    }
    # What the code assistant was asked was asked by somebody; its table stands on the roof, in an app of its own.
    assert pointing == {"codex.CodexTask at accounts"}
