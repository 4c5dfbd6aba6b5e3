"""``python -m kingpost``: the same command as ``kingpost``. It knows where the command line begins and nothing of what it does."""

import sys

from kingpost.adapters.runtime.command import main

if __name__ == "__main__":
    sys.exit(main())
