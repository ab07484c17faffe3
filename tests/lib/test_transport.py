# ruff: noqa: S104  addresses that must not be reached
"""The one HTTP door: where it leads, what it follows, how much it reads, and what it makes of a broken line."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import pytest
from django.db import transaction

from arbion.lib import transport
from arbion.lib.transport import DOOR, AddressRefused, AnswerLost, Door, InsideTransaction, NotSent, is_public
from tests.lib.servers import NAME, Far, far, make_certificate

INWARD = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1",
    "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2001:db8::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::", "fec0::1",
)  # fmt: skip
OUTWARD = ("8.8.8.8", "149.154.167.220", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8")
NO_ADDRESS = (
    "http://far.example/", "ftp://far.example/", "file:///etc/passwd", "gopher://far.example/", "//far.example/",
    "far.example", "", "https://", "https:///x", "https://user@far.example/", "https://user:pass@far.example/",
    "https://far.example:22/", "https://far.example:80/", "https://far.example:99999/", "https://far.example:x/",
    "https://far.example/a b", "https://far.example/\r\nX: y", "https://[::1/", "https://far.example\\@inner/",
    "HTTP://far.example/", "javascript:alert(1)", "data:text/plain,x",
)  # fmt: skip
INNER_HOSTS = (
    "127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "169.254.169.254", "0",
    "[::ffff:127.0.0.1]", "10.0.0.1", "192.168.0.1", "[fe80::1]", "[fc00::1]",
)  # fmt: skip


@pytest.fixture
def server(tmp_path) -> Iterator[Far]:
    with far(tmp_path) as place:
        yield place


@pytest.mark.parametrize("address", INWARD)
def test_addresses_that_are_not_of_the_open_internet(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTWARD)
def test_addresses_that_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_of_ours_to_call(url: str) -> None:
    asked: list[str] = []
    door = Door(look_up=lambda host, port: asked.append(host) or [ipaddress.ip_address("8.8.8.8")])
    with pytest.raises(AddressRefused):
        door.check(url)
    assert asked == []


@pytest.mark.parametrize("host", INNER_HOSTS)
def test_no_spelling_of_an_inner_address_gets_through(host: str) -> None:
    with pytest.raises((AddressRefused, NotSent)):
        DOOR.check(f"https://{host}/")


def test_a_name_with_one_inner_address_among_others_is_refused() -> None:
    both = [ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("10.0.0.1")]
    with pytest.raises(AddressRefused):
        Door(look_up=lambda host, port: both).check("https://far.example/")


def test_a_name_without_address_was_not_sent_to() -> None:
    def nowhere(host: str, port: int) -> list[transport.Address]:
        raise OSError("no such name")

    with pytest.raises(NotSent):
        Door(look_up=nowhere).call("GET", "https://far.example/")


def test_the_request_arrives_under_its_name(server: Far) -> None:
    answer = server.door().call("POST", f"{server.url}/a?b=1", json={"x": 1}, headers={"X-Y": "z"})
    assert (answer.status, answer.body) == (200, b"well")
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/a?b=1", b'{"x": 1}')
    assert asked.headers["Host"] == f"{NAME}:{server.port}"
    assert (asked.headers["X-Y"], asked.headers["Accept-Encoding"]) == ("z", "identity")


def test_the_name_is_looked_up_once(server: Far) -> None:
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[transport.Address]:
        asked.append(host)
        return [ipaddress.ip_address("127.0.0.1")]

    server.door(look_up=look_up).call("GET", server.url)
    assert asked == [NAME]


def test_a_certificate_of_another_name_is_not_spoken_to(server: Far) -> None:
    with pytest.raises(NotSent):
        server.door().call("GET", f"https://other.example:{server.port}/")
    assert server.asked == []


def test_a_certificate_that_nobody_vouches_for_is_not_spoken_to(server: Far, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    stranger, _ = make_certificate(tmp_path / "other")
    for trust in (str(stranger), True):
        with pytest.raises(NotSent):
            server.door(trust=trust).call("GET", server.url)
    assert server.asked == []


def test_proxies_of_the_environment_are_not_used(server: Far, monkeypatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert server.door().call("GET", server.url).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(server: Far, status: int) -> None:
    server.answer = lambda _: (status, {"Location": f"{server.url}/elsewhere"}, b"")
    assert server.door().call("GET", server.url).status == status
    assert len(server.asked) == 1


def test_no_more_is_read_than_was_said(server: Far) -> None:
    server.answer = lambda _: (200, {}, b"x" * 5001)
    assert len(server.door().call("GET", server.url, bytes_max=5001).body) == 5001
    with pytest.raises(AnswerLost):
        server.door().call("GET", server.url, bytes_max=5000)


def test_a_line_that_breaks_after_the_request_is_a_lost_answer(server: Far) -> None:
    server.answer = lambda _: None
    with pytest.raises(AnswerLost):
        server.door().call("POST", server.url, data=b"x")
    assert len(server.asked) == 1


def test_half_an_answer_is_a_lost_answer(server: Far) -> None:
    server.answer = lambda _: (200, {"Content-Length": "100"}, b"half")
    with pytest.raises(AnswerLost):
        server.door().call("GET", server.url)


def test_an_answer_that_does_not_come_is_lost(server: Far, monkeypatch) -> None:
    import threading

    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    let_go = threading.Event()
    server.answer = lambda _: (let_go.wait(10), (200, {}, b""))[1]
    with pytest.raises(AnswerLost):
        server.door().call("GET", server.url)
    let_go.set()


def test_nobody_listening_was_not_sent_to(server: Far) -> None:
    from tests.roof.processes import free_port

    port = free_port()
    with pytest.raises(NotSent):
        server.door(ports=frozenset({port})).call("GET", f"https://{NAME}:{port}/")


def test_what_went_wrong_names_no_address(server: Far) -> None:
    server.answer = lambda _: None
    with pytest.raises(AnswerLost) as caught:
        server.door().call("GET", f"{server.url}/botSECRET/x", headers={"Authorization": "SECRET"})
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.django_db(transaction=True)
def test_not_inside_a_transaction(server: Far) -> None:
    with transaction.atomic(), pytest.raises(InsideTransaction):
        server.door().call("GET", server.url)
    assert server.asked == []


@pytest.mark.parametrize(("said", "seconds"), [("30", 30), ("99999", 3600), ("-1", 0), ("soon", 0), ("", 0)])
def test_when_to_ask_again(said: str, seconds: int) -> None:
    assert transport.Answer(429, {"Retry-After": said}, b"").retry_after == seconds
