"""The bound on request bodies, announced or not."""

from __future__ import annotations

import asyncio
import json

import pytest

from arbion.lib.body_limit import limit_body


async def echo(scope, receive, send):
    """Reads the whole body and says how long it was."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(parts: list[bytes], *, announced: int | None, path: str = "/") -> tuple[int, bytes, int]:
    """Status, body, and how many parts were read."""
    left = list(parts)
    sent: list[dict] = []

    async def receive():
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    headers = [] if announced is None else [(b"content-length", str(announced).encode())]
    scope = {"type": "http", "headers": headers, "path": path}
    asyncio.run(limit_body(echo, bytes_max=10, larger={"/sound/": 20})(scope, receive, send))
    return sent[0]["status"], sent[1]["body"], len(parts) - len(left)


def test_a_body_within_the_bound_passes():
    assert ask([b"12345", b"67890"], announced=10) == (200, b"10", 2)


@pytest.mark.parametrize(("announced", "read"), [(11, 0), (None, 2), (5, 2)], ids=["announced", "silent", "lying"])
def test_a_larger_body_is_refused_before_the_rest_is_read(announced, read):
    status, body, parts = ask([b"123456", b"123456", b"123456"], announced=announced)
    assert (status, json.loads(body)["code"], parts) == (413, "body_too_large", read)


def test_a_path_that_may_take_more_takes_that_and_no_other_does():
    assert ask([b"123456", b"123456"], announced=12, path="/sound/") == (200, b"12", 2)
    assert ask([b"123456", b"123456"], announced=12, path="/sound/more/")[0] == 413
    assert ask([b"0" * 21], announced=21, path="/sound/")[0] == 413
