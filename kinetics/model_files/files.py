"""The text of a compartment model (TOML) -> the model, its free parameters and its data.

The file, with every key:

    name = "..."                          time_unit = "h" or "d" or "min" (of every rate and time in the file)
    citation = "..."                      nuclide = "Zr-89", or half_life_h = 78.41, or stable = true
    compartments = [...]                  sinks = [...]
    [bolus]       central = 1.0
    [[infusion]]  compartment = "central", fraction = 1.0, duration = 0.5, start = 0
    [transfers]   "central -> out" = 0.3, or = "k10" (a parameter)
    [organs.x]    fraction = 0.1, leaving = [{ share = 1, half_time = 2 }], into = "bladder"
                  uptake = [{ share = 1, half_time = 0.5 }], waits_in = "blood"
    [emptying.x]  into = "urine", every = 3.5, first = 1, times = [...], residual = 0.1,
                  volume_mL = 10, flow_mL_per_h = 60
    [tract]       model = "ICRP 30" or "ICRP 100", f1 = 0.002, absorbed_into = "blood", age, sex, transit_h
    [parameters]  k10 = { start = 0.3, min = 0.01, max = 5 }, or { value = 0.3 } (held)
    [regions]     blood = ["central", ...]
    [source_regions]  central = "blood", or = { "heart contents" = 0.1, remainder = 0.9 }
    [chain]       daughters = "none", "all" or [...], without_own = "decay in place" or "as the parent"
    [daughter.Bi] transfers = { ... }, emptying, born = { ... }, bolus, source_regions
    [[data]]      of = "blood", unit = "%IA", decay_corrected = true, weights = "sd", divide_by = "V1",
                  time = [...], value = [...], sd = [...]   or   file = "serum.csv"
    [output]      times = [1, 3, 7]
    [ages."5 years"], [bodies.stylised]   what differs there, merged key by key over the file
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinetics.compartments.given import Decay, ModelFile
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.units import HOURS
from kinetics.errors import KineticsError
from kinetics.model_files.assembled import check_entered, check_parameters, decay_constant, gathered
from kinetics.model_files.chain_keys import followed
from kinetics.model_files.keys import Keys
from kinetics.model_files.observations import check_keys, observation
from kinetics.model_files.parts import emptyings, infusion, volumes
from kinetics.model_files.transfers import read_parameters
from kinetics.model_files.variants import variant
from milligray.errors import Complaints
from milligray.text_files import read_toml, shown, shown_path

_TOP = {
    "name", "citation", "time_unit", "nuclide", "half_life_h", "stable", "compartments", "sinks", "bolus",
    "infusion", "transfers", "organs", "emptying", "tract", "parameters", "regions", "source_regions",
    "chain", "daughter", "data", "output", "ages", "bodies",
}  # fmt: skip
#: More compartments than any model has; matrices of their square are made.
MOST_COMPARTMENTS = 300


@dataclass(frozen=True)
class ModelText:
    """A model file as it was read, before an age, a body or a nuclide is chosen.

    path : of the file; data : its tables.

    Examples
    --------
    >>> open_model("examples/compartments/two-compartments.toml").ages
    ()
    """

    path: Path
    data: dict[str, Any]

    @property
    def nuclide(self) -> str | None:
        """The nuclide that the file names."""
        found = self.data.get("nuclide")
        return found if isinstance(found, str) else None

    @property
    def ages(self) -> tuple[str, ...]:
        """Ages with values of their own."""
        found = self.data.get("ages", {})
        return tuple(found) if isinstance(found, dict) else ()

    @property
    def bodies(self) -> tuple[str, ...]:
        """Bodies, and kinds of them, with values of their own."""
        found = self.data.get("bodies", {})
        return tuple(found) if isinstance(found, dict) else ()

    @property
    def follows_daughters(self) -> bool:
        """Whether the file asks for a decay chain."""
        chain = self.data.get("chain", {})
        return isinstance(chain, dict) and chain.get("daughters", "none") != "none"

    def build(
        self, *, decay: Decay | None = None, age: str | None = None, bodies: Sequence[str] = ()
    ) -> ModelFile:
        """The model for an age, a body (all the names it may go by) and a nuclide.

        Raises
        ------
        KineticsError : as :func:`read_model`.
        """
        try:
            return parse_model(self.data, folder=self.path.parent, decay=decay, age=age, bodies=bodies)
        except KineticsError as error:
            raise KineticsError(*(f"{shown_path(self.path)}: {one}" for one in error.complaints)) from None


def open_model(path: str | Path) -> ModelText:
    """A model file's text, for those who choose an age, a body or a nuclide before it becomes a model.

    Raises
    ------
    KineticsError : the file can't be read, or isn't TOML.

    Examples
    --------
    >>> open_model("examples/compartments/two-compartments.toml").build().model.sinks
    ('out',)
    """
    file = Path(path)
    return ModelText(file, read_toml(file, KineticsError)[1])


def read_model(
    path: str | Path, *, decay: Decay | None = None, age: str | None = None, bodies: Sequence[str] = ()
) -> ModelFile:
    """Read a compartment model.

    Parameters
    ----------
    path : of the TOML file.
    decay : decay constants of the nuclide and its daughters, where the file has no half-life of its own or
        follows a chain.
    age : one of the file's [ages].
    bodies : names of the body, for what the file has under [bodies].

    Raises
    ------
    KineticsError : the file can't be read, isn't TOML, or holds what the model can't be; all mistakes, each
        with the path of its key.

    Examples
    --------
    >>> given = read_model("examples/compartments/two-compartments.toml")
    >>> given.model.compartments, len(given.observations)
    (('central', 'peripheral'), 1)
    """
    return open_model(path).build(decay=decay, age=age, bodies=bodies)


def parse_model(
    data: dict[str, Any],
    *,
    folder: Path | None = None,
    decay: Decay | None = None,
    age: str | None = None,
    bodies: Sequence[str] = (),
) -> ModelFile:
    """The model of a parsed file.

    Parameters
    ----------
    data : the file's tables.
    folder : where its data files are looked for.
    decay, age, bodies : as in :func:`read_model`.

    Raises
    ------
    KineticsError : unknown or missing keys, values that are not allowed; all of them, each with its path.

    Examples
    --------
    >>> parse_model({
    ...     "time_unit": "d", "stable": True, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 2.4},
    ... }).model.rates_per_h
    {('blood', 'out'): 0.09999999999999999}
    """
    if not isinstance(data, dict):
        raise KineticsError("a model's file is a table of keys")
    data = variant(data, age, bodies)
    with Complaints(KineticsError) as found:
        top = Keys(data, found)
        top.only(_TOP)
        top.due("time_unit")
        unit = top.text("time_unit", tuple(HOURS)) or "h"
        hours = HOURS[unit]
        lam = decay_constant(top, decay)
        parameters = read_parameters(top, hours)
        parts, rate_names = gathered(top, hours, parameters)
        infusions = [infusion(one, hours) for one in top.tables("infusion")]
        emptied, own_volumes = emptyings(top.table_of("emptying"), hours), volumes(top.table_of("emptying"))
        output = top.table_of("output")
        output.only({"times"})
        times = tuple(t * hours for t in output.numbers("times", least=0) or [])
        name, citation = top.text("name") or "compartment model", top.words("citation") or ""
        if len(parts.compartments) + len(parts.sinks) > MOST_COMPARTMENTS:
            top.complain(f"more than {MOST_COMPARTMENTS} compartments and sinks")
        for one in top.tables("data"):
            check_keys(one)
        model = None
        if not parts.compartments:
            raise KineticsError("no compartments: give compartments = [...], [organs] or [tract]")
        with found.catching():
            model = CompartmentModel(
                name=name,
                compartments=tuple(parts.compartments),
                sinks=tuple(parts.sinks),
                rates_per_h=parts.rates,
                bolus=parts.bolus,
                infusions=tuple(i for i in infusions if i is not None),
                # where there is no half-life that is told; here what is not lost is not told beside it
                lambda_phys_per_h=(0.0 if data.get("stable") is True else 1.0) if lam is None else lam,
                regions=parts.regions,
                emptyings=emptied,
            )
    assert model is not None
    with Complaints(KineticsError) as found:
        top = Keys(data, found)
        for one_name in parts.source_regions:
            if one_name not in model.compartments:
                top.complain(f"source_regions: '{shown(one_name)}' is neither a compartment nor a region")
        chain = followed(top, hours, model, rate_names, parameters, decay)
        check_entered(top, model, chain, parts)
        observations = []
        for one in top.tables("data"):
            with found.catching():
                if seen := observation(one, hours, model, chain.chain, parameters, folder):
                    observations.append(seen)
    check_parameters(parameters, rate_names, chain, observations)
    return ModelFile(
        model, rate_names, parameters, tuple(observations), times, unit, citation, parts.source_regions,
        chain.chain, chain.rate_names, chain.regions, chain.shared_remainder, own_volumes,
    )  # fmt: skip
