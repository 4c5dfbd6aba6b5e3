"""How a transaction of a host and the kernel ends: the kernel writes first, between or last, and each side fails (RULES 3 to 7). It knows both sides."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Literal

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.transaction import TransactionManagementError
from django.http import HttpRequest, HttpResponse
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.urls import path

from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, Conflict
from tests.adapters.django.shop.models import Line
from tests.adapters.django.worlds import World, ware

Place = Literal["first", "between", "last"]
PLACES: tuple[Place, ...] = ("first", "between", "last")
TOLD: list[str] = []
"""What followed a commit."""


@pytest.fixture(autouse=True)
def _untold() -> None:
    TOLD.clear()


def line(world: World, text: str, **facts: Any) -> Line:
    """One row of the host."""
    made: Line = Line.objects.using(world.alias).create(text=f"{world.scope.tenant} {text}", **facts)
    return made


def lines(world: World) -> list[str]:
    """The host's rows of this world."""
    found = Line.objects.using(world.alias).filter(text__startswith=str(world.scope.tenant)).order_by("text")
    return [text.partition(" ")[2] for text in found.values_list("text", flat=True)]


def write(world: World, name: str, place: Place) -> None:
    """Two rows of the host and one of the kernel, in the order that ``place`` says."""
    for turn in PLACES:
        if turn == place:
            world.insert_in_unit(name, lambda: TOLD.append(name))
        else:
            line(world, f"{name} {turn}")


def orphan(world: World) -> None:
    """A row of the host that only its commit refuses."""
    line(world, "orphan", above_id=-1)


# ---------------------------------------------------------------- how a block ends


class Left(Exception):
    """The host leaves its block."""


def kept(world: World, name: str, place: Place) -> None:
    """The host commits."""
    with transaction.atomic(using=world.alias):
        write(world, name, place)
        assert TOLD[-1:] != [name]


def raised(world: World, name: str, place: Place) -> None:
    """The host's own code fails."""
    with pytest.raises(Left), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
        write(world, name, place)
        raise Left


def marked(world: World, name: str, place: Place) -> None:
    """The host marks its transaction for rollback and goes on."""
    with transaction.atomic(using=world.alias):
        write(world, name, place)
        transaction.set_rollback(True, using=world.alias)


def refused_by_commit(world: World, name: str, place: Place) -> None:
    """The host's commit fails, at a constraint that waits for it."""
    with pytest.raises(IntegrityError), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
        write(world, name, place)
        orphan(world)


def refused_by_kernel(world: World, name: str, place: Place) -> None:
    """The kernel refuses, and nobody catches it."""
    with pytest.raises(Conflict), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
        write(world, name, place)
        world.insert_in_unit(name)


def caught(world: World, name: str, place: Place) -> None:
    """The kernel refuses, the host catches it and commits."""
    with transaction.atomic(using=world.alias):
        write(world, name, place)
        with pytest.raises(Conflict):
            world.insert_in_unit(name, lambda: TOLD.append("never"))
        with pytest.raises(Conflict):
            world.insert(name)


def nested(world: World, name: str, place: Place) -> None:
    """An inner block of the host is rolled back, the outer one commits."""
    with transaction.atomic(using=world.alias):
        write(world, name, place)
        with pytest.raises(Left), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
            write(world, f"{name} undone", place)
            raise Left


def released(world: World, name: str, place: Place) -> None:
    """The rows are written in an inner block, and the outer one is rolled back."""
    with pytest.raises(Left), transaction.atomic(using=world.alias):  # noqa: PT012  (the block is what is tried)
        with transaction.atomic(using=world.alias):
            write(world, name, place)
        raise Left


def durable(world: World, name: str, place: Place) -> None:
    """A block that must be the outermost."""
    with transaction.atomic(using=world.alias, durable=True):
        write(world, name, place)


def by_hand(world: World, name: str, place: Place) -> None:
    """The host commits by itself, with autocommit switched off; Django runs the callbacks when it is switched on again."""
    transaction.set_autocommit(False, using=world.alias)
    try:
        write(world, name, place)
        transaction.commit(using=world.alias)
    finally:
        transaction.set_autocommit(True, using=world.alias)


def undone_by_hand(world: World, name: str, place: Place) -> None:
    """The host rolls back by itself."""
    transaction.set_autocommit(False, using=world.alias)
    try:
        write(world, name, place)
    finally:
        transaction.rollback(using=world.alias)
        transaction.set_autocommit(True, using=world.alias)


ENDS: dict[Callable[[World, str, Place], None], bool] = {
    kept: True,
    raised: False,
    marked: False,
    refused_by_commit: False,
    refused_by_kernel: False,
    caught: True,
    nested: True,
    released: False,
    durable: True,
    by_hand: True,
    undone_by_hand: False,
}
"""How the host ends its transaction -> whether the rows stay."""


@pytest.mark.parametrize(("end", "stays"), ENDS.items(), ids=lambda value: getattr(value, "__name__", str(value)))
@pytest.mark.parametrize("place", PLACES)
def test_both_stay_or_neither(world: World, end: Callable[[World, str, Place], None], place: Place, *, stays: bool) -> None:
    """However the host ends it, and wherever the kernel wrote: all rows and the callback with the commit; else no row and no callback."""
    end(world, "A", place)
    assert not connections[world.alias].in_atomic_block
    assert world.skus() == (["A"] if stays else [])
    assert lines(world) == (sorted(f"A {turn}" for turn in PLACES if turn != place) if stays else [])
    assert (["A"] if stays else []) == TOLD


# ---------------------------------------------------------------- what a failed statement of the host leaves


def failed_statement(world: World) -> None:
    """A statement of the host fails and is swallowed, as old code does."""
    with connections[world.alias].cursor() as cursor:
        try:
            cursor.execute("INSERT INTO shop_note (id, text) VALUES (NULL, NULL)")
        except IntegrityError:
            return
    pytest.fail("the statement did not fail")


def test_behind_a_failed_statement_of_the_host_postgresql_is_explained(world: World) -> None:
    """PostgreSQL takes nothing after it: the kernel says so and what to do, whatever it was asked. SQLite goes on."""
    for attempt in (lambda: world.insert("A"), lambda: world.insert_in_unit("B"), world.skus):
        with transaction.atomic(using=world.alias):
            failed_statement(world)
            if world.alias == "postgres":
                with pytest.raises(ConfigurationError, match=r"a statement .* failed before.*transaction\.atomic\(\)"):
                    attempt()
                transaction.set_rollback(True, using=world.alias)
            else:
                attempt()
        assert not connections[world.alias].in_atomic_block
    world.insert("C")
    assert "C" in world.skus()


def test_in_a_block_that_django_has_given_up_its_own_words_are_kept(world: World) -> None:
    """Every Django developer knows them; the block around can be left and the connection is as before."""
    with transaction.atomic(using=world.alias):
        with pytest.raises(Left), transaction.atomic(using=world.alias, savepoint=False):
            raise Left
        for attempt in (lambda: world.insert("A"), lambda: world.insert_in_unit("B"), world.skus):
            with pytest.raises(TransactionManagementError, match="until the end of the 'atomic' block"):
                attempt()
    assert world.skus() == []
    assert not connections[world.alias].in_atomic_block


def test_a_hosts_error_inside_a_unit_takes_the_units_rows_only(world: World) -> None:
    """A unit of the kernel in which the host's code fails is undone; the block around it commits what was there before."""

    async def run() -> None:
        session = world.session()
        async with session.unit(world.scope):
            await session.store(world.scope).insert(ware(str(world.scope.tenant), "A"))
            line(world, "inside")
            raise Left

    with transaction.atomic(using=world.alias):
        line(world, "before")
        with pytest.raises(Left):
            drive(run())
        line(world, "behind")
    assert (world.skus(), lines(world)) == ([], ["before", "behind"])


# ---------------------------------------------------------------- views under ATOMIC_REQUESTS

WORLD: list[World] = []


def view(request: HttpRequest, end: str, place: Place) -> HttpResponse:
    """A view of the host that writes with the kernel."""
    world = WORLD[-1]
    write(world, "A", place)
    if end == "refused":
        world.insert_in_unit("A")
    elif end == "broken":
        raise Left
    elif end == "caught":
        with pytest.raises(Conflict):
            world.insert_in_unit("A")
    elif end == "orphan":
        orphan(world)
    return HttpResponse(status=402 if end == "answered" else 200)


urlpatterns = [path("<str:end>/<str:place>", view)]


@pytest.fixture
def atomic_requests(world: World, settings: Any) -> Iterator[World]:
    """The host's views are one transaction each."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["kingpost.adapters.django_app.middleware.KingpostMiddleware"]
    facts = connections[world.alias].settings_dict
    facts["ATOMIC_REQUESTS"] = True
    WORLD.append(world)
    yield world
    WORLD.pop()
    facts["ATOMIC_REQUESTS"] = False


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("end", "status", "stays"),
    [
        ("kept", 200, True),
        ("answered", 402, True),
        ("caught", 200, True),
        ("refused", 409, False),
        ("broken", 500, False),
        ("orphan", 500, False),
    ],
)
def test_a_view_is_one_transaction(atomic_requests: World, end: str, status: int, place: Place, *, stays: bool) -> None:
    """A view that answers commits, whatever it answers; one that raises, a kernel error too, or whose commit fails, keeps nothing."""
    world = atomic_requests
    answer = Client(raise_request_exception=False).get(f"/{end}/{place}")
    assert answer.status_code == status
    assert (world.skus(), TOLD) == ((["A"], ["A"]) if stays else ([], []))
    assert len(lines(world)) == (2 if stays else 0)


# ---------------------------------------------------------------- the host's own tests


class TestInTestCase(TestCase):
    """Django rolls everything back, and the laws inside a test are those of production."""

    databases = {"default"}

    @pytest.fixture(autouse=True)
    def _tables(self, migrated: str) -> None:
        """Every table."""

    def test_rows_and_callbacks_of_each_end(self) -> None:
        """As in production, where the callbacks are run by ``captureOnCommitCallbacks``; a constraint that waits is looked at in the end."""
        for end, place in product((kept, raised, marked, refused_by_kernel, caught, nested, released), PLACES):
            world = World("default")
            TOLD.clear()
            with self.captureOnCommitCallbacks(execute=True):
                end(world, "A", place)
                assert TOLD == []
            assert (world.skus(), TOLD) == ((["A"], ["A"]) if ENDS[end] else ([], [])), (end, place)

    def test_a_durable_block_is_allowed(self) -> None:
        """Django lets it be in a test case, and the kernel's unit in it is a savepoint."""
        world = World("default")
        durable(world, "A", "between")
        assert world.skus() == ["A"]


class TestInTransactionTestCase(TransactionTestCase):
    """Nothing around a test: commits are real, and callbacks run by themselves."""

    databases = {"default"}
    available_apps = None

    @pytest.fixture(autouse=True)
    def _tables(self, migrated: str) -> None:
        """Every table."""

    def _fixture_teardown(self) -> None:
        """The rows stay: these tests share their tables with all others."""

    def test_rows_and_callbacks_of_each_end(self) -> None:
        """As in production."""
        for (end, stays), place in product(ENDS.items(), PLACES):
            world = World("default")
            TOLD.clear()
            end(world, "A", place)
            assert (world.skus(), TOLD) == ((["A"], ["A"]) if stays else ([], [])), (end, place)


@override_settings(DEBUG=True)
def test_the_debug_log_changes_nothing(world: World) -> None:
    """With DEBUG on Django wraps every cursor; rows and callbacks are the same."""
    for place in PLACES:
        kept(world, place, place)
    assert (world.skus(), TOLD) == (sorted(PLACES), list(PLACES))
