"""Dictation: a recording becomes words for the person to read; what is no recording goes no further."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from arbion.lib.llm.breaker import FAULTS_MAX
from tests.openai_server import Fault, openai_server  # noqa: F401  a fixture
from trading.models import Message, Order

SOUND = b"\x1a\x45\xdf\xa3" + b"\0" * 400


@pytest.fixture
def alice(world, client):
    client.force_login(world.alice)
    return client


def send(browser, sound: bytes = SOUND):
    audio = SimpleUploadedFile("recording", sound, content_type="audio/webm")
    return browser.post("/desk/transcribe/", {"audio": audio}, headers={"X-Fragment": "1"})


def test_what_was_said_comes_back_in_words_and_nothing_is_sent(alice, openai_server):  # noqa: F811
    answer = send(alice)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"text": "buy ten shares of apple"}
    assert Message.objects.count() == 0
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("sound", "code"), [(b"", "empty"), (b"MZ" + b"\0" * 100, "unsupported"), (b"<script>" * 20, "unsupported")]
)
def test_what_is_no_recording_is_refused_before_anybody_hears_it(alice, openai_server, sound, code):  # noqa: F811
    answer = send(alice, sound)
    assert answer.status_code == 400
    assert answer.json()["errors"][0] | {"detail": ""} == {"field": "audio", "code": code, "detail": ""}
    assert openai_server.asked == []


def test_without_a_key_it_says_what_to_do(alice, settings):
    settings.OPENAI_API_KEY = ""
    answer = send(alice)
    assert (answer.status_code, answer.json()["code"]) == (503, "model_key_missing")
    assert answer.json()["what_to_do"].startswith("Add an OpenAI key")


def test_a_fault_of_the_provider_says_what_to_do_and_a_success_takes_its_faults_back(alice, openai_server):  # noqa: F811
    openai_server.transcript = Fault.BROKEN
    for _ in range(FAULTS_MAX - 1):
        answer = send(alice)
        assert (answer.status_code, answer.json()["what_to_do"]) == (503, "Try again in a moment.")
    openai_server.transcript = "sell it"
    assert send(alice).json() == {"text": "sell it"}
    openai_server.transcript = Fault.BROKEN
    assert send(alice).json()["code"] == "model_provider_fault"
    openai_server.transcript = "and buy it back"
    assert send(alice).json() == {"text": "and buy it back"}, "the faults before the success do not count any more"


def test_nobody_else_may_dictate(client, world):
    assert send(client).status_code == 302
