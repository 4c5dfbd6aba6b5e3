"""Runs a command that does not outlive whoever started it: ``python -P leash.py COMMAND...``, in a session of its own. It knows processes, no server.

The command runs while this program's standard input is open. The operating system closes that when the starter ends, in whatever way it does.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Final

GRACE_SECONDS: Final = 5.0
"""How long the command may take to end after SIGTERM."""


def main() -> None:
    """Start the command, wait for either end, leave no process of the group behind."""
    signal.signal(signal.SIGTERM, _stay)  # it goes to the whole group; a handler, because being ignored would be inherited
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603  (the kit's own command line)
    threading.Thread(target=_follow, args=(command,), daemon=True).start()
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        command.wait(timeout=GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def _stay(signum: int, frame: object) -> None:
    """Do not end yet: somebody of the group may have to be killed."""


def _follow(command: "subprocess.Popen[bytes]") -> None:
    """End with the command."""
    os._exit(max(command.wait(), 0))


if __name__ == "__main__":
    main()
