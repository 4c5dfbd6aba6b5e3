"""Reads pyright's JSON and refuses errors, and a run that read no file. It knows the format and nothing of the rules."""

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for found in report["generalDiagnostics"]:
        print(
            f"{found['file']}:{found['range']['start']['line'] + 1}: {found['severity']}: {found['message']} ({found.get('rule', 'syntax')})"
        )
    summary = report["summary"]
    print(f"{summary['filesAnalyzed']} files, {summary['errorCount']} errors, {summary['warningCount']} warnings")
    sys.exit(1 if summary["errorCount"] or not summary["filesAnalyzed"] else 0)
