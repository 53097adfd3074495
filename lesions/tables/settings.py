"""The section [lesions] of a study file: which tables there are, and by which rules they are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dosimetry.study.keys.curve_settings import Section, Text
from lesions.doses.settings import DoseSettings
from lesions.positive.settings import PositiveKeys, ResponseKeys
from lesions.statistics.settings import StatisticsKeys, SurvivalKeys

Quantity = Literal["suv_max", "suv_peak", "suv_mean", "sul_max", "sul_peak", "sul_mean"]
Formula = Literal["James", "Janmahasatian"]


class TableFile(Section):
    """A table beside that of the lesions."""

    file: Text = Field(description="path of a CSV table, relative to the study file")


class Lesions(Section):
    """[lesions]: see ``docs/lesions.md``."""

    file: Text = Field(description="path of the lesions' CSV table, relative to the study file")
    decay_corrected: bool | None = Field(
        default=None,
        description="of activity_MBq and concentration_kBq_per_mL: true (corrected to the time of"
        " administration) or false (as at the scan)",
    )
    quantity: Quantity | None = Field(
        default=None, description="uptake of a lesion that ratios, contrast and figures are of"
    )
    reference_quantity: Quantity | None = Field(
        default=None, description="uptake of backgrounds and of normal tissues that it is divided by"
    )
    lean_body_mass: Formula | None = Field(
        default=None, description="formula that makes SUL of SUV where the tables have no SUL"
    )
    scans_h: list[Annotated[float, Field(gt=0, le=1e4)]] = Field(
        default_factory=list,
        description="times of the study's plan in h; each scan counts as the nearest of them",
    )
    fdg: TableFile | None = None
    tissue: TableFile | None = None
    outcomes: TableFile | None = None
    references: TableFile | None = None
    positive: PositiveKeys | None = None
    response: ResponseKeys | None = None
    statistics: StatisticsKeys | None = None
    survival: SurvivalKeys | None = None
    dose: DoseSettings | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.quantity is None and self.reference_quantity is not None:
            raise ValueError(
                "reference_quantity divides 'quantity', which is missing; say it, e.g. 'suv_max'"
            )
        if self.quantity and self.reference_quantity and self.quantity[:3] != self.reference_quantity[:3]:
            raise ValueError(
                f"quantity = '{self.quantity}' and reference_quantity = '{self.reference_quantity}': one"
                " is by"
                " body mass (SUV) and the other by lean body mass (SUL), and their ratio is no contrast; take"
                " two SUVs or two SULs"
            )
        if self.references is not None and self.quantity is not None and self.reference_quantity is None:
            raise ValueError(
                "reference_quantity is missing: which uptake of normal tissues lesions are divided by, e.g."
                " 'suv_mean'"
            )
        if self.scans_h != sorted(set(self.scans_h)):
            raise ValueError(f"scans_h = {self.scans_h}: times in ascending order, each once, are needed")
        for key, table, why in self._tables_needed():
            if getattr(self, table) is None:
                raise ValueError(f"[lesions.{key}] needs [lesions.{table}], {why}; add it")
        return self

    def _tables_needed(self) -> Iterator[tuple[str, str, str]]:
        """Section, the table that it needs, and what for."""
        if self.positive is not None and self.positive.rule == "reference":
            yield "positive", "references", f"uptake of '{self.positive.reference}'"
        if self.positive is not None and self.positive.share_of == "FDG lesions":
            yield "positive", "fdg", "lesions that FDG shows (or share_of = 'all lesions')"
        if self.response is not None:
            yield "response", "fdg", "scans before the treatment and early in it"
        if self.survival is not None:
            yield "survival", "outcomes", "days of events"

    def files(self) -> dict[str, str]:
        """Name of each table in messages and in lists of inputs -> its path as the study file says it."""
        more = ("fdg", "tissue", "outcomes", "references")
        parts = {name: getattr(self, name) for name in more}
        return {"lesions": self.file} | {f"lesions {n}": p.file for n, p in parts.items() if p is not None}
