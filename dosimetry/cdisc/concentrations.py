"""PC: concentrations of radioactivity in serum; ADNCA: the same as its analysis takes them."""

from __future__ import annotations

from collections.abc import Mapping

from dosimetry.cdisc.form.dataset import CdiscDataset, Value, Variable, dataset
from dosimetry.cdisc.samples import duration, number_text, text_of
from dosimetry.cdisc.subjects import OF_A_SUBJECT, ROUTE, STUDY, UNIQUE, Source, domain, facts_of, route_of
from dosimetry.dossier.results.samples import Sample, used_in_analysis

SPECIMEN = "SERUM"
#: Group of a profile in PC and PP, by which RELREC can relate the two.
GROUP = "SERUM PROFILE"
SIMULATED = "SIMULATED DATA"
TIME = "time_h of activities.csv; the study tells no planned time from the actual one"
CORRECTED = "corrected for physical decay to the administration, seven digits"
BELOW = "0 below the limit of quantification before the first and after the last measured value"

_V = Variable
PC_VARIABLES = (
    STUDY,
    domain("PC"),
    UNIQUE,
    _V("PCSEQ", "Sequence Number", "integer", "Derived", "1, 2, ... by time within a subject"),
    _V("PCGRPID", "Group ID", "text", "Assigned", f"{GROUP}, as PPGRPID"),
    _V("PCTESTCD", "Pharmacokinetic Test Short Name", "text", "Assigned", "option analyte_code", key=3),
    _V("PCTEST", "Pharmacokinetic Test Name", "text", "Assigned", "option analyte, or the study's product"),
    _V("PCCAT", "Test Category", "text", "Assigned", "ANALYTE"),
    _V("PCSCAT", "Test Subcategory", "text", "Assigned", f"{SIMULATED} where the study says so"),
    _V("PCORRES", "Result or Finding in Original Units", "text", "Derived",
       "value of activities.csv, in the decay state that the study's table has (see README.txt)"
       "; < and the limit, or BLQ, below the limit of quantification"),
    _V("PCORRESU", "Original Units", "text", "Assigned",
       "unit of activities.csv; %IA/L is sponsor-defined", "PKUNIT (C85494)"),
    _V("PCSTRESC", "Character Result/Finding in Std Format", "text", "Derived", f"PCORRES {CORRECTED}"),
    _V("PCSTRESN", "Numeric Result/Finding in Standard Units", "float", "Derived",
       "PCSTRESC; missing below the limit of quantification"),
    _V("PCSTRESU", "Standard Units", "text", "Assigned", "as PCORRESU", "PKUNIT (C85494)"),
    _V("PCNAM", "Vendor Name", "text", "Not Available", "empty: the study does not hold it"),
    _V("PCSPEC", "Specimen Material Type", "text", "Assigned", SPECIMEN, "SPECTYPE (C78734)"),
    _V("PCLLOQ", "Lower Limit of Quantitation", "float", "Derived",
       f"limit of samples below it, {CORRECTED}; missing of measured ones, whose limit no table has"),
    _V("PCDTC", "Date/Time of Specimen Collection", "text", "Not Available",
       "empty: results hold hours after administration", "ISO 8601"),
    _V("PCTPT", "Planned Time Point Name", "text", "Derived", TIME),
    _V("PCTPTNUM", "Planned Time Point Number", "float", "Derived", f"hours: {TIME}", key=4),
    _V("PCELTM", "Planned Elapsed Time from Time Point Ref", "text", "Derived", TIME, "ISO 8601"),
    _V("PCTPTREF", "Time Point Reference", "text", "Assigned", "what time 0 of the study is"),
    _V("PCRFTDTC", "Date/Time of Reference Point", "text", "Not Available",
       "empty: results hold hours after administration", "ISO 8601"),
)  # fmt: skip

ADNCA_VARIABLES = (
    *OF_A_SUBJECT,
    ROUTE,
    _V("DOSEA", "Actual Treatment Dose", "float", "Assigned", "100: values are in % of it"),
    _V("DOSEU", "Actual Treatment Dose Units", "text", "Assigned", "%IA, sponsor-defined"),
    _V("ADOSEDUR", "Actual Duration of Treatment Dose", "float", "Assigned",
       "option infusion_h; 0 of a bolus; missing of an extravascular dose"),
    _V("DOSEDURU", "Duration of Treatment Dose Units", "text", "Assigned", "h"),
    _V("PCSEQ", "Sequence Number", "integer", "Predecessor", "PC.PCSEQ"),
    _V("PARAMCD", "Parameter Code", "text", "Predecessor", "PC.PCTESTCD", key=3),
    _V("PARAM", "Parameter", "text", "Derived", "PC.PCTEST, PC.PCSPEC and PC.PCSTRESU"),
    _V("PCSPEC", "Specimen Material Type", "text", "Predecessor", "PC.PCSPEC", "SPECTYPE (C78734)"),
    _V("AVAL", "Analysis Value", "float", "Derived",
       f"PC.PCSTRESN; {BELOW}, missing between, where it is left out"),
    _V("AVALU", "Analysis Value Unit", "text", "Predecessor", "PC.PCSTRESU", "PKUNIT (C85494)"),
    _V("ALLOQ", "Analysis Lower Limit of Quantitation", "float", "Predecessor", "PC.PCLLOQ"),
    _V("BLQFL", "Below Limit of Quantitation Flag", "text", "Derived", "sponsor-defined: Y, or empty"),
    _V("PCSTRESC", "Character Result/Finding in Std Format", "text", "Predecessor", "PC.PCSTRESC"),
    _V("ATPT", "Analysis Timepoint", "text", "Predecessor", "PC.PCTPT"),
    _V("ATPTN", "Analysis Timepoint (N)", "float", "Predecessor", "PC.PCTPTNUM", key=4),
    _V("ATPTREF", "Analysis Timepoint Reference", "text", "Predecessor", "PC.PCTPTREF"),
    _V("AFRLT", "Act. Rel. Time from Analyte First Dose", "float", "Derived", "time_h of activities.csv"),
    _V("NFRLT", "Nom. Rel. Time from Analyte First Dose", "float", "Derived", TIME),
    _V("FRLTU", "Rel. Time from First Dose Unit", "text", "Assigned", "h"),
    _V("ARRLT", "Actual Rel. Time from Ref. Dose", "float", "Derived", "AFRLT: there is one dose"),
    _V("NRRLT", "Nominal Rel. Time from Ref. Dose", "float", "Derived", TIME),
    _V("RRLTU", "Rel. Time from Ref. Dose Unit", "text", "Assigned", "h"),
    _V("NCAXFL", "PK NCA Exclusion Flag", "text", "Derived", "Y where the analysis leaves the sample out"),
    _V("NCA1XRS", "Reason 1 for PK NCA Exclusion", "text", "Derived", "why the sample is left out"),
    _V("SRCDOM", "Source Data", "text", "Assigned", "PC"),
    _V("SRCVAR", "Source Variable", "text", "Assigned", "PCSTRESN"),
    _V("SRCSEQ", "Source Sequence Number", "integer", "Predecessor", "PC.PCSEQ"),
)  # fmt: skip


def reference_of(source: Source) -> str:
    """What hours are counted from."""
    return "START OF INFUSION" if source.options.route == "infusion" else "ADMINISTRATION"


def concentrations(source: Source, samples: Mapping[str, list[Sample]]) -> tuple[CdiscDataset, CdiscDataset]:
    """PC and ADNCA of all patients that have serum samples.

    Raises
    ------
    DosimetryError : a text that no XPT file holds.
    """
    measured: list[dict[str, Value]] = []
    analysed: list[dict[str, Value]] = []
    for patient, own in samples.items():
        subject = source.subjects[patient]
        about = facts_of(subject, source)
        for i, (sample, value) in enumerate(used_in_analysis(own), 1):
            record = _measured(source, sample, i)
            measured.append({n: about[n] for n in ("STUDYID", "USUBJID")} | record)
            analysed.append(about | _analysed(source, sample, value, record))
    return (
        dataset(
            "PC",
            "Pharmacokinetics Concentrations",
            "FINDINGS",
            "One record per serum sample per subject",
            PC_VARIABLES,
            measured,
        ),
        dataset(
            "ADNCA",
            "Non-Compartmental Analysis Input Dataset",
            "BASIC DATA STRUCTURE",
            "One record per subject per parameter per analysis timepoint",
            ADNCA_VARIABLES,
            analysed,
        ),
    )


def _measured(source: Source, sample: Sample, number: int) -> dict[str, Value]:
    """What PC has of a sample beside the subject."""
    return {
        "DOMAIN": "PC",
        "PCSEQ": number,
        "PCGRPID": GROUP,
        "PCTESTCD": source.options.analyte_code,
        "PCTEST": source.analyte,
        "PCCAT": "ANALYTE",
        "PCSCAT": SIMULATED if source.results.simulated else "",
        "PCORRES": text_of(sample.value, sample.limit),
        "PCORRESU": sample.unit,
        "PCSTRESC": text_of(sample.corrected, sample.corrected_limit),
        "PCSTRESN": sample.corrected,
        "PCSTRESU": sample.unit,
        "PCNAM": "",
        "PCSPEC": SPECIMEN,
        "PCLLOQ": sample.corrected_limit,
        "PCDTC": "",
        "PCTPT": f"{number_text(sample.time_h)} h after administration",
        "PCTPTNUM": sample.time_h,
        "PCELTM": duration(sample.time_h),
        "PCTPTREF": reference_of(source),
        "PCRFTDTC": "",
    }


def _analysed(
    source: Source, sample: Sample, value: float | None, record: Mapping[str, Value]
) -> dict[str, Value]:
    """What ADNCA has of a sample beside the subject."""
    route = source.options.route
    length = {"bolus": 0.0, "infusion": source.options.infusion_h, "extravascular": None}[route]
    time = sample.time_h
    return {
        "ROUTE": route_of(source),
        "DOSEA": 100.0,
        "DOSEU": sample.unit.partition("/")[0],
        "ADOSEDUR": length,
        "DOSEDURU": "" if length is None else "h",
        "PCSEQ": record["PCSEQ"],
        "PARAMCD": record["PCTESTCD"],
        "PARAM": f"{source.analyte}, serum ({sample.unit})",
        "PCSPEC": SPECIMEN,
        "AVAL": value,
        "AVALU": sample.unit,
        "ALLOQ": sample.corrected_limit,
        "BLQFL": "Y" if sample.value is None else "",
        "PCSTRESC": record["PCSTRESC"],
        "ATPT": record["PCTPT"],
        "ATPTN": time,
        "ATPTREF": record["PCTPTREF"],
        "AFRLT": time,
        "NFRLT": time,
        "FRLTU": "h",
        "ARRLT": time,
        "NRRLT": time,
        "RRLTU": "h",
        "NCAXFL": "Y" if value is None else "",
        "NCA1XRS": "Below the limit of quantification between measured values" if value is None else "",
        "SRCDOM": "PC",
        "SRCVAR": "PCSTRESN",
        "SRCSEQ": record["PCSEQ"],
    }
