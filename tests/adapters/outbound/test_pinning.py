"""Names are looked up once, judged, and connected to where they were judged; certificates are held against the name. Both clients, real TLS on loopback."""

import gc
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kingpost.kernel.outbound import UpstreamForbidden, UpstreamTimeout, UpstreamUnavailable
from tests.adapters.outbound.upstream import COLOURS, Colour, Upstream, caller, drips, says

HOST = "api.partner.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for the host, signed by itself."""
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)  # TLS holds the certificate against real time
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=private.public_key(), serial_number=1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = serialization.NoEncryption()
    key = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(key + made.public_bytes(serialization.Encoding.PEM))
    return path


class Secured:
    """The service behind TLS, and the names that clients have asked it for."""

    def __init__(self, certificate: Path) -> None:
        self.asked: list[str | None] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.context.sni_callback = lambda _, name, __: self.asked.append(name)
        self.trusted = ssl.create_default_context(cafile=certificate)


@pytest.fixture
def secured(certificate: Path) -> Secured:
    """Behind TLS."""
    return Secured(certificate)


@pytest.mark.parametrize("colour", COLOURS)
class TestPinning:
    """Where the connection goes."""

    def test_the_connection_goes_to_the_judged_address_and_asks_for_the_name(self, colour: Colour, secured: Secured) -> None:
        """SNI, certificate and Host are the name's; the socket's other end is the address that the guard has seen."""
        with Upstream(says(200, b"x"), context=secured.context) as upstream:
            url = f"https://{HOST}:{upstream.port}"
            with caller(colour, [url], names=lambda _: ["127.0.0.1"], context=secured.trusted) as client:
                assert client.get(url).body == b"x"
        assert secured.asked == [HOST]
        assert f"Host: {HOST}:{upstream.port}".encode() in upstream.requests[0]

    def test_a_certificate_for_another_name_is_refused(self, colour: Colour, secured: Secured) -> None:
        """Whoever sits at the address has to prove the name."""
        with Upstream(says(200), context=secured.context) as upstream:
            url = f"https://other.partner.example:{upstream.port}"
            trusting = caller(colour, [url], names=lambda _: ["127.0.0.1"], context=secured.trusted)
            with trusting as client, pytest.raises(UpstreamUnavailable) as refused:
                client.get(url)
        assert "certificate" in str(refused.value.__cause__).lower()
        assert upstream.requests == []

    def test_an_unknown_authority_is_refused(self, colour: Colour, secured: Secured) -> None:
        """With the machine's and Mozilla's authorities alone nobody vouches for it."""
        with Upstream(says(200), context=secured.context) as upstream:
            url = f"https://{HOST}:{upstream.port}"
            with caller(colour, [url], names=lambda _: ["127.0.0.1"]) as client, pytest.raises(UpstreamUnavailable):
                client.get(url)
        assert upstream.requests == []

    def test_a_handshake_that_drips_ends_with_the_time(self, colour: Colour, secured: Secured) -> None:
        """TLS is part of the exchange."""
        with Upstream(drips(b"", b"", every=10)) as upstream:
            url = f"https://{HOST}:{upstream.port}"
            with caller(colour, [url], names=lambda _: ["127.0.0.1"], context=secured.trusted) as client, pytest.raises(UpstreamTimeout):
                client.get(url, seconds=0.3)
            gc.collect()  # a connection that was left open would be told as a warning, which is an error

    def test_a_name_that_answers_differently_the_second_time_gains_nothing(self, colour: Colour) -> None:
        """DNS rebinding: a public address for the check and loopback for the connection. There is one look-up, so there is no second answer."""
        answers: Iterator[list[str]] = iter((["192.0.2.1"], ["127.0.0.1"]))
        asked: list[str] = []

        def rebinding(host: str) -> list[str]:
            asked.append(host)
            return next(answers)

        with Upstream(says(200, b"inner")) as upstream:
            url = f"http://rebound.example:{upstream.port}"
            with caller(colour, [url], names=rebinding) as client, pytest.raises((UpstreamTimeout, UpstreamUnavailable)):
                client.get(url, seconds=0.3)
        assert asked == ["rebound.example"]
        assert upstream.connections == 0

    def test_an_inner_address_is_refused_at_every_connection(self, colour: Colour, secured: Secured) -> None:
        """A name that has been called before is judged again when its connection is made again."""
        now = ["127.0.0.1"]
        with Upstream(says(200, b"x", "Connection: close"), context=secured.context) as upstream:
            url = f"https://{HOST}:{upstream.port}"
            with caller(colour, [url], names=lambda _: now, context=secured.trusted) as client:
                assert client.get(url).status == 200
                now[:] = ["169.254.169.254"]
                with pytest.raises(UpstreamForbidden):
                    client.get(url)

    @pytest.mark.parametrize(
        "host", ["10.0.0.1", "169.254.169.254", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fd00:ec2::254]", "inner.example"]
    )
    def test_the_inner_network_is_not_called(self, colour: Colour, host: str) -> None:
        """By address or by name, without an allowance."""
        nobody_allowed = caller(colour, names=lambda asked: ["10.0.0.1"] if asked == "inner.example" else [asked])
        with nobody_allowed as client, pytest.raises(UpstreamForbidden):
            client.get(f"https://{host}/latest/meta-data/")

    def test_the_next_address_is_tried_where_one_does_not_answer(self, colour: Colour) -> None:
        """A name with a dead address is reached by its other one."""
        with Upstream(says(200, b"x")) as upstream:
            url = f"http://two.example:{upstream.port}"
            with caller(colour, [url], names=lambda _: ["127.0.0.2", "127.0.0.1"]) as client:
                assert client.get(url).body == b"x"

    def test_the_machines_resolver_is_asked(self, colour: Colour) -> None:
        """Without a stand-in, ``localhost`` is what this machine says."""
        with Upstream(says(200, b"x")) as upstream:
            url = f"http://localhost:{upstream.port}"
            with caller(colour, [url]) as client:
                assert client.get(url).body == b"x"
