"""The stages that read what was sent: media types, bodies, cursors and preconditions."""

from urllib.parse import quote

import msgspec
import pytest

from tests.kernel.world import World, code, header, problem


@pytest.fixture
def world() -> World:
    """A kernel with nothing in it."""
    return World()


@pytest.fixture
def key(world: World) -> str:
    """The key of a tenant."""
    return world.tenant("acme")[1]


# ---------------------------------------------------------------- media types and bodies


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/*", "text/html, application/json;q=0.1", ""])
def test_a_client_that_takes_json_is_served(world: World, accept: str) -> None:
    """Every Accept that admits JSON, or none, is fine."""
    assert world.ask("GET", "/greeting", headers=[("accept", accept)]).status == 200


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*", "*/*;q=0"])
def test_a_client_that_refuses_json_is_406(world: World, accept: str) -> None:
    """The refusal itself is a problem document all the same."""
    reply = world.ask("GET", "/greeting", headers=[("accept", accept)])
    assert (code(reply), problem(reply)["params"]) == ((406, "not-acceptable"), {"media": "application/json"})


def test_a_garbled_accept_is_refused(world: World) -> None:
    """A value outside the grammar is 400."""
    assert code(world.ask("GET", "/greeting", headers=[("accept", "json")])) == (400, "malformed-header")


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/vnd.api+json"]
)
def test_a_body_of_another_media_type_is_415(world: World, key: str, media: str) -> None:
    """Bytes that happen to be JSON do not help."""
    assert code(world.ask("POST", "/tools", key=key, body={"name": "saw"}, headers=[("content-type", media)])) == (
        415,
        "unsupported-media-type",
    )


def test_a_compressed_body_is_415(world: World, key: str) -> None:
    """Content codings are the proxy's business."""
    assert code(world.ask("POST", "/tools", key=key, body={"name": "saw"}, headers=[("content-encoding", "gzip")])) == (
        415,
        "unsupported-media-type",
    )


def test_a_body_where_none_is_taken_is_400(world: World, key: str) -> None:
    """A GET or a DELETE with a body is refused rather than half read."""
    assert code(world.ask("GET", "/tools", key=key, body={})) == (400, "bad-request")


def test_all_errors_of_a_body_are_told_at_once(world: World, key: str) -> None:
    """422 lists every error with its pointer; malformed JSON is 400."""
    reply = world.ask("POST", "/tools", key=key, body={"name": "", "shelf": -1, "tenant_id": "x"})
    assert code(reply) == (422, "invalid")
    assert {(error["pointer"], error["code"]) for error in problem(reply)["errors"]} == {
        ("/name", "too-short"),
        ("/shelf", "not-in-range"),
        ("/tenant_id", "unknown-field"),
    }
    assert code(world.ask("POST", "/tools", key=key, body=b"{")) == (400, "malformed-json")
    assert code(world.ask("POST", "/tools", key=key, body=b"")) == (400, "malformed-json")


# ---------------------------------------------------------------- lists


def test_pages_follow_each_other_to_the_end(world: World, key: str) -> None:
    """The link of each page leads to the next, filters and limit included, until there is none; every row comes once."""
    for number in range(5):
        world.clock.advance(1)
        world.json("POST", "/tools", key=key, body={"name": f"tool {number}", "shelf": 1})
    names, path, links = [], "/tools?limit=2&shelf=1&sharp=true", 0
    while path:
        reply = world.ask("GET", path, key=key, mount="/api")
        page = msgspec.json.decode(reply.body)
        names += [item["name"] for item in page["items"]]
        link = header(reply, "link")
        assert (link is None) == (page["next_cursor"] is None)
        path = link[len("</api") :].partition(">")[0] if link else ""
        links += link is not None
        assert link is None or link == f'</api/tools?limit=2&shelf=1&sharp=true&cursor={page["next_cursor"]}>; rel="next"'
    assert (names, links) == ([f"tool {number}" for number in range(5)], 2)


def test_a_cursor_serves_its_own_list_alone(world: World, key: str) -> None:
    """Another tenant, another filter, another list: 400. Another limit: fine."""
    for number in range(3):
        world.json("POST", "/tools", key=key, body={"name": f"tool {number}", "shelf": 1})
    cursor = world.json("GET", "/tools?limit=1&shelf=1", key=key)["next_cursor"]
    assert len(world.json("GET", f"/tools?limit=200&shelf=1&cursor={cursor}", key=key)["items"]) == 2
    other = world.tenant("globex")[1]
    for path, caller in (
        (f"/tools?limit=1&shelf=1&cursor={cursor}", other),
        (f"/tools?limit=1&cursor={cursor}", key),
        (f"/tools?shelf=2&cursor={cursor}", key),
        ("/tools?cursor=nonsense", key),
        ("/tools?cursor=", key),
    ):
        assert code(world.ask("GET", path, key=caller)) == (400, "malformed-cursor")
    assert code(world.ask("GET", f"/platform/tenants?cursor={cursor}", key=world.platform_key())) == (400, "malformed-cursor")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "+1", "007", "1_0", "", "ten", "1e1", "\u0661"])
def test_a_limit_out_of_bounds_is_422(world: World, key: str, limit: str) -> None:
    """1 to 200 in plain digits, nothing else; the pointer names the parameter."""
    reply = world.ask("GET", f"/tools?limit={quote(limit)}", key=key)
    assert (code(reply), problem(reply)["errors"][0]["pointer"]) == ((422, "invalid"), "query:limit")


# ---------------------------------------------------------------- preconditions


@pytest.fixture
def saw(world: World, key: str) -> tuple[str, str]:
    """The path and the tag of a tool."""
    made = world.ask("POST", "/tools", key=key, body={"name": "saw"})
    return str(header(made, "location")), str(header(made, "etag"))


def test_a_change_needs_if_match(world: World, key: str, saw: tuple[str, str]) -> None:
    """Without the header, or with ``*``, it is 428: nobody overwrites what they have not seen."""
    for headers in ([], [("if-match", "*")]):
        assert code(world.ask("PATCH", saw[0], key=key, body={"shelf": 1}, headers=headers)) == (428, "precondition-required")


def test_a_stale_tag_is_412_and_names_the_current_one(world: World, key: str, saw: tuple[str, str]) -> None:
    """The answer carries the tag that would do."""
    world.ask("PATCH", saw[0], key=key, body={"shelf": 1}, headers=[("if-match", saw[1])])
    refused = world.ask("PATCH", saw[0], key=key, body={"shelf": 2}, headers=[("if-match", saw[1])])
    assert code(refused) == (412, "stale-version")
    current = str(header(refused, "etag"))
    assert world.ask("PATCH", saw[0], key=key, body={"shelf": 2}, headers=[("if-match", f'"x", {current}')]).status == 200


def test_a_weak_tag_is_refused_unless_the_deployment_takes_it(world: World, key: str, saw: tuple[str, str]) -> None:
    """412 ``weak-etag`` by default; with the setting the tag counts as strong."""
    assert code(world.ask("PATCH", saw[0], key=key, body={"shelf": 1}, headers=[("if-match", f"W/{saw[1]}")])) == (412, "weak-etag")
    lenient = World(accept_weakened_etags=True)
    owner = lenient.tenant("acme")[1]
    made = lenient.ask("POST", "/tools", key=owner, body={"name": "saw"})
    path, tag = str(header(made, "location")), str(header(made, "etag"))
    assert lenient.ask("PATCH", path, key=owner, body={"shelf": 1}, headers=[("if-match", f"W/{tag}")]).status == 200


@pytest.mark.parametrize("value", ["", "x", '"x', '"a" "b"', "W/", 'w/"x"'])
def test_a_garbled_if_match_is_400(world: World, key: str, saw: tuple[str, str], value: str) -> None:
    """What is no list of tags is not taken for an absent one."""
    assert code(world.ask("PATCH", saw[0], key=key, body={"shelf": 1}, headers=[("if-match", value)])) == (400, "malformed-header")


def test_an_unchanged_row_is_304(world: World, key: str, saw: tuple[str, str]) -> None:
    """``If-None-Match`` with the current tag, weak or among others, or ``*``, saves the body and keeps the tag; another tag does not."""
    for value in (saw[1], f"W/{saw[1]}", f'"other", {saw[1]}', "*"):
        reply = world.ask("GET", saw[0], key=key, headers=[("if-none-match", value)])
        assert (reply.status, reply.body, header(reply, "etag"), header(reply, "content-type")) == (304, b"", saw[1], None)
        assert header(reply, "cache-control") == "private, no-cache"
    assert world.ask("GET", saw[0], key=key, headers=[("if-none-match", '"other"')]).status == 200


def test_another_tenants_tag_is_never_the_same(world: World, key: str, saw: tuple[str, str]) -> None:
    """Tags of different rows differ, so a shared cache cannot confuse tenants."""
    other = world.tenant("globex")[1]
    theirs = world.ask("POST", "/tools", key=other, body={"name": "saw"})
    assert header(theirs, "etag") != saw[1]
    assert world.ask("GET", str(header(theirs, "location")), key=other, headers=[("if-none-match", saw[1])]).status == 200


def test_an_answer_with_a_secret_is_never_kept(world: World) -> None:
    """The answer that shows a key says ``no-store``, though it has a tag."""
    reply = world.ask("POST", "/platform/tenants", key=world.platform_key(), body={"slug": "acme", "name": "Acme"})
    assert (reply.status, header(reply, "cache-control")) == (201, "no-store")
    assert header(reply, "etag") is not None
