"""Every port over dictionaries: the door of the reference implementation. It holds nothing itself."""

from .clock import MemoryClock
from .entropy import SeededEntropy
from .log import Line, RecordedLog
from .metrics import MemoryMetrics
from .outbound import MemorySleeper, ScriptedHttp, Sent
from .storage import MemorySession, MemoryStorage, MemoryUnit, Snapshot
from .store import MemoryStore

__all__ = [
    "Line",
    "MemoryClock",
    "MemoryMetrics",
    "MemorySession",
    "MemorySleeper",
    "MemoryStorage",
    "MemoryStore",
    "MemoryUnit",
    "RecordedLog",
    "ScriptedHttp",
    "SeededEntropy",
    "Sent",
    "Snapshot",
]
