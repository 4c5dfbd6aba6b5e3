"""Taking a body in under a cap: what is counted is what memory it takes, packed and unpacked. It knows no socket."""

import gzip
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.adapters.outbound.intake import Intake
from kingpost.kernel.outbound import Headers, UpstreamInvalid, UpstreamTooLarge

GZIP: Headers = (("content-encoding", "gzip"),)


def taken(pieces: list[bytes], headers: Headers = (), *, limit: int = 1000) -> bytes:
    """The body of these pieces."""
    intake = Intake(headers, limit=limit, bodiless=False)
    for piece in pieces:
        intake.take(piece)
    return intake.whole()


@given(body=st.binary(max_size=300), cuts=st.lists(st.integers(0, 400), max_size=5), packed=st.booleans())
def test_it_does_not_matter_where_a_body_is_cut(body: bytes, cuts: list[int], packed: bool) -> None:
    """Packed or not, in whatever pieces it comes, it is the same body."""
    sent, places = gzip.compress(body) if packed else body, [0, *sorted(cuts), 10_000]
    pieces = [sent[start:end] for start, end in pairwise(places)]
    assert taken(pieces, GZIP if packed else ()) == body


@given(size=st.integers(0, 2000), packed=st.booleans())
def test_the_limit_is_exact(size: int, packed: bool) -> None:
    """A body of exactly the limit is taken, one more byte is not."""
    sent, headers = (gzip.compress(bytes(size)), GZIP) if packed else (bytes(size), ())
    if size <= 1000:
        assert len(taken([sent], headers)) == size
    else:
        with pytest.raises(UpstreamTooLarge):
            taken([sent], headers)


def test_a_bomb_takes_no_memory() -> None:
    """Fifty megabytes in fifty kilobytes: unpacking stops at the limit, and not after a piece of the packed data."""
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(UpstreamTooLarge):
            taken([bomb], GZIP, limit=100_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_packed_data_without_content_has_an_end() -> None:
    """Empty members, one after the other, unpack to nothing and count all the same."""
    with pytest.raises(UpstreamTooLarge):
        taken([gzip.compress(b"")] * 1000, GZIP)


@pytest.mark.parametrize("cut", range(1, 30))
def test_packed_data_that_ends_too_early_is_invalid(cut: int) -> None:
    """At every place, the check sum at the end among them."""
    with pytest.raises(UpstreamInvalid):
        taken([gzip.compress(b"a body of some length")[:-cut]], GZIP)


def test_a_body_that_is_empty_is_empty() -> None:
    """Whatever it says of its coding."""
    assert taken([], GZIP) == b""
    assert taken([], (("content-encoding", " "),)) == b""
    assert taken([b"x"], (("content-encoding", "identity"),)) == b"x"
