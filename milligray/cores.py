"""How many cores of the machine this process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """Cores that this process may use, where the system says so (its affinity); else those there are.

    >>> 1 <= cores() <= (os.cpu_count() or 1)
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
