"""An employee logs in at the monolith, and the browser calls routes that Django serves and routes that Litestar serves, on one database. It knows both from outside."""

import asyncio
import http.client
import json
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from litestar import Litestar
from sqlalchemy import create_engine, text

from kingpost.adapters.litestar_app.app import application
from kingpost.adapters.runtime.settings import AccountsTable, Settings
from kingpost.adapters.sql.urls import parse
from kingpost.conformance.target import Exchange
from kingpost.conformance.transports import AsgiTransport
from tests.monolith.project import PATIENCE, Project, copied

SECRET: Final = "insecure, for development only, and long enough for Kingpost"
"""The default of the installed monolith."""
PASSWORD: Final = "chisel-and-plane"
OURS: Final = '    "kingpost.adapters.django_app.middleware.KingpostMiddleware",\n'
STAFF: Final = """
from django.contrib.auth.models import Permission
from staff.models import Branch, Employee
may = Permission.objects.filter(content_type__app_label__in=["kingpost_storefront", "kingpost_tenancy"])
for code, name in (("OAK", "nora"), ("QUAY", "mick")):
    branch = Branch.objects.create(code=code, name=code, city="Cork")
    for each in (name, *(f"joiner-{number}" for number in range(6) if code == "OAK")):
        Employee.objects.create_user(each, password="chisel-and-plane", branch=branch).user_permissions.set(may)
"""
WARE: Final = {"name": "Chair", "price": {"amount": 18000, "currency": "EUR"}}


class Answer:
    """What came back, from whichever side."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        """The document."""
        return json.loads(self.body)


class Browser:
    """Keeps cookies as a browser does, and shows them to both sides."""

    def __init__(self, office: "Office") -> None:
        self._office = office
        self.cookies: dict[str, str] = {}

    def page(self, method: str, path: str, **form: str) -> Answer:
        """A page of the monolith."""
        sent = {"content-type": "application/x-www-form-urlencoded"} if form else {}
        answer = self._office.django(method, path, {**sent, **self._cookie()}, urlencode(form).encode())
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self._keep(value)
        return answer

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        """By the page for it."""
        shown = self.page("GET", "/accounts/login/").body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
        assert token is not None, shown
        done = self.page("POST", "/accounts/login/", username=name, password=password, csrfmiddlewaretoken=token[1])
        assert done.status == 302, done.body
        assert self.page("GET", "/").status == 200

    def log_out(self) -> None:
        """By the page for it."""
        assert self.page("POST", "/accounts/logout/", csrfmiddlewaretoken=self.cookies["csrftoken"]).status == 302

    def ask(self, method: str, path: str, body: Any = None, *, side: str, proof: bool = True, **headers: str) -> Answer:
        """The API, where Django serves it or where Litestar does."""
        sent = {"content-type": "application/json"} if body is not None else {}
        sent |= {"x-csrftoken": self.cookies["csrftoken"]} if proof and "csrftoken" in self.cookies else {}
        sent |= {**self._cookie(), **{name.replace("_", "-"): value for name, value in headers.items()}}
        asked = self._office.django if side == "django" else self._office.litestar
        prefix = "/kingpost" if side == "django" else ""
        return asked(method, prefix + path, sent, b"" if body is None else json.dumps(body).encode())

    def statuses(self) -> tuple[int, int]:
        """Of reading one's own tenant, on both sides."""
        return self.ask("GET", "/tenant", side="django").status, self.ask("GET", "/tenant", side="litestar").status

    def _cookie(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def _keep(self, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            self.cookies.pop(name, None)
            if morsel.value and morsel["max-age"] != "0":
                self.cookies[name] = morsel.value


class Office:
    """The monolith behind gunicorn, and Litestar beside it on the same database."""

    def __init__(self, project: Project, port: int) -> None:
        self.project = project
        self._port = port
        self._runner = asyncio.Runner()
        self._transport = AsgiTransport(_beside(project))
        self._runner.run(self._transport.start())

    def close(self) -> None:
        """End the side that is ours."""
        self._runner.run(self._transport.stop())
        self._runner.close()

    def django(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """What the monolith answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request(method, path, body or None, {"host": "localhost", **headers})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def litestar(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """What Litestar answers."""
        lines = tuple((name.encode(), value.encode()) for name, value in {"host": "localhost", **headers}.items())
        reply = self._runner.run(self._transport.send(Exchange(method=method, target=path.encode(), headers=lines, body=body)))
        return Answer(reply.status, [(name.decode(), value.decode()) for name, value in reply.headers], reply.body)

    def execute(self, statement: str, **values: object) -> None:
        """Somebody else's statement, which sends no signal."""
        engine = create_engine(parse(self.project.database).for_sqlalchemy)
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()

    def delete(self, name: str) -> None:
        """An employee's row, and first those that hold on to it."""
        self.execute(
            "DELETE FROM staff_employee_user_permissions WHERE employee_id = (SELECT id FROM staff_employee WHERE username = :name)",
            name=name,
        )
        self.execute("DELETE FROM staff_employee WHERE username = :name", name=name)


def _beside(project: Project) -> Litestar:
    settings = Settings(
        database=project.database,
        secret=(SECRET,),
        hosts=("localhost",),
        components=("tenancy", "identity", "examples.storefront"),
        people="host",
        host_accounts=AccountsTable(table="staff_employee"),
        cache_seconds=0,
        access_log=False,
    )
    return application(settings)


@pytest.fixture
def office(database: str, tmp_path: Path) -> Iterator[Office]:
    """The installed monolith that keeps its people, with two branches that are tenants, on each kind of database."""
    project = copied(tmp_path / "monolith", database)
    project.patch()
    shutil.copy(Path(__file__).with_name("people.py"), project.folder / "staff" / "people.py")
    settings = "backoffice/settings.py"
    project.edit(settings, 'kingpost.apps("tenancy")', 'kingpost.apps("tenancy", "identity")')
    project.edit(settings, OURS, "")
    project.edit(settings, "MIDDLEWARE = [\n", f"MIDDLEWARE = [\n{OURS}")
    project.edit(
        settings, "KINGPOST = {\n", 'KINGPOST = {\n    "PEOPLE": "host", "PERSON": "staff.people.person", "MIRROR_SESSIONS": True,\n'
    )
    made = [("kingpost_tenant", "create", code.lower(), code, "--host-ref", code) for code in ("OAK", "QUAY")]
    project.batch(("check", "--fail-level", "WARNING"), ("migrate", "-v0"), *made, ("shell", "-v0", "-c", STAFF))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = (
        sys.executable,
        "-m",
        "gunicorn",
        "backoffice.wsgi",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--bind",
        f"127.0.0.1:{port}",
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=project.folder, env=project.environment(), stdout=log, stderr=log)
        try:
            _wait_for(port)
            running = Office(project, port)
            yield running
            running.close()
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait_for(port: int) -> None:
    waiting = threading.Event()
    for _ in range(int(PATIENCE * 10)):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except OSError:
            waiting.wait(0.1)  # the server of another process gives no other sign
        else:
            return
    pytest.fail(f"nobody listens at port {port}")


GONE: Final[dict[str, Callable[[Office, Browser, str], object]]] = {
    "deactivated": lambda office, _, name: office.execute("UPDATE staff_employee SET is_active = false WHERE username = :name", name=name),
    "another password": lambda office, _, name: office.execute(
        "UPDATE staff_employee SET password = 'x' WHERE username = :name", name=name
    ),
    "logged out": lambda _office, browser, _name: browser.log_out(),
    "deleted": lambda office, _, name: office.delete(name),
    "the session's row is gone": lambda office, _browser, _name: office.execute("DELETE FROM django_session"),
    "the session's time is up": lambda office, _browser, _name: office.execute(
        "UPDATE django_session SET expire_date = '2020-01-01 00:00:00'"
    ),
}
"""Statements of somebody else's, which send no signal, and the page for it."""


@pytest.mark.slow
def test_a_session_of_the_monolith_opens_both_sides(office: Office) -> None:
    """Read and write on either, with the token of the monolith's own front end; what one side writes the other reads; no other tenant is reached."""
    nora, mick = Browser(office), Browser(office)
    assert nora.statuses() == (401, 401)
    nora.log_in("nora")
    mick.log_in("mick")
    for side, other in (("django", "litestar"), ("litestar", "django")):
        ware = {**WARE, "sku": f"{side.upper()}-1"}
        assert nora.ask("GET", "/tenant", side=side).json()["host_ref"] == "OAK"
        assert nora.ask("POST", "/products", ware, side=side, proof=False).json()["code"] == "csrf-failed"
        assert nora.ask("POST", "/products", ware, side=side, origin="http://evil.example").json()["code"] == "csrf-failed"
        made = nora.ask("POST", "/products", ware, side=side, origin="http://localhost")
        assert made.status == 201, made.body
        read = f"/products/{made.json()['id']}"
        assert nora.ask("GET", read, side=other).status == 200
        assert {mick.ask("GET", read, side=each).status for each in (side, other)} == {404}
        assert nora.ask("GET", "/tenant", side=side, tenant="quay").json()["code"] == "tenant-mismatch"
        assert nora.ask("GET", "/platform/tenants", side=side).json()["code"] == "platform-only"


@pytest.mark.slow
def test_whoever_is_gone_is_nobody_at_once_on_both_sides(office: Office) -> None:
    """By whatever way; whoever keeps the cookie has nothing, and nobody else is the worse for it."""
    mick = Browser(office)
    for number, gone in enumerate(GONE):
        name, browser = f"joiner-{number}", Browser(office)
        browser.log_in(name)
        kept = dict(browser.cookies)
        assert browser.statuses() == (200, 200), gone
        GONE[gone](office, browser, name)
        browser.cookies = kept
        assert browser.statuses() == (401, 401), gone
        mick.log_in("mick")
        assert mick.statuses() == (200, 200), gone


@pytest.mark.slow
def test_what_an_attacker_does_with_cookies_opens_nothing(office: Office) -> None:
    """A key that was planted before the login, one planted beside it, one that is invented, one that breaks the header."""
    nora, mallory = Browser(office), Browser(office)
    mallory.log_in("mick")
    planted = mallory.cookies["sessionid"]
    nora.cookies["sessionid"] = fixed = secrets.token_hex(16)
    nora.log_in("nora")
    assert nora.cookies["sessionid"] != fixed
    mallory.cookies = {"sessionid": fixed}
    assert mallory.statuses() == (401, 401)
    true = nora.cookies["sessionid"]
    for cookies, status in (
        (f"sessionid={planted}; sessionid={true}", 400),
        (f"sessionid={true}; sessionid={planted}", 400),
        (f"sessionid={true}x", 401),
        (f"sessionid={true[:-1]}", 401),
        (f"sessionid={true},a=1", 400),
        (f"a=sessionid={true}", 401),
        (f"sessionid={'x' * 4000}", 401),
        ("sessionid=' OR 1=1 --", 400),
        ("sessionid='OR/**/1=1--", 401),
    ):
        for side in ("django", "litestar"):
            answer = nora.ask("GET", "/tenant", side=side, cookie=cookies)
            assert answer.status == status, (side, cookies, answer.body)
