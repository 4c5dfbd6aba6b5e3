"""The error tree: every code with its status, its retry advice and its place, as the golden table beside this file says."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.storefront import COMPONENT as STOREFRONT
from kingpost.kernel import errors
from kingpost.kernel.errors import Conflict, FieldError, KernelError, NotFound, Retry, Unauthenticated, Unavailable
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from tests.kernel.world import World

GOLDEN = Path(__file__).with_name("errors.golden.txt")


def descendants(condition: type[KernelError]) -> Iterator[type[KernelError]]:
    """Every class below a condition, in this process."""
    for child in condition.__subclasses__():
        yield child
        yield from descendants(child)


def shipped() -> list[type[KernelError]]:
    """The conditions of the kernel, of its components and of the example, in the order of their codes."""
    homes = ("kingpost.kernel", "examples.storefront")
    assert TENANCY.operations
    assert STOREFRONT.operations
    return sorted({each for each in descendants(KernelError) if each.__module__.startswith(homes)}, key=lambda each: each.code)


def table() -> str:
    """One line per condition: code, status, retry, class and the condition that it refines."""
    rows = [
        f"{each.code:26}{each.status}  {each.retry.value:13}{each.__name__} <- {each.__mro__[1].__name__}  ({each.__module__.removeprefix('kingpost.')})"
        for each in shipped()
    ]
    return "\n".join(rows) + "\n"


def test_the_golden_table_is_the_tree() -> None:
    """Codes and statuses are a contract: a change of one is a change of the table."""
    assert table() == GOLDEN.read_text(encoding="utf-8")


def test_codes_are_unique() -> None:
    """A code names one condition over the whole kernel and its components."""
    codes = [each.code for each in shipped()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("condition", shipped(), ids=lambda each: each.__name__)
def test_every_condition_is_complete(condition: type[KernelError]) -> None:
    """A code of its own in kebab case, an error status, a title that is a sentence, and a meaning."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", condition.code)
    assert "code" in vars(condition)
    assert "title" in vars(condition)
    assert condition.title.endswith(".")
    assert 400 <= condition.status < 600
    assert (condition.__doc__ or "").strip().endswith(".")
    error = condition()
    assert (error.detail, error.params, error.errors, str(error)) == (condition.title, {}, (), condition.title)


@pytest.mark.parametrize("condition", shipped(), ids=lambda each: each.__name__)
def test_a_refinement_keeps_the_status(condition: type[KernelError]) -> None:
    """Who handles the wider condition handles the narrower one: the status is the same."""
    parent = condition.__mro__[1]
    assert parent is KernelError or parent.status == condition.status


def test_the_drawn_tree_is_the_real_one() -> None:
    """The tree in the docstring of ``errors`` holds exactly the classes, codes and statuses of the module, each under its parent."""
    drawn: dict[str, tuple[str, int, str]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        node = re.match(r"    ((?:[│ ]   )*)[├└]── (\w+)\s+(\d+) ([a-z-]+)$", line)
        if node:
            depth = len(node[1]) // 4
            path[depth:] = [node[2]]
            drawn[node[2]] = (path[depth - 1] if depth else "KernelError", int(node[3]), node[4])
    real = {
        name: (each.__mro__[1].__name__, each.status, each.code)
        for name, each in vars(errors).items()
        if inspect.isclass(each) and issubclass(each, KernelError) and each is not KernelError
    }
    assert drawn == real


def test_the_root_is_no_condition() -> None:
    """``KernelError`` itself has neither code nor status, so nobody can raise it by mistake and be answered."""
    assert not hasattr(KernelError, "code")
    assert not hasattr(KernelError, "status")


def test_detail_params_and_headers_travel() -> None:
    """What is given is kept, and the detail is the exception's own text."""
    wrong = FieldError(pointer="/name", code="missing", detail="There must be a name.")
    error = Conflict("No.", params={"rule": "unique:t:name"}, errors=(wrong,), headers=(("allow", "GET"),))
    assert (str(error), error.rule, error.errors, error.headers) == ("No.", "unique:t:name", (wrong,), (("allow", "GET"),))
    assert Conflict().rule == ""


def test_some_conditions_bring_their_headers() -> None:
    """401 challenges (RFC 9110 section 11.6.1) and 503 says when to come back."""
    assert Unauthenticated().headers == (("www-authenticate", "Bearer"),)
    assert Unauthenticated(challenge='Bearer error="x"').headers == (("www-authenticate", 'Bearer error="x"'),)
    assert Unavailable().headers == (("retry-after", "1"),)
    assert Unavailable(retry_after=30, params={"what": "database"}).headers == (("retry-after", "30"),)


def test_every_503_and_429_may_be_tried_again() -> None:
    """The advice agrees with the status: what is temporary says so, and what the caller must mend does not."""
    for each in shipped():
        assert (each.retry is Retry.LATER) == (each.status in (429, 500, 503)), each
        assert each.retry is not Retry.AFTER_RELOAD or each.status in (409, 412, 428), each
    assert NotFound.retry is Retry.NEVER


def test_every_condition_has_a_page() -> None:
    """The ``type`` of every problem leads to a page that explains it, those of components included."""
    world = World()
    declared = {error for operation in world.kernel.registry.operations for error in operation.errors}
    for condition in {*declared, *(each for each in shipped() if each.__module__ == errors.__name__)}:
        page = world.ask("GET", f"/problems/{condition.code}")
        assert (page.status, condition.code in page.body.decode()) == (200, True)
