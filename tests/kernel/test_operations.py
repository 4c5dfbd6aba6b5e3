"""The registry: what it refuses at construction, and which operation a raw path means."""

from typing import Any

import pytest
from msgspec import Struct, structs

from kingpost.kernel.context import Context
from kingpost.kernel.errors import ConfigurationError, KernelError, MalformedPath, MethodNotAllowed, NotFound
from kingpost.kernel.operations import Example, Operation, PageQuery, Raw, Registry, parameter_names


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What everything answers."""

    name: str


class OnePath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One parameter."""

    a: str


class TwoPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two parameters."""

    a: str
    b: str


class Ungoverned(Struct):
    """A type that is not fit for the wire: it takes unknown fields and holds a float."""

    weight: float


class Coded(KernelError):
    """A condition without a code."""


async def nothing(context: Context) -> Any:
    """Take nothing."""


async def by_path(context: Context, *, path: Any) -> Any:
    """Take a path."""


async def by_body(context: Context, *, body: Any) -> Any:
    """Take a body."""


async def by_page(context: Context, *, query: Any, after: Any) -> Any:
    """Take a page."""


async def by_match(context: Context, *, if_match: Any) -> Any:
    """Take a precondition."""


GET = Operation(id="a.b.read", method="GET", path="/b", summary="Read", use_case=nothing, permission="a.b:read", returns=Answer)


def at(path: str, *, method: str = "GET", id_: str = "", parameters: type[Struct] | None = None, **changes: Any) -> Operation:
    """The operation at another path."""
    name = id_ or "a." + "".join(letter if letter.isalpha() else "_" for letter in f"{method}{path}".lower())
    use_case = nothing if parameters is None else by_path
    return structs.replace(
        GET, **{"id": name, "method": method, "path": path, "path_parameters": parameters, "use_case": use_case, **changes}
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "read"}, "the id must look like component.noun.verb"),
        ({"id": "A.b"}, "the id must look like component.noun.verb"),
        ({"method": "FETCH"}, "the method 'FETCH' is not one of DELETE, GET, PATCH, POST, PUT"),
        ({"path": "b"}, "the path 'b' must be '/' or segments"),
        ({"path": "/b/"}, "without a slash at the end"),
        ({"path": "//b"}, "must be '/' or segments"),
        ({"path": "/B"}, "must be '/' or segments"),
        ({"path": "/x{a}"}, "must be '/' or segments"),
        ({"path": "/b?x"}, "must be '/' or segments"),
        ({"path": "/{a}"}, r"the path has the parameters \('a',\), path_parameters declares \(\)"),
        ({"path_parameters": OnePath, "use_case": by_path}, r"the path has the parameters \(\), path_parameters declares \('a',\)"),
        ({"path": "/{a}/{a}", "path_parameters": OnePath, "use_case": by_path}, "they must be the same"),
        ({"permission": None}, "every operation names a permission, except public ones"),
        ({"scope": "public"}, "every operation names a permission, except public ones"),
        ({"use_case": by_body}, r"the use case takes \('body',\) besides the context, the operation gives \(\)"),
        ({"use_case": by_body, "body": Answer}, "a GET has no body"),
        ({"use_case": by_body, "body": Answer, "method": "DELETE"}, "a DELETE has no body"),
        ({"use_case": by_page, "query": PageQuery, "method": "POST"}, "a list is a GET and says in 'returns' what its items are"),
        (
            {"use_case": by_page, "query": PageQuery, "returns": None, "status": 204},
            "a list is a GET and says in 'returns' what its items are",
        ),
        ({"use_case": by_match, "if_match": True}, "a GET changes nothing, so it cannot require If-Match"),
        ({"returns": None}, "status 204 goes with returns=None, and only with it"),
        ({"status": 204}, "status 204 goes with returns=None, and only with it"),
        ({"errors": (ValueError,)}, "errors must be conditions with a code"),
        ({"errors": (Coded,)}, "errors must be conditions with a code"),
        ({"examples": (Example(summary="Odd", result={"nome": "x"}),)}, "the example 'Odd' does not fit its type"),
        ({"returns": Ungoverned}, r"cannot stand on the wire|forbid_unknown_fields"),
    ],
)
def test_each_contradiction_is_refused(changes: dict[str, Any], problem: str) -> None:
    """A registry is refused as a whole, with the operation, what is wrong and the mend."""
    with pytest.raises(ConfigurationError, match=problem):
        Registry([structs.replace(GET, **changes)])


def test_a_refusal_names_the_operation() -> None:
    """The id stands in the message."""
    with pytest.raises(ConfigurationError, match=r"operation 'a\.b\.read'"):
        Registry([structs.replace(GET, returns=None)])


def test_an_id_is_taken_once() -> None:
    """Ids are the names of routes in both frameworks."""
    with pytest.raises(ConfigurationError, match="the id is taken by another operation"):
        Registry([GET, structs.replace(GET, path="/c")])


def test_method_and_path_are_taken_once() -> None:
    """Two operations cannot answer the same request."""
    with pytest.raises(ConfigurationError, match=r"operation 'a\.c\.read': GET /b is taken by a\.b\.read"):
        Registry([GET, structs.replace(GET, id="a.c.read")])


def test_a_parameter_has_one_name_per_place() -> None:
    """Two paths that differ only in the names of their parameters are one path."""
    first, second = at("/x/{a}", parameters=OnePath), at("/x/{b}", method="DELETE", parameters=_named_b(), returns=None, status=204)
    with pytest.raises(ConfigurationError, match=r"names its parameters differently from /x/{a}"):
        Registry([first, second])


def _named_b() -> type[Struct]:
    class BPath(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """One parameter of another name."""

        b: str

    return BPath


def test_a_sound_operation_of_every_kind_is_accepted() -> None:
    """What the refusals above leave is possible: the root path, raw answers, pages, bodies and preconditions."""
    registry = Registry(
        [
            at("/", scope="public", permission=None),
            at("/page", raw=True, returns=None, media="text/html"),
            at("/list", query=PageQuery, use_case=by_page),
            at(
                "/thing",
                method="POST",
                body=Answer,
                use_case=by_body,
                status=201,
                examples=(Example(summary="One", body={"name": "x"}, result={"name": "x"}),),
            ),
            at("/thing", method="PUT", if_match=True, use_case=by_match),
            at("/thing", method="DELETE", returns=None, status=204),
        ]
    )
    assert registry.match("GET", b"/").operation.id == "a.get_"
    assert registry.by_id["a.post_thing"].inputs == ("body",)
    assert [operation.method for operation in registry.paths["/thing"]] == ["POST", "PUT", "DELETE"]
    assert registry.by_id["a.get_list"].paged
    assert not registry.by_id["a.get_page"].paged
    assert Raw(media="text/plain", body=b"x").status == 200


def test_parameter_names_are_read_from_the_template() -> None:
    """In order, without braces."""
    assert parameter_names("/x/{a}/y/{b}") == ("a", "b")
    assert parameter_names("/") == ()


# ---------------------------------------------------------------- matching

TREE = Registry(
    [
        at("/"),
        at("/a"),
        at("/a", method="POST"),
        at("/a/b"),
        at("/a/{a}", parameters=OnePath),
        at("/a/{a}/c", parameters=OnePath),
        at("/a/b/d"),
        at("/{a}/{b}", parameters=TwoPath),
        at("/.well-known/x.y_z"),
        at("/w", method="POST"),
    ]
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        (b"/", "/", {}),
        (b"/a", "/a", {}),
        (b"/a/b", "/a/b", {}),
        (b"/a/x", "/a/{a}", {"a": "x"}),
        (b"/a/B", "/a/{a}", {"a": "B"}),
        (b"/a/b/c", "/a/{a}/c", {"a": "b"}),
        (b"/a/x/c", "/a/{a}/c", {"a": "x"}),
        (b"/a/b/d", "/a/b/d", {}),
        (b"/z/b", "/{a}/{b}", {"a": "z", "b": "b"}),
        (b"/.well-known/x.y_z", "/.well-known/x.y_z", {}),
        (b"/%61", "/a", {}),
        (b"/a/%62", "/a/b", {}),
        (b"/a/%C3%A9%20", "/a/{a}", {"a": "\u00e9 "}),
        (b"/a/..", "/a/{a}", {"a": ".."}),
        (b"/a/%7Ba%7D", "/a/{a}", {"a": "{a}"}),
        (b"/a/a+b;c=1,d", "/a/{a}", {"a": "a+b;c=1,d"}),
    ],
)
def test_a_path_means_one_operation(path: bytes, template: str, values: dict[str, str]) -> None:
    """Literal before parameter, with backtracking; segments are decoded once, after they are split."""
    found = TREE.match("GET", path)
    assert (found.operation.path, dict(found.parameters)) == (template, values)


@pytest.mark.parametrize(
    "path", [b"/a/", b"//a", b"/a//b", b"/a//", b"//", b"/a/b/c/", b"/A", b"/a/x/d", b"/a/b/c/e", b"/a/x%2Fc", b"/a/x%2fc", b"/nowhere"]
)
def test_anything_else_is_not_found(path: bytes) -> None:
    """A trailing slash, a double slash, another case, an encoded slash: no redirect, no guess."""
    with pytest.raises(NotFound):
        TREE.match("GET", path)
    with pytest.raises(NotFound):
        TREE.allow(path)


@pytest.mark.parametrize(
    "path", [b"", b"a", b"*", b"/a/%", b"/a/%4", b"/a/%zz", b"/a/%FF", b"/a/%00", b"/a/%0A", b"/a/\xc3\xa9", b"/a b", b"/a\n", b"/a/%C2%85"]
)
def test_what_is_no_path_is_malformed(path: bytes) -> None:
    """Broken escapes, bad UTF-8 and control characters are 400, before any operation is looked for."""
    with pytest.raises(MalformedPath):
        TREE.match("GET", path)


def test_head_means_get() -> None:
    """Where there is a GET there is a HEAD, and only there."""
    assert TREE.match("HEAD", b"/a").operation.method == "GET"
    with pytest.raises(MethodNotAllowed):
        TREE.match("HEAD", b"/w")


@pytest.mark.parametrize(
    ("path", "allow"),
    [(b"/a", "GET, HEAD, OPTIONS, POST"), (b"/w", "OPTIONS, POST"), (b"/a/b", "GET, HEAD, OPTIONS"), (b"/a/x", "GET, HEAD, OPTIONS")],
)
def test_allow_is_sorted(path: bytes, allow: str) -> None:
    """The same text in every process, with HEAD and OPTIONS, in the refusal too."""
    assert TREE.allow(path) == allow
    for method in ("DELETE", "OPTIONS", "get", "BREW"):
        with pytest.raises(MethodNotAllowed) as refused:
            TREE.match(method, path)
        assert refused.value.headers == (("allow", allow),)


def test_a_literal_node_without_the_method_does_not_fall_back_to_a_parameter() -> None:
    """``/a/b`` exists, so another method on it is 405 there and never the operation of ``/a/{a}``."""
    registry = Registry([at("/a/b"), at("/a/{a}", method="DELETE", parameters=OnePath, returns=None, status=204)])
    with pytest.raises(MethodNotAllowed):
        registry.match("DELETE", b"/a/b")
    assert registry.match("DELETE", b"/a/x").operation.method == "DELETE"


def test_matching_many_alternatives_stays_cheap() -> None:
    """Backtracking is bounded by the templates: a long path of parameters that fails at its end is decided in a few steps."""
    steps = []

    class Counted(str):
        """A segment that counts how often it is looked up."""

        __slots__ = ()

        def __hash__(self) -> int:
            steps.append(1)
            return super().__hash__()

    from kingpost.kernel.operations import _walk

    registry = Registry([at("/a/b/a/b/a"), at("/{a}/{b}/x", parameters=TwoPath)])
    assert _walk(registry._root, tuple(Counted(text) for text in ("a", "b", "a", "b", "b")), 0, []) is None
    assert len(steps) < 40
