"""PP: pharmacokinetic parameters of serum by non-compartmental analysis; ADPP: the same for analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dosimetry.cdisc.concentrations import GROUP, SIMULATED, SPECIMEN
from dosimetry.cdisc.form.dataset import CdiscDataset, Value, Variable, dataset
from dosimetry.cdisc.samples import number_text
from dosimetry.cdisc.subjects import OF_A_SUBJECT, ROUTE, STUDY, UNIQUE, Source, domain, facts_of, route_of
from dosimetry.cdisc.terminology import EFFECTIVE_HALF_LIFE, METHODS, NOT_DONE, PkParameter, pk_parameters
from dosimetry.dossier.results.samples import Sample, analysed_curve, seven_digits, used_in_analysis
from kinetics.areas.nca import NcaResult, nca
from kinetics.errors import KineticsError

#: What serum is expressed in where a study has it, for units of parameters of a patient without samples.
PERCENT, SERUM_UNIT = "%IA", "%IA/L"
NCA = "kinetics.nca of ADNCA.AVAL by ADNCA.ARRLT, dose 100 %IA"
_AREAS = ("auc", "aumc", "%", "clearance", "volume")

_V = Variable
_OF_PP = (
    _V("PPSEQ", "Sequence Number", "integer", "Derived", "1, 2, ... within a subject", key=3),
    _V("PPGRPID", "Group ID", "text", "Assigned", f"{GROUP}, as PCGRPID"),
    _V("PPTESTCD", "Parameter Short Name", "text", "Assigned",
       "the parameter; MRTLST, MRTIFO and MRTIFP are sponsor-defined", "PKPARMCD (C85839)"),
    _V("PPTEST", "Parameter Name", "text", "Assigned",
       "the name of PPTESTCD", "PKPARM (C85493)"),
    _V("PPCAT", "Parameter Category", "text", "Predecessor", "PC.PCTEST"),
    _V("PPSCAT", "Parameter Subcategory", "text", "Assigned",
       f"NON-COMPARTMENTAL; and {SIMULATED} where the study says so"),
    _V("PPORRES", "Result or Finding in Original Units", "text", "Derived", f"{NCA}, seven digits"),
    _V("PPORRESU", "Original Units", "text", "Assigned",
       "by the parameter; those with %IA are sponsor-defined", "PKUNIT (C85494)"),
    _V("PPSTRESC", "Character Result/Finding in Std Format", "text", "Derived", "PPORRES"),
    _V("PPSTRESN", "Numeric Result/Finding in Standard Units", "float", "Derived", "PPSTRESC"),
    _V("PPSTRESU", "Standard Units", "text", "Assigned", "PPORRESU", "PKUNIT (C85494)"),
    _V("PPSTAT", "Completion Status", "text", "Derived",
       f"{NOT_DONE} where there is no value", "ND (C66789)"),
    _V("PPREASND", "Reason Parameter Not Calculated", "text", "Derived", "reason that kinetics.nca gives"),
    _V("PPSPEC", "Specimen Material Type", "text", "Assigned", SPECIMEN, "SPECTYPE (C78734)"),
    _V("PPANMETH", "Analysis Method", "text", "Assigned",
       "rule of the trapezoids (option method); of EFFHL its definition", "PK Analytical Method (C172330)"),
)  # fmt: skip
PP_VARIABLES = (
    STUDY,
    domain("PP"),
    UNIQUE,
    *_OF_PP,
    _V("PPRFTDTC", "Date/Time of Reference Point", "text", "Not Available",
       "empty: results hold hours after administration", "ISO 8601"),
)  # fmt: skip
ADPP_VARIABLES = (
    *OF_A_SUBJECT,
    ROUTE,
    _V("PARAMCD", "Parameter Code", "text", "Predecessor", "PP.PPTESTCD"),
    _V("PARAM", "Parameter", "text", "Derived", "PP.PPTEST and PP.PPSTRESU"),
    _V("AVAL", "Analysis Value", "float", "Predecessor", "PP.PPSTRESN"),
    _V("AVALU", "Analysis Value Unit", "text", "Predecessor", "PP.PPSTRESU", "PKUNIT (C85494)"),
    *(_V(v.name, v.label, v.kind, "Predecessor", f"PP.{v.name}", v.codelist)
      for v in _OF_PP if v.name in ("PPCAT", "PPSCAT", "PPSTAT", "PPREASND", "PPSPEC", "PPANMETH")),
    _V("NCANOTE", "Notes of the Analysis", "text", "Derived",
       "sponsor-defined: what kinetics.nca says of the subject's curve", long=True),
    _V("SRCDOM", "Source Data", "text", "Assigned", "PP"),
    _V("SRCVAR", "Source Variable", "text", "Assigned", "PPSTRESN"),
    _V("SRCSEQ", "Source Sequence Number", "integer", "Predecessor", "PP.PPSEQ", key=3),
)  # fmt: skip


def parameters(source: Source, samples: Mapping[str, list[Sample]]) -> tuple[CdiscDataset, CdiscDataset]:
    """PP and ADPP: each patient's parameters, 33 and those that the route asks for besides.

    Raises
    ------
    DosimetryError : a text that no XPT file holds.
    """
    derived: list[dict[str, Value]] = []
    analysed: list[dict[str, Value]] = []
    for patient, subject in source.subjects.items():
        about = facts_of(subject, source)
        found, why = analysis(source, samples.get(patient, []))
        notes = "; ".join(found.notes) if found is not None else ""
        unit = samples[patient][0].unit if patient in samples else SERUM_UNIT
        wanted = (p for p in pk_parameters() if p.asked or p.fits(source.options.route))
        for i, parameter in enumerate(wanted, 1):
            record = _derived(source, parameter, found, why, unit, i)
            derived.append({n: about[n] for n in ("STUDYID", "USUBJID")} | record)
            analysed.append(about | _analysed(source, record, notes))
    return (
        dataset(
            "PP",
            "Pharmacokinetics Parameters",
            "FINDINGS",
            "One record per PK parameter per subject",
            PP_VARIABLES,
            derived,
        ),
        dataset(
            "ADPP",
            "PK Parameters Analysis Dataset",
            "BASIC DATA STRUCTURE",
            "One record per subject per parameter",
            ADPP_VARIABLES,
            analysed,
        ),
    )


def analysis(source: Source, samples: list[Sample]) -> tuple[NcaResult | None, str]:
    """The non-compartmental analysis of the samples as ADNCA has them, or the reason why there is none."""
    if not samples:
        return None, "no serum curve of this subject in the study"
    options = source.options
    if not any(value for _, value in used_in_analysis(samples)):
        return None, "every sample is below the limit of quantification"
    try:
        return nca(
            analysed_curve(samples, "serum"),
            dose=100.0,
            dose_unit=PERCENT,
            route=options.route,
            infusion_h=options.infusion_h,
            method=options.method,
            slope_points=options.slope_points,
        ), ""
    except KineticsError as error:
        return None, "; ".join(error.complaints)


def _derived(
    source: Source, parameter: PkParameter, found: NcaResult | None, why: str, unit: str, number: int
) -> dict[str, Value]:
    """What PP has of a parameter beside the subject."""
    route = source.options.route
    value, reason = None, why
    if not parameter.fits(route):
        words = "an infusion" if route == "infusion" else "an extravascular dose"
        own = next(p.code for p in pk_parameters() if p.code in parameter.instead and p.fits(route))
        reason = f"not defined after {words}; see {own}"
    elif found is not None:
        one = found[parameter.quantity]
        value, reason = one.value, one.reason or ""
        if value is not None and not math.isfinite(value):
            value, reason = None, "the value is not finite"
    text = "" if value is None else number_text(value)
    own_unit = "" if value is None else parameter.unit_of(unit)
    method = METHODS[source.options.method] if parameter.unit in _AREAS or "MRT" in parameter.code else ""
    return {
        "DOMAIN": "PP",
        "PPSEQ": number,
        "PPGRPID": GROUP,
        "PPTESTCD": parameter.code,
        "PPTEST": parameter.name,
        "PPCAT": source.analyte,
        "PPSCAT": f"NON-COMPARTMENTAL, {SIMULATED}" if source.results.simulated else "NON-COMPARTMENTAL",
        "PPORRES": text,
        "PPORRESU": own_unit,
        "PPSTRESC": text,
        "PPSTRESN": None if value is None else seven_digits(value),
        "PPSTRESU": own_unit,
        "PPSTAT": NOT_DONE if value is None else "",
        "PPREASND": source.ascii(reason, parameter.code),
        "PPSPEC": SPECIMEN,
        "PPANMETH": EFFECTIVE_HALF_LIFE if parameter.code == "EFFHL" else method,
        "PPRFTDTC": "",
    }


def _analysed(source: Source, record: Mapping[str, Value], notes: str) -> dict[str, Value]:
    """What ADPP has of a parameter beside the subject."""
    unit = record["PPSTRESU"]
    parameter = next(p for p in pk_parameters() if p.code == record["PPTESTCD"])
    shown = parameter.unit_of(SERUM_UNIT)
    taken = ("PPCAT", "PPSCAT", "PPSTAT", "PPREASND", "PPSPEC", "PPANMETH")
    return {
        "ROUTE": route_of(source),
        "PARAMCD": record["PPTESTCD"],
        "PARAM": f"{record['PPTEST']} ({shown})" if shown else record["PPTEST"],
        "AVAL": record["PPSTRESN"],
        "AVALU": unit,
        **{name: record[name] for name in taken},
        "NCANOTE": source.ascii(notes, "notes of the analysis"),
        "SRCDOM": "PP",
        "SRCVAR": "PPSTRESN",
        "SRCSEQ": record["PPSEQ"],
    }
