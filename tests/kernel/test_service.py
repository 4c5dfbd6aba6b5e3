"""What every deployment answers by itself: probes, metrics, documents and pages."""

import msgspec
import pytest

from kingpost.kernel.errors import Unavailable
from kingpost.kernel.policy import Limits
from tests.kernel.world import World, code, header


@pytest.fixture
def world() -> World:
    """A kernel with nothing in it."""
    return World()


def test_probes_answer_before_everything_else() -> None:
    """A prober sends a wrong host, no host, a wrong key, an odd Accept and more than the limits allow: it is answered."""
    world = World(limits=Limits(headers=1, header_line=1, target=1, body=0))
    odd = [("accept", "text/html"), ("authorization", "Basic x"), ("x", "y" * 100), ("content-length", "5")]
    for path in ("/livez", "/readyz"):
        for host in (None, "10.0.0.7", "not a host"):
            reply = world.ask("GET", path, host=host, headers=odd)
            assert (reply.status, reply.body) == (200, b'{"status":"pass"}')
            assert header(reply, "content-type") == "application/health+json"
            assert header(reply, "cache-control") == "no-store"
    assert world.ask("HEAD", "/livez", host=None).body == b""


def test_only_get_and_head_probe(world: World) -> None:
    """Other methods on the path take the ordinary way: host, then 405."""
    assert code(world.ask("POST", "/livez", body={})) == (405, "method-not-allowed")
    assert header(world.ask("OPTIONS", "/livez"), "allow") == "GET, HEAD, OPTIONS"
    assert code(world.ask("POST", "/livez", body={}, host="other.test")) == (400, "unknown-host")


def test_the_process_lives_while_the_database_does_not(world: World) -> None:
    """``/livez`` asks nobody."""
    world.storage.fail_next("check", Unavailable())
    assert world.ask("GET", "/livez").status == 200


def test_readiness_fails_closed_and_says_nothing(world: World) -> None:
    """503 and ``fail``; the reason stands in the log alone."""
    world.storage.fail_next("check", Unavailable("the schema is three revisions behind: run kingpost migrate"))
    reply = world.ask("GET", "/readyz")
    assert (reply.status, reply.body) == (503, b'{"status":"fail"}')
    (line,) = world.log.failures
    assert (line.name, str(line.error)) == ("readiness.failed", "the schema is three revisions behind: run kingpost migrate")


def test_readiness_is_asked_once_a_second(world: World) -> None:
    """Probes cannot overload the database, and news arrive within a second, good or bad."""
    world.storage.fail_next("check", Unavailable())
    assert world.ask("GET", "/readyz").status == 503
    world.clock.advance(0.9)
    assert world.ask("GET", "/readyz").status == 503
    world.clock.advance(0.1)
    assert world.ask("GET", "/readyz").status == 200
    world.storage.fail_next("check", Unavailable())
    assert world.ask("GET", "/readyz").status == 200
    world.clock.advance(1)
    assert world.ask("GET", "/readyz").status == 503


def test_metrics_are_the_ports_exposition(world: World) -> None:
    """The text comes from the port Metrics, counts the requests before it and names no tenant."""
    tenant, key = world.tenant("acme")
    world.ask("GET", "/tools", key=key)
    reply = world.ask("GET", "/metrics", headers=[("accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")])
    assert (reply.status, header(reply, "content-type")) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert b'operation="workshop.tools.list",method="GET",status="200"' in reply.body
    assert tenant["id"].encode() not in reply.body
    assert b"acme" not in reply.body
    assert header(reply, "cache-control") == "no-store"


def test_metrics_can_be_turned_off() -> None:
    """``metrics=False`` leaves no route and no entry."""
    world = World(metrics=False)
    assert code(world.ask("GET", "/metrics")) == (404, "not-found")
    assert "/metrics" not in world.json("GET", "/openapi.json")["paths"]


def test_documents_are_public_and_may_be_cached(world: World) -> None:
    """Document and pages need no credential, and a cache may keep them for five minutes."""
    for path, media in (
        ("/openapi.json", "application/json"),
        ("/docs", "text/html; charset=utf-8"),
        ("/problems/not-found", "text/html; charset=utf-8"),
    ):
        reply = world.ask("GET", path)
        assert (reply.status, header(reply, "content-type")) == (200, media)
        assert header(reply, "cache-control") == "public, max-age=300"
        assert header(reply, "content-length") == str(len(reply.body))


def test_documents_can_be_turned_off() -> None:
    """``docs=False`` takes document and page away; what a problem's ``type`` points to stays."""
    world = World(docs=False)
    assert code(world.ask("GET", "/docs")) == (404, "not-found")
    assert code(world.ask("GET", "/openapi.json")) == (404, "not-found")
    assert world.ask("GET", "/problems/not-found").status == 200


def test_an_unknown_problem_has_no_page(world: World) -> None:
    """A code that nobody answers with is 404."""
    assert code(world.ask("GET", "/problems/nonsense")) == (404, "not-found")


def test_pages_are_for_those_who_take_html(world: World) -> None:
    """A page is ``text/html``, so a client that takes JSON alone gets 406 as a problem document."""
    assert code(world.ask("GET", "/docs", headers=[("accept", "application/json")])) == (406, "not-acceptable")


def test_the_document_counts_no_probe(world: World) -> None:
    """Probes are the platform's business and stand in no document."""
    paths = msgspec.json.decode(world.ask("GET", "/openapi.json").body)["paths"]
    assert "/livez" not in paths
    assert "/readyz" not in paths


class Relay:
    """A service of a host that answers, or not."""

    def __init__(self) -> None:
        self.up = True

    def ping(self) -> None:
        """Fails while it is down."""
        if not self.up:
            raise ConnectionError("the relay is down")


def test_services_are_asked_too(world: World) -> None:
    """A service that was registered with a ping is part of readiness; its reason stands in the log alone."""
    relay = Relay()
    world.kernel.services.register_value(Relay, relay, ping=Relay.ping)
    assert world.ask("GET", "/readyz").status == 200
    relay.up = False
    world.clock.advance(1)
    reply = world.ask("GET", "/readyz")
    assert (reply.status, reply.body) == (503, b'{"status":"fail"}')
    (line,) = world.log.failures
    assert (str(line.error), str(line.fields["service"])) == ("the relay is down", "tests.kernel.test_service.Relay")
