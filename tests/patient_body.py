"""A patient's own library for tests: a shipped body with kidneys in two, a lesion, and tissues missing.

What is made of the shipped body's pairs keeps them exactly: the kidneys' two sides are, by mass, the shipped
kidneys, as a target and as a source. The lesion gives to others and gets from them what the liver does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from phantoms.library.conventions import Conventions
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary, SafTable

LEFT, RIGHT, LESION = "left kidney", "right kidney", "lesion 1"
LESION_KG = 0.02
#: What an image does not show.
MISSING = ("adrenals", "breasts", "ovaries", "testes", "thymus", "uterus")


def patient_library(
    name: str = "adult male", missing: tuple[str, ...] = MISSING, phantom: str = "patient"
) -> SafLibrary:
    """The library by energy."""
    body = load_phantom(name)
    t = [x for x in body.targets if x not in (*missing, "kidneys")]
    s = [x for x in body.sources if x not in (*missing, "kidneys")]
    targets, sources = (*t, LEFT, RIGHT, LESION, "kidneys"), (*s, LEFT, RIGHT, LESION, "kidneys")
    kidney_kg = body.target_mass_kg["kidneys"] / 2
    mass = {LEFT: kidney_kg, RIGHT: kidney_kg, LESION: LESION_KG}
    # rows and columns of the shipped body that each region's values come from, and by which factor
    of = {LEFT: "kidneys", RIGHT: "kidneys", LESION: "liver"}
    skew = {LEFT: 1.2, RIGHT: 0.8}
    tables = {}
    for kind, table in body.tables.items():
        rows = [body.targets.index(of.get(x, x)) for x in targets]
        columns = [body.sources.index(of.get(x, x)) for x in sources]
        pick = np.ix_(rows, columns)
        saf = table.saf_per_kg[pick].copy()
        saf *= np.array([skew.get(x, 1.0) for x in targets])[:, None, None]
        saf *= np.array([skew.get(x, 1.0) for x in sources])[None, :, None]
        own = table.saf_per_kg[body.targets.index("kidneys"), body.sources.index("kidneys")]
        cross = 0.05 * own if kind == "photon" else 0.0 * own
        at_t, at_s = targets.index, sources.index
        for a in (LEFT, RIGHT):
            for b in (LEFT, RIGHT):
                saf[at_t(a), at_s(b)] = 2 * own - cross if a == b else cross
            saf[at_t(a), at_s("kidneys")] = own
            saf[at_t("kidneys"), at_s(a)] = own
        if kind != "photon":
            saf[at_t("liver"), at_s(LESION)] = 0.0
            saf[at_t(LESION), at_s("liver")] = 0.0
        self_dose = {"photon": 0.05}.get(kind, 1.0) / LESION_KG
        saf[at_t(LESION), at_s(LESION)] = self_dose
        error = None if table.relative_se is None else table.relative_se[pick]
        tables[kind] = SafTable(
            table.energy_MeV, saf, error, None if table.method is None else table.method[pick]
        )
    return replace(
        body,
        phantom=phantom,
        targets=targets,
        sources=sources,
        target_mass_kg={**{x: body.target_mass_kg[x] for x in t}, **mass, "kidneys": 2 * kidney_kg},
        source_mass_kg={**{x: body.source_mass_kg[x] for x in s}, **mass, "kidneys": 2 * kidney_kg},
        tables=tables,
        provenance={"origin": "made up for tests"},
        conventions=Conventions(combined={"kidneys": {LEFT: 0.5, RIGHT: 0.5}}),
    )


def for_nuclide(library: SafLibrary, name: str, daughters: str = "none") -> SafLibrary:
    """The library as means over one nuclide's emissions."""
    from dosimetry.svalues.folding import spectra
    from dosimetry.svalues.one_spectrum import spectrum_name
    from phantoms.transport.materials import LOW_MEV

    emitted = spectra(name, daughters)
    parts = {
        "photon": emitted["photon"].between(LOW_MEV),
        "electron": emitted["electron"] + emitted["photon"].between(0.0, LOW_MEV),
        "alpha": emitted["alpha"],
    }
    tables = {}
    for kind, part in parts.items():
        total, table = part.total_MeV or 1.0, library.table(kind)
        saf = table.fold(part.energy_MeV, part.energy_per_decay_MeV / total)
        variance = table.variance(part.energy_MeV, part.energy_per_decay_MeV / total)
        se = None
        if variance is not None:
            se = np.divide(np.sqrt(variance), saf, out=np.zeros_like(saf), where=saf > 0)[:, :, None]
        energy = float(part.energy_per_decay_MeV @ part.energy_MeV) / total or 1.0
        tables[kind] = SafTable(np.array([energy]), saf[:, :, None], se)
    return replace(library, tables=tables, spectrum=spectrum_name(name, daughters))
