"""Parity: what is sent to two targets gets the same answer, byte for byte, and leaves the same rows."""

from .checks import checks
from .comparison import Different, Parity, comparable
from .differences import Difference, differences, written
from .machine import Program, machine_of, play

__all__ = ("Difference", "Different", "Parity", "Program", "checks", "comparable", "differences", "machine_of", "play", "written")
