"""Web push: the example of RFC 8291 to the last byte, what a browser opens again, our signed word, subscriptions."""

from __future__ import annotations

import json

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.models import Destination
from accounts.notifications import places
from accounts.notifications.channels.push import BODY_BYTES_MAX, Push, words_of
from accounts.notifications.webpush import encoding, sealing, vapid
from arbion.lib.clock import FrozenClock
from tests.accounts.notifications.conftest import NOON
from tests.accounts.notifications.test_channels import MESSAGE

# RFC 8291, appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SENDER_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
API = "/api/v1/notifications/subscriptions/"


class Browser:
    """A browser's side, written from the RFCs apart from ours: HKDF out of HMAC, step by step."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"
        self.point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def keys(self) -> dict[str, str]:
        return {"p256dh": encoding.write(self.point), "auth": encoding.write(self.auth)}

    def address(self, endpoint: str) -> str:
        return json.dumps({"endpoint": endpoint, **self.keys()})

    def open(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        point, sealed = body[21 : 21 + length], body[21 + length :]
        assert (size, length) == (4096, 65)
        assert len(body) <= 4096
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
        first = mac(mac(self.auth, shared), b"WebPush: info\0" + self.point + point + b"\1")
        second = mac(salt, first)
        content = mac(second, b"Content-Encoding: aes128gcm\0\1")[:16]
        nonce = mac(second, b"Content-Encoding: nonce\0\1")[:12]
        opened = AESGCM(content).decrypt(nonce, sealed, None)
        assert opened[-1:] == b"\2"
        return opened[:-1]


def mac(key: bytes, content: bytes) -> bytes:
    maker = hmac.HMAC(key, hashes.SHA256())
    maker.update(content)
    return maker.finalize()


def test_the_example_of_the_rfc() -> None:
    key = ec.derive_private_key(int.from_bytes(encoding.read(SENDER_KEY), "big"), ec.SECP256R1())
    receiver = sealing.Receiver.read(p256dh=RECEIVER, auth=AUTH)
    assert encoding.write(sealing.seal(PLAINTEXT, receiver, key=key, salt=encoding.read(SALT))) == SEALED


def test_a_browser_opens_it_and_another_does_not() -> None:
    browser, other = Browser(), Browser()
    receiver = sealing.Receiver.read(**browser.keys())
    for words in (b"", b"x", "ü€𝄞".encode() * 100, b"y" * sealing.PLAINTEXT_MAX):
        assert browser.open(sealing.seal(words, receiver)) == words
    assert sealing.seal(b"x", receiver) != sealing.seal(b"x", receiver)
    with pytest.raises(InvalidTag):
        other.open(sealing.seal(b"x", receiver))
    with pytest.raises(ValueError, match="too long"):
        sealing.seal(b"y" * (sealing.PLAINTEXT_MAX + 1), receiver)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", AUTH), (RECEIVER, ""), (RECEIVER, "AAAA"), (RECEIVER[:-2], AUTH), ("A" * 87, AUTH), (RECEIVER, "ü" * 22),
     ("B" + "A" * 86, AUTH), ("!" * 87, AUTH)],
)  # fmt: skip
def test_what_is_no_key_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        sealing.Receiver.read(p256dh=p256dh, auth=auth)


def test_our_word_is_signed_for_the_service_and_for_half_a_day(settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Arbion <desk@example.com>"
    said = vapid.authorization("https://push.example:443/send/abc?x=1", at=NOON)
    token, key = said.removeprefix("vapid t=").split(", k=")
    head, claims, signature = token.split(".")
    assert json.loads(encoding.read(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(encoding.read(claims)) == {
        "aud": "https://push.example:443", "exp": int(NOON.timestamp()) + 43_200, "sub": "mailto:desk@example.com",
    }  # fmt: skip
    assert key == vapid.public_key()
    raw = encoding.read(signature)
    assert len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), encoding.read(key))
    ours.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        ours.verify(der, f"{head}.{claims}x".encode(), ec.ECDSA(hashes.SHA256()))


def test_one_secret_is_one_key(settings) -> None:
    settings.VAPID_SECRET = "one secret of this installation"
    first = vapid.public_key()
    settings.VAPID_SECRET = "another secret"
    assert vapid.public_key() != first
    settings.VAPID_SECRET = "one secret of this installation"
    assert vapid.public_key() == first
    settings.VAPID_SECRET = ""
    assert not Push().is_ready()


@pytest.mark.django_db
def test_what_arrives_at_the_browser(tmp_path) -> None:
    from tests.lib.servers import far

    browser = Browser()
    with far(tmp_path) as server:
        server.answer = lambda _: (201, {}, b"")
        channel = Push(server.door(), FrozenClock(NOON))
        channel.send(_addressed(browser, f"{server.url}/send/1"))
        (asked,) = server.asked
    assert json.loads(browser.open(asked.body)) == {
        "id": MESSAGE.notification_id, "title": MESSAGE.title, "body": MESSAGE.body, "link": MESSAGE.link,
    }  # fmt: skip
    kept = {name: asked.headers[name] for name in ("TTL", "Urgency", "Content-Encoding")}
    assert kept == {"TTL": "43200", "Urgency": "normal", "Content-Encoding": "aes128gcm"}
    assert len(asked.headers["Topic"]) == 32
    assert asked.headers["Authorization"].startswith("vapid t=")


def _addressed(browser: Browser, endpoint: str):
    from dataclasses import replace

    return replace(MESSAGE, address=browser.address(endpoint))


def test_any_letters_fit_into_one_record() -> None:
    from dataclasses import replace

    for letter in ("x", "ü", "€", "𝄞", '"', "\\", "\n"):
        long = replace(MESSAGE, title=letter * 120, body=letter * 1000, link="https://desk.example/" + "a" * 200)
        words = words_of(long)
        assert len(words) <= sealing.PLAINTEXT_MAX
        assert len(json.loads(words)["body"].encode()) > BODY_BYTES_MAX // 2 or letter in 'x"\\\nü'


SUBSCRIPTION = {"endpoint": "https://push.example/send/abc", "keys": {"p256dh": RECEIVER, "auth": AUTH}}


@pytest.mark.django_db
def test_a_browser_subscribes(alice, bob, browser_of) -> None:
    browser = browser_of(alice)
    assert browser.get(API).json() == {"key": vapid.public_key()}
    for person in (bob, alice, alice):  # a browser is whoever's who uses it now, once
        said = SUBSCRIPTION | {"name": "Chrome <b>"}
        answer = browser_of(person).post(API, said, content_type="application/json")
        assert (answer.status_code, answer.json()["name"]) == (201, "Chrome <b>")
    place = Destination.objects.get()
    assert (place.user, place.channel) == (alice, "push")
    kept = {"auth": AUTH, "p256dh": RECEIVER, "endpoint": SUBSCRIPTION["endpoint"]}
    assert json.loads(places.address_of(place)) == kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "http://push.example/"}, "endpoint"), ({"endpoint": "https://127.0.0.1/"}, "endpoint"),
        ({"endpoint": "https://[::1]/"}, "endpoint"), ({"endpoint": "https://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "https://10.0.0.5/"}, "endpoint"), ({"endpoint": "https://push.example:8443/"}, "endpoint"),
        ({"endpoint": "https://a:b@push.example/"}, "endpoint"), ({"endpoint": "file:///etc/passwd"}, "endpoint"),
        ({"endpoint": ""}, "endpoint"), ({"keys": {"p256dh": "AAAA", "auth": AUTH}}, "keys"),
        ({"keys": {"p256dh": RECEIVER, "auth": "AAAA"}}, "keys"), ({"keys": {}}, "keys.p256dh"),
    ],
)  # fmt: skip
def test_a_wrong_subscription_is_named_and_not_kept(alice, browser_of, change, field: str) -> None:
    answer = browser_of(alice).post(API, SUBSCRIPTION | change, content_type="application/json")
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Destination.objects.exists()


@pytest.mark.django_db
def test_a_token_subscribes_no_browser(alice, program_of, browser_of, settings) -> None:
    assert program_of(alice).post(API, SUBSCRIPTION, format="json").status_code == 403
    settings.VAPID_SECRET = ""
    assert browser_of(alice).get(API).status_code == 404
    assert browser_of(alice).post(API, SUBSCRIPTION, content_type="application/json").status_code == 404
    assert not Destination.objects.exists()
