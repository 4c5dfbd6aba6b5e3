"""Both clients against a service that behaves and misbehaves: the same replies and the same conditions, always within the time. Real sockets on loopback."""

import asyncio
import gzip
import os
import socket
import threading
import time
import zlib
from contextlib import AbstractContextManager, suppress

import pytest

from kingpost.adapters.outbound import exchange
from kingpost.adapters.outbound.guard import Guard
from kingpost.adapters.outbound.loop_client import LoopClient
from kingpost.kernel.driving import drive
from kingpost.kernel.errors import ConfigurationError, Unavailable
from kingpost.kernel.outbound import (
    HttpRequest,
    Target,
    UpstreamForbidden,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnavailable,
)
from tests.adapters.outbound.upstream import COLOURS, TARGET, Caller, Colour, Step, Upstream, caller, drips, resets, says, writes

SMALL = Target(name="small", reply_limit=1000)


def allowed(colour: Colour, *upstreams: Upstream) -> AbstractContextManager[Caller]:
    """A client that may call these services by their origins."""
    return caller(colour, [upstream.url for upstream in upstreams])


@pytest.mark.parametrize("colour", COLOURS)
class TestExchanges:
    """What goes out and what comes back."""

    def test_a_request_goes_out_as_it_was_made(self, colour: Colour) -> None:
        """Method, target, headers and body arrive; Host names the origin, and nothing that was not asked for is added but the client's own."""
        with (
            Upstream(says(201, b"{}", "Content-Type: application/json", "X-Two: a", "X-Two: b")) as upstream,
            allowed(colour, upstream) as client,
        ):
            request = HttpRequest(target=TARGET, method="POST", url=f"{upstream.url}/a%2Fb?q=%20", headers=(("X-One", "é"),), body=b"[1]")
            reply = client.run(client.http.send(request=request, seconds=2.0, stamp=(("traceparent", "00-1"),)))
        assert (reply.status, reply.body, reply.header("content-type")) == (201, b"{}", "application/json")
        assert [value for name, value in reply.headers if name == "x-two"] == ["a", "b"]
        head, _, body = upstream.requests[0].partition(b"\r\n\r\n")
        assert head.split(b"\r\n")[0] == b"POST /a%2Fb?q=%20 HTTP/1.1"
        assert sorted(head.split(b"\r\n")[1:]) == sorted(
            (
                f"Host: 127.0.0.1:{upstream.port}".encode(),
                b"Accept-Encoding: gzip",
                b"User-Agent: kingpost",
                b"Content-Length: 3",
                "X-One: é".encode("latin-1"),
                b"traceparent: 00-1",
            )
        )
        assert body == b"[1]"

    def test_one_connection_serves_many_calls(self, colour: Colour) -> None:
        """Connections are kept and used again."""
        with Upstream(says(200, b"x")) as upstream, allowed(colour, upstream) as client:
            assert [client.get(upstream.url).body for _ in range(5)] == [b"x"] * 5
        assert upstream.connections == 1

    def test_a_redirect_is_a_reply(self, colour: Colour) -> None:
        """Nobody is sent to the address of a cloud's credentials by an answer."""
        with Upstream(says(302, b"", "Location: http://169.254.169.254/latest/meta-data")) as upstream, allowed(colour, upstream) as client:
            reply = client.get(upstream.url)
        assert (reply.status, reply.header("location")) == (302, "http://169.254.169.254/latest/meta-data")
        assert len(upstream.requests) == 1

    def test_answers_without_a_body_have_none(self, colour: Colour) -> None:
        """HEAD, 204 and 304 end with their headers, whatever length or coding they tell."""
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\nContent-Encoding: br\r\n\r\n"
        with Upstream(writes(head, close=False), says(304, b"")) as upstream, allowed(colour, upstream) as client:
            request = HttpRequest(target=SMALL, method="HEAD", url=upstream.url)
            assert client.send(request).body == b""
            assert client.get(upstream.url).status == 304
        assert upstream.connections == 1

    def test_a_proxy_of_the_environment_is_not_used(self, colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
        """A proxy would resolve names itself, past the guard."""
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        with Upstream(says(200)) as upstream, allowed(colour, upstream) as client:
            assert client.get(upstream.url).status == 200

    def test_bytes_that_are_no_text_are_kept_as_latin_1(self, colour: Colour) -> None:
        """A header value is bytes; none makes the client fail."""
        with (
            Upstream(writes(b"HTTP/1.1 200 OK\r\nX: \xff\xe9\r\nContent-Length: 0\r\n\r\n")) as upstream,
            allowed(colour, upstream) as client,
        ):
            assert client.get(upstream.url).header("x") == "ÿé"


@pytest.mark.parametrize("colour", COLOURS)
class TestSizes:
    """No service decides how much memory it takes."""

    def test_a_compressed_body_is_unpacked(self, colour: Colour) -> None:
        """gzip, in one member or two, chunked or not."""
        packed = gzip.compress(b"a" * 500) + gzip.compress(b"b" * 500)
        chunked = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
            len(packed),
            packed,
        )
        steps = (says(200, packed, "Content-Encoding: gzip"), writes(chunked, close=False))
        with Upstream(*steps) as upstream, allowed(colour, upstream) as client:
            for _ in steps:
                reply = client.get(upstream.url, target=SMALL)
                assert reply.body == b"a" * 500 + b"b" * 500
                assert reply.header("content-encoding") is None

    def test_a_bomb_is_not_unpacked(self, colour: Colour) -> None:
        """A kilobyte that becomes a megabyte is too large for a limit of 1000 bytes; the connection is closed."""
        with (
            Upstream(says(200, gzip.compress(bytes(1_000_000))[:1000], "Content-Encoding: gzip")) as upstream,
            allowed(colour, upstream) as client,
        ):
            with pytest.raises(UpstreamTooLarge):
                client.get(upstream.url, target=Target(name="bombed", reply_limit=2000))
            with pytest.raises(UpstreamTooLarge):
                client.get(upstream.url, target=Target(name="bombed", reply_limit=2000))
        assert upstream.connections == 2

    def test_a_body_without_end_is_cut_off(self, colour: Colour) -> None:
        """Chunks that never end, declared or not, stop at the limit, long before the time is over."""
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        with Upstream(drips(head, b"64\r\n%b\r\n" % bytes(100), every=0.001)) as upstream, allowed(colour, upstream) as client:
            with pytest.raises(UpstreamTooLarge):
                client.get(upstream.url, target=SMALL)
            assert upstream.closed_early.wait(5)

    def test_a_declared_length_is_enough_to_refuse(self, colour: Colour) -> None:
        """Nothing is read that is known to be too much."""
        with (
            Upstream(writes(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", close=False)) as upstream,
            allowed(colour, upstream) as client,
            pytest.raises(UpstreamTooLarge),
        ):
            client.get(upstream.url, target=SMALL)

    @pytest.mark.parametrize(
        ("body", "coding"),
        [
            (b"not gzip at all", "gzip"),
            (gzip.compress(os.urandom(300))[:-20], "gzip"),
            (b"x", "br"),
            (zlib.compress(b"x"), "deflate"),
            (b"x", "gzip, gzip"),
        ],
    )
    def test_what_cannot_be_unpacked_is_invalid(self, colour: Colour, body: bytes, coding: str) -> None:
        """A coding that was not asked for, broken data, and data that ends too early."""
        answer = says(200, body, f"Content-Encoding: {coding}")
        with Upstream(answer) as upstream, allowed(colour, upstream) as client, pytest.raises(UpstreamInvalid):
            client.get(upstream.url)

    def test_headers_without_end_are_cut_off(self, colour: Colour) -> None:
        """A head of more than a hundred kilobytes is no head."""
        with (
            Upstream(writes(b"HTTP/1.1 200 OK\r\n", b"X-Long: %b\r\n" % (b"y" * 200_000))) as upstream,
            allowed(colour, upstream) as client,
            pytest.raises(UpstreamUnavailable),
        ):
            client.get(upstream.url)


@pytest.mark.parametrize("colour", COLOURS)
class TestFailures:
    """Whatever goes wrong is one of a few conditions."""

    @pytest.mark.parametrize(
        "step",
        [
            resets(),
            resets(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
            writes(),
            writes(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
            writes(b"SSH-2.0-OpenSSH_9.2\r\n"),
            writes(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ],
        ids=["reset", "reset in the body", "closed", "closed in the body", "another protocol", "two lengths"],
    )
    def test_a_broken_exchange_is_unavailable(self, colour: Colour, step: Step) -> None:
        """Reset, closed too early, or not HTTP."""
        with Upstream(step) as upstream, allowed(colour, upstream) as client, pytest.raises(UpstreamUnavailable) as failed:
            client.get(upstream.url)
        assert type(failed.value) is UpstreamUnavailable
        assert failed.value.__cause__ is not None

    def test_nobody_listening_is_unavailable(self, colour: Colour) -> None:
        """A refused connection."""
        with Upstream() as upstream:
            pass
        with allowed(colour, upstream) as client, pytest.raises(UpstreamUnavailable):
            client.get(upstream.url)

    @pytest.mark.parametrize(
        "step",
        [
            drips(b"", b"", every=10),
            drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", every=0.02),
            drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b".", every=0.02),
            drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", every=0.02),
        ],
        ids=["silence", "headers that drip", "a body that drips", "interim answers"],
    )
    def test_the_time_is_for_the_whole_exchange(self, colour: Colour, step: Step) -> None:
        """A service that sends a little again and again does not get more time by it; its connection is closed."""
        with Upstream(step) as upstream, allowed(colour, upstream) as client:
            began = time.monotonic()  # how long it really takes is the subject
            with pytest.raises(UpstreamTimeout):
                client.get(upstream.url, seconds=0.3)
            assert 0.25 < time.monotonic() - began < 1.5

    def test_a_connection_that_timed_out_is_not_used_again(self, colour: Colour) -> None:
        """The late answer to one request is never taken for the answer to the next."""
        late = threading.Event()

        def answers_late(connection: socket.socket) -> None:
            late.wait(5)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")

        with Upstream(answers_late, says(200, b"mine")) as upstream, allowed(colour, upstream) as client:
            with pytest.raises(UpstreamTimeout):
                client.get(upstream.url, seconds=0.2)
            late.set()
            assert client.get(upstream.url).body == b"mine"
        assert upstream.connections == 2

    def test_a_name_without_an_address_is_unavailable(self, colour: Colour) -> None:
        """It may have one again soon."""

        def names(host: str) -> list[str]:
            raise OSError(-2, "Name or service not known")

        with caller(colour, names=names) as client, pytest.raises(UpstreamUnavailable):
            client.get("https://nowhere.example/")
        with caller(colour, names=lambda host: []) as client, pytest.raises(UpstreamUnavailable):
            client.get("https://nowhere.example/")


def test_a_look_up_that_hangs_ends_with_the_time() -> None:
    """The machine's resolver takes no timeout; the thread that waits for it does."""
    hang = threading.Event()

    def names(host: str) -> list[str]:
        hang.wait(5)
        return ["127.0.0.1"]

    with caller("threaded", names=names) as client, pytest.raises(UpstreamTimeout):
        client.get("https://slow.example/", seconds=0.1)
    hang.set()


def test_a_cancelled_call_closes_its_connection() -> None:
    """Under asyncio the service sees the connection go, and the pool keeps none of it."""

    async def cancelled(upstream: Upstream) -> int:
        client = LoopClient(Guard([upstream.url]))
        call = asyncio.create_task(client.send(request=HttpRequest(target=TARGET, method="GET", url=upstream.url), seconds=5))
        assert await asyncio.to_thread(upstream.arrived.wait, 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        (pool,) = client._pools.values()
        left = len(pool.connections)
        await client.close()
        return left

    with Upstream(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b".", every=0.01)) as upstream:
        assert asyncio.run(cancelled(upstream)) == 0
        assert upstream.closed_early.wait(5)


def test_another_loop_gets_connections_of_its_own() -> None:
    """Commands run one loop after the other in a process; the second does not touch what the first has left."""
    with Upstream(says(200, b"x")) as upstream:
        client = LoopClient(Guard([upstream.url]))
        request = HttpRequest(target=TARGET, method="GET", url=upstream.url)
        for _ in range(2):
            with asyncio.Runner() as runner:
                assert runner.run(client.send(request=request, seconds=2)).body == b"x"
                runner.run(client.close())
    assert upstream.connections == 2


def test_threads_share_one_client() -> None:
    """Eight threads at once get their own answers, over no more connections than threads."""
    with (
        Upstream(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")) as upstream,
        allowed("threaded", upstream) as client,
    ):
        got: list[bytes] = []

        def call() -> None:
            got.extend(
                drive(client.http.send(request=HttpRequest(target=TARGET, method="GET", url=upstream.url), seconds=5)).body
                for _ in range(10)
            )

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert b"".join(got) == b"x" * 80
    assert upstream.connections <= 8


def test_a_full_pool_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds no place is unavailable, which is no word against the service that he wanted to call; in both colours."""
    monkeypatch.setitem(exchange.POOL, "max_connections", 1)
    with Upstream(drips(b"", b"", every=10)) as busy, Upstream(says(200)) as idle, allowed("threaded", idle, busy) as client:

        def occupy() -> None:
            with suppress(UpstreamTimeout):
                client.get(busy.url, seconds=1.0)

        first = threading.Thread(target=occupy)
        first.start()
        assert busy.arrived.wait(5)
        with pytest.raises(Unavailable) as full:
            client.get(idle.url, seconds=0.2)
        first.join()
    assert type(full.value) is Unavailable

    async def crowded(busy: Upstream, idle: Upstream) -> None:
        client = LoopClient(Guard([busy.url, idle.url]))
        first = asyncio.create_task(client.send(request=HttpRequest(target=TARGET, method="GET", url=busy.url), seconds=5))
        assert await asyncio.to_thread(busy.arrived.wait, 5)
        with pytest.raises(Unavailable) as full:
            await client.send(request=HttpRequest(target=TARGET, method="GET", url=idle.url), seconds=0.2)
        assert type(full.value) is Unavailable
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await client.close()

    with Upstream(drips(b"", b"", every=10)) as busy, Upstream(says(200)) as idle:
        asyncio.run(crowded(busy, idle))
    assert idle.requests == []


def test_a_forked_process_uses_no_connection_of_its_parent() -> None:
    """Two processes that write to one connection would get each other's answers."""
    with Upstream(says(200, b"x")) as upstream, allowed("threaded", upstream) as client:
        assert client.get(upstream.url).body == b"x"
        child = os.fork()
        if not child:
            os._exit(0 if client.get(upstream.url).body == b"x" else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert upstream.connections == 2


def test_a_request_that_is_not_http_is_a_bug() -> None:
    """What the kernel lets through and the client cannot send is told as such, not as a failure of the service."""
    with Upstream(says(200)) as upstream, allowed("threaded", upstream) as client:
        request = HttpRequest(target=TARGET, method="GET", url=upstream.url)
        with pytest.raises(ConfigurationError, match="not HTTP"):
            client.run(client.http.send(request=request, seconds=2, stamp=(("bad name", "x"),)))


def test_nothing_is_looked_up_for_a_place_that_is_not_called() -> None:
    """A wrong scheme, port or name is refused before anybody is asked for its address."""
    asked: list[str] = []

    def names(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with caller("threaded", names=names) as client:
        for url in ("http://example.com/", "https://example.com:8443/", "https://localhost/"):
            with pytest.raises(UpstreamForbidden):
                client.get(url)
    assert asked == []
