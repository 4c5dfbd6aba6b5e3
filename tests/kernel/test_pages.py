"""The pages for people: complete, escaped, self-contained, and admitted by their own policy."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from shlex import split

import msgspec
import pytest

from kingpost.kernel.errors import Conflict, KernelError, NotFound, Retry, Unavailable, WeakEtag
from kingpost.kernel.openapi import document
from kingpost.kernel.pages import PAGE_POLICY, docs_page, problem_page
from tests.kernel.workshop import Accident, workshop
from tests.kernel.world import World

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Reader(HTMLParser):
    """Collects what a browser would see, and notices tags that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text inside the innermost element."""
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)


@pytest.fixture(scope="module")
def world() -> World:
    """A kernel with tenancy and the workshop."""
    return World()


@pytest.fixture(scope="module")
def page(world: World) -> str:
    """Its documentation."""
    return docs_page(document(world.kernel))


def test_the_page_is_well_formed(page: str) -> None:
    """Every element is closed in order, and no id is given twice."""
    reader = Reader(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    """No script, no handler, no image, no font, no address of another host but the sample of the shell."""
    reader = Reader(page)
    assert not reader.tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not [name for name in reader.attributes if name.startswith("on") or name in {"src", "style"}]
    assert not [link for link in reader.links if "//" in link or link.startswith("/")]
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_admits_the_style_and_nothing_else(world: World) -> None:
    """The hash in the header is the hash of the style in the page, and the header is sent once with it."""
    for path in ("/docs", "/problems/not-found"):
        reply = world.ask("GET", path)
        policies = [value.decode() for name, value in reply.headers if name == b"content-security-policy"]
        styles = re.findall(r"<style>(.*?)</style>", reply.body.decode(), re.DOTALL)
        hashes = [b64encode(sha256(style.encode()).digest()).decode() for style in styles]
        assert policies == [PAGE_POLICY[1]]
        assert policies[0].startswith(f"default-src 'none'; style-src 'sha256-{hashes[0]}'")
        assert len(hashes) == 1
        assert "unsafe" not in policies[0]


def test_every_operation_has_its_place(world: World, page: str) -> None:
    """An anchor per operation id, an entry in the index, method, path, permission and every declared code."""
    reader = Reader(page)
    for operation in world.kernel.registry.operations:
        if operation.probe:
            continue
        assert operation.id in reader.ids
        assert f"#{operation.id}" in reader.links
        assert operation.path in page
        assert operation.permission is None or operation.permission in page
        assert {f"problems/{error.code}" for error in operation.errors} <= set(reader.links)


def test_every_link_leads_somewhere(world: World, page: str) -> None:
    """Anchors exist, and relative links are answered under the mount."""
    reader = Reader(page)
    for link in reader.links:
        if link.startswith("#"):
            assert link[1:] in reader.ids
        else:
            assert world.ask("GET", f"/{link}").status == 200, link


def test_bodies_show_fields_types_and_rules(page: str) -> None:
    """Names, types, bounds, patterns, defaults, choices and references can be read without the document."""
    text = re.sub(r"<[^>]+>", "", page)
    for told in (
        "required",
        "at least 1 characters",
        "at most 200",
        "default 50",
        "array of ToolView",
        "active | closed | suspended",
        "string or null",
    ):
        assert told in text
    assert "matches ^[a-z](?:[a-z0-9]|-(?!-)){0,61}[a-z0-9]$" in text


def test_the_commands_can_be_run_as_they_stand(world: World, page: str) -> None:
    """Each ``curl`` is one shell command whose body the operation accepts and whose path matches its operation."""
    commands = [text for text in Reader(page).texts["pre"] if text.startswith("curl")]
    assert len(commands) == len([each for each in world.kernel.registry.operations if not each.probe])
    for command in commands:
        words = split(command)
        target = next(word for word in words if word.startswith("$KINGPOST_URL")).removeprefix("$KINGPOST_URL")
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        matched = world.kernel.registry.match(method, target.encode()).operation
        assert ("Authorization: Bearer $KINGPOST_KEY" in words) == (matched.scope != "public")
        assert ("If-Match: $ETAG" in words) == matched.if_match
        assert ("-d" in words) == (matched.body is not None)
        if matched.body is not None:
            msgspec.json.decode(words[words.index("-d") + 1], type=matched.body)


def test_everything_is_escaped() -> None:
    """Titles, summaries, permissions, examples and descriptions of a component are text, whatever they hold."""
    evil = """<script>alert('x')</script>"&"""
    component = workshop(Accident())
    operation = msgspec.structs.replace(component.operations[0], summary=evil, examples=(_example(evil),))
    nasty = msgspec.structs.replace(component, operations=(operation,))
    plain = World()
    page = docs_page(document(World(components=(plain.components[0], nasty), title=evil).kernel))
    assert "<script" not in page
    assert Reader(page).open == []
    assert page.count("&lt;script&gt;") >= 6


def _example(text: str) -> object:
    from kingpost.kernel.operations import Example

    return Example(summary=text, body={"name": text})


def test_schemas_of_any_shape_can_be_shown() -> None:
    """Maps, constants, nested unions, unknown members and empty schemas are put into words rather than left out."""
    members = {
        "map": {"type": "object", "additionalProperties": {"type": "integer", "exclusiveMinimum": 0}},
        "constant": {"const": "only"},
        "either": {"anyOf": [{"$ref": "#/components/schemas/Other"}, {"type": "array", "items": {"type": "string", "maxLength": 3}}]},
        "anything": {},
        "several": {"type": ["string", "null"]},
        "yes": {"type": "boolean"},
        "nothing": {"type": "null"},
        "given": {"type": "integer", "default": 5},
    }
    body = {"type": "object", "required": [*members, "absent"], "properties": members, "description": "Said ``here``."}
    entry = {
        "operationId": "x.y",
        "summary": "Do",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
        "responses": {"200": {"description": "Done", "content": {"application/json": {"schema": body}}}, "204": {"description": "Nothing"}},
    }
    given = {
        "info": {"title": "T", "version": "1"},
        "paths": {"/x": {"post": entry}},
        "components": {"schemas": {"Body": body, "Other": {"enum": ["a", 1]}}},
    }
    page = docs_page(given)  # type: ignore[arg-type]
    text = re.sub(r"<[^>]+>", "", page)
    for told in (
        "map of text to integer",
        "more than 0",
        "only",
        "Other or array of string",
        "at most 3 characters",
        "string or null",
        "default 5",
        "Said here.",
    ):
        assert told in text
    sent = msgspec.json.decode(split(next(text for text in Reader(page).texts["pre"] if text.startswith("curl")))[-1])
    assert sent == {
        "map": {},
        "constant": "only",
        "either": "a",
        "anything": {},
        "several": {},
        "yes": True,
        "nothing": None,
        "given": 5,
        "absent": {},
    }


def test_the_page_is_deterministic(world: World, page: str) -> None:
    """Equal documents give equal pages, and the kernel makes each once."""
    assert docs_page(document(World().kernel)) == page
    assert world.ask("GET", "/docs").body == world.ask("GET", "/docs").body == page.encode()


@pytest.mark.parametrize("condition", [NotFound, Unavailable, WeakEtag, Conflict], ids=lambda each: each.__name__)
def test_a_problem_page_explains_its_condition(condition: type[KernelError]) -> None:
    """Code, status, title, meaning, and whether to send the request again."""
    page = problem_page(condition)
    assert Reader(page).open == []
    text = re.sub(r"<[^>]+>", "", page)
    advice = {
        Retry.NEVER: "change the request first",
        Retry.LATER: "may succeed after a wait",
        Retry.AFTER_RELOAD: "Load the current state",
    }
    for told in (condition.code, str(condition.status), condition.title, advice[condition.retry], "application/problem+json"):
        assert told in text
    meaning = (condition.__doc__ or "").split("``")[-1].split(";")[0].strip()
    assert meaning in text
