"""The patients of a study in chunks: computed one after the other, or by an executor, with the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from typing import Protocol

from dosimetry.nuclides.nuclide import nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.patients.results import PatientResult, results_of

#: Patients in a chunk, at most; an executor gets at least so many chunks where there are patients enough.
MOST_PATIENTS, LEAST_CHUNKS = 64, 16


class Executor(Protocol):
    """What is needed of an executor: ``submit`` as :class:`concurrent.futures.Executor` has it."""

    def submit(self, fn: Callable[..., list[PatientResult]], /, *args: object) -> Future[list[PatientResult]]:
        """A future of ``fn(*args)``."""


Progress = Callable[[int, int, str], None]


def chunk(
    patients: Sequence[Patient], methods: Methods, of: str, weights: Sequence[str]
) -> list[PatientResult]:
    """The unit of work: what travels to it are patients, methods and names of nuclide and weight sets."""
    return results_of(patients, methods, nuclide(of), weights)


def results_in_chunks(
    patients: Sequence[Patient],
    methods: Methods,
    of: str,
    weights: Sequence[str],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[PatientResult]:
    """Results of all patients in their order.

    Parameters
    ----------
    of : the nuclide's name.
    executor : computes the chunks; None: they are computed here, one after the other. Where its workers die,
        what they had finished is kept and the rest is computed here.
    progress : called for each patient when its chunk is done: with how many are, of how many, and the name.

    Raises
    ------
    DosimetryError, KineticsError, PhantomError : the first patient's, in the order of the patients.
    """
    most = MOST_PATIENTS
    if executor is not None:
        most = max(1, min(most, len(patients) // LEAST_CHUNKS))
    chunks = [patients[i : i + most] for i in range(0, len(patients), most)]
    found: list[PatientResult] = []
    with _submitted(executor, chunks, methods, of, weights) as futures:
        for i, some in enumerate(chunks):
            try:
                found += futures[i].result() if i < len(futures) else chunk(some, methods, of, weights)
            except BrokenExecutor:
                found += chunk(some, methods, of, weights)
            for done, patient in enumerate(some, len(found) - len(some) + 1):
                if progress is not None:
                    progress(done, len(patients), patient.name)
    return found


@contextmanager
def _submitted(
    executor: Executor | None, chunks: Sequence[Sequence[Patient]], *args: object
) -> Iterator[list[Future[list[PatientResult]]]]:
    """Futures of the chunks, as many as the executor takes; those that wait are cancelled at the end."""
    futures: list[Future[list[PatientResult]]] = []
    try:
        if executor is not None:
            for some in chunks:
                try:
                    futures.append(executor.submit(chunk, some, *args))
                except BrokenExecutor:
                    break
        yield futures
    finally:
        for future in futures:
            future.cancel()
