"""What a projection gives: for each scaling the doses in each body, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dosimetry.doses.bodies.result import BodyDoses
from dosimetry.projection.animal import Animals
from dosimetry.projection.human_curves import HumanCurve, Rules
from dosimetry.tiacs.tiac import Tiac

if TYPE_CHECKING:
    import pandas as pd

#: Columns of text.
TEXT = ("target", "body", "quantity", "weights", "note")
#: What standard errors hold, and what they don't.
ERRORS_OF = (
    "Standard errors are those of the animals' means, to first order. The difference between species, the"
    " choice of the scaling and the spread between humans are in none of them: look at the scalings side by"
    " side."
)


@dataclass(frozen=True, eq=False)
class Scaled:
    """One scaling.

    doses : by body; None where ``reason`` says why there are none.
    tiacs : label of the body -> TIACs of its source regions, the remainder last.
    curves : label -> curves as that human would have them, corrected for decay.
    extrapolated : label -> region -> share of its TIAC after the last point.
    time_factor : label -> by how much biologic times are longer than in the animal.
    warnings : what a reader should know of this scaling.

    Examples
    --------
    >>> Scaled("none", None, "liver: its mass in the animal is needed").doses is None
    True
    """

    scaling: str
    doses: BodyDoses | None
    reason: str = ""
    tiacs: Mapping[str, tuple[Tiac, ...]] = field(default_factory=dict)
    curves: Mapping[str, tuple[HumanCurve, ...]] = field(default_factory=dict)
    extrapolated: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    time_factor: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Projection(Mapping[str, Scaled]):
    """TIACs and doses that animals let expect in humans; as a mapping, scaling -> :class:`Scaled`.

    Examples
    --------
    >>> from dosimetry import Animals, animal_curve, project_to_humans
    >>> liver = animal_curve("liver", [1, 24, 72], [8.0, 6.0, 4.0], "%IA/g", mass_g=1.3)
    >>> found = project_to_humans(
    ...     Animals("mouse", 25.0, [liver]), "Zr-89", first="constant", tail="physical",
    ...     remainder="no excretion",
    ... )
    >>> found["mass"].doses["adult male"]["liver"] < found["none"].doses["adult male"]["liver"]
    True
    """

    animals: Animals
    nuclide: str
    rules: Rules
    remainder: str
    time_exponent: float
    void_every_h: float | None
    scaled: Mapping[str, Scaled]
    notes: tuple[str, ...]

    def __getitem__(self, scaling: str) -> Scaled:
        return self.scaled[scaling]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scaled)

    def __len__(self) -> int:
        return len(self.scaled)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def warnings(self) -> tuple[str, ...]:
        """What cannot be in the animals' data; warnings of all scalings, each with its scaling; and scalings
        that have no doses."""
        return self.animals.turned_back + tuple(
            f"scaling '{s.scaling}': {text}"
            for s in self.scaled.values()
            for text in (*((f"no doses: {s.reason}",) if s.doses is None else ()), *s.warnings)
        )

    def tiac_frame(self) -> pd.DataFrame:
        """A row a scaling, body and source region: ``tiac_h``, ``se_h`` (NaN: not known), how it was made."""
        import pandas as pd

        rows = []
        for s in self.scaled.values():
            for body, tiacs in s.tiacs.items():
                rows += [
                    {
                        "scaling": s.scaling,
                        "body": body,
                        "source": t.source,
                        "tiac_h": t.value_h,
                        "se_h": float("nan") if t.se_h is None else t.se_h,
                        "extrapolated_percent": _percent(s.extrapolated[body].get(t.source)),
                        "time_factor": s.time_factor[body],
                        "how": t.how,
                        "reason": t.reason,
                    }
                    for t in tiacs
                ]
        columns = ["scaling", "body", "source", "tiac_h", "se_h", "extrapolated_percent", "time_factor"]
        return pd.DataFrame(rows, columns=[*columns, "how", "reason"])

    def dose_frame(self) -> pd.DataFrame:
        """A row a scaling, body and target region: ``dose_mGy_per_MBq``, ``se_mGy_per_MBq``, ``reason``."""
        return self._frames("to_frame", ["target", "body", "dose_mGy_per_MBq", "se_mGy_per_MBq"])

    def effective_frame(self) -> pd.DataFrame:
        """A row a scaling, body (two: sex-averaged) and weight set: ``effective_dose_mSv_per_MBq``,
        ``se_from_tiac_mSv_per_MBq``, ``reason``."""
        columns = ["quantity", "weights", "body", "effective_dose_mSv_per_MBq", "se_from_tiac_mSv_per_MBq"]
        return self._frames("effective_frame", [*columns, "note"])

    def _frames(self, method: str, columns: list[str]) -> pd.DataFrame:
        """Rows of all scalings; of one without doses a row with its reason."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for s in self.scaled.values():
            if s.doses is None:
                empty = {c: "" if c in TEXT else float("nan") for c in columns}
                rows.append({"scaling": s.scaling, **empty, "reason": s.reason})
                continue
            for row in getattr(s.doses, method)().to_dict("records"):
                rows.append({"scaling": s.scaling, **row, "reason": row.pop("missing", "")})
        return pd.DataFrame(rows, columns=["scaling", *columns, "reason"])


def _percent(share: float | None) -> float:
    return float("nan") if share is None else 100.0 * share
