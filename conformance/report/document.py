"""The report as JSON, for programs. It knows the names of the members, which are stable: one is added, none is renamed.

``report.json`` is one object::

    {"format": 1,
     "ended": "complete" | why the run ended before everything was tried,
     "facts": {"versions": {distribution: version}, "profile", "seed", "schedule", "backend", "components": [name], "started": RFC 3339},
     "targets": [{"name", "capabilities": [name], "against": [name], "trace": SHA-256 of the conversation, or ""}],
     "totals": {"passed", "failed", "skipped", "expected"},
     "seconds": of the whole run,
     "results": [{"check", "component", "tier": "core" | "edge" | "server", "law", "target",
                  "outcome": "passed" | "failed" | "skipped" | "expected", "seconds", "note", "text"}]}

``text`` of a failure holds the script that repeats it; of a skip or an expected failure the reason comes first.
"""

import msgspec

from kingpost.conformance.results import Report

FORMAT = 1


def document(report: Report) -> bytes:
    """The report, indented, with a line break at its end."""
    whole = {
        "format": FORMAT,
        "ended": report.broken or "complete",
        "facts": report.facts,
        "targets": report.targets,
        "totals": report.counts,
        "seconds": report.seconds,
        "results": report.results,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"
