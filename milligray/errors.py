"""The root of every error that milligray raises on purpose, and mistakes that are told together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

#: So many mistakes of one file are told one by one; of the others, how many there are.
TOLD = 20


class MilligrayError(ValueError):
    """What was asked cannot be given: the message says what is wrong, where, and what is allowed.

    ``KineticsError`` (curves and fits), ``PhantomError`` (bodies and regions) and ``DosimetryError`` (doses,
    studies, files) are of this family, so a script catches all of them by this one name. Where several
    things are wrong, ``complaints`` has one text each, and ``str()`` has as many lines.

    >>> from phantoms import load_phantom
    >>> try:
    ...     load_phantom("adult mail")
    ... except MilligrayError as error:
    ...     print(str(error)[:28])
    unknown phantom 'adult mail'
    >>> MilligrayError("the first is wrong", "the second is wrong").complaints
    ('the first is wrong', 'the second is wrong')
    """

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is wrong, one text for each mistake."""
        return tuple(map(str, self.args))

    def __str__(self) -> str:
        return "\n".join(self.complaints)


class Complaints:
    """Mistakes that are gathered and told at once, by one error, when the ``with`` block ends.

    Outside of a ``with`` block nothing is gathered: what is added is raised, so that nothing gets lost.

    Parameters
    ----------
    error : the class of the error that tells all of them.
    where : what the mistakes are in (a file), to say how many more there are.
    limit : how many are told one by one; None: all.

    >>> with Complaints(MilligrayError) as found:
    ...     for row in (1, 2):
    ...         with found.catching():
    ...             raise MilligrayError(f"row {row} is wrong")
    Traceback (most recent call last):
    milligray.errors.MilligrayError: row 1 is wrong
    row 2 is wrong
    """

    def __init__(
        self, error: type[MilligrayError] = MilligrayError, *, where: str = "", limit: int | None = None
    ) -> None:
        self.error = error
        self._where, self._limit = where, limit
        self._kept: dict[str | Complaints, None] = {}
        self._more = 0
        self._gathering = False
        self._above: Complaints | None = None

    @property
    def gathering(self) -> bool:
        """Whether what is added is kept until the end of a ``with`` block."""
        return self._gathering or (self._above is not None and self._above.gathering)

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return any(isinstance(one, str) or one for one in self._kept)

    def __len__(self) -> int:
        """How many mistakes were found, those too that are not told one by one."""
        return self._more + sum(1 if isinstance(one, str) else len(one) for one in self._kept)

    def add(self, problem: MilligrayError) -> None:
        """Keep an error's complaints to tell them at the end; raise it where nothing is gathered."""
        if not self.gathering:
            raise problem
        for line in problem.complaints:
            if line in self._kept:
                continue
            if self._limit is None or len(self._kept) < self._limit:
                self._kept[line] = None
            else:
                self._more += 1

    @contextmanager
    def catching(self) -> Iterator[None]:
        """A block whose error is kept like one that is added; what comes after it goes on."""
        try:
            yield
        except MilligrayError as error:
            self.add(error)

    def section(self, where: str, limit: int = TOLD) -> Complaints:
        """The complaints of one file, told at this place among the others, so many at most."""
        part = Complaints(self.error, where=where, limit=limit)
        part._above = self
        self._kept[part] = None
        return part

    def lines(self) -> list[str]:
        """All that is to be told, each once."""
        found: dict[str, None] = {}
        for one in self._kept:
            found.update(dict.fromkeys([one] if isinstance(one, str) else one.lines()))
        if self._more:
            where = f"{self._where}: " if self._where else ""
            found[f"{where}and {self._more} more mistake{'s' if self._more > 1 else ''}"] = None
        return list(found)

    def __enter__(self) -> Complaints:
        self._gathering = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(value, MilligrayError) and self:
            self.add(value)
        self._gathering = False
        if self and (value is None or isinstance(value, MilligrayError)):
            raise self.error(*self.lines()) from None
