"""What a process remembers, where the threads of a WSGI server share it. It knows the memory alone."""

from collections.abc import Iterator

from kingpost.kernel.tenancy import Memory
from tests.kernel.world import World


class Contended(dict[str, object]):
    """Entries that another thread changes or drops just as somebody looks for the oldest, as a scan of hosts brings about."""

    def __init__(self, count: int) -> None:
        super().__init__({f"h{number}.example": (60.0, (None,)) for number in range(count)})
        self.changes = ["added", "forgotten"]

    def __iter__(self) -> Iterator[str]:
        change = self.changes.pop(0) if self.changes else None
        if change == "added":
            raise RuntimeError("dictionary changed size during iteration")
        if change == "forgotten":
            self.clear()
        return super().__iter__()


def test_a_full_memory_is_shared_by_threads() -> None:
    """While it is full, no thread fails for what another one adds or forgets, and what it remembers is there."""
    memory = Memory(system=World().system, seconds=60.0)
    shared = Contended(10_000)
    memory._hosts = shared  # type: ignore[assignment]
    memory.remember_host("shop.example", "ten_1", mark=memory.mark())
    assert memory.host("shop.example") == ("ten_1",)
    assert shared.changes == []
    assert len(shared) == 1


def test_what_was_read_before_a_change_is_not_remembered_after_it() -> None:
    """A look-up that began before the change leaves nothing behind, in whatever order the threads go on."""
    memory = Memory(system=World().system, seconds=60.0)
    mark = memory.mark()
    memory.forget()
    memory.remember_host("shop.example", "ten_1", mark=mark)
    assert memory.host("shop.example") is None
    memory.remember_host("shop.example", "ten_1", mark=memory.mark())
    assert memory.host("shop.example") == ("ten_1",)
