"""``new-component``: write a small component that works, to begin one's own with. It knows arguments and what to say; ``scaffold`` makes the texts."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TextIO

from kingpost.adapters.runtime import scaffold
from kingpost.adapters.runtime.scaffold import Names

HELP = "write a component that works, to begin your own with"


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("name", metavar="NAME", help="what the component is called: one word such as helpdesk")
    parser.add_argument("--record", metavar="NOUN", help="what it persists, in the singular: Ticket (without it, taken from the name)")
    parser.add_argument("--plural", metavar="NOUNS", help="many of them, where English is irregular: 'people'")
    parser.add_argument("--package", metavar="PATH", help="the import path of its package: shop.helpdesk (without it, the name)")
    parser.add_argument("--folder", type=Path, default=Path(), metavar="FOLDER", help="the folder of the project (without it, this one)")
    parser.add_argument("--dry-run", action="store_true", help="tell which files would be written, and write none")


def run(arguments: Namespace, out: TextIO) -> int:
    """Write the files, or only tell them, and what can be done with them."""
    names = scaffold.named(arguments.name, package=arguments.package, record=arguments.record, plural=arguments.plural)
    files = scaffold.planned(arguments.folder, names.package, scaffold.rendered(names))
    if not arguments.dry_run:
        scaffold.write(files)
    for file in files:
        print(f"{'would write' if arguments.dry_run else 'wrote'} {file}", file=out)
    if not arguments.dry_run:
        print(_next(names, arguments.folder), file=out, flush=True)
    return 0


def _next(names: Names, folder: Path) -> str:
    """The commands that show it at work."""
    there = "" if folder.resolve() == Path.cwd() else f"cd {folder}\n  "
    package, kit = names.package, f"--components {names.package} --component {names.component}"
    return f"""
{names.component} keeps {names.plural} and answers under /{names.path}. What to do with it, from the folder of the project:
  {there}KINGPOST_COMPONENTS=tenancy,{package} kingpost serve            # with Litestar; --django serves the same with Django
  python -m pytest {package.replace(".", "/")}
  kingpost conformance --target litestar --against django-wsgi {kit}
In a Django project: INSTALLED_APPS = [*kingpost.apps("tenancy"), "{package}", ...], then manage.py migrate.
After a change of its records: kingpost migrate --draft {package}, and manage.py makemigrations."""
