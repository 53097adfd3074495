"""Cores: those that this process may use, by one rule for threads and processes."""

from __future__ import annotations

import os

import pytest

from dosimetry.study.chunks import MOST_PROCESSES, own_processes
from milligray.cores import cores


@pytest.mark.parametrize(("allowed", "processes"), [({0, 3, 5}, 3), (set(range(64)), MOST_PROCESSES)])
def test_cores_are_those_that_the_process_may_use(
    monkeypatch: pytest.MonkeyPatch, allowed: set[int], processes: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: allowed, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 128)
    assert cores() == len(allowed) and own_processes() == processes


def test_all_cores_where_the_system_knows_no_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1
