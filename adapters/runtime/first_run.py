"""What ``serve`` does before it serves: bring the embedded database up, make the first keys once, tell the newcomer how to call."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import msgspec
from msgspec import Struct

from kingpost.kernel.assembly import Kernel
from kingpost.kernel.errors import ConfigurationError, Conflict, Unavailable
from kingpost.kernel.operations import Operation
from kingpost.kernel.tenancy import CreateTenant, create_tenant, issue_first_key

from . import embedded, private_files
from .calls import platform_context
from .commands import migrate
from .console import Console
from .consoles import asking
from .reasons import driver_said
from .settings import Settings

DEMO = CreateTenant(slug="demo", name="Demo")


class Keys(Struct, frozen=True, kw_only=True):
    """The keys of a first run."""

    platform: str
    demo: str


def prepare(settings: Settings, out: TextIO) -> None:
    """Make an embedded database ready and print its keys on the first run; of any other database say what it still needs."""
    if "database" not in settings.embedded:
        _tell_state(settings, out)
        return
    migrate.bring_up(settings, out)
    with asking(settings, out) as console:
        _tell(settings, console)


def _tell_state(settings: Settings, out: TextIO) -> None:
    try:
        with asking(settings, out):
            return
    except Unavailable as reason:
        print(f"kingpost: not ready yet: {reason.detail} /readyz answers 503 until then.", file=out, flush=True)
        if said := driver_said(reason):
            print(f"kingpost: the database says: {said}", file=out, flush=True)


def _tell(settings: Settings, console: Console) -> None:
    console.say(f"Kingpost runs on its embedded defaults in {settings.data.absolute()}: good for trying it out.")
    console.say("A deployment sets KINGPOST_DATABASE, KINGPOST_SECRET and KINGPOST_HOSTS.")
    if any(component.name == "tenancy" for component in console.kernel.components):
        keys = _first_keys(settings, console)
        for line in _greeting(settings, console.kernel, keys):
            console.say(line)
    console.say(f"documentation  {_url(settings)}/docs" if settings.docs else "")


def _first_keys(settings: Settings, console: Console) -> Keys | None:
    """The keys, made now, or None where there have been some."""
    try:
        return console.run(_make(console.kernel, embedded.keys_file(settings)))
    except Conflict:
        return None


async def _make(kernel: Kernel, file: Path) -> Keys:
    """The file is written before the commit, so that no key is made that nobody has."""
    async with platform_context(kernel, write=True) as context:
        keys = Keys(platform=(await issue_first_key(context)).text, demo=(await create_tenant(context, body=DEMO)).key)
        try:
            private_files.replace(file, f"platform_key={keys.platform}\ndemo_key={keys.demo}\n")
        except OSError as error:
            raise ConfigurationError(
                f"the keys cannot be saved in {file}: {error.strerror}; make the folder writable, or set KINGPOST_DATA"
            ) from None
        return keys


def _greeting(settings: Settings, kernel: Kernel, keys: Keys | None) -> Iterator[str]:
    file = embedded.keys_file(settings)
    yield ""
    if keys is not None:
        yield f"platform key   {keys.platform}"
        yield f"demo tenant    {DEMO.slug}"
        yield f"demo key       {keys.demo}"
        yield f"saved in       {file} (mode 0600; the database holds only digests)"
        yield from _calls(settings, kernel, shlex.quote(f"Authorization: Bearer {keys.demo}"))
    elif file.exists():
        yield f"keys           are in {file} since the first start"
        yield from _calls(settings, kernel, f'"Authorization: Bearer $(sed -n s/^demo_key=//p {shlex.quote(str(file))})"')
    else:
        yield f"keys           were made at the first start, and {file} is gone; for new ones:"
        yield f"               kingpost key issue --platform; kingpost key issue --tenant {DEMO.slug}"


def _calls(settings: Settings, kernel: Kernel, authorization: str) -> Iterator[str]:
    """A call that reads, and one that writes where a component has an example for it; both work as they stand."""
    yield f"try            curl {shlex.quote(_url(settings) + '/tenant')} -H {authorization}"
    for operation in kernel.registry.operations:
        example = next((each.body for each in operation.examples if each.body is not None), None)
        if example is not None and _creates_for_tenant(operation):
            body = shlex.quote(msgspec.json.encode(example).decode())
            yield f"and            curl {shlex.quote(_url(settings) + operation.path)} -H {authorization} -H 'Content-Type: application/json' -d {body}"
            return


def _creates_for_tenant(operation: Operation) -> bool:
    return operation.method == "POST" and operation.scope == "tenant" and "{" not in operation.path and not operation.if_match


def _url(settings: Settings) -> str:
    return f"http://{settings.bind.authority}{settings.prefix}"
