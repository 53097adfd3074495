"""From the keys of [uncertainty] to the inputs of a budget: what is missing, does not act, or cancels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dosimetry.errors import DosimetryError
from dosimetry.study.keys.stated import Percent, Stated
from dosimetry.study.keys.uncertainty_settings import ALL, Targets, Uncertainty
from dosimetry.study.uncertainty import default_values
from dosimetry.study.uncertainty.by_region import regions_of
from dosimetry.study.uncertainty.facts import Facts
from dosimetry.study.uncertainty.judged import BODY, doubts, is_assumed, known
from dosimetry.study.uncertainty.outlines import outline_inputs
from dosimetry.study.uncertainty.single_keys import KEYS, ONLY_UNKNOWN, PERCENT
from dosimetry.uncertainty.inputs import Effect, Input, Shared, UncertaintyMethod, Unknown
from milligray.errors import Complaints

#: Who may have the same error of a region; the first is meant where nothing is said.
SHARED: dict[str, tuple[Shared, ...]] = {
    "quantification": ("everybody", "organ", "patient", "point"),
    "mass": ("patient", "everybody"),
    "own_mass": ("patient", "everybody"),
    "density": ("everybody", "patient"),
}


@dataclass(frozen=True)
class StatedBudget:
    """What a study states: the method of its budget, and what a reader should know of it.

    notes : one line each: what cancels, what looks unlikely.
    assumed : inputs that are of values which were taken for every patient (a reference mass, the phantom):
        their errors are not in the spread between patients.
    noise_of : organs of which the noise of single values is stated, as their table has no sd.
    """

    method: UncertaintyMethod
    notes: tuple[str, ...] = ()
    assumed: frozenset[str] = frozenset()
    noise_of: tuple[str, ...] = ()


def stated_budget(said: Uncertainty, facts: Facts, where: str) -> StatedBudget:
    """The inputs of a budget, by what a study has.

    Parameters
    ----------
    said : the section [uncertainty].
    facts : what of the study decides which quantities matter.
    where : the study file, for messages.

    Raises
    ------
    DosimetryError : all of: a quantity that matters and is neither stated nor said to be unknown (with a line
        that would do), one that does not act in this study, an unknown region.
    """
    with Complaints(DosimetryError) as found:
        reader = _Reader(said, facts, f"{where}: uncertainty", found)
        reader.single()
        reader.words()
        reader.organs()
        reader.regions("mass", "organ mass", (*facts.sources, *([BODY] if facts.scaled else [])))
        reader.regions("own_mass", "organ mass, own body", facts.own_sources)
        reader.regions("density", "density", facts.densities)
        reader.targets()
    method = UncertaintyMethod(
        inputs=tuple(reader.inputs),
        unknown=tuple(reader.unknown),
        rules=said.trapezoids is not None and said.trapezoids.alternatives,
        level=said.level,
        monte_carlo=said.monte_carlo or 0,
        seed=said.seed if said.seed is not None else 1,
    )
    noisy = said.organs.noise is not None and known(said.organs.noise)
    return StatedBudget(
        method,
        tuple(reader.notes),
        frozenset(an.name for an in reader.inputs if is_assumed(an, facts)),
        tuple(name for name, o in facts.organs.items() if o.no_sd) if noisy else (),
    )


class _Reader:
    """Inputs, unknown quantities, notes and complaints, as they are found key by key."""

    def __init__(self, said: Uncertainty, facts: Facts, where: str, found: Complaints) -> None:
        self.said, self.facts, self.where, self.found = said, facts, where, found
        self.inputs: list[Input] = []
        self.unknown: list[Unknown] = []
        self.notes: list[str] = []

    def wrong(self, path: str, text: str) -> None:
        """Keep a complaint."""
        self.found.add(DosimetryError(f"{self.where}.{path} {text}"))

    def single(self) -> None:
        """Keys that are one number."""
        for key in KEYS:
            section, _, name = key.path.rpartition(".")
            of: Any = getattr(self.said, section) if section else self.said
            said: Stated | None = getattr(of, name)
            why, cancels = key.why(self.facts), key.cancels(self.facts)
            if said is None:
                if why and not key.optional(self.facts):
                    self.missing(key.path, why, key.example)
            elif cancels and not why:
                self.notes.append(f"uncertainty: {key.name} cancels: {cancels}")
            elif not why:
                self.wrong(key.path, "acts on nothing in this study; take it out")
            else:
                self.add(
                    key.path, key.name, said, key.effects(self.facts, said) if known(said) else (), key.shared
                )
        self._meter()

    def missing(self, path: str, why: str, example: str) -> None:
        """Complain of a quantity that is neither stated nor said to be unknown."""
        self.wrong(
            path,
            f"is missing ({why}); in [uncertainty], state it, e.g. {example}, or say it is not known:"
            f' {path} = "unknown"',
        )

    def _meter(self) -> None:
        """Words of the meter that do not fit the study."""
        meter = self.said.activity_meter
        for word, there in (
            ("serum standard", self.facts.serum and self.facts.counted),
            ("scanner", any(o.absolute for o in self.facts.organs.values())),
        ):
            if meter is not None and word in (meter.calibrates or []) and not there:
                self.wrong("activity_meter.calibrates", f"names '{word}', which this study does not have")

    def words(self) -> None:
        """Trapezoids' rules, and quantities that can only be unknown."""
        rules = self.said.trapezoids
        if rules is None and self.facts.trapezoids:
            self.missing("trapezoids", "areas are made by trapezoids", 'trapezoids = "alternatives"')
        elif rules is not None and not self.facts.trapezoids:
            self.wrong("trapezoids", "acts on nothing in this study; take it out")
        elif rules is not None and rules.unknown is not None:
            self.unknown.append(Unknown("rules of trapezoids", rules.unknown))
        for path, name, acts, why in ONLY_UNKNOWN:
            said = getattr(self.said, path)
            if said is None and acts(self.facts):
                self.wrong(path, f'is missing ({why}); it cannot be stated yet: say {path} = "unknown"')
            elif said is not None and not acts(self.facts):
                self.wrong(path, "acts on nothing in this study; take it out")
            elif said is not None:
                self.unknown.append(Unknown(name, said.unknown or ""))

    def organs(self) -> None:
        """Outlines and recovery, or one number an organ."""
        organs = tuple(self.facts.organs)
        outlines = regions_of(self.said.outline, organs, f"{self.where}.outline", self.found, kind="organ")
        self.regions("quantification", "quantification", organs, but=tuple(outlines))
        if outlines or self.said.recovery is not None:
            inputs, unknown, notes = outline_inputs(
                outlines, self.said.recovery, self.facts, self.where, self.found
            )
            self.inputs += inputs
            self.unknown += unknown
            self.notes += notes

    def regions(self, path: str, name: str, regions: Sequence[str], *, but: Sequence[str] = ()) -> None:
        """A table by region; ``but``: regions that may be left out, "other" not being meant for them."""
        table: dict[str, Percent] = getattr(self.said, path)
        if not regions:
            if table and path == "mass" and self.facts.own_sources:
                self.wrong(
                    path, "acts on nothing: every body is a patient's own; their masses are in own_mass"
                )
            elif table:
                self.wrong(path, "acts on nothing in this study; take it out")
            return
        if ALL in table:
            word = table[ALL]
            if len(table) > 1 or known(word):
                self.wrong(f"{path}.{ALL}", "is no region; name regions, and 'other' for the rest")
            else:
                self.unknown.append(Unknown(name, word.unknown or ""))
            return
        taken = self.by_outline() if path == "mass" else ()
        own = regions_of(table, regions, f"{self.where}.{path}", self.found, no_other=(*but, BODY, *taken))
        lacking = [r for r in regions if r not in own and r not in but and r not in taken]
        if lacking:
            self.missing_regions(path, lacking)
        for region, said in own.items():
            line = "body mass" if (path, region) == ("mass", BODY) else f"{name}: {region}"
            effects = (self.effect(path, said.standard, region),) if known(said) else ()
            self.add(f"{path}.{region}", line, said, effects, SHARED[path])

    def effect(self, path: str, u: float, region: str) -> Effect:
        """What a table by region states of one of them; masses of own bodies have a table of theirs."""
        if path in ("mass", "own_mass"):
            both = bool(self.facts.own_sources)
            return Effect(
                "mass", u, region, bodies="own" if path == "own_mass" else "other" if both else "all"
            )
        return Effect("curve" if path == "quantification" else "density", u, region)

    def missing_regions(self, path: str, regions: Sequence[str]) -> None:
        """Complain of the regions of a table that are neither stated nor said to be unknown."""
        first = f'"{regions[0]}"' if " " in regions[0] else regions[0]
        self.wrong(
            path,
            f"has nothing for {', '.join(regions)}; in [uncertainty.{path}], state it, e.g. {first} ="
            f' {{ u_percent = 10, {PERCENT}, or say it is not known: {first} = "unknown"; other = ... is for'
            " all that are not named",
        )

    def by_outline(self) -> tuple[str, ...]:
        """Organs whose mass comes from an outline that is stated."""
        said = regions_of(
            self.said.outline, tuple(self.facts.organs), self.where, Complaints(), kind="organ"
        ) if not self.found else {}  # fmt: skip
        return tuple(name for name, one in said.items() if one.mass_from_outline)

    def targets(self) -> None:
        """How far the patient is from the phantom: of all targets together, or of each its own."""
        path, table = "patient_and_phantom", self.said.patient_and_phantom
        if not self.facts.targets:
            if table:
                self.wrong(path, "acts on nothing: every patient's body is the patient's own; take it out")
            return
        if not table:
            self.missing(path, "S values are those of a phantom", f'{path} = "default"')
            return
        if ALL in table:
            said = table[ALL]
            if len(table) > 1:
                self.wrong(f"{path}.{ALL}", "stands beside single targets; take one of the two out")
            elif said.default:
                self.inputs.append(default_values.patient_and_phantom())
            else:
                self.add(
                    path,
                    default_values.PATIENT_AND_PHANTOM,
                    said,
                    self.dose(said, ALL),
                    ("patient",),
                    apart=True,
                )
            return
        own = regions_of(table, self.facts.targets, f"{self.where}.{path}", self.found, kind="target region")
        lacking = [t for t in self.facts.targets if t not in own]
        if lacking:
            self.missing_regions(path, lacking)
        for target, one in own.items():
            name = f"{default_values.PATIENT_AND_PHANTOM}: {target}"
            if one.default:
                self.wrong(f"{path}.{target}", f'"default" is of all targets together: {path} = "default"')
            else:
                self.add(f"{path}.{target}", name, one, self.dose(one, target), ("patient",), apart=True)

    @staticmethod
    def dose(said: Targets, target: str) -> tuple[Effect, ...]:
        """The effect on a target's dose."""
        return (Effect("dose", said.standard, target),) if known(said) else ()

    def add(
        self,
        path: str,
        name: str,
        said: Stated,
        effects: tuple[Effect, ...],
        shared: Sequence[Shared],
        *,
        apart: bool = False,
    ) -> None:
        """An input that is stated, or an unknown quantity."""
        if said.unknown is not None:
            self.unknown.append(Unknown(name, said.unknown))
            return
        by = said.shared_by or shared[0]
        if by not in shared:
            self.wrong(path, f"shared_by = '{by}'; allowed: {', '.join(shared)}")
            return
        assert said.kind is not None and said.source is not None
        self.notes += doubts(path, said)
        each: dict[str, tuple[Effect, ...]] = {name: effects}
        if by == "point" and len(effects) > 1:
            each = {f"{name}: {e.region}": (e,) for e in effects}
        for line, some in each.items():
            try:
                self.inputs.append(
                    Input(
                        name=line,
                        effects=some,
                        kind=said.kind,
                        distribution=said.distribution or "normal",
                        shared_by="everybody" if by == "organ" else by,
                        source=said.source,
                        apart=apart,
                    )
                )
            except DosimetryError as error:
                self.wrong(path, str(error))
