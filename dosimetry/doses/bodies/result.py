"""Doses of one administration in several bodies side by side, as one typed result."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.doses.effective import (
    TISSUE_WEIGHTS,
    averaged_sets,
    effective_dose,
    effective_or_why,
    weight_set,
)
from dosimetry.doses.effective_result import EffectiveDose, changes_from_tiac
from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

FORMAT = "milligray doses in bodies 1"


@dataclass(frozen=True, eq=False)
class BodyDoses(Mapping[str, DoseResult]):
    """Doses in several bodies; as a mapping, label of the body -> :class:`dosimetry.DoseResult`.

    results : label -> doses; the label is the body's name, or its age in a table of ages.
    tiac_h : label -> nuclide -> TIACs in h by source region, as they were taken for that body.
    pairs : labels (male, female) of bodies of one kind, of which there is a sex-averaged effective dose.
    same_errors : the errors of the TIACs are the same ones in all bodies, so that a pair's sex-averaged
        effective dose has a standard error.
    Raises
    ------
    DosimetryError : no body at all.

    Examples
    --------
    >>> from dosimetry import doses_in_bodies
    >>> found = doses_in_bodies({"liver": 1.0}, "F-18", ["adult male", "adult female"])
    >>> found["adult male"]["liver"] < found["adult female"]["liver"]  # whose liver is smaller
    True
    >>> found.pairs
    (('adult male', 'adult female'),)
    >>> [e.bodies for e in found.sex_averaged().values()]
    [('adult male', 'adult female')]
    """

    results: Mapping[str, DoseResult]
    tiac_h: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()
    same_errors: bool = False

    def __post_init__(self) -> None:
        if not self.results:
            raise DosimetryError("doses in no body: one or more are needed")

    def __getitem__(self, label: str) -> DoseResult:
        return self.results[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def targets(self) -> tuple[str, ...]:
        """Target regions of all bodies, each once."""
        return tuple(dict.fromkeys(t for doses in self.results.values() for t in doses.targets))

    @property
    def nuclides(self) -> tuple[str, ...]:
        """What emitted the doses."""
        return tuple(dict.fromkeys(n for doses in self.results.values() for n in doses.nuclides))

    @property
    def missing(self) -> dict[tuple[str, str], str]:
        """(target, label) -> why there is no dose."""
        return {
            (target, label): f"the body '{doses.body}' has no target region '{target}'"
            for target in self.targets
            for label, doses in self.results.items()
            if target not in doses.targets
        }

    @property
    def lacking(self) -> dict[tuple[str, str], str]:
        """(weight set, label) -> why that body has no effective dose by it."""
        return {
            (weights, label): e.lacking
            for weights in TISSUE_WEIGHTS
            for label, e in self.effective(weights).items()
            if e.lacking
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know: what holds in all bodies once, all else with the body's label."""
        every = [doses.notes for doses in self.results.values()]
        common = [note for note in dict.fromkeys(every[0]) if all(note in notes for notes in every)]
        own = [
            f"{k}: {n}" for k, d in self.results.items() for n in dict.fromkeys(d.notes) if n not in common
        ]
        return (*common, *own)

    def with_notes(self, said: Mapping[str, str]) -> BodyDoses:
        """The same with one more note for some bodies, by label."""
        results = {
            label: replace(doses, notes=(*doses.notes, said[label])) if label in said else doses
            for label, doses in self.results.items()
        }
        return replace(self, results=results)

    @property
    def has_errors(self) -> bool:
        """Whether any dose has a standard error."""
        return any(bool(np.isfinite(doses.se_mGy_per_MBq).any()) for doses in self.results.values())

    def effective(self, weights: str = "ICRP 60") -> dict[str, EffectiveDose]:
        """Effective dose of each body by label; by ICRP 103 one body's is not sex-averaged, and says so. That
        of a body without a tissue that it needs is NaN, and ``lacking`` says which."""
        return {label: effective_or_why(doses, weights) for label, doses in self.results.items()}

    def sex_averaged(self, weights: str = "ICRP 103") -> dict[tuple[str, str], EffectiveDose]:
        """Effective dose of each pair (male, female): equivalent doses averaged tissue by tissue (ICRP 103).

        Its standard error follows from the TIACs' where both bodies had the same errors: the two halves then
        change together.
        """
        found = {}
        for pair in self.pairs:
            man, woman = (self.results[label] for label in pair)
            alone = [effective_or_why(doses, weights) for doses in (man, woman)]
            if why := "; ".join(
                f"{label}: {e.lacking}" for label, e in zip(pair, alone, strict=True) if e.lacking
            ):
                value = replace(alone[0], value_mSv_per_MBq=math.nan, bodies=pair, note="sex-averaged")
                found[pair] = replace(
                    value, se_from_tiac_mSv_per_MBq=None, tissues=(), missing=why, lacking=why
                )
                continue
            both = replace(effective_dose((man, woman), weights), note="sex-averaged")
            if self.same_errors:
                changes = [_changes(d, weights) for d in (man, woman)]
                if all(c is not None for c in changes):
                    se = math.hypot(*np.mean(np.array(changes, dtype=float), axis=0).tolist())
                    both = replace(both, se_from_tiac_mSv_per_MBq=se, missing="")
            found[pair] = both
        return found

    def effective_doses(self) -> list[tuple[tuple[str, ...], EffectiveDose]]:
        """Labels and effective dose: by every weight set each body's, and each pair's where the set's
        effective dose is defined as averaged over both sexes."""
        found: list[tuple[tuple[str, ...], EffectiveDose]] = []
        for weights in TISSUE_WEIGHTS:
            found += [((label,), e) for label, e in self.effective(weights).items()]
            if weights in averaged_sets():
                found += list(self.sex_averaged(weights).items())
        return found

    def to_frame(self) -> pd.DataFrame:
        """A row a target region and body: ``target``, ``body``, ``dose_mGy_per_MBq``, ``se_mGy_per_MBq``
        (NaN: not known) and ``missing``, why there is no dose."""
        import pandas as pd

        missing, rows = self.missing, []
        for target in self.targets:
            for label, doses in self.results.items():
                there = target in doses.targets
                i = doses.targets.index(target) if there else 0
                dose = float(doses.total_mGy_per_MBq[i]) if there else math.nan
                se = float(doses.se_mGy_per_MBq[i]) if there else math.nan
                rows.append((target, label, dose, se, missing.get((target, label), "")))
        columns = ["target", "body", "dose_mGy_per_MBq", "se_mGy_per_MBq", "missing"]
        return pd.DataFrame(rows, columns=columns)

    def effective_frame(self) -> pd.DataFrame:
        """A row an effective dose: ``quantity``, ``weights``, ``body`` (two for a sex-averaged one),
        ``effective_dose_mSv_per_MBq``, ``se_from_tiac_mSv_per_MBq`` (NaN: not known), ``note``."""
        import pandas as pd

        rows = [
            (
                e.quantity,
                e.weights,
                " and ".join(labels),
                float(e),
                math.nan if e.se_from_tiac_mSv_per_MBq is None else e.se_from_tiac_mSv_per_MBq,
                e.note,
            )
            for labels, e in self.effective_doses()
        ]
        columns = ["quantity", "weights", "body"]
        columns += ["effective_dose_mSv_per_MBq", "se_from_tiac_mSv_per_MBq", "note"]
        return pd.DataFrame(rows, columns=columns)

    def label_table(self, weights: str = "ICRP 60", digits: int | None = 2) -> pd.DataFrame:
        """The table as a label prints it: organs as rows, bodies or ages as columns, mGy/MBq, and the
        effective dose as the last row, mSv/MBq.

        Parameters
        ----------
        weights : of the effective dose.
        digits : significant digits; None: all. A dose that a body lacks is NaN; :attr:`missing` says why.

        Examples
        --------
        >>> from dosimetry import AGES, doses_in_bodies
        >>> table = doses_in_bodies({"liver": 0.13, "remainder": 1.7}, "F-18", AGES).label_table()
        >>> list(table.columns)
        ['newborn', '1 year', '5 years', '10 years', '15 years', 'adult']
        >>> table.index[-1]
        'effective dose (ICRP 60), mSv/MBq'
        """
        import pandas as pd

        wide = pd.DataFrame({label: doses.total for label, doses in self.results.items()})
        wide = wide.loc[list(self.targets)]
        effective = self.effective(weights)
        quantity = next(iter(effective.values())).quantity
        last = pd.DataFrame(
            {label: [float(e)] for label, e in effective.items()},
            index=[f"{quantity} ({weights}), mSv/MBq"],
        )
        table = pd.concat([wide, last]).rename_axis(index="mGy/MBq", columns=None)
        return table if digits is None else table.map(lambda v: v if v != v else float(f"{v:.{digits - 1}e}"))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it; :meth:`from_dict` gives it back, bit for bit."""
        return {
            "format": FORMAT,
            "bodies": {label: doses.to_dict() for label, doses in self.results.items()},
            "tiac_h": {
                label: {n: {str(s): float(v) for s, v in by_source.items()} for n, by_source in each.items()}
                for label, each in self.tiac_h.items()
            },
            "pairs": [list(pair) for pair in self.pairs],
            "same_errors": self.same_errors,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BodyDoses:
        """The result that :meth:`to_dict` gave.

        Raises
        ------
        DosimetryError : another format; a key is missing or not of its kind; numbers that are no doses.
        """
        if data.get("format") != FORMAT:
            raise DosimetryError(f"doses of format {data.get('format')!r}; '{FORMAT}' is needed")
        for key, kind in (("bodies", Mapping), ("tiac_h", Mapping), ("pairs", list)):
            if not isinstance(data.get(key), kind):
                raise DosimetryError(f"doses: '{key}' is {data.get(key)!r}; a {kind.__name__} is needed")
        results = {str(label): DoseResult.from_dict(each) for label, each in data["bodies"].items()}
        pairs: list[tuple[str, str]] = []
        for pair in data["pairs"]:
            if (
                not isinstance(pair, list)
                or len(pair) != 2
                or not all(str(label) in results for label in pair)
            ):
                raise DosimetryError(f"doses: 'pairs' has {pair!r}; [male, female] of the bodies is needed")
            pairs.append((str(pair[0]), str(pair[1])))
        return cls(results, data["tiac_h"], tuple(pairs), bool(data.get("same_errors")))

    def __str__(self) -> str:
        title = f"Absorbed dose of {', '.join(self.nuclides)}, mGy/MBq"
        return f"{title}\n{self.label_table(digits=3).to_string(na_rep='–', float_format='{:.3g}'.format)}"

    def _repr_html_(self) -> str:
        table = self.label_table(digits=3).to_html(na_rep="–", float_format="{:.3g}".format)
        said = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        of = html.escape(", ".join(self.nuclides))
        return f"<p>Absorbed dose of {of}, mGy/MBq</p>{table}" + (f"<ul>{said}</ul>" if said else "")

    def __repr__(self) -> str:
        return (
            f"<BodyDoses: {', '.join(self.nuclides)} in {', '.join(self.results)};"
            f" {len(self.targets)} targets>"
        )


def _changes(doses: DoseResult, weights: str) -> NDArray[np.float64] | None:
    """(M,) change of a body's effective dose by each error of the TIACs, mSv/MBq."""
    w_alpha = float(weight_set(weights)["radiation_weight_alpha"])
    return changes_from_tiac(doses, doses.effective(weights).tissues, w_alpha)
