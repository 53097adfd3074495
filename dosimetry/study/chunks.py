"""The patients of a study in chunks: computed one after the other, or by an executor, with the same bits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from dosimetry.nuclides.nuclide import nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.patients.results import PatientResult, results_of
from milligray.cores import cores

#: Patients in a chunk, at most; an executor gets at least so many chunks where there are patients enough.
MOST_PATIENTS, LEAST_CHUNKS = 64, 16
#: Processes that nobody asked for, at most: each takes a Python, and its memory, of its own.
MOST_PROCESSES = 8


Progress = Callable[[int, int, str], None]


def own_processes() -> int:
    """Processes where no number was asked for: as many as cores, and no more than :data:`MOST_PROCESSES`."""
    return min(cores(), MOST_PROCESSES)


@contextmanager
def processes(workers: int) -> Iterator[Executor | None]:
    """An executor of so many processes on this machine, or None for one: its work is done here."""
    if workers == 1:
        yield None
        return
    import multiprocessing

    # a process that has threads (a progress bar's) must not be forked
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_parent() -> None:
    """In a worker: end when the process that it works for is gone, killed perhaps; nobody else would tell."""
    import multiprocessing
    import os
    import threading

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


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
    by_workers = executor is not None
    with _submitted(executor, chunks, methods, of, weights) as futures:
        for i, some in enumerate(chunks):
            done = _done(futures[i]) if i < len(futures) else None
            if done is None and by_workers:
                by_workers = False
                warnings.warn(
                    f"the workers of the executor ended early: after {len(found)} of {len(patients)} patients"
                    " those that are not finished are computed here",
                    RuntimeWarning,
                    stacklevel=3,
                )
            found += chunk(some, methods, of, weights) if done is None else done
            for number, patient in enumerate(some, len(found) - len(some) + 1):
                if progress is not None:
                    progress(number, len(patients), patient.name)
    return found


def _done(future: Future[list[PatientResult]]) -> list[PatientResult] | None:
    """A future's result; None where its worker died."""
    try:
        return future.result()
    except BrokenExecutor:
        return None


@contextmanager
def _submitted(
    executor: Executor | None, chunks: Sequence[Sequence[Patient]], methods: Methods, *args: Any
) -> Iterator[list[Future[list[PatientResult]]]]:
    """Futures of the chunks, as many as the executor takes; those that wait are cancelled at the end."""
    futures: list[Future[list[PatientResult]]] = []
    try:
        if executor is not None:
            for some in chunks:
                try:
                    own = methods.for_patients({p.name for p in some})  # little shall travel
                    futures.append(executor.submit(chunk, some, own, *args))
                except BrokenExecutor:
                    break
        yield futures
    finally:
        for future in futures:
            future.cancel()
