"""The TIACs of one patient's source regions, from that patient's rows in the study's tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Row, Table
from dosimetry.study import patient_curves as curves
from dosimetry.study.inputs import Patient, PatientTable, source_region
from dosimetry.study.organ_masses import OrganMasses
from dosimetry.study.results import PatientTiacs, UsedCurve
from dosimetry.study.settings import AUTO, Study
from dosimetry.tiacs.tiac import (
    Area,
    Tiac,
    from_concentration,
    from_percent,
    from_percent_per_gram,
    heart_contents,
    red_marrow,
    remainder,
)
from kinetics.areas.trapezoid import area
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.fitting.choose import choose_model
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.result import Estimate
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, normal_form

WHOLE_BODY = "whole body"
SERUM = "serum"
BLOOD_SOURCES = {"heart contents": "heart_contents", "red marrow": "red_marrow"}


@dataclass(frozen=True)
class Tables:
    """The tables of a study that were read; None where the study has none."""

    patients: PatientTable
    whole_body: Table | None = None
    serum: Table | None = None
    organs: Table | None = None
    masses: Table | None = None
    tiac: Table | None = None


@contextmanager
def located(table: Table, rows: Sequence[Row], whose: str) -> Iterator[None]:
    """Tell an error of a computation with the file and the rows that it comes from."""
    try:
        yield
    except KineticsError as error:
        numbers = [row.number for row in rows]
        span = f"rows {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"row {numbers[0]}"
        raise DosimetryError(f"{table.path}: {span}, {whose}: {error}") from None


def _rows(table: Table, patient: Patient) -> list[Row]:
    return [row for row in table.rows if row["patient"] == patient.name]


def _subtracted(table: Table, patient: Patient, whole_body: Tiac, others: Sequence[Tiac]) -> Tiac:
    try:
        return remainder(whole_body, others)
    except DosimetryError as error:
        raise DosimetryError(f"{table.path}: patient '{patient.name}': {error}") from None


class MeasuredSources:
    """From one patient's measurements to that patient's TIACs."""

    def __init__(
        self, study: Study, tables: Tables, patient: Patient, library: SafLibrary, lambda_phys_per_h: float
    ) -> None:
        assert study.masses is not None
        self.study, self.tables, self.patient, self.library = study, tables, patient, library
        self.lambda_phys_per_h = lambda_phys_per_h
        self.masses = OrganMasses(study.masses.organs, tables.masses, patient, tables.patients, library)
        self.found = PatientTiacs()

    def tiacs(self) -> PatientTiacs:
        """Whole body, organs, blood, remainder.

        Raises
        ------
        DosimetryError : a curve that cannot be used, or a remainder below 0; the message says where.
        """
        assert self.study.blood is not None and self.tables.whole_body is not None
        found = self.found
        found.whole_body = from_percent(WHOLE_BODY, self._whole_body())
        serum = self._serum()
        if self.tables.organs is not None:
            self._organs(self.tables.organs)
        for region, key in BLOOD_SOURCES.items():
            self._blood_source(region, getattr(self.study.blood, key), serum)
        found.tiacs.append(_subtracted(self.tables.whole_body, self.patient, found.whole_body, found.tiacs))
        named = {t.source for t in found.tiacs}
        found.organ_mass_kg = {r: m for r, m in self.masses.measured.items() if r in named}
        found.body_mass_kg = self.masses.body_mass_kg
        return found

    def _fit(self, table: Table, rows: list[Row], curve: Curve, model: str, weights: str) -> Area:
        """The area under a curve: that of the model the study names, or averaged over all."""
        choice = None
        with located(table, rows, self.patient.name):
            if model == AUTO:
                choice = choose_model(curve, lambda_phys_per_h=self.lambda_phys_per_h, weights=weights)
                fit, under = choice.chosen, choice.averaged_area
            else:
                fit = fit_curve(curve, model, lambda_phys_per_h=self.lambda_phys_per_h, weights=weights)
                under = Estimate(fit.area, fit.se_area)
        self.found.curves.append(UsedCurve(self.patient.name, curve.name, curve, fit=fit, choice=choice))
        self.found.extrapolated[curve.name] = fit.extrapolated_fraction
        return Area(under.value, under.se, curve.name)

    def _whole_body(self) -> Area:
        table, chosen = self.tables.whole_body, self.study.whole_body
        assert table is not None and chosen is not None
        rows = _rows(table, self.patient)
        with located(table, rows, self.patient.name):
            curve = curves.whole_body(
                table,
                rows,
                self.patient,
                decay_corrected=chosen.decay_corrected,
                lambda_phys_per_h=self.lambda_phys_per_h,
            )
        return self._fit(table, rows, curve, chosen.model, chosen.weights)

    def _serum(self) -> Area | None:
        table, chosen = self.tables.serum, self.study.serum
        if table is None or chosen is None:
            return None
        rows = _rows(table, self.patient)
        with located(table, rows, self.patient.name):
            curve = curves.serum(
                table,
                rows,
                self.patient,
                self.tables.patients,
                decay_corrected=chosen.decay_corrected,
                lambda_phys_per_h=self.lambda_phys_per_h,
            )
        return self._fit(table, rows, curve, chosen.model, chosen.weights)

    def _organs(self, table: Table) -> None:
        by_region: dict[str, list[Row]] = {}
        for row in _rows(table, self.patient):
            by_region.setdefault(source_region(table, row, "organ", self.library), []).append(row)
        for region, rows in by_region.items():
            self._organ(table, region, rows)

    def _organ(self, table: Table, region: str, rows: list[Row]) -> None:
        chosen = self.study.organs
        assert chosen is not None
        with located(table, rows, f"{self.patient.name}, {region}"):
            curve = curves.organ(table, rows, self.patient, region, decay_corrected=chosen.decay_corrected)
            under = area(
                curve,
                lambda_phys_per_h=self.lambda_phys_per_h,
                tail=chosen.tail,
                first=chosen.first_interval,
                method=chosen.method,
            )
            if under.area is None:
                raise KineticsError(f"{under.reason}; choose another organs.tail in the study")
        tiac, to_percent = self._organ_tiac(
            table, rows, curve, Area(under.area, under.se_area, f"{region} curve")
        )
        used = UsedCurve(self.patient.name, region, curve, area=under, to_percent=to_percent)
        self.found.curves.append(used)
        self.found.tiacs.append(tiac)
        self.found.extrapolated[region] = under.extrapolated_fraction

    def _organ_tiac(self, table: Table, rows: list[Row], curve: Curve, under: Area) -> tuple[Tiac, float]:
        """The TIAC, and the factor from the curve's unit to %IA in the organ."""
        region = curve.name
        if curve.unit == "%IA":
            return from_percent(region, under), 1.0
        mass_kg, origin = self.masses.of(region)
        if curve.unit == "%IA/g":
            return from_percent_per_gram(region, under, mass_kg=mass_kg, mass_note=origin), mass_kg * 1000
        why = f"organ curves in {curve.unit} need it"
        administered = self.tables.patients.need(self.patient, "administered_MBq", why)
        density = None
        if curve.unit == "kBq/mL":
            density = curves.density_g_per_mL(self.study, table, rows[0], region)
        tiac = from_concentration(
            region,
            under,
            mass_kg=mass_kg,
            administered_MBq=administered,
            density_g_per_mL=density,
            mass_note=origin,
        )
        return tiac, 100 * mass_kg / (density or 1.0) / administered

    def _blood_source(self, region: str, choice: str, serum: Area | None) -> None:
        """Heart contents or red marrow, as the study wants it."""
        from_curve = any(t.source == region for t in self.found.tiacs)
        if from_curve != (choice == "organ curve"):
            where = self.tables.organs.path if self.tables.organs else self.tables.patients.table.path
            raise DosimetryError(
                f"{where}: patient '{self.patient.name}' has {'a' if from_curve else 'no'} curve of"
                f" '{region}', but the study says blood.{BLOOD_SOURCES[region]} = '{choice}'"
            )
        if choice == "none":
            self.found.missing[region] = "the study takes none; its activity is in the remainder"
        if choice != SERUM:
            return
        assert serum is not None
        why = f"the TIAC of the {region} from serum needs it"
        haematocrit = self.tables.patients.need(self.patient, "haematocrit", why)
        mass_kg, origin = self.masses.of(region)
        if region == "heart contents":
            tiac = heart_contents(serum, haematocrit=haematocrit, contents_mass_kg=mass_kg)
        else:
            tiac = red_marrow(serum, haematocrit=haematocrit, marrow_mass_kg=mass_kg)
        self.found.tiacs.append(replace(tiac, how=f"{tiac.how}; mass {mass_kg:.4g} kg ({origin})"))
        self.found.extrapolated[region] = self.found.extrapolated[SERUM]


def given_tiacs(study: Study, table: Table, patient: Patient, library: SafLibrary) -> PatientTiacs:
    """TIACs as a table gives them; the remainder from the whole body, or given too."""
    assert study.tiac is not None
    found = PatientTiacs()
    subtract = study.tiac.remainder == "whole body minus sources"
    seen: set[str] = set()
    for row in _rows(table, patient):
        whole = subtract and normal_form(row["source"]) in (WHOLE_BODY, "total body")
        region = WHOLE_BODY if whole else source_region(table, row, "source", library)
        if region in seen:
            raise table.fail(row, "source", f"'{row['source']}' stands twice for {patient.name}")
        if subtract and region == REMAINDER:
            raise table.fail(
                row, "source", "the study makes the remainder from the whole body; drop this row"
            )
        seen.add(region)
        sd = row["sd_h"]
        known = None if sd is None else {region: sd}
        tiac = Tiac(region, row["tiac_h"], known, "given", "" if known else "not given")
        if whole:
            found.whole_body = tiac
        else:
            found.tiacs.append(tiac)
    if subtract:
        if found.whole_body is None:
            raise DosimetryError(f"{table.path}: patient '{patient.name}' has no row for 'whole body'")
        found.tiacs.append(_subtracted(table, patient, found.whole_body, found.tiacs))
    return found
