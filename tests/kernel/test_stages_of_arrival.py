"""The stages that look at every request before its caller is known: ids, limits, host, OPTIONS and CORS."""

import pytest

from kingpost.kernel.policy import Cors, Limits
from tests.kernel.world import World, code, header, problem


@pytest.fixture
def world() -> World:
    """A kernel with nothing in it."""
    return World()


@pytest.fixture
def key(world: World) -> str:
    """The key of a tenant."""
    return world.tenant("acme")[1]


# ---------------------------------------------------------------- request id and trace


@pytest.mark.parametrize("name", ["request-id", "x-request-id"])
@pytest.mark.parametrize("given", ["a", "4bf92f35-77b3", "A" * 128, "arn:x/y=z+1._-"])
def test_a_well_formed_request_id_is_echoed(world: World, name: str, given: str) -> None:
    """Both spellings of the header are honoured."""
    assert header(world.ask("GET", "/greeting", headers=[(name, given)]), "request-id") == given


@pytest.mark.parametrize("given", ["", " ", "-a", "A" * 129, "a b", "a,b", "a\nb", "caf\u00e9", '"x"', "<script>"])
def test_a_malformed_request_id_is_replaced_and_refuses_nothing(world: World, given: str) -> None:
    """Whatever a client sends there, the request goes on under an id of ours."""
    reply = world.ask("GET", "/greeting", headers=[("request-id", given)])
    made = header(reply, "request-id")
    assert (reply.status, len(made or "")) == (200, 32)
    assert made != header(world.ask("GET", "/greeting"), "request-id")


def test_request_id_wins_over_its_older_spelling(world: World) -> None:
    """``Request-Id`` decides where both are sent; a repeated one is as good as none."""
    both = [("x-request-id", "older"), ("request-id", "newer")]
    assert header(world.ask("GET", "/greeting", headers=both), "request-id") == "newer"
    twice = [("request-id", "one"), ("request-id", "two"), ("x-request-id", "other")]
    assert header(world.ask("GET", "/greeting", headers=twice), "request-id") == "other"


TRACE = "0af7651916cd43dd8448eb211c80319c"


def logged_trace(world: World, **headers: str) -> str:
    """The trace id in the log line of a request with these headers."""
    assert world.ask("GET", "/greeting", headers=[(name.replace("_", "-"), value) for name, value in headers.items()]).status == 200
    return str(world.log.events("request")[-1].fields["trace_id"])


def test_the_trace_of_a_valid_traceparent_goes_on(world: World) -> None:
    """W3C Trace Context: the trace id of the caller is the one in our log."""
    assert logged_trace(world, traceparent=f"00-{TRACE}-b7ad6b7169203331-01") == TRACE


@pytest.mark.parametrize(
    "parent",
    [
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        f"00-{TRACE}-0000000000000000-01",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        "garbage",
    ],
)
def test_where_no_trace_goes_on_one_begins(world: World, parent: str) -> None:
    """An invalid parent is as good as none: every request gets a trace id of its own, which is a request id that we made, where we made one."""
    made = logged_trace(world, traceparent=parent)
    assert (len(made), made == made.lower(), made != TRACE) == (32, True, True)
    assert world.log.events("request")[-1].fields["request_id"] == made
    own = logged_trace(world, traceparent=parent, request_id="r-1")
    assert (len(own), own == made) == (32, False)


# ---------------------------------------------------------------- limits


@pytest.fixture
def narrow() -> World:
    """A kernel with small limits."""
    return World(limits=Limits(body=100, target=60, header_line=80, headers=6))


def test_a_target_over_the_limit_is_414(narrow: World) -> None:
    """Path, question mark and query count together, to the byte."""
    assert code(narrow.ask("GET", "/greeting?" + "q" * 50)) == (422, "invalid")
    refused = narrow.ask("GET", "/greeting?" + "q" * 51)
    assert (code(refused), problem(refused)["params"]) == ((414, "path-too-long"), {"limit": 60})
    assert code(narrow.ask("GET", "/" + "p" * 60)) == (414, "path-too-long")


def test_too_many_header_lines_are_431(narrow: World) -> None:
    """The number of lines is bounded, the one for Host included."""
    assert narrow.ask("GET", "/greeting", headers=[(f"x-{n}", "v") for n in range(5)]).status == 200
    refused = narrow.ask("GET", "/greeting", headers=[(f"x-{n}", "v") for n in range(6)])
    assert (code(refused), problem(refused)["params"]) == ((431, "headers-too-large"), {"limit": 6, "unit": "lines"})


def test_a_long_header_line_is_431(narrow: World) -> None:
    """Name and value count together."""
    assert narrow.ask("GET", "/greeting", headers=[("x", "v" * 79)]).status == 200
    refused = narrow.ask("GET", "/greeting", headers=[("x", "v" * 80)])
    assert (code(refused), problem(refused)["params"]) == ((431, "headers-too-large"), {"limit": 80, "unit": "bytes"})


def test_a_large_body_is_413(narrow: World) -> None:
    """The body is refused by what was read and by what was declared, before anybody asks who is calling."""
    assert code(narrow.ask("POST", "/tools", body=b"x" * 100)) == (401, "unauthenticated")
    for body, headers in ((b"x" * 101, []), (b"x", [("content-length", "101")]), (b"", [("content-length", "1000000000")])):
        refused = narrow.ask("POST", "/tools", body=body, headers=headers)
        assert (code(refused), problem(refused)["params"]) == ((413, "body-too-large"), {"limit": 100})


@pytest.mark.parametrize("length", ["-1", "+1", "1.5", "0x1", "1, 1", "9" * 19, "four"])
def test_a_garbled_content_length_is_refused(world: World, length: str) -> None:
    """Only digits say a length (RFC 9112 section 6.3)."""
    assert code(world.ask("POST", "/tools", body=b"{}", headers=[("content-length", length)])) == (400, "malformed-header")


@pytest.mark.parametrize("more", [{"upgrade": True}, {"headers": [("upgrade", "websocket")]}, {"headers": [("upgrade", "h2c, WebSocket")]}])
def test_an_upgrade_is_refused(world: World, more: dict[str, object]) -> None:
    """A WebSocket is 426, whether the server or the header says so."""
    assert code(world.ask("GET", "/greeting", **more)) == (426, "upgrade-unsupported")


# ---------------------------------------------------------------- host


@pytest.mark.parametrize("name", ["api.test", "API.Test", "api.test:8000", "api.test.", "api.test.:443"])
def test_the_deployments_own_host_is_served(world: World, name: str) -> None:
    """Case, port and the final dot of a fully qualified name make no difference."""
    assert world.ask("GET", "/greeting", host=name).status == 200


@pytest.mark.parametrize(
    "name",
    ["", "evil.test", "api.test.evil.test", "api_test", "api.test:port", "api.test:123456", "a b", "-api.test", "[::1", "user@api.test"],
)
def test_any_other_host_is_refused(world: World, name: str) -> None:
    """A name that is not ours, or is no name, is 400 before anything is matched."""
    assert code(world.ask("GET", "/no/such/path", host=name)) == (400, "unknown-host")


def test_no_host_and_two_hosts_are_refused(world: World) -> None:
    """Exactly one Host line is demanded (RFC 9112 section 3.2)."""
    assert code(world.ask("GET", "/greeting", host=None)) == (400, "unknown-host")
    assert code(world.ask("GET", "/greeting", headers=[("host", "api.test"), ("host", "api.test")])) == (400, "unknown-host")


def test_other_spellings_of_the_host_have_no_effect(world: World) -> None:
    """Only ``Host`` says the host: forwarded names neither help nor harm."""
    forwarded = [("x-forwarded-host", "evil.test"), ("forwarded", "host=evil.test")]
    assert world.ask("GET", "/greeting", headers=forwarded).status == 200
    assert code(world.ask("GET", "/greeting", host="evil.test", headers=[("x-forwarded-host", "api.test")])) == (400, "unknown-host")


def test_a_star_accepts_every_well_formed_host() -> None:
    """``*`` leaves the host to a proxy, and a malformed one is refused all the same."""
    world = World(hosts=("*",))
    assert world.ask("GET", "/greeting", host="anything.example:1").status == 200
    assert world.ask("GET", "/greeting", host="[::1]:8000").status == 200
    assert code(world.ask("GET", "/greeting", host="a b")) == (400, "unknown-host")


def test_an_address_can_be_a_host() -> None:
    """IPv4 and IPv6 literals are compared as they are written."""
    world = World(hosts=("127.0.0.1", "[::1]"))
    assert world.ask("GET", "/greeting", host="127.0.0.1:8000").status == 200
    assert world.ask("GET", "/greeting", host="[::1]:8000").status == 200
    assert code(world.ask("GET", "/greeting", host="[::2]:8000")) == (400, "unknown-host")


def test_a_tenants_host_serves_that_tenant_alone(world: World, key: str) -> None:
    """A claimed name is served, and only for a credential of the tenant that claims it."""
    _, globex = world.tenant("globex", hosts=["shop.globex.example"])
    assert world.ask("GET", "/tools", key=globex, host="Shop.Globex.example:443").status == 200
    assert world.ask("GET", "/tools", key=globex).status == 200
    assert code(world.ask("GET", "/tools", key=key, host="shop.globex.example")) == (403, "tenant-mismatch")
    assert code(world.ask("GET", "/platform/tenants", key=world.platform_key(), host="shop.globex.example")) == (403, "tenant-mismatch")
    assert world.ask("GET", "/greeting", host="shop.globex.example").status == 200


# ---------------------------------------------------------------- match, OPTIONS, CORS


def test_options_answers_without_authentication(world: World) -> None:
    """204 with a sorted Allow, HEAD and OPTIONS among it; an unknown path stays 404."""
    reply = world.ask("OPTIONS", "/tools")
    assert (reply.status, reply.body, header(reply, "allow")) == (204, b"", "GET, HEAD, OPTIONS, POST")
    assert header(world.ask("OPTIONS", "/tools/x"), "allow") == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert header(reply, "content-length") is None
    assert code(world.ask("OPTIONS", "/nowhere")) == (404, "not-found")


@pytest.mark.parametrize("method", ["PUT", "TRACE", "CONNECT", "get", "BREW", ""])
def test_an_unknown_method_is_405(world: World, method: str) -> None:
    """The path exists, the method does not: Allow says which do; a method override header changes nothing."""
    reply = world.ask(method, "/tools", headers=[("x-http-method-override", "GET")])
    assert (code(reply), header(reply, "allow")) == ((405, "method-not-allowed"), "GET, HEAD, OPTIONS, POST")


CORS = Cors(origins=("https://app.example",), max_age=60)
PREFLIGHT = [("origin", "https://app.example"), ("access-control-request-method", "POST")]


def test_without_configuration_there_is_no_cors(world: World) -> None:
    """No header of CORS is sent unless an origin is configured."""
    for reply in (world.ask("OPTIONS", "/tools", headers=PREFLIGHT), world.ask("GET", "/greeting", headers=PREFLIGHT)):
        assert not [name for name, _ in reply.headers if name.startswith(b"access-control")]


def test_an_allowed_origin_is_told_so() -> None:
    """Preflight and answer name the very origin, and a script may read the headers of the contract."""
    world = World(cors=CORS)
    preflight = world.ask("OPTIONS", "/tools", headers=PREFLIGHT)
    assert header(preflight, "access-control-allow-origin") == "https://app.example"
    assert header(preflight, "access-control-allow-methods") == "GET, HEAD, OPTIONS, POST"
    assert "If-Match" in str(header(preflight, "access-control-allow-headers"))
    assert header(preflight, "access-control-max-age") == "60"
    answer = world.ask("GET", "/tools", headers=[("origin", "https://app.example")])
    assert (answer.status, header(answer, "access-control-allow-origin")) == (401, "https://app.example")
    assert "ETag" in str(header(answer, "access-control-expose-headers"))
    assert header(answer, "access-control-allow-methods") is None
    assert header(answer, "access-control-allow-credentials") is None
    assert "Origin" in str(header(answer, "vary"))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://app.example",
        "https://app.example.evil.example",
        "https://app.example:444",
        "https://APP.example",
        "null",
        "",
        "*",
    ],
)
def test_a_foreign_origin_is_told_nothing(origin: str) -> None:
    """Origins are compared exactly: no pattern, no suffix, no case folding; the request itself is answered."""
    reply = World(cors=CORS).ask("OPTIONS", "/tools", headers=[("origin", origin), ("access-control-request-method", "POST")])
    assert reply.status == 204
    assert not [name for name, _ in reply.headers if name.startswith(b"access-control")]


def test_a_repeated_origin_is_told_nothing() -> None:
    """Two Origin lines name none."""
    twice = [("origin", "https://app.example"), ("origin", "https://app.example")]
    assert header(World(cors=CORS).ask("GET", "/greeting", headers=twice), "access-control-allow-origin") is None


def test_options_of_an_allowed_origin_without_a_preflight_is_plain() -> None:
    """Without ``Access-Control-Request-Method`` it is no preflight."""
    reply = World(cors=CORS).ask("OPTIONS", "/tools", headers=[("origin", "https://app.example")])
    assert (header(reply, "access-control-allow-origin"), header(reply, "access-control-allow-methods")) == ("https://app.example", None)


def test_credentials_and_star_are_said_as_the_standard_wants() -> None:
    """With credentials the origin is named and the permission given; ``*`` is answered with ``*``."""
    origin = [("origin", "https://app.example")]
    named = World(cors=Cors(origins=("https://app.example",), credentials=True)).ask("GET", "/greeting", headers=origin)
    assert header(named, "access-control-allow-credentials") == "true"
    anyone = World(cors=Cors(origins=("*",))).ask("GET", "/greeting", headers=[("origin", "https://whoever.example")])
    assert header(anyone, "access-control-allow-origin") == "*"
