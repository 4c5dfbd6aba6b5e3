"""The laws that every component keeps, Kingpost's own and a user's. It knows declarations and source; what is served is the kit's business."""

import re
import typing
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final, TypeAlias, get_origin

from kingpost.conformance.cases import CASES, Case, Step
from kingpost.kernel import errors as tree_of_errors
from kingpost.kernel.component import Component
from kingpost.kernel.errors import ConfigurationError, KernelError, MethodNotAllowed, NotFound, PreconditionFailed, StaleVersion
from kingpost.kernel.operations import Operation, Registry
from kingpost.kernel.records import Kind, column
from kingpost.kernel.store import Page

from .ground import StageGround, with_required
from .sources import COMPONENT_FILES, HOST_FILES, door_faults, functions_from, raised, required, strangers, tree

Law: TypeAlias = Callable[[Component], Iterator[str]]
"""What breaks it, each as ``file:line: what is wrong; the mend``."""
_PERMISSION: Final = re.compile(r"([a-z][a-z0-9_]*)(\.[a-z][a-z0-9_]*)+:[a-z][a-z0-9_]*")
_SAVED: Final = re.compile(r"<[^>]*>")


def _folder(component: Component) -> Path | None:
    """Where the component's package lies; None where it is no package."""
    try:
        spec = find_spec(component.package)
    except ModuleNotFoundError:
        return None
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) if places else None


def files(component: Component) -> Iterator[str]:
    """It is a package of the six files; a seventh is named in its door, with a reason."""
    folder = _folder(component)
    if folder is None:
        yield f"{component.declared}: {component.package!r} is no package; make it a folder with {', '.join(sorted(COMPONENT_FILES))}"
        return
    for path in strangers(folder / "__init__.py", COMPONENT_FILES | HOST_FILES):
        if path.suffix == ".py" or path.is_dir():
            name = f"{path.name}/" if path.is_dir() else path.name
            yield f"{path}:1: no file of a component; move it, or write 'Extra files: {name}, because ...' into the docstring of {folder}/__init__.py"


def door(component: Component) -> Iterator[str]:
    """Its door lists in ``__all__`` all that it defines and passes on, ``COMPONENT`` among it."""
    folder = _folder(component)
    if folder is not None:
        yield from (f"{folder}/__init__.py:1: {fault}" for fault in door_faults(tree(folder / "__init__.py")))
        if getattr(import_module(component.package), "COMPONENT", None) is not component:
            yield f"{component.declared}: the door has no COMPONENT that is this one; write COMPONENT = Component(...) into {folder}/__init__.py"


def assembles(component: Component) -> Iterator[str]:
    """A kernel can be put together from it and what it requires."""
    try:
        StageGround(with_required((component,)))
    except ConfigurationError as error:
        yield str(error)


def permissions(component: Component) -> Iterator[str]:
    """Every operation names a permission or is public; every permission is asked for somewhere and is explained."""
    for operation in component.operations:
        if (operation.permission is None) != (operation.scope == "public"):
            yield f"{operation.declared}: operation {operation.id!r} is of scope {operation.scope!r} with permission {operation.permission!r}; name one, or make it public"
    asked = {operation.permission for operation in component.operations} | _required_in_source(component)
    for permission in component.permissions:
        matched = _PERMISSION.fullmatch(permission.name)
        if matched is None or matched[1] != component.name:
            yield f"{component.declared}: permission {permission.name!r} must look like '{component.name}.noun:verb'; rename it"
        if permission.name not in asked:
            yield f"{component.declared}: nobody asks for permission {permission.name!r}; name it on an operation, or take it out"
        if not permission.meaning.strip().endswith("."):
            yield f"{component.declared}: permission {permission.name!r} is not explained; give it a sentence for an administrator"


def _required_in_source(component: Component) -> set[str | None]:
    """The permissions that use cases ask for themselves."""
    folder, found = _folder(component), set[str | None]()
    for path in folder.glob("*.py") if folder is not None else ():
        names = vars(import_module(f"{component.package}.{path.stem}")) if path.stem in ("model", "usecases") else {}
        for asked in required(tree(path)):
            value = getattr(asked, "value", None)
            found.add(value if isinstance(value, str) else names.get(getattr(asked, "id", "")))
    return found


def errors(component: Component) -> Iterator[str]:
    """Every operation declares what its use case raises: ``NotFound`` where it names a row, ``StaleVersion`` where it wants a tag, and whatever is raised by name."""
    for operation in component.operations:
        wanted = [NotFound] if operation.path_parameters is not None and operation.scope != "public" else []
        for error in (*wanted, *([StaleVersion] if operation.if_match else [])):
            if not _declares(operation, error):
                yield f"{operation.declared}: operation {operation.id!r} does not declare {error.__name__}; add it to 'errors'"
        for place, error in _raised(operation):
            if not _declares(operation, error):
                yield f"{place}: raises {error.__name__}, which operation {operation.id!r} at {operation.declared} does not declare; add it to 'errors'"


def _declares(operation: Operation, error: type[KernelError]) -> bool:
    """Whether a client can read in the document that it may be answered."""
    return error in operation.errors or (error.__module__ == tree_of_errors.__name__ and not issubclass(error, _OF_A_ROW))


_OF_A_ROW: Final = (NotFound, tree_of_errors.Conflict, PreconditionFailed)
"""The kernel's conditions that an operation has only if it says so; the rest the pipeline may answer anywhere."""


def _raised(operation: Operation) -> Iterator[tuple[str, type[KernelError]]]:
    """What the use case raises by a plain name, itself or in functions beside it, each with its place."""
    names = getattr(operation.use_case, "__globals__", {})
    path = Path(names.get("__file__", ""))
    if path.suffix != ".py" or not path.exists():
        return
    for function in functions_from(operation.use_case.__name__, tree(path)):
        for line, name in raised(function):
            error = names.get(name)
            if isinstance(error, type) and issubclass(error, KernelError):
                yield f"{path}:{line}", error


def examples(component: Component) -> Iterator[str]:
    """Every operation that takes a body has an example of one, and every other that answers with something an example of that."""
    for operation in component.operations:
        part = "body" if operation.body is not None else "result" if operation.returns is not None and not operation.raw else None
        if part is not None and all(getattr(example, part) is None for example in operation.examples):
            yield f"{operation.declared}: operation {operation.id!r} has no example with a {part}; write examples=(Example(summary=..., {part}={{...}}),)"


def cases(component: Component) -> Iterator[str]:
    """Every operation is asked with success by a conformance case, and every case is named for its component."""
    brought: tuple[Case, ...] = ()
    if _folder(component) is not None and find_spec(f"{component.package}.cases") is not None:
        brought = import_module(f"{component.package}.cases").CASES
    for case in brought:
        if case.component != component.name:
            yield f"{component.package}.cases: the id of case {case.id!r} must begin with '{component.name}.'; rename it"
    try:
        registry = Registry(component.operations)
    except ConfigurationError:  # told by the law that it assembles
        return
    asked = {_asked(registry, step) for case in (*CASES, *brought) for step in case.steps if step.expect.status < 400}
    for operation in component.operations:
        if operation.id not in asked:
            yield f"{operation.declared}: no case asks operation {operation.id!r} with success; add one to CASES in {component.package}/cases.py"


def _asked(registry: Registry, step: Step) -> str:
    """The id of the operation that a step asks; nothing where it asks none of these, or what an answer has said."""
    path = _SAVED.sub("x", step.target.partition("?")[0])
    try:
        return registry.match(step.method, path.encode("latin-1")).operation.id
    except (NotFound, MethodNotAllowed, tree_of_errors.MalformedPath):
        return ""


def records(component: Component) -> Iterator[str]:
    """Every record says who owns its rows, which fields are about a person, how long rows are kept and why."""
    for record in component.records:
        facts, retention = record.facts, record.facts.retention
        if not retention.reason.strip():
            yield f"{facts.declared}: {record.__name__} does not say why its rows are kept; write a reason into Retention"
        if (retention.days is None) != (retention.since is None):
            yield f"{facts.declared}: {record.__name__} is kept for {retention.days} days since {retention.since}; give both, or neither"
        if retention.since is not None and column(record, retention.since).kind is not Kind.INSTANT:
            yield f"{facts.declared}: {record.__name__}.{retention.since} is no instant to count days from; name a datetime field"


def lists(component: Component) -> Iterator[str]:
    """Every list is paged: its query is a ``PageQuery``, and what it returns is one item."""
    for operation in component.operations:
        if operation.paged or operation.raw:
            continue
        came = typing.get_type_hints(operation.use_case).get("return")
        for what in (get_origin(came) or came, get_origin(operation.returns) or operation.returns):
            if what in (Page, list, tuple, set, frozenset):
                yield f"{operation.declared}: operation {operation.id!r} is a list without pages; give it query=PageQuery (or one derived from it), and let 'returns' be one item"
                break


LAWS: Final[tuple[Law, ...]] = (files, door, assembles, permissions, errors, examples, cases, records, lists)


def check_component(component: Component) -> None:
    """Hold every law against the component; ``AssertionError`` lists everything that breaks one, each with file, line and mend."""
    __tracebackhide__ = True
    _hold(component, *LAWS)


def _hold(component: Component, *laws: Law) -> None:
    __tracebackhide__ = True
    broken = {law.__doc__ or law.__name__: tuple(law(component)) for law in laws}
    if any(broken.values()):
        raise AssertionError("\n".join(line for law, found in broken.items() if found for line in (law, *found)))


class ComponentLaws:
    """The laws as tests, one each: ``class TestHelpdesk(ComponentLaws): component = helpdesk.COMPONENT``. It needs no pytest."""

    component: ClassVar[Component]

    def test_files(self) -> None:
        """It is a package of the six files."""
        _hold(self.component, files)

    def test_door(self) -> None:
        """Its door is complete."""
        _hold(self.component, door)

    def test_assembly(self) -> None:
        """A kernel can be put together from it."""
        _hold(self.component, assembles)

    def test_permissions(self) -> None:
        """Permissions are named, asked for and explained."""
        _hold(self.component, permissions)

    def test_errors(self) -> None:
        """What can be raised is declared."""
        _hold(self.component, errors)

    def test_examples(self) -> None:
        """Every operation has an example."""
        _hold(self.component, examples)

    def test_cases(self) -> None:
        """Every operation has a conformance case."""
        _hold(self.component, cases)

    def test_records(self) -> None:
        """Every record has its facts decided."""
        _hold(self.component, records)

    def test_lists(self) -> None:
        """Every list is paged."""
        _hold(self.component, lists)
