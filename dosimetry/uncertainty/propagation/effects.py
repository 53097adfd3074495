"""What one standard uncertainty of each stated input changes in TIACs and doses, to first order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry.patients.organ_masses import SCALED
from dosimetry.patients.patient import SERUM
from dosimetry.svalues.folding import KINDS
from dosimetry.uncertainty.budget import Error
from dosimetry.uncertainty.inputs import Effect, Input
from dosimetry.uncertainty.propagation.chain import ABSOLUTE, Chain
from dosimetry.uncertainty.propagation.lines import Line, Lines
from dosimetry.uncertainty.propagation.matching import (
    URINE,
    curves_of,
    has_urine,
    in_body,
    sources_of,
    targets_of,
    whose,
)
from dosimetry.uncertainty.propagation.responses import BODY, Body, Responses

Array = NDArray[np.float64]

HEART, MARROW = "heart contents", "red marrow"


class Acting:
    """One effect of an input on one patient: it adds to the lines, and says where it changes nothing.

    mark : sets inputs of one name apart.
    """

    def __init__(self, lines: Lines, responses: Responses, an: Input, effect: Effect, mark: str) -> None:
        self.lines, self.responses, self.an, self.effect, self.mark = lines, responses, an, effect, mark
        self.chain: Chain = lines.chain

    def line(self, region: str, point: str = "") -> Line:
        """The line of the error of a region."""
        an = self.an
        key = whose(an.shared_by, self.chain.name, region, self.mark)
        return self.lines.of(Error(an.name, (*key, point) if point else key, an.kind, an.apart))

    def act(self) -> bool:
        """Whether the effect names anything of this patient; what it changes is then in the lines."""
        handlers: dict[str, Callable[[], str]] = {
            "curve": self.curve, "time": self.time, "administered activity": self.activity,
            "mass": self.mass, "haematocrit": self.haematocrit, "marrow factor": self.marrow_factor,
            "density": self.density, "half-life": self.half_life, "energy": self.energy, "dose": self.dose,
        }  # fmt: skip
        idle = handlers[self.effect.what]()
        if idle:
            self.lines.idle.setdefault(self.an.name, idle)
        return not idle

    def curve(self) -> str:
        """Values of curves, relative."""
        chain, u = self.chain, self.effect.u
        found, normalised = False, ""
        for region in curves_of(self.effect, chain):
            curve = chain.curves[region].curve
            at = None if curve.normalised_at_h is None else _at(curve.time_h, curve.normalised_at_h)
            if self.an.shared_by != "point":
                if at is not None:
                    normalised = f"the curve of {region} is normalised to its own first reading: it cancels"
                    continue
                found = True
                if chain.rests_on(region):
                    self.line(region).tiac_h += chain.of_curve(region, value=curve.value * u)
                else:
                    self.line(region).tiac_h += chain.of_area(region, u)
                continue
            found = True
            each = np.diag(curve.value * u)
            if at is not None:
                each[at] = -curve.value * u
                each[at, at] = 0.0
            self.points(region, lambda row, r=region: chain.of_curve(r, value=row), each)  # type: ignore[misc]
        if self.effect.region in (URINE, "", "all") and has_urine(chain):
            if self.an.shared_by == "point":
                return (
                    "single voids have no error of their own by this input; state it of the urine as a whole"
                )
            self.line(URINE).tiac_h += chain.relative({"urinary bladder contents": u})
            found = True
        return "" if found else normalised or self.no_curve()

    def points(self, region: str, change: Callable[[Array], Array], each: Array) -> None:
        """Errors of single points, (N, N) a row a point; one line where they act through one area alone."""
        changes = np.array([change(row) for row in each])
        if self.chain.rests_on(region) or len(self.an.effects) > 1:
            for time, row in zip(self.chain.curves[region].curve.time_h, changes, strict=True):
                self.line(region, f"{time:g} h").tiac_h += row
            return
        of_each = changes[:, np.argmax(np.abs(changes).max(axis=0))]
        largest = int(np.argmax(np.abs(of_each)))
        if of_each[largest]:
            size = float(np.sqrt(np.square(of_each).sum()))
            self.line(region, "points").tiac_h += changes[largest] * (size / of_each[largest])

    def time(self) -> str:
        """Times of points, h; a reading at time 0 is at the administration by definition."""
        chain, u = self.chain, self.effect.u
        regions = curves_of(self.effect, chain)
        for region in regions:
            curve = chain.curves[region].curve
            free = np.where(curve.time_h > 0.0, u, 0.0)
            if self.an.shared_by == "point":
                each = np.diag(free)
                self.points(region, lambda row, r=region: chain.of_curve(r, time_h=row), each)  # type: ignore[misc]
            else:
                self.line(region).tiac_h += chain.of_curve(region, time_h=free)
        return "" if regions else self.no_curve()

    def activity(self) -> str:
        """Administered activity: of curves in absolute units, and of those that are named."""
        chain, effect = self.chain, self.effect
        regions = curves_of(effect, chain)
        if effect.region in ("", "all", "organs"):
            regions = [r for r in regions if chain.measured_unit(r) in ABSOLUTE]
        for region in regions:
            if chain.rests_on(region):
                value = -effect.u * chain.curves[region].curve.value
                self.line(region).tiac_h += chain.of_curve(region, value=value)
            else:
                self.line(region).tiac_h += chain.of_area(region, -effect.u)
        if not regions and chain.curves and effect.region in ("", "all", "organs"):
            return "no curve is in kBq/g or kBq/mL; what %IA were divided by is not known"
        return "" if regions else self.no_curve()

    def mass(self) -> str:
        """Masses: of TIACs made of a concentration, and of the S values of self-dose."""
        chain, effect = self.chain, self.effect
        if not in_body(effect, chain):
            return f"the body is {'' if chain.patient.own_body else 'not '}the patient's own"
        scaled = chain.methods.organ_masses == SCALED
        if effect.region == BODY:
            if chain.tiacs.body_mass_kg is None:
                return "no mass is scaled to that of the body"
            own = {s for s in chain.sources if s in chain.tiacs.organ_mass_kg}
            follow = [s for s in chain.sources if chain.with_mass(s) and s not in own] if scaled else []
            line = self.line(BODY)
            line.tiac_h += chain.relative(dict.fromkeys(follow, effect.u))
            self.add_response(line, BODY)
            return ""
        found = False
        for source in sources_of(effect, chain):
            line = self.line(source)
            if chain.with_mass(source):
                line.tiac_h += chain.relative({source: effect.u})
                found = True
            found = self.add_response(line, source) or found
        return "" if found else "no TIAC and no S value depends on it"

    def add_response(self, line: Line, region: str) -> bool:
        """What S values change with a mass."""
        by_mass = self.responses.by_mass(Body.of(self.chain.result), region)
        if by_mass is None:
            return False
        line.dose += self.effect.u * np.einsum("n,nkt->kt", self.chain.value_h[:-1], by_mass)
        return True

    def haematocrit(self) -> str:
        """Haematocrit, absolute: heart contents go with 1 - Hct; in the marrow from serum it cancels."""
        chain = self.chain
        if chain.made_of.get(HEART) != SERUM:
            return "no heart contents from serum (in red marrow from serum the haematocrit cancels)"
        assert chain.patient.haematocrit is not None
        self.line("").tiac_h += chain.relative({HEART: -self.effect.u / (1.0 - chain.patient.haematocrit)})
        return ""

    def marrow_factor(self) -> str:
        """The extracellular share of the marrow, relative."""
        if self.chain.made_of.get(MARROW) != SERUM:
            return "no red marrow from serum"
        self.line("").tiac_h += self.chain.relative({MARROW: self.effect.u})
        return ""

    def density(self) -> str:
        """Densities, relative: of organs' curves in kBq/mL, and of what serum fills."""
        chain = self.chain
        found = [s for s in sources_of(self.effect, chain) if uses_density(chain, s)]
        for source in found:
            self.line(source).tiac_h += chain.relative({source: -self.effect.u})
        return "" if found else "no TIAC is made with it"

    def half_life(self) -> str:
        """The physical half-life, relative."""
        if not self.chain.curves:
            return self.no_curve()
        self.line("").tiac_h += self.chain.of_half_life(self.effect.u)
        return ""

    def energy(self) -> str:
        """Energy emitted per decay, relative: all doses alike."""
        self.line("").dose += self.effect.u * _by_kind(self.chain)
        return ""

    def dose(self) -> str:
        """Doses of targets, relative."""
        doses = _by_kind(self.chain)
        targets = targets_of(self.effect, self.chain, apart=self.an.apart)
        for target in targets:
            i = self.chain.result.doses.targets.index(target)
            self.line(target).dose[:, i] += self.effect.u * doses[:, i]
        if self.an.apart and self.chain.patient.own_body and not targets:
            return "the body is the patient's own"
        return "" if targets else f"the body has no target '{self.effect.region}'"

    def no_curve(self) -> str:
        """Why there is no curve."""
        if not self.chain.curves:
            return "TIACs were given: what was measured is not known"
        word = self.effect.region
        return f"no curve of {'an organ' if word == 'organs' else word or 'anything'}"


def uses_density(chain: Chain, source: str) -> bool:
    """Whether a source's TIAC is made with a density."""
    if chain.made_of.get(source) == SERUM:
        return True
    return source in chain.made_of and chain.measured_unit(source) == "kBq/mL"


def mass_regions(inputs: Sequence[Input], chain: Chain) -> list[str]:
    """Regions whose masses are uncertain in a patient; "body" is the whole one."""
    found: list[str] = []
    for an in inputs:
        for effect in an.effects:
            if effect.what == "mass" and in_body(effect, chain):
                found += [BODY] if effect.region == BODY else sources_of(effect, chain)
    return list(dict.fromkeys(found))


def _by_kind(chain: Chain) -> Array:
    part = chain.result.doses.part_mGy_per_MBq
    return np.stack([part[k] for k in KINDS])


def _at(time_h: Array, normalised_at_h: float) -> int:
    return int(np.flatnonzero(time_h == normalised_at_h)[0])
