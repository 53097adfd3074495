"""The TIACs of one patient: values with their covariance, by what they were made, and the curves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiac import Tiac, covariance_h2
from phantoms.regions.names import usual_name

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.curve_methods import CurveMethod
    from kinetics.areas.area_result import AreaResult
    from kinetics.choice.choose import Choice
    from kinetics.curves.blq import BlqPoint
    from kinetics.curves.curve import Curve
    from kinetics.fitting.result import FitResult

NAN = float("nan")


@dataclass(frozen=True)
class UsedCurve:
    """A curve of one patient and what became of it: a fit, or an area by trapezoids.

    region : "whole body", "serum" or a source region.
    choice : every candidate, where the model was chosen automatically.
    method : by which method it was fitted or integrated.
    below_limit : points below the limit of quantification, and what was made of each.
    notes : what a reader should know of how the curve was made, one line each.
    to_percent : factor from the curve's unit to %IA in the whole region; 1 where it is in %IA or %IA/L.

    Examples
    --------
    >>> from kinetics import Curve, area
    >>> curve = Curve(time_h=[0, 10], value=[10, 5], unit="%IA", decay_corrected=False, half_life_h=10)
    >>> used = UsedCurve("P01", "liver", curve, area=area(curve, tail="physical", first="zero"))
    >>> round(used.extrapolated_fraction, 2)
    0.49
    """

    patient: str
    region: str
    curve: Curve
    fit: FitResult | None = None
    area: AreaResult | None = None
    choice: Choice | None = None
    method: CurveMethod | None = None
    below_limit: Sequence[BlqPoint] = ()
    notes: Sequence[str] = ()
    to_percent: float = 1.0

    def __repr__(self) -> str:
        return f"<UsedCurve of {self.patient}, {self.region}: {self.choice or self.fit or self.area}>"

    @property
    def of_organ(self) -> bool:
        """Whether it is the curve of a source region: not of the whole body, and not of serum."""
        return self.region not in ("whole body", "serum")

    @property
    def weighted_fits(self) -> list[tuple[FitResult, float]]:
        """Fits with their weights that the area is a mean over, or the one fit; none where it is no fit's."""
        if self.choice is not None and not self.choice.forced:
            fits = [(c.fit, c.weight) for c in self.choice.candidates if c.fit is not None and c.weight]
            if fits:
                return fits
        return [] if self.fit is None else [(self.fit, 1.0)]

    @property
    def extrapolated_fraction(self) -> float | None:
        """Share of the area that lies after the last point; None where it is not known."""
        made = self.fit or self.area
        return None if made is None else made.extrapolated_fraction


@dataclass(frozen=True, eq=False)
class Tiacs(Mapping[str, float]):
    """TIACs of one patient; as a mapping, source region -> TIAC in h.

    Parameters
    ----------
    tiacs : of every source region, the remainder last.
    whole_body : the whole body's, where it was measured or given.
    curves : the curves behind them, with their fits and areas.
    organ_mass_kg, body_mass_kg : measured masses, and the body's where masses are scaled to it, for the dose.
    extrapolated : source region -> share of its TIAC that lies after the last point of its curve.
    missing : source region -> why it has no TIAC of its own.
    warnings : "whole body", "serum" or source region -> what is unlikely of it.

    Raises
    ------
    DosimetryError : a source region stands twice, by whatever names.

    >>> two = Tiacs((Tiac("liver", 11.0, {"liver curve": 0.5}), Tiac("remainder", 70.0, {"probe": 2.0})))
    >>> two["liver"], two.se_h("liver")
    (11.0, 0.5)
    >>> float(two.covariance_h2().loc["liver", "remainder"])
    0.0
    """

    tiacs: tuple[Tiac, ...]
    whole_body: Tiac | None = None
    curves: tuple[UsedCurve, ...] = ()
    organ_mass_kg: Mapping[str, float] = field(default_factory=dict)
    body_mass_kg: float | None = None
    extrapolated: Mapping[str, float | None] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for tiac in self.tiacs:
            key = usual_name(tiac.source)
            if key in seen:
                both = f"'{seen[key]}' and '{tiac.source}'"
                raise DosimetryError(f"source region given twice: {both}; one TIAC for each is needed")
            seen[key] = tiac.source

    def __getitem__(self, source: str) -> float:
        return self.of(source).value_h

    def __iter__(self) -> Iterator[str]:
        return iter([t.source for t in self.tiacs])

    def __len__(self) -> int:
        return len(self.tiacs)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def of(self, source: str) -> Tiac:
        """The TIAC of one source region with its parts.

        Raises
        ------
        KeyError : there is none of that region.
        """
        for tiac in self.tiacs:
            if tiac.source == source:
                return tiac
        raise KeyError(f"no TIAC of '{source}'; there are: {', '.join(self)}")

    def se_h(self, source: str) -> float | None:
        """Standard error of one region's TIAC, h; None where it is not known."""
        return self.of(source).se_h

    def covariance_h2(self) -> pd.DataFrame | None:
        """Covariance of the TIACs, h2, source regions x source regions; None where one is not known."""
        return covariance_h2(self.tiacs)

    def to_frame(self) -> pd.DataFrame:
        """DataFrame by source: ``tiac_h``, ``se_h``, ``extrapolated_fraction``, ``obtained``, ``reason``.

        The whole body's row stands last, where it is known; it is no source region.
        """
        import pandas as pd

        whole = (self.whole_body,) if self.whole_body is not None else ()
        rows = [
            {
                "source": t.source,
                "tiac_h": t.value_h,
                "se_h": NAN if t.se_h is None else t.se_h,
                "extrapolated_fraction": _number(self.extrapolated.get(t.source)),
                "obtained": t.how,
                "reason": t.reason,
            }
            for t in (*self.tiacs, *whole)
        ]
        return pd.DataFrame(rows).set_index("source")

    def __repr__(self) -> str:
        listed = ", ".join(
            f"{t.source} {t.value_h:.4g}" + ("" if t.se_h is None else f" +- {t.se_h:.2g}")
            for t in self.tiacs
        )
        return f"Tiacs({listed} h)"

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(float_format="{:.4g}".format))


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)
