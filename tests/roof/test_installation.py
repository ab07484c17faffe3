"""Two installations on one Redis do not hear each other: what they say bears a digest of the secret."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.roof.processes import ROOT, bare_environment

ASK = """
import json, sys, django
django.setup()
from django.conf import settings
from marketdata import fanout
layer = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
sys.stdout.write(json.dumps([layer, fanout.WIRE, settings.CELERY_BROKER_URL]))
"""


def channels(folder: Path, secret: str, redis_url: str = "redis://127.0.0.1:1/0") -> list[Any]:
    environment = bare_environment(
        ARBION_DATA_DIR=str(folder),
        SESSION_SECRET=secret,
        REDIS_URL=redis_url,
        DJANGO_SETTINGS_MODULE="arbion.settings",
    )
    answer = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(answer.stdout)


def test_channels_bear_a_digest_of_the_secret(tmp_path: Path) -> None:
    one, again, other = (channels(tmp_path, secret) for secret in ("one secret", "one secret", "another secret"))
    assert one == again
    assert one[0] != other[0]
    assert one[1] != other[1]
    assert one[0].startswith("arbion.")
    assert one[1].startswith("arbion.quotes.")
    assert not any("secret" in name for name in one)


def test_the_queue_takes_a_socket_in_the_file_system(tmp_path: Path) -> None:
    assert channels(tmp_path, "x", "unix:///run/redis.sock?db=2")[2] == "redis+socket:///run/redis.sock?virtual_host=2"
