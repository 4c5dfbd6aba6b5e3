"""An installation without the extra postgres, and without greenlet. It knows which files may need psycopg."""

import subprocess
import sys
from pathlib import Path

import kingpost.adapters.sql as door

PROGRAM = """
import importlib, sys
sys.modules["psycopg"] = sys.modules["asyncpg"] = sys.modules["greenlet"] = None
for name in sys.argv[1:]:
    importlib.import_module(f"kingpost.adapters.sql.{name}")
import asyncio
from kingpost.adapters.runtime.machine import SystemClock
from kingpost.adapters.sql import sql_storage
from kingpost.kernel.errors import ConfigurationError
asyncio.run((asyncio.run(sql_storage("sqlite://", records=(), clock=SystemClock()))).close())
try:
    asyncio.run(sql_storage("postgresql://host/database", records=(), clock=SystemClock()))
except ConfigurationError as error:
    print(error)
"""


def test_only_the_files_of_postgresql_need_psycopg() -> None:
    """Everything else, revisions included, imports and SQLite works; a PostgreSQL URL says which extra to install."""
    folder = Path(str(door.__file__)).parent
    names = sorted(
        {".".join(path.relative_to(folder).with_suffix("").parts) for path in folder.rglob("*.py") if path.stem != "__init__"}
        - {"pool", "postgresql"}
    )
    done = subprocess.run([sys.executable, "-c", PROGRAM, *names], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "kingpost[postgres]" in done.stdout
