"""The study file: what was measured, and by which methods it becomes dose.

``study.toml`` names the tables and every choice of method; nothing that changes a result has a default that
is not named. ``docs/study.md`` explains each key.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from dosimetry.patients.methods import (
    BloodSource,
    Convention,
    Daughters,
    Methods,
    OrganMasses,
    TargetMasses,
)  # fmt: skip
from dosimetry.study.keys.bladder_settings import Bladder
from dosimetry.study.keys.curve_settings import Note, Organs, Section, Serum, Text, WholeBody
from dosimetry.study.keys.gut_settings import Gut
from dosimetry.study.keys.methods_text import MethodsText
from dosimetry.study.keys.population_settings import method_of
from dosimetry.study.keys.uncertainty_settings import Uncertainty


class Phantoms(Section):
    """Which body stands for which sex."""

    male: Text = Field(description="a phantom's name, or the path of a library (.h5)")
    female: Text = Field(description="a phantom's name, or the path of a library (.h5)")
    target_masses: TargetMasses | None = Field(
        default=None, description="target masses of ICRP phantoms: with blood (133) or without (89)"
    )
    convention: Convention | None = Field(
        default=None,
        description="osteogenic cells and small intestine of stylised bodies: ICRP 116 (own) or OLINDA's",
    )


class Patients(Section):
    """The table of patients."""

    file: Text = Field(description="path of a CSV table, relative to the study file")


class Masses(Section):
    """Whose organ masses turn concentration into activity, and scale the self-dose."""

    organs: OrganMasses = Field(
        description="the phantom's masses, those in proportion to body mass, or a table's"
    )
    file: Text | None = Field(
        default=None, description="table of measured masses: patient, organ, mass_g, confirmed"
    )

    @model_validator(mode="after")
    def _file_goes_with_measured(self) -> Self:
        if (self.file is not None) != (self.organs == "measured"):
            raise ValueError("'file' is needed if organs = \"measured\", and only then")
        return self


class Blood(Section):
    """Which blood-filled sources are taken from serum."""

    heart_contents: BloodSource = Field(
        description="'serum', 'organ curve' (rows in the organs' table), 'none'"
    )
    red_marrow: BloodSource = Field(description="'serum' (Sgouros), 'organ curve', 'none'")


class Tiac(Section):
    """TIACs from a table, in place of measured curves."""

    file: Text = Field(description="path of a CSV table, relative to the study file")
    remainder: Literal["whole body minus sources", "as given"] = Field(
        description="whether the table has the whole body, or the remainder itself"
    )


class Comparison(Section):
    """Published doses to print beside the cohort's."""

    file: Text = Field(description="path of a CSV table, relative to the study file")
    label: Text = Field(description="the publication, as tables and figures name it")


class Study(Section):
    """One study: see ``docs/study.md``."""

    name: Text = Field(description="the study's name")
    data: Literal["simulated", "measured"] = Field(description="where the numbers come from")
    note: Note = Field(default="", description="what a reader must know about the data")
    nuclide: Text = Field(description="e.g. 'Zr-89'")
    product: Text = Field(description="the radiopharmaceutical")
    effective_dose: list[Literal["ICRP 60", "ICRP 103", "ICRP 26", "ICRP 60 OLINDA/EXM 1.x"]] = Field(
        min_length=1, description="weight sets, e.g. ['ICRP 60', 'ICRP 103']"
    )
    daughters: Daughters = Field(
        default="none", description="whether shorter-lived daughters decay with the nuclide"
    )
    phantom: Phantoms
    patients: Patients
    whole_body: WholeBody | None = None
    serum: Serum | None = None
    organs: Organs | None = None
    blood: Blood | None = None
    gut: Gut | None = None
    masses: Masses | None = None
    bladder: Bladder | None = None
    tiac: Tiac | None = None
    comparison: Comparison | None = None
    uncertainty: Uncertainty | None = None
    methods: MethodsText | None = None

    @model_validator(mode="after")
    def _sections_fit_together(self) -> Self:
        measured = [n for n in ("whole_body", "serum", "organs", "blood", "gut") if getattr(self, n)]
        if self.tiac and measured:
            raise ValueError(f"[tiac] gives the TIACs, so [{measured[0]}] cannot be used; remove one")
        self._bladder_fits()
        if self.tiac:
            return self
        for name in ("whole_body", "blood", "masses"):
            if getattr(self, name) is None:
                raise ValueError(f"[{name}] is missing; a study has it, or [tiac] in place of measurements")
        assert self.blood is not None
        for key in ("heart_contents", "red_marrow"):
            choice = getattr(self.blood, key)
            if choice == "serum" and self.serum is None:
                raise ValueError(f"blood.{key} = 'serum', but there is no [serum]; add it, or choose 'none'")
            if choice == "organ curve" and self.organs is None:
                raise ValueError(f"blood.{key} = 'organ curve', but there is no [organs]; add it")
        if self.gut is not None and self.gut.contents == "organ curve" and self.organs is None:
            raise ValueError("gut.contents = 'organ curve', but there is no [organs]; add it")
        urine = 0.0 if self.bladder is None else self.bladder.urine_fraction or 0.0
        faeces = 0.0 if self.gut is None else self.gut.faeces_fraction or 0.0
        if urine + faeces > 1.0 + 1e-9:
            raise ValueError(
                f"bladder.urine_fraction {urine:g} and gut.faeces_fraction {faeces:g} sum to"
                f" {urine + faeces:g}; together they are 1 at most: all that leaves"
            )
        return self

    def _bladder_fits(self) -> None:
        """[bladder] has the curve that it needs, and says whether the whole body holds it."""
        if self.bladder is None:
            return
        if self.tiac and self.bladder.urine_fraction is not None:
            raise ValueError(
                "bladder.urine_fraction is a share of a measured whole body, but [tiac] gives the TIACs; give"
                " bladder.file (measured urine), or a row 'urinary bladder contents' in the table of TIACs"
            )
        subtracted = self.tiac is None or self.tiac.remainder == "whole body minus sources"
        counted = self.bladder.whole_body_counted
        if subtracted and counted is None:
            raise ValueError(
                "bladder.whole_body_counted is missing: 'after voiding' (the whole body's curve holds nothing"
                " of the bladder's contents) or 'with contents' (it holds them)"
            )
        if not subtracted and counted is not None:
            raise ValueError(
                "bladder.whole_body_counted is of a remainder that is made from a whole body, but"
                " tiac.remainder is 'as given'; take it out"
            )


def methods_of(study: Study) -> Methods:
    """The methods that a study names, without its files."""
    whole_body, serum, organs, blood = study.whole_body, study.serum, study.organs, study.blood
    return Methods(
        whole_body_model=whole_body.model if whole_body else None,
        whole_body_weights=whole_body.weights if whole_body else None,
        serum_model=serum.model if serum else None,
        serum_weights=serum.weights if serum else None,
        organ_model=organs.model if organs else None,
        organ_weights=organs.weights if organs else None,
        organ_trapezoids=organs.method if organs else None,
        first_interval=organs.first_interval if organs else None,
        tail=organs.tail if organs else None,
        whole_body_blq=whole_body.blq if whole_body else None,
        serum_blq=serum.blq if serum else None,
        organ_blq=organs.blq if organs else None,
        by_organ={name: m.curve_method() for name, m in organs.by_organ.items()} if organs else {},
        tissue_density_g_per_mL=organs.tissue_density_g_per_mL if organs else {},
        heart_contents=blood.heart_contents if blood else "none",
        red_marrow=blood.red_marrow if blood else "none",
        organ_masses=study.masses.organs if study.masses else "reference",
        target_masses=study.phantom.target_masses,
        convention=study.phantom.convention,
        bladder=study.bladder.method() if study.bladder else None,
        daughters=study.daughters,
        gut=study.gut.method() if study.gut else None,
        whole_body_population=method_of(whole_body),
        serum_population=method_of(serum),
        organ_population=method_of(organs),
    )
