"""``routes``: print every operation with its method and path. It knows only the registry."""

from argparse import ArgumentParser, Namespace

from kingpost.adapters.runtime.console import Console

HELP = "list every operation: method, path, name, scope, permission"
_COLUMNS = ("method", "path", "operation", "scope", "permission", "summary")


def add(parser: ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--prefix", default="", help="the path it is mounted under, as KINGPOST_PREFIX says it")


def run(arguments: Namespace, console: Console) -> int:
    """Print the table, in the order of the paths."""
    operations = sorted(console.kernel.registry.operations, key=lambda operation: (operation.path, operation.method))
    rows = [
        {
            "method": operation.method,
            "path": arguments.prefix + operation.path,
            "operation": operation.id,
            "scope": operation.scope,
            "permission": operation.permission,
            "summary": operation.summary,
        }
        for operation in operations
    ]
    console.show(rows, _COLUMNS, as_json=arguments.json)
    return 0
