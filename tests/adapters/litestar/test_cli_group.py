"""``litestar kingpost``: the runtime's commands over the kernel of an application. It knows click's own test runner and one application."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from litestar import Litestar

from kingpost.adapters.litestar_app.commands import NAMES, group
from kingpost.kernel.errors import Unavailable
from tests.adapters.litestar.hosted import Hosted


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    """An application with Kingpost in it."""
    made = Hosted(lambda plugin: Litestar(plugins=[plugin], openapi_config=None, logging_config=None))
    yield made
    made.close()


def typed(hosted: Hosted, *words: str) -> Result:
    """What the command line answers."""
    return CliRunner().invoke(group(hosted.kernel, hosted._lifespan), words)


def test_the_group_lists_its_commands(hosted: Hosted) -> None:
    """Each command has a line of help, and each command its own."""
    shown = typed(hosted, "--help").output
    assert [name for name in NAMES if f"  {name} " not in shown] == []
    assert "litestar kingpost tenant" in typed(hosted, "tenant", "--help").output


def test_a_tenant_is_made_and_listed(hosted: Hosted) -> None:
    """The ports are opened for a command and closed behind it; options are those of the command line."""
    lives = len(hosted.lives)
    assert typed(hosted, "tenant", "create", "beta", "Beta Ltd", "--plan", "gold").exit_code == 0
    listed = typed(hosted, "tenant", "list", "--json").output
    assert '"slug": "beta"' in listed
    assert '"plan": "gold"' in listed
    assert hosted.lives[lives:] == ["opened", "closed"] * 2


def test_routes_need_no_database(hosted: Hosted) -> None:
    """A command that only looks opens nothing."""
    lives = len(hosted.lives)
    assert "storefront.products.read" in typed(hosted, "routes").output
    assert hosted.lives[lives:] == []


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("tenant", "create", "acme", "Acme again"), 1, "slug"),
        (("tenant", "create", "Bad Slug", "x"), 1, "slug"),
        (("tenant", "explode"), 2, "invalid choice"),
        (("nothing",), 2, "No such command"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(hosted: Hosted, words: tuple[str, ...], code: int, line: str) -> None:
    """No traceback for anything that a user can cause."""
    result = typed(hosted, *words)
    assert result.exit_code == code
    assert line in result.output
    assert "Traceback" not in result.output


def test_a_database_that_is_not_ready_is_told(hosted: Hosted) -> None:
    """The reason comes through, and the ports are closed."""
    hosted.trap.storage.fail_next("check", Unavailable("the schema is behind: run kingpost migrate"))
    result = typed(hosted, "tenant", "list")
    assert (result.exit_code, result.output) == (1, "Error: the schema is behind: run kingpost migrate\n")
    assert hosted.lives[-1] == "closed"
