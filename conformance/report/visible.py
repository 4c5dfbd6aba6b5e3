"""Makes what a target sent fit for a terminal and for XML. It knows characters, no format."""

import re
from typing import Final

_UNSEEN: Final = re.compile("[^\\t\\n\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 (section 2.2) forbids, and the control characters that a terminal obeys."""


def visible(text: str) -> str:
    r"""The text with its control characters and lone surrogates written out (``\\x1b``), so that nobody can steer a terminal with a reply."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
