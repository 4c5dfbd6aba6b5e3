"""A server at a URL: asked byte for byte, under its own name and prefix; and whatever cannot be judged is one clear line. It knows a scripted server."""

import ipaddress
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kingpost.conformance.target import Capability, Exchange, Unreachable
from kingpost.conformance.transports.url import UrlTarget
from tests.conformance.scripted import Behaviour, always, closed_port, head, once, scripted

KEY = "kp_p_" + "a" * 61
LISTED = b'{"items":[],"next_cursor":null}'


def answer(status: int, body: bytes, kind: bytes = b"application/json", extra: bytes = b"") -> bytes:
    """A reply on the wire."""
    return b"HTTP/1.1 %d X\r\ncontent-type: %s\r\n%scontent-length: %d\r\n\r\n%s" % (status, kind, extra, len(body), body)


def problem(status: int, code: str) -> bytes:
    """A problem document on the wire."""
    return answer(status, b'{"code":"%s"}' % code.encode(), b"application/problem+json")


TENANT_REQUIRED = problem(403, "tenant-required")


class Kingpost:
    """What a Kingpost answers to the first questions; it remembers what it was asked."""

    def __init__(self, listed: bytes = answer(200, LISTED), subject: bytes = TENANT_REQUIRED, other: bytes = answer(200, b"{}")) -> None:
        self.asked: list[bytes] = []
        self._answers = {b"/platform/tenants?limit=1": listed, b"/specimens": subject}
        self._other = other

    def __call__(self, connection: socket.socket) -> None:
        """Answer until the client leaves."""
        while asked := head(connection):
            self.asked.append(asked)
            connection.sendall(self._answers.get(asked.split(b" ")[1], self._other))


@contextmanager
def at(behaviour: Behaviour, url: str = "http://127.0.0.1:{port}", **options: object) -> Generator[UrlTarget, None, None]:
    """A target at a server that behaves so."""
    with scripted(behaviour) as server:
        target = UrlTarget(url.format(port=server.port), key=KEY, timeout=2.0, **options)  # type: ignore[arg-type]
        try:
            yield target
        finally:
            target.close()


def test_a_kingpost_that_knows_the_key_is_taken() -> None:
    """It is asked for the tenants with the credential, and for the kit's own component; reset gives the credential back."""
    kingpost = Kingpost()
    with at(kingpost) as target:
        target.check()
        assert target.reset(seed=1, now=datetime(2026, 11, 1, tzinfo=UTC)) == KEY
    assert b"authorization: Bearer " + KEY.encode() in kingpost.asked[0]


def test_what_it_can_do_is_assumed_unless_the_user_says_otherwise() -> None:
    """Nothing that only a target in process can do, and nothing that it is said to lack."""
    with at(Kingpost()) as target:
        assert target.capabilities == frozenset(Capability) - {Capability.SEEDED, Capability.BACK_DOOR}
        assert target.door is None
    with at(Kingpost(), lacks=frozenset({Capability.WEBSOCKET})) as target:
        assert Capability.WEBSOCKET not in target.capabilities


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        (b"testserver", b"127.0.0.1:{port}"),
        (b"testserver:8000", b"127.0.0.1:8000"),
        (b"TESTSERVER", b"127.0.0.1"),
        (b"evil.example", b"evil.example"),
        (b"a@testserver/x", b"a@127.0.0.1/x"),
        (b"", b""),
    ],
)
def test_the_server_is_called_by_its_own_name(sent: bytes, arrives: bytes) -> None:
    """Where an exchange names the kit's host it names the URL's; every other Host stays as it is."""
    kingpost = Kingpost()
    with at(kingpost) as target:
        target.send(Exchange(target=b"/%2F?\xff", headers=((b"host", sent), (b"x", b"testserver"))))
        port = target.name.rpartition(":")[2].encode()
    assert kingpost.asked == [b"GET /%2F?\xff HTTP/1.1\r\nhost: " + arrives.replace(b"{port}", port) + b"\r\nx: testserver\r\n\r\n"]


def test_under_a_prefix_the_same_cases_hold() -> None:
    """Targets go out with the prefix; locations, links and types of problems come back without it, and with the right length."""
    body = b'{"type":"/api/problems/x"}'
    reply = answer(201, body, extra=b'location: /api/specimens/1\r\nlink: </api/specimens?cursor=1>; rel="next"\r\nx: /api/x\r\n')
    kingpost = Kingpost(other=reply)
    with at(kingpost, "http://127.0.0.1:{port}/api/") as target:
        got = target.send(Exchange(target=b"/specimens"))
        target.send(Exchange(method="OPTIONS", target=b"*"))
    assert (got.one("location"), got.one("link"), got.one("x")) == ("/specimens/1", '</specimens?cursor=1>; rel="next"', "/api/x")
    assert (got.body, got.one("content-length")) == (b'{"type":"/problems/x"}', "22")
    assert [asked.split(b"\r\n")[0] for asked in kingpost.asked] == [b"GET /api/specimens HTTP/1.1", b"OPTIONS * HTTP/1.1"]


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (Kingpost(problem(401, "unauthenticated")), "does not know the credential"),
        (Kingpost(problem(403, "platform-only")), "takes the credential for a tenant's"),
        (Kingpost(problem(400, "unknown-host")), r"does not serve the host 127\.0\.0\.1:\d+; add it to KINGPOST_HOSTS"),
        (Kingpost(problem(503, "unavailable")), "is not ready"),
        (Kingpost(answer(404, b"<html>", b"text/html")), "is no Kingpost: .* answered 404"),
        (Kingpost(answer(200, b"[]")), "is no Kingpost"),
        (Kingpost(answer(200, b"{}")), "is no Kingpost"),
        (Kingpost(answer(200, b"{")), "is no Kingpost"),
        (Kingpost(subject=problem(404, "not-found")), "does not serve the kit's own component"),
        (always(b"220 mail.example ESMTP\r\n\r\n"), "does not speak HTTP/1.1: no HTTP reply"),
        (once(b""), "does not speak HTTP/1.1: the connection was closed"),
    ],
    ids=["key", "tenant-key", "host", "not-ready", "other-site", "list", "other-api", "no-json", "no-specimens", "mail", "closed"],
)
def test_what_cannot_be_judged_is_one_clear_line(behaviour: Behaviour, told: str) -> None:
    """A wrong credential, another site, no HTTP at all: said before the first case."""
    with at(behaviour) as target, pytest.raises(Unreachable, match=told) as caught:
        target.check()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "http://",
        "127.0.0.1:8000",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:port",
        "http://[::1",
        "http://user@127.0.0.1",
        "http://127.0.0.1/?x=1",
        "http://127.0.0.1/#x",
        "http://bücher.example",
    ],
)
def test_a_url_that_names_no_server_is_refused(url: str) -> None:
    """Scheme, host, port and prefix, and nothing else."""
    with pytest.raises(Unreachable, match=r"^[^\n]+$"):
        UrlTarget(url, key=KEY)


@pytest.mark.parametrize("key", ["", "kp_p a", "kp_p_\r\nX: y", "schlüssel"])
def test_a_credential_that_is_none_is_refused(key: str) -> None:
    """Nothing that would break a header is ever sent as a key."""
    with pytest.raises(Unreachable, match="platform key"):
        UrlTarget("http://127.0.0.1", key=key)


def test_nobody_there_is_told_at_the_start() -> None:
    """A port on which nobody listens."""
    target = UrlTarget(f"http://127.0.0.1:{closed_port()}", key=KEY)
    with pytest.raises(Unreachable, match="nobody answers at"):
        target.check()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody has signed but itself."""
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)  # TLS holds the certificate against real time
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=private.public_key(), serial_number=1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def over_tls(certificate: Path, behaviour: Behaviour) -> Behaviour:
    """The same behaviour behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrapped(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            behaviour(secured)

    return wrapped


def test_a_server_behind_tls_is_asked_when_its_certificate_is_trusted(certificate: Path) -> None:
    """With the certificate among the trusted ones all is as without TLS; without it there is one line."""
    behaviour = over_tls(certificate, Kingpost())
    with at(behaviour, "https://127.0.0.1:{port}", tls=ssl.create_default_context(cafile=certificate)) as target:
        target.check()
    with (
        at(behaviour, "https://127.0.0.1:{port}") as target,
        pytest.raises(Unreachable, match=r"^no TLS with 127\.0\.0\.1:\d+: self.signed"),
    ):
        target.check()


def test_a_server_without_tls_is_told_from_one_with_it() -> None:
    """TLS with a server that speaks plain HTTP fails in one line."""
    with at(Kingpost(), "https://127.0.0.1:{port}") as target, pytest.raises(Unreachable, match=r"^no TLS with [^\n]+$"):
        target.check()
