"""A counter-example is a script that anybody can run: bash and curl play it against a server with other ids and keys. It knows the reference behind a socket."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from kingpost.conformance.parity import Parity
from kingpost.conformance.parity.forms import Asked
from kingpost.conformance.parity.script import Happening, script
from kingpost.conformance.parity.turn import Known
from kingpost.conformance.target import Exchange, Reply
from kingpost.conformance.world import NOW
from tests.conformance.targets import MemoryTarget

needs_shell = pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="bash and curl play the script")


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the reference."""

    protocol_version = "HTTP/1.1"
    target: MemoryTarget
    seen: list[Exchange]

    def answer(self) -> None:
        """Whatever the method."""
        size = int(self.headers.get("content-length") or 0)
        own = ("content-length", "user-agent", "connection")
        given = [(name.lower(), value) for name, value in self.headers.items() if name.lower() not in own]
        lines = tuple((name.encode(), b"testserver" if name == "host" else value.encode("latin-1")) for name, value in given)
        exchange = Exchange(method=self.command, target=self.path.encode("latin-1"), headers=lines, body=self.rfile.read(size))
        self.seen.append(exchange)
        reply = self.target.send(exchange)
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name.decode(), value.decode("latin-1"))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_OPTIONS = do_PUT = answer  # noqa: N815  (the names that http.server calls)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def served(target: MemoryTarget) -> Iterator[tuple[str, list[Exchange]]]:
    """The URL of the target, and what it was asked."""
    handler = type("Served", (Handler,), {"target": target, "seen": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.seen  # type: ignore[attr-defined]  # made above
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Program:
    """Requests that build on each other, played on the reference."""

    def __init__(self) -> None:
        self.parity = Parity((MemoryTarget(), MemoryTarget()))
        (self.platform,) = {target.reset(seed=5, now=NOW) for target in self.parity.targets}
        self.known = Known(self.platform)

    def ask(self, asked: Asked) -> Reply:
        """One exchange."""
        exchange = asked.exchange(len(self.parity.sent), chunks=False)
        reply = self.parity.send(exchange)
        assert reply is not None
        self.known.learn(exchange, asked.caller, reply, secret=asked.secret)
        return reply


def written() -> Program:
    """A program with everything that a script must carry: keys, ids, tags, links, odd bytes, a doubled header and a long one."""
    program = Program()
    program.ask(
        Asked(method="POST", path="/platform/tenants", body=b'{"slug":"acme","name":"It\'s $HOME"}', caller=program.platform, secret=True)
    )
    (key,) = program.known.keys
    for label in ("A", "B"):
        body = b'{"label":"%s","title":"\\\\ \xc3\xa9 `x` !","price":{"amount":1,"currency":"EUR"}}' % label.encode()
        program.ask(Asked(method="POST", path="/specimens", body=body, caller=key))
    first, second = program.known.ids["spc"]
    parent, tag = b'{"parent_id":"%s"}' % first.encode(), program.known.tags[second][-1].encode()
    program.ask(Asked(method="PATCH", path=f"/specimens/{second}", body=parent, caller=key, headers=((b"if-match", tag),)))
    program.ask(Asked(method="PATCH", path=f"/specimens/{second}", body=parent, caller=key, headers=((b"if-match", tag),)))
    program.ask(Asked(method="GET", path="/specimens", query="limit=1", caller=key))
    program.ask(
        Asked(method="GET", path=program.known.links[0][1].partition("?")[0], query=program.known.links[0][1].partition("?")[2], caller=key)
    )
    program.ask(Asked(method="POST", path="/specimens", body=b'{"label":"\0"}', caller=key))
    program.ask(Asked(method="POST", path="/specimens", body=b"[" * 20_000, caller=key))
    program.ask(Asked(method="POST", path="/specimens", caller=key))
    program.ask(Asked(method="HEAD", path=f"/specimens/{first}", caller=f"{key}x"))
    program.ask(Asked(method="GET", path="/tenant", caller=key, headers=((b"accept", b""), (b"tenant", b"acme"), (b"tenant", b"acme"))))
    program.ask(Asked(method="GET", path="/tenant", caller=key, headers=((b"x-long", b"x" * 9_000),)))
    program.ask(Asked(method="DELETE", path=f"/specimens/{first}", caller=key, headers=((b"if-match", b"*"),)))
    return program


@needs_shell
def test_a_script_repeats_the_program_on_another_server() -> None:
    """With another seed, so with other ids, keys and tags, every request gets the status that it got when the program was written."""
    program, elsewhere = written(), MemoryTarget()
    platform = elsewhere.reset(seed=99, now=NOW)
    with served(elsewhere) as (url, seen):
        environment = {"URL": url, "PLATFORM_KEY": platform, "PATH": "/usr/bin:/bin"}
        told = subprocess.run(["bash"], input=script(program.parity.sent), capture_output=True, text=True, env=environment, check=True)
    replies = [event[1] for event in program.parity.sent if not isinstance(event, Happening)]
    assert re.findall(r"^HTTP/1.1 ([0-9]+)", told.stderr, re.MULTILINE) == [str(reply.status) for reply in replies]
    sent = [event[0] for event in program.parity.sent if not isinstance(event, Happening)]
    shapes = [[(each.method, each.path.partition(b"_")[0], len(each.query), len(each.body)) for each in side] for side in (seen, sent)]
    assert shapes[0] == shapes[1]
    assert not any(value in script(program.parity.sent) for value in (*program.known.keys, *program.known.owners, program.platform))


def test_a_script_holds_no_value_that_a_server_draws() -> None:
    """What stood in a reply is a variable, what happened behind the back is a comment."""
    program = written()
    program.parity.happen(Happening("2 seconds pass", lambda door: door.advance(2)))
    lines = script(program.parity.sent).splitlines()
    assert "# 2 seconds pass" in lines
    assert sum(line.startswith("key_1=") for line in lines) == 1
    assert {line.partition("=")[0] for line in lines if line.startswith("id_")} == {"id_1", "id_2"}
