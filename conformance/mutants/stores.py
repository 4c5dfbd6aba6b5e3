"""Mutants of the store: tenants forgotten, rows lost, pages in disorder, units of work that do not end as they should. It knows the port Store alone."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec import structs

from kingpost.conformance.specimen import Specimen
from kingpost.kernel.errors import Conflict, KernelError, NotFound, PermissionMissing
from kingpost.kernel.records import Record
from kingpost.kernel.store import Condition, Page, Value, equal

from .breaking import Faithful, FaithfulUnit, storing
from .mutant import Mutant

R = TypeVar("R", bound=Record)


class _ForgetsOnGet(Faithful):
    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        return await self._everything.get(record, key, lock=lock)


class _ForgetsOnFind(Faithful):
    async def find(
        self,
        record: type[R],
        *,
        where: tuple[Condition, ...] = (),
        order: tuple[str, ...] = (),
        descending: bool = False,
        after: tuple[Value, ...] | None = None,
        limit: int,
    ) -> Page[R]:
        return await self._everything.find(record, where=where, order=order, descending=descending, after=after, limit=limit)


class _ForgetsOnLock(Faithful):
    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        return await (self._everything if lock else self._store).get(record, key, lock=lock)

    async def replace(self, row: R, *, expected: int | None = None) -> R:
        return await self._everything.replace(row, expected=expected)


class _ToldApart(Faithful):
    """Says something of its own where a row is another tenant's."""

    async def get(self, record: type[R], key: str, *, lock: bool = False) -> R | None:
        row = await self._store.get(record, key, lock=lock)
        foreign = None if row is not None else await self._everything.get(record, key)
        if foreign is not None:
            raise self.told(foreign)
        return row

    def told(self, row: Record) -> KernelError:  # noqa: ARG002  (what overrides it reads the row)
        return PermissionMissing()


class _NamesTheOwner(_ToldApart):
    def told(self, row: Record) -> KernelError:
        return NotFound(f"It belongs to {getattr(row, row.facts.tenant or 'id')}.")


class _ConfusesLabels(Faithful):
    async def insert(self, row: Record) -> None:
        if isinstance(row, Specimen) and not row.label.startswith("SHARED"):  # the world's own, which it could not be made without
            found = await self._everything.find(Specimen, where=(equal("label", row.label),), limit=1)
            if found.items:
                raise Conflict(params={"rule": f"unique:{Specimen.facts.table}:label"})
        await self._store.insert(row)


class _TellsForeignReferences(Faithful):
    async def insert(self, row: Record) -> None:
        try:
            await self._store.insert(row)
        except Conflict:
            if isinstance(row, Specimen) and row.parent_id is not None and await self._everything.get(Specimen, row.parent_id):
                raise Conflict("The parent is another tenant's.") from None
            raise


class _KeepsDeleted(Faithful):
    async def remove(self, record: type[Record], key: str, *, expected: int | None = None) -> None:
        if self.scope.tenant is None:  # a reset empties the store as the platform
            await self._store.remove(record, key, expected=expected)


class _LosesUpdates(Faithful):
    async def replace(self, row: R, *, expected: int | None = None) -> R:
        if isinstance(row, Specimen) and self.scope.tenant is not None:
            return structs.replace(row, version=row.version + 1)
        return await self._store.replace(row, expected=expected)


class _MovesCreation(Faithful):
    async def replace(self, row: R, *, expected: int | None = None) -> R:
        changed: Any = structs.replace(row, created_at=row.created_at + timedelta(seconds=1)) if isinstance(row, Specimen) else row
        kept: R = await self._store.replace(changed, expected=expected)
        return kept


class _Normalises(Faithful):
    async def insert(self, row: Record) -> None:
        changed = structs.replace(row, title=unicodedata.normalize("NFC", row.title)) if isinstance(row, Specimen) else row
        await self._store.insert(changed)


class _Rounds(Faithful):
    async def insert(self, row: Record) -> None:
        changed = structs.replace(row, due=_rounded(row.due)) if isinstance(row, Specimen) and row.due else row
        await self._store.insert(changed)


def _rounded(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class _Paging(Faithful):
    """Changes the pages of specimens."""

    async def find(
        self,
        record: type[R],
        *,
        where: tuple[Condition, ...] = (),
        order: tuple[str, ...] = (),
        descending: bool = False,
        after: tuple[Value, ...] | None = None,
        limit: int,
    ) -> Page[R]:
        page = await self._store.find(record, where=where, order=order, descending=descending, after=after, limit=limit)
        if record is not Specimen:
            return page
        following = None
        if page.next is not None:
            following = await self._store.find(record, where=where, order=order, descending=descending, after=page.next, limit=1)
        return self.changed(page, following, tuple(dict.fromkeys((*order, "id"))))

    def changed(self, page: Page[R], following: Page[R] | None, order: tuple[str, ...]) -> Page[R]:  # noqa: ARG002  (some need no more)
        return Page(page.items[::-1], page.next)


def _position(row: Record, order: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(getattr(row, field) for field in order)


class _RepeatsRow(_Paging):
    def changed(self, page: Page[R], following: Page[R] | None, order: tuple[str, ...]) -> Page[R]:
        return Page(page.items, _position(page.items[-2], order)) if following and len(page.items) > 1 else page


class _SkipsRow(_Paging):
    def changed(self, page: Page[R], following: Page[R] | None, order: tuple[str, ...]) -> Page[R]:
        return Page(page.items, _position(following.items[0], order)) if following else page


class _EndsEarly(_Paging):
    def changed(self, page: Page[R], following: Page[R] | None, order: tuple[str, ...]) -> Page[R]:  # noqa: ARG002  (the signature)
        return Page(page.items, page.next if following and following.next else None)


class _CommitsOnError(FaithfulUnit):
    async def __aexit__(self, *fault: Any) -> bool | None:  # noqa: PYI036  (handed on as it came)
        if isinstance(fault[1], Exception):
            await self._unit.commit()
        return await self._manager.__aexit__(*fault)


MUTANTS = (
    Mutant(
        name="forgets-tenant-on-get",
        broken="A row is read by its key alone, whoever owns it.",
        make=storing(_ForgetsOnGet),
    ),
    Mutant(
        name="forgets-tenant-on-find",
        broken="A list holds the rows of every tenant.",
        make=storing(_ForgetsOnFind),
    ),
    Mutant(
        name="forgets-tenant-on-lock",
        broken="A row that is locked to be changed is looked up by its key alone.",
        make=storing(_ForgetsOnLock),
    ),
    Mutant(
        name="forbids-what-is-foreign",
        broken="Another tenant's row is answered with 403, so that its existence shows.",
        make=storing(_ToldApart),
    ),
    Mutant(
        name="names-the-owner",
        broken="The detail of a 404 holds the id of the tenant that owns the row.",
        make=storing(_NamesTheOwner),
    ),
    Mutant(
        name="unique-over-all-tenants",
        broken="A label that one tenant has is taken for all.",
        make=storing(_ConfusesLabels),
    ),
    Mutant(
        name="tells-foreign-references",
        broken="A reference to another tenant's row is refused with another code than one to nothing.",
        make=storing(_TellsForeignReferences),
    ),
    Mutant(
        name="keeps-what-is-deleted",
        broken="A tenant's deletion is answered with 204 and does not happen.",
        make=storing(_KeepsDeleted),
    ),
    Mutant(
        name="loses-updates",
        broken="A change is answered with what it should have become and is not written.",
        make=storing(_LosesUpdates),
    ),
    Mutant(
        name="moves-creation",
        broken="The time of creation changes with every update.",
        make=storing(_MovesCreation),
    ),
    Mutant(
        name="normalises-text",
        broken="Text is brought into normal form C before it is kept.",
        make=storing(_Normalises),
    ),
    Mutant(
        name="rounds-times",
        broken="Times are kept to the millisecond.",
        make=storing(_Rounds),
    ),
    Mutant(
        name="reorders-pages",
        broken="The rows of a page come in the wrong order.",
        make=storing(_Paging),
    ),
    Mutant(
        name="repeats-a-row",
        broken="The last row of a page is the first of the next.",
        make=storing(_RepeatsRow),
    ),
    Mutant(
        name="skips-a-row",
        broken="One row between two pages is on neither.",
        make=storing(_SkipsRow),
    ),
    Mutant(
        name="ends-a-page-early",
        broken="The last page cannot be reached when it holds one row.",
        make=storing(_EndsEarly),
    ),
    Mutant(
        name="commits-on-error",
        broken="What was written before an error is kept.",
        make=storing(unit=_CommitsOnError),
    ),
)
