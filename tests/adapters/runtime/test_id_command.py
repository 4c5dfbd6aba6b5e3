"""Laws of the command ``id``: the two spellings of an id are turned into each other, and nothing else is."""

import io
from argparse import ArgumentParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.adapters.runtime.commands import id as id_command
from kingpost.kernel.errors import ConfigurationError


def printed(*argv: str) -> str:
    """What the command prints."""
    parser = ArgumentParser()
    id_command.add(parser)
    out = io.StringIO()
    assert id_command.run(parser.parse_args(argv), out) == 0
    return out.getvalue().strip()


@given(value=st.uuids(), prefix=st.from_regex(r"[a-z]{1,8}", fullmatch=True))
def test_there_and_back_again(value: UUID, prefix: str) -> None:
    """Every UUID survives the round trip, hyphens or not."""
    spelled = printed(str(value), prefix)
    assert spelled == printed(value.hex, prefix)
    assert printed(spelled) == str(value) == printed(spelled, prefix)


@pytest.mark.parametrize(
    "argv",
    [
        ("01890a5d-ac96-774b-bcce-b302099a8057",),
        ("01890a5d-ac96-774b-bcce-b302099a8057", "Prd"),
        ("01890a5d-ac96-774b-bcce-b302099a805x", "prd"),
        ("prd_01h455vb4pex5vsknk084sn02q", "ten"),
        ("prd_81h455vb4pex5vsknk084sn02q",),
        ("prd_",),
        ("",),
        ("ünïcode",),
    ],
)
def test_what_is_no_id_is_told(argv: tuple[str, ...]) -> None:
    """The refusal is a sentence, not a traceback."""
    with pytest.raises(ConfigurationError):
        printed(*argv)


@given(text=st.text(max_size=40), prefix=st.none() | st.text(max_size=8))
def test_no_text_makes_anything_but_an_id_or_a_refusal(text: str, prefix: str | None) -> None:
    """Whatever is typed, the answer is a line or a sentence."""
    argv = ["--", text] if prefix is None else ["--", text, prefix]
    try:
        assert printed(*argv)
    except ConfigurationError as refused:
        assert str(refused)  # noqa: PT017  (either outcome is right)
