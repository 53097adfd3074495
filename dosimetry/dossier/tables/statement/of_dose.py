"""The methods statement from TIAC to dose: masses, S values, effective dose, uncertainty, program."""

from __future__ import annotations

from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables import footnotes


def masses(results: Results) -> str:
    """Whose organ masses were used."""
    return footnotes.masses(results).removeprefix("Organ masses: ")


def densities(results: Results) -> str:
    """Densities that turned kBq/mL into activity."""
    start = "organs.tissue_density_g_per_mL."
    found = {k.removeprefix(start): v for k, v in sorted(results.settings.items()) if k.startswith(start)}
    return ", ".join(f"{k} {v:g} g/mL" for k, v in found.items()) or "none was needed"


def s_values(results: Results) -> str:
    """Bodies by sex, with origin, transport, hashes and conventions."""
    said = []
    for sex in ("male", "female"):
        said.append(f"{sex}: '{results.setting(f'phantom.{sex}')}'")
    for body, facts in sorted(results.bodies.items()):
        parts = [facts[k] for k in ("origin", "photons", "electrons and alphas") if k in facts]
        said.append(f"{body}: {'; '.join(parts)}; file SHA-256 {facts.get('sha256', 'not stated')}")
    for key in ("target_masses", "convention"):
        if results.setting(f"phantom.{key}"):
            said.append(f"{key.replace('_', ' ')}: {results.setting(f'phantom.{key}')}")
    return ". ".join(said)


def decay_data(results: Results) -> str:
    """Source of the spectra, and daughters."""
    source = results.provenance.get("decay data", {}).get("source", "not stated")
    daughters = {"none": "not counted", "equilibrium": "counted in equilibrium with the nuclide"}
    chosen = str(results.setting("daughters", "none"))
    return f"{source}; shorter-lived daughters: {daughters.get(chosen, chosen)}"


def effective(results: Results) -> str:
    """Sets of tissue weights, and whether the sexes were averaged."""
    frame = results.table("effective_dose")
    sets = ", ".join(dict.fromkeys(frame["weights"]))
    averaged = (frame["statistic"] == "sex-averaged").any() and bool(
        frame.loc[frame["statistic"] == "sex-averaged", "effective_dose_mSv_per_MBq"].notna().any()
    )
    said = "; ICRP 103 sex-averaged from the mean doses of men and of women" if averaged else ""
    return f"tissue weights of {sets}{said}"


def uncertainty(results: Results) -> str:
    """Whether there is a budget, and what is not known."""
    frame = results.table("uncertainty")
    if frame.empty:
        return "no budget; standard errors of fits and counts alone"
    unknown = sorted({w for text in frame["not_known"] if text for w in str(text).split("; ")})
    lacking = f"; not known and in no number: {', '.join(unknown)}" if unknown else ""
    return f"a budget by JCGM 100:2008 (the table of uncertainty){lacking}"


def program(results: Results) -> str:
    """The program and what its numbers depend on, with versions."""
    ours = results.versions.get("milligray", "not stated")
    others = ", ".join(f"{k} {v}" for k, v in sorted(results.versions.items()) if k != "milligray")
    return f"milligray {ours} ({others})"


def inputs(results: Results) -> str:
    """Names and hashes of the input files."""
    return "; ".join(f"{name} {digest}" for _, (name, digest) in sorted(results.inputs.items()))


def warnings(results: Results) -> str:
    """What the program warned of."""
    return "; ".join(results.warnings) or "none"
