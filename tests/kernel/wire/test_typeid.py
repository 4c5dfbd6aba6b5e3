"""TypeIDs against the specification's own examples; it knows nothing of requests."""

import pickle
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.kernel import typeid

VALID = (
    ("", "00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
    ("", "00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
    ("", "0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"),
    ("", "0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
    ("", "00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
    ("", "7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ("prefix", "prefix_0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
    ("prefix", "prefix_01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ("pre_fix", "pre_fix_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
)
INVALID = (
    "PREFIX_00000000000000000000000000",
    "12345_00000000000000000000000000",
    "pre.fix_00000000000000000000000000",
    "préfix_00000000000000000000000000",
    "  prefix_00000000000000000000000000",
    "a" * 64 + "_00000000000000000000000000",
    "_00000000000000000000000000",
    "_",
    "",
    "prefix_",
    "prefix",
    "prefix_1234567890123456789012345",
    "prefix_123456789012345678901234567",
    "prefix_1234567890123456789012345 ",
    "prefix_0123456789ABCDEFGHJKMNPQRS",
    "prefix_123456789-123456789-123456",
    "prefix_ooooooiiiiiiuuuuuuulllllll",
    "prefix_0000000000000000000000000l",
    "prefix_i23456789ol23456789oi23456",
    "prefix_123456789-0123456789-0123456",
    "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "_prefix_00000000000000000000000000",
    "prefix__00000000000000000000000000",
    "prefix_0000000000000000000000000٣",
    "prefix_0000000000000_000000000000",
    "prefix_+0000000000000000000000000",
    "prefix_0000000000000000000000000\n",
)


@pytest.mark.parametrize(("prefix", "text", "uuid"), VALID)
def test_examples_of_the_specification_are_read_and_written(prefix: str, text: str, uuid: str) -> None:
    """Each valid example is written as given, read back with its prefix and split without knowing it."""
    assert typeid.encode(prefix, UUID(uuid)) == text
    assert typeid.decode(text, prefix) == UUID(uuid)
    assert typeid.split(text) == (prefix, UUID(uuid))


@pytest.mark.parametrize("text", INVALID)
def test_malformed_texts_are_refused(text: str) -> None:
    """No malformed text is read, whether or not its prefix is known."""
    with pytest.raises(ValueError, match=r"TypeID|id does not begin"):
        typeid.decode(text, "prefix")
    with pytest.raises(ValueError, match="TypeID"):
        typeid.split(text)


@given(st.uuids())
def test_every_uuid_survives_the_way_there_and_back(uuid: UUID) -> None:
    """Writing and reading is the identity on all 128 bits, and the pattern knows every id that is written."""
    text = typeid.encode("prd", uuid)
    assert typeid.decode(text, "prd") == uuid
    assert re.fullmatch(typeid.pattern("prd"), text)


@given(st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyzA_ \n٣", min_size=25, max_size=27))
def test_pattern_and_decoder_agree(digits: str) -> None:
    """A text matches the pattern from end to end exactly when it can be decoded."""
    text = f"prd_{digits}"
    matches = re.compile(typeid.pattern("prd").removesuffix("$")).fullmatch(text) is not None
    try:
        typeid.decode(text, "prd")
    except ValueError:
        assert not matches
    else:
        assert matches


def test_another_prefix_is_refused_without_echo() -> None:
    """An id of another kind is refused, and the message does not repeat it."""
    text = typeid.encode("ten", UUID(int=5))
    with pytest.raises(ValueError, match="does not begin with prd_") as caught:
        typeid.decode(text, "prd")
    assert text not in str(caught.value)


def test_order_of_texts_is_order_of_ids() -> None:
    """The text form sorts as the number does, so that pages by id follow time."""
    numbers = [0, 1, 31, 32, 2**64, 2**127, 2**128 - 1]
    texts = [typeid.encode("prd", UUID(int=number)) for number in numbers]
    assert texts == sorted(texts)


def test_decoded_uuid_is_an_ordinary_uuid() -> None:
    """What is read equals, hashes, prints and pickles like a UUID made by its constructor."""
    made, read = UUID(int=2**127 + 1), typeid.decode(typeid.encode("prd", UUID(int=2**127 + 1)), "prd")
    assert (read, hash(read), str(read), read.is_safe) == (made, hash(made), str(made), made.is_safe)
    assert pickle.loads(pickle.dumps(read)) == made  # noqa: S301 - our own bytes


@pytest.mark.parametrize("prefix", ["A", "1", "a-b", "_a", "a_", "a" * 64])
def test_bad_prefixes_are_refused_where_they_are_declared(prefix: str) -> None:
    """A prefix outside the grammar cannot be written or turned into a pattern."""
    with pytest.raises(ValueError, match="prefix"):
        typeid.encode(prefix, UUID(int=0))
    with pytest.raises(ValueError, match="prefix"):
        typeid.pattern(prefix)
