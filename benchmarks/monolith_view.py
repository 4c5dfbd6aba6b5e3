"""Serves one view of the example monolith to itself as often as it is told, and says what CPU time that took: the child of ``benchmarks.monolith``.

It runs in the folder of a copy of the monolith. A line of standard input is a number of requests; the answer is a line with seconds.
"""

import os
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

VIEW = "/customers/suggest.json"


def main() -> None:
    """Prepare the database, then serve until the input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    sys.path.insert(0, os.getcwd())  # noqa: PTH109  (where the project is)
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415  (only once its settings are named)

    application = get_wsgi_application()
    environ = _environ(_session())
    for answer in _served(application, environ):
        print(answer, flush=True)


def _session() -> str:
    """The session of an employee who is logged in."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415  (as above)
    from django.core.management import call_command  # noqa: PLC0415  (as above)
    from django.db import connection  # noqa: PLC0415  (as above)
    from django.test import Client  # noqa: PLC0415  (as above)

    call_command("migrate", verbosity=0)
    connection.settings_dict["CONN_MAX_AGE"] = None  # or opening SQLite anew for each request would hide everything else
    client = Client()
    client.force_login(get_user_model().objects.create_user("nora"))
    return str(client.cookies["sessionid"].value)


def _environ(session: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": VIEW,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": f"sessionid={session}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _served(application: Any, environ: dict[str, Any]) -> Iterator[float]:
    statuses: set[str] = set()
    for line in sys.stdin:
        started = time.process_time()
        for _ in range(int(line)):
            reply = application({**environ, "wsgi.input": BytesIO()}, lambda status, *_: statuses.add(status))
            b"".join(reply)
            reply.close()
        yield time.process_time() - started
        if statuses != {"200 OK"}:
            raise SystemExit(f"{VIEW} answered {statuses}")


if __name__ == "__main__":
    main()
