"""Sessions of a host, mirrored: who they stand for, when they end, and what is kept of them. It knows the kernel over memory."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from kingpost.adapters.runtime.calls import platform_context
from kingpost.kernel import identity
from kingpost.kernel.assembly import Ports, assemble
from kingpost.kernel.component import Component
from kingpost.kernel.context import Context, Standing
from kingpost.kernel.driving import drive
from kingpost.kernel.identity import MirroredSession, MirrorSession, end_session, end_sessions, mirror_session, refresh_sessions
from kingpost.kernel.operations import Operation
from kingpost.kernel.store import Session
from kingpost.kernel.tenancy import COMPONENT as TENANCY
from kingpost.kernel.wire import Person
from tests.kernel.world import SECRET, World

KEY = "k" * 32
CSRF = "c" * 32
PROOF = (("cookie", f"sessionid={KEY}; csrftoken={CSRF}"), ("x-csrftoken", CSRF))
READER = Person(account="5", side="platform", permissions=frozenset({"tenancy.tenants:read"}))


class Host:
    """A host's tables: what they say of an account, and who has asked."""

    def __init__(self) -> None:
        self.password: str | None = "pbkdf2$x"
        self.alive = True
        self.asked: list[tuple[str, str]] = []

    async def standing(self, *, session: Session, account: str, session_key: str) -> Standing | None:
        """As it was told."""
        self.asked.append((account, session_key))
        return Standing(password=self.password) if self.alive else None


class People(World):
    """A kernel to which the people of a host may log in."""

    def __init__(self, *, more: Iterable[Component] = (), accounts: Host | None = None, **policy: Any) -> None:
        super().__init__((TENANCY, identity.COMPONENT, *more), **{"people": "host", **policy})
        if accounts is not None:
            ports = Ports(storage=self.storage, system=self.system, accounts=accounts)
            self.kernel = assemble(ports=ports, components=self.components, policy=self.policy)

    def done(self, use_case: Callable[..., Any], **inputs: Any) -> Any:
        """What the use case gives, committed."""

        async def run() -> Any:
            async with platform_context(self.kernel, write=True) as context:
                return await use_case(context, **inputs)

        return drive(run())

    def mirror(self, person: Person = READER, key: str = KEY, *, hours: float = 24, ago: float = 0) -> MirroredSession:
        """Mirror a session that ends in some hours, with facts that were read some seconds ago."""
        now = self.clock.now()
        body = MirrorSession(
            session_key=key,
            password="pbkdf2$x",
            person=person,
            read_at=now - timedelta(seconds=ago),
            expires_at=now + timedelta(hours=hours),
        )
        found: MirroredSession = self.done(mirror_session, body=body)
        return found

    def kept(self) -> list[MirroredSession]:
        """Every row."""

        async def run(context: Context) -> list[MirroredSession]:
            return list((await context.store.find(MirroredSession, order=("id",), limit=1000)).items)

        rows: list[MirroredSession] = self.done(run)
        return rows

    def etag(self, path: str) -> str:
        """The tag of a resource of the platform."""
        return dict(self.ask("GET", path, key=self.platform_key()).headers)[b"etag"].decode()

    def status(self, method: str = "GET", path: str = "/platform/tenants", *headers: tuple[str, str], **more: Any) -> int:
        """The status of an answer to somebody with a session and the proof that a change is meant."""
        return self.ask(method, path, headers=headers or PROOF, **more).status


@pytest.fixture
def people() -> People:
    """A fresh one."""
    return People()


def test_a_mirrored_session_stands_for_its_person(people: People) -> None:
    """With the permissions that were mirrored and no others."""
    people.mirror()
    assert people.status() == 200
    assert people.status("POST", body={"slug": "acme", "name": "Acme"}) == 403
    people.mirror(structs.replace(READER, permissions=None))
    assert people.status("POST", body={"slug": "acme", "name": "Acme"}) == 201


def test_a_change_needs_the_proof(people: People) -> None:
    """The session alone reads; a change without the token is a 403 that says what to send, before anything of it is looked at."""
    people.mirror(structs.replace(READER, permissions=None))
    alone = (("cookie", f"sessionid={KEY}"),)
    assert people.status("GET", "/platform/tenants", *alone) == 200
    refused = people.ask("POST", "/platform/tenants", body=b"{", headers=alone)
    assert (refused.status, b'"code":"csrf-failed"' in refused.body, b"X-CSRFToken" in refused.body) == (403, True, True)


def test_nobody_is_told_why_a_session_does_not_count(people: People) -> None:
    """Unknown, ended, unconfirmed for too long: one answer, which is that to nobody at all."""
    nobody = people.ask("GET", "/platform/tenants", headers=(("request-id", "x"),))
    told = [people.ask("GET", "/platform/tenants", headers=(*PROOF, ("request-id", "x")))]
    people.mirror(hours=0.5)
    assert people.status() == 200
    people.clock.advance(1800)
    told.append(people.ask("GET", "/platform/tenants", headers=(*PROOF, ("request-id", "x"))))
    people.mirror(hours=24)
    people.clock.advance(3599)
    assert people.status() == 200
    people.clock.advance(1)
    told.append(people.ask("GET", "/platform/tenants", headers=(*PROOF, ("request-id", "x"))))
    assert [answer.status for answer in told] == [401] * 3
    assert {(answer.headers, answer.body) for answer in told} == {(nobody.headers, nobody.body)}


def test_a_bearer_credential_wins(people: People) -> None:
    """Beside it the session is not looked at: neither its cookie's form, nor whom it stands for, nor that a change is meant."""
    people.mirror()
    _, key = people.tenant("acme")
    assert people.ask("GET", "/tenant", key=key, headers=PROOF).status == 200
    assert people.ask("GET", "/platform/tenants", key=key, headers=PROOF).status == 403
    assert people.ask("GET", "/tenant", key=key, headers=(("cookie", "sessionid=a; sessionid=b"),)).status == 200
    assert people.ask("GET", "/platform/tenants", key="wrong", headers=PROOF).status == 401


def test_a_cookie_that_was_planted_is_refused(people: People) -> None:
    """400, whichever of the two is the true one."""
    people.mirror()
    for pair in (f"sessionid={KEY}; sessionid=evil", f"sessionid=evil; sessionid={KEY}"):
        assert people.ask("GET", "/platform/tenants", headers=(("cookie", pair),)).status == 400


def test_somebody_of_a_tenant_is_held_to_it(people: People) -> None:
    """Their tenant is the credential's, by its id or by the host's own key; its state and its header are judged as for keys."""
    tenant, _ = people.tenant("acme", host_ref="17")
    other, _ = people.tenant("other")
    for named in ({"tenant_id": tenant["id"]}, {"host_ref": "17"}):
        people.mirror(Person(account="7", side="tenant", permissions=None, **named))
        assert people.status("GET", "/tenant", *PROOF, ("tenant", tenant["id"])) == 200
        assert people.status("GET", "/tenant", *PROOF, ("tenant", other["id"])) == 403
        assert people.status() == 403
    key, tag = people.platform_key(), people.etag(f"/platform/tenants/{tenant['id']}")
    people.ask("POST", f"/platform/tenants/{tenant['id']}/suspend", key=key, body={}, headers=(("if-match", tag),))
    refused = people.ask("GET", "/tenant", headers=PROOF)
    assert (refused.status, b"tenant-suspended" in refused.body) == (403, True)


@pytest.mark.parametrize("named", [{}, {"host_ref": "nobody"}, {"tenant_id": "ten_01h455vb4pex5vsknk084sn02q"}, {"tenant_id": "nonsense"}])
def test_somebody_of_no_tenant_is_nobody(people: People, named: dict[str, str]) -> None:
    """Never somebody of the platform; what was mirrored of them before is forgotten."""
    people.mirror()
    lost = Person(account="5", side="tenant", permissions=None, **named)
    people.mirror(lost)
    assert people.kept() == []
    told = people.request("GET", "/platform/tenants", person=lambda: lost)
    assert drive(people.kernel.answer(told)).status == 401


def test_what_is_kept_opens_nothing(people: People) -> None:
    """Neither the key of the session nor the hash of the password is in the row, in any spelling."""
    people.mirror()
    (row,) = people.kept()
    assert KEY not in repr(row)
    assert "pbkdf2" not in repr(row)
    people.mirror(structs.replace(READER, account="6"), key="j" * 32)
    first, second = people.kept()
    assert first.password_digest != second.password_digest


def test_mirroring_again_keeps_one_row_and_the_newest_facts(people: People) -> None:
    """Facts that were read earlier, by a process that was slower, change nothing."""
    people.mirror()
    people.clock.advance(10)
    people.mirror(structs.replace(READER, permissions=frozenset()))
    people.mirror(READER, ago=5)
    (row,) = people.kept()
    assert row.permissions == ()
    assert people.status() == 403


def test_a_change_of_the_person_reaches_every_session(people: People) -> None:
    """None of them lasts longer for it; facts that are older than what is kept change nothing."""
    people.mirror()
    people.mirror(key="j" * 32)
    people.mirror(structs.replace(READER, account="6"), key="i" * 32)
    people.clock.advance(3599)
    less, now = structs.replace(READER, permissions=frozenset()), people.clock.now()
    people.done(refresh_sessions, person=less, read_at=now)
    assert people.status() == 403
    people.done(refresh_sessions, person=READER, read_at=now - timedelta(seconds=1))
    assert sorted(row.permissions or () for row in people.kept()) == [(), (), ("tenancy.tenants:read",)]
    people.clock.advance(1)
    assert people.status() == 401


def test_a_session_is_forgotten_alone_or_with_all_of_its_account(people: People) -> None:
    """Forgetting again, or what was never kept, is no news."""
    for account, key in (("5", KEY), ("5", "j" * 32), ("6", "i" * 32)):
        people.mirror(structs.replace(READER, account=account), key=key)
    for _ in range(2):
        people.done(end_session, session_key=KEY)
        assert people.status() == 401
    assert len(people.kept()) == 2
    people.done(end_sessions, account="5")
    assert [row.account for row in people.kept()] == ["6"]


def test_a_session_outlives_a_change_of_the_root_secret() -> None:
    """While the old secret stands behind the new one; mirrored again it is kept under the new one, in the same row."""
    old = People()
    old.mirror()
    new = People(secrets=("another root secret, long enough to be one", SECRET))
    new.kernel = assemble(ports=Ports(storage=old.storage, system=old.system), components=new.components, policy=new.policy)
    assert new.status() == 200
    (before,) = old.kept()
    new.mirror()
    (after,) = old.kept()
    assert (after.id == before.id, after.digest == before.digest) == (True, False)
    assert new.status() == 200
    assert old.status() == 401


def test_the_hosts_tables_have_the_last_word() -> None:
    """They are asked for each request, once: an account or session that is gone, or another password, is nobody at once."""
    host = Host()
    people = People(accounts=host)
    people.mirror()
    assert people.status() == 200
    assert host.asked == [("5", KEY)]
    host.password = "pbkdf2$y"
    assert people.status() == 401
    host.password = "pbkdf2$x"
    assert people.status() == 200
    host.alive = False
    assert people.status() == 401


def test_what_the_framework_tells_is_the_whole_truth(people: People) -> None:
    """Where it says nobody, a mirrored session does not count; it is asked once, and never for a bearer or on a public operation."""
    people.mirror()
    asked: list[Person | None] = []

    def telling(answer: Person | None) -> Callable[[], Person | None]:
        def tell() -> Person | None:
            asked.append(answer)
            return answer

        return tell

    def status(path: str, answer: Person | None, **more: Any) -> int:
        return drive(people.kernel.answer(people.request("GET", path, headers=PROOF, person=telling(answer), **more))).status

    assert status("/platform/tenants", None) == 401
    assert status("/platform/tenants", READER) == 200
    assert asked == [None, READER]
    assert status("/platform/tenants", READER, key=people.platform_key()) == 200
    assert status("/openapi.json", READER) == 200
    assert status("/nowhere", READER) == 404
    assert len(asked) == 2


def test_without_the_setting_a_session_is_nothing() -> None:
    """The component alone opens no door, and no answer varies by cookie then."""
    people = People(people=None)
    people.mirror()
    refused = people.ask("GET", "/platform/tenants", headers=(("cookie", "sessionid=a; sessionid=b"),))
    assert refused.status == 401
    assert dict(refused.headers)[b"vary"] == b"Authorization, Tenant, API-Version"


def test_answers_vary_by_cookie_where_sessions_are_accepted(people: People) -> None:
    """No shared cache gives to one what it got for another; a page of a trusted origin may send the token across."""
    assert dict(people.ask("GET", "/livez").headers)[b"vary"] == b"Authorization, Tenant, API-Version, Cookie"


def test_the_document_tells_both_credentials(people: People) -> None:
    """A key or a session, on everything that is not public; where no sessions are accepted, the key alone."""
    for world, names in ((people, ["key", "session"]), (People(people=None), ["key"])):
        document = world.json("GET", "/openapi.json")
        assert list(document["components"]["securitySchemes"]) == names
        assert document["paths"]["/tenant"]["get"]["security"] == [{name: []} for name in names]


def test_no_credential_operation_is_mounted_where_the_host_keeps_accounts() -> None:
    """An operation that changes what somebody proves themselves with is there for the kernel's own people alone."""

    async def register(context: Context) -> None:
        context.now()

    operation = Operation(
        id="doors.people.register",
        method="POST",
        path="/people",
        summary="Register",
        use_case=register,
        scope="public",
        permission=None,
        status=204,
        credentials=True,
    )
    doors = Component(name="doors", package="doors", operations=(operation,))
    assert People(more=(doors,), people=None).ask("POST", "/people").status == 204
    hosted = People(more=(doors,))
    assert hosted.ask("POST", "/people").status == 404
    assert b"/people" not in hosted.ask("GET", "/openapi.json").body


def test_secrets_are_in_no_repr(people: People) -> None:
    """What an error tracker prints of a traceback."""
    body = MirrorSession(session_key=KEY, password="pbkdf2$x", person=READER, read_at=people.clock.now(), expires_at=people.clock.now())
    assert KEY not in repr(body)
    assert "pbkdf2" not in repr(body)
    assert repr(identity.Digester(keys=(b"secret",))) == "Digester(...)"
