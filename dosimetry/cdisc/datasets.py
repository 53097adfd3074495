"""All datasets of a study: made of its results, with what a reader must know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.cdisc.concentrations import concentrations
from dosimetry.cdisc.doses import doses
from dosimetry.cdisc.form.dataset import CdiscDataset
from dosimetry.cdisc.options import CdiscOptions
from dosimetry.cdisc.parameters import parameters
from dosimetry.cdisc.subjects import Source, source_of
from dosimetry.dossier.results.reading import read_results, results_of
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.results.samples import serum_samples

if TYPE_CHECKING:
    from dosimetry.study.results import StudyResult

NO_SERUM = "the study has no serum curve"
OF_SERUM = ("PC", "PP", "ADNCA", "ADPP")


@dataclass(frozen=True, eq=False)
class CdiscDatasets:
    """Datasets by name, and what was left out, changed or taken for granted.

    datasets : "PC", "PP", "ADNCA", "ADPP", "ADRD" -> the dataset; those that cannot be made are not there.
    absent : names of those -> why.
    notes : what a reader must know, one line each.
    study_id : STUDYID.
    results : what they were made of.
    options : what was asked for.

    Examples
    --------
    >>> from dosimetry import cdisc_datasets, run_study
    >>> found = cdisc_datasets(run_study("examples/zr89-huj591/study.toml"))
    >>> list(found.datasets), found.absent["PC"]
    (['ADRD'], 'the study has no serum curve')
    """

    datasets: Mapping[str, CdiscDataset]
    absent: Mapping[str, str]
    notes: tuple[str, ...]
    study_id: str
    results: Results
    options: CdiscOptions

    def __getitem__(self, name: str) -> CdiscDataset:
        return self.datasets[name]

    def __repr__(self) -> str:
        made = ", ".join(f"{d.name} ({len(d.rows)} records)" for d in self.datasets.values())
        return f"<CdiscDatasets of {self.results.name}: {made}>"


def cdisc_datasets(
    results: Results | StudyResult | str | Path, options: CdiscOptions | None = None
) -> CdiscDatasets:
    """A study's results as datasets in CDISC's form: PC, PP, ADNCA, ADPP, and doses (ADRD).

    PC and PP follow the SDTM, ADNCA and ADPP the ADaM; ADRD is sponsor-defined, since CDISC has no domain of
    radiation doses. Parameters are from :func:`kinetics.nca` of the decay-corrected serum curves in %IA/L,
    with a dose of 100 %IA; those that cannot be given have their reason in PPREASND. docs/cdisc.md says what
    each variable is.

    Parameters
    ----------
    results : of :func:`dosimetry.run_study`, or a folder that ``milligray run`` wrote.
    options : identifiers, route, rules; None: those of :class:`CdiscOptions`.

    Raises
    ------
    DosimetryError : no folder of results, or one of an earlier version; a name that has no ASCII; two
        patients of one name in ASCII; a text too long for XPT.

    Examples
    --------
    >>> from dosimetry import CdiscOptions, cdisc_datasets, run_study
    >>> study = run_study("examples/zr89-trastuzumab/study.toml")
    >>> found = cdisc_datasets(study, CdiscOptions(study_id="TRAS-01"))
    >>> {d.name: len(d.rows) for d in found.datasets.values()}
    {'PC': 80, 'PP': 330, 'ADNCA': 80, 'ADPP': 330, 'ADRD': 640}
    >>> dict(zip(found["PP"].column("PPTESTCD"), found["PP"].column("PPSTRESC")))["LAMZNPT"]
    '3'
    """
    if isinstance(results, str | Path):
        results = read_results(results)
    elif not isinstance(results, Results):
        results = results_of(results)
    chosen = options or CdiscOptions()
    source = source_of(results, chosen)
    samples = serum_samples(source.results)
    made: list[CdiscDataset] = []
    if samples:
        pc, adnca = concentrations(source, samples)
        pp, adpp = parameters(source, samples)
        made = [pc, pp, adnca, adpp]
    made.append(doses(source))
    absent = {} if samples else dict.fromkeys(OF_SERUM, NO_SERUM)
    notes = tuple(_notes(source, with_serum=bool(samples)))
    if samples:
        notes += tuple(_of_parameters(adpp))
    return CdiscDatasets({d.name: d for d in made}, absent, notes, source.study_id, results, chosen)


def _of_parameters(adpp: CdiscDataset) -> list[str]:
    """How many parameters were not calculated, and what the analyses say, with the first as an example."""
    found = []
    who, reasons, remarks = (adpp.column(n) for n in ("SUBJID", "PPREASND", "NCANOTE"))
    subjects = len(dict.fromkeys(who))
    missing = [(w, r) for w, r in zip(who, reasons, strict=True) if r]
    if missing:
        found.append(
            f"{len(missing)} of {len(who)} parameters, of {len(dict(missing))} of {subjects} subjects, are"
            f" not calculated; PPREASND says why, e.g. of '{missing[0][0]}': {missing[0][1]}"
        )
    noted = {w: n for w, n in zip(who, remarks, strict=True) if n}
    if noted:
        first = next(iter(noted))
        found.append(
            f"the analyses of {len(noted)} of {subjects} subjects have notes (ADPP.NCANOTE), e.g. of"
            f" '{first}': {noted[first]}"
        )
    return found


def _notes(source: Source, *, with_serum: bool) -> list[str]:
    """What was taken for granted, and what was changed."""
    results, options = source.results, source.options
    found = []
    if results.simulated:
        found.append("SIMULATED DATA: no subject was measured (SIMFL, PCSCAT, PPSCAT)")
    if options.study_id is None:
        found.append(f"STUDYID is the study's name, '{source.study_id}'; --study-id gives another")
    if with_serum:
        infused = f" over {options.infusion_h:g} h from time 0" if options.infusion_h is not None else ""
        found.append(
            f"parameters are after a dose of 100 %IA by the route '{options.route}'{infused}, trapezoids"
            f" '{options.method}', lambda_z from "
            + (f"the last {options.slope_points} points" if options.slope_points else "best adjusted R2")
            + "; no results state the route: --route, --infusion-h, --method, --slope-points give others"
        )
        if stated := results.setting("methods.administration"):
            found.append(f"of the administration the study states: {stated}; is the route the right one?")
        state = "" if results.setting("serum.decay_corrected") else "not "
        found.append(
            "values in the standard format are corrected for physical decay to the administration; the"
            f" study's serum table is {state}decay-corrected"
        )
        found.append(
            "planned times (PCTPT, PCTPTNUM, PCELTM, NFRLT, NRRLT) are those of the study's table, which"
            " tells no planned time from the actual one"
        )
        found.append(
            "EFFHL is ln 2 x MRT of the decay-corrected curve, a half-life of the substance for accumulation;"
            " it is not nuclear medicine's effective half-life of biologic and physical decay together"
        )
    if source.ascii.changed:
        changed = ", ".join(f"'{a}' -> '{b}'" for a, b in source.ascii.changed.items())
        found.append(f"written in ASCII, which XPT needs: {changed}")
    return found
