"""The laws of the ports, one umbrella class per port: subclass it, give it one fixture, and pytest judges your implementation.

::

    class TestMyStorage(StorageLaws):
        @pytest.fixture(scope="class")
        @classmethod
        def bench(cls) -> Bench[Storage]:
            return Bench(MyStorage(records=SPECIMENS), drive)
"""

from .asking import AskingLaws, Questions
from .law import Bench, Laws, law
from .specimens import SPECIMENS
from .storage import StorageLaws
from .system import ClockLaws, EntropyLaws, SeededEntropyLaws

__all__ = ["SPECIMENS", "AskingLaws", "Bench", "ClockLaws", "EntropyLaws", "Laws", "Questions", "SeededEntropyLaws", "StorageLaws", "law"]
