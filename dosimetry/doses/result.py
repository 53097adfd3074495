"""The absorbed doses of one body by target region and kind of radiation, as one typed result.

How much of a dose alphas bring and whose body it is belong to it: no arithmetic, copy or file loses them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses import absolute, display, plain
from dosimetry.doses.combining import joined, named_notes, same_body
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.left_out import still_left_out
from dosimetry.svalues.folding import KINDS
from phantoms.library.saf import BETWEEN, REFERENCE_BODY, REFERENCE_TARGETS
from phantoms.regions.names import resolve

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.doses.effective_result import EffectiveDose

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DoseResult(Mapping[str, float]):
    """Absorbed doses per administered activity in one body.

    As a mapping it gives the total by target region, mGy/MBq; ``a + b`` adds by radiation, and refuses
    another body; ``2 * a`` scales. :attr:`total` and :meth:`to_frame` are pandas objects, and
    :meth:`effective` is the effective dose.

    targets : target regions.
    part_mGy_per_MBq : kind of radiation ("photon", "electron", "alpha") -> (T,), mGy/MBq.
    nuclides : what emitted it; daughters stand in ``provenance``.
    body : the phantom's name.
    sex : "male", "female" or "both" (a child's body).
    masses : convention of the target masses, e.g. "ICRP 133".
    body_mass_kg, organ_mass_kg : the patient's, where doses were scaled to them.
    tiac_error_mGy_per_MBq : (M, 3, T), each of M independent errors of the TIACs as the change that one
        standard error of it makes, by kind and target; None where the TIACs' errors are not known.
    se_from_saf_mGy_per_MBq : (T,), standard error from the SAFs' statistics; None where they state none.
    missing : "se_from_tiac" or "se_from_saf" -> why it is not known.
    provenance : where the numbers come from, flat text.
    notes : what a reader should know, one sentence each.

    Raises
    ------
    DosimetryError : an unknown sex, a part that is missing or of another length, a dose below 0 or NaN.

    Examples
    --------
    >>> from dosimetry import absorbed_dose
    >>> tiac = {"liver": 11.0, "remainder": 70.0}
    >>> first = absorbed_dose(tiac, "Lu-177", "adult male")
    >>> course = first + 0.8 * first  # two cycles of 1 and 0.8 MBq
    >>> round(course["liver"] / first["Liver"], 6)
    1.8
    >>> DoseResult.from_dict(course.to_dict())["liver"] == course["liver"]
    True
    """

    targets: tuple[str, ...]
    part_mGy_per_MBq: Mapping[str, Array]
    nuclides: tuple[str, ...]
    body: str
    sex: str
    masses: str = ""
    body_mass_kg: float | None = None
    organ_mass_kg: Mapping[str, float] = field(default_factory=dict)
    tiac_error_mGy_per_MBq: Array | None = None
    se_from_saf_mGy_per_MBq: Array | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.sex not in ("male", "female", "both"):
            raise DosimetryError(f"sex '{self.sex}' is unknown; allowed: male, female, both")
        shape = (len(self.targets),)
        if set(self.part_mGy_per_MBq) != set(KINDS) or any(
            np.shape(p) != shape for p in self.part_mGy_per_MBq.values()
        ):
            raise DosimetryError(f"doses need the parts {', '.join(KINDS)}, each with {shape[0]} targets")
        for kind, part in self.part_mGy_per_MBq.items():
            bad = ~(np.isfinite(part) & (part >= 0.0))
            if bad.any():
                i = int(np.flatnonzero(bad)[0])
                raise DosimetryError(
                    f"dose of '{self.targets[i]}' by {kind}s is {part[i]:g} mGy/MBq; it must be a number of 0"
                    " or more"
                )
        errors, saf = self.tiac_error_mGy_per_MBq, self.se_from_saf_mGy_per_MBq
        if errors is not None and np.shape(errors)[1:] != (len(KINDS), *shape):
            raise DosimetryError(
                f"errors of the TIACs have the shape {np.shape(errors)}; (errors, {len(KINDS)} radiations,"
                f" {shape[0]} targets) is needed"
            )
        if saf is not None and np.shape(saf) != shape:
            raise DosimetryError(f"standard errors from SAFs: {np.size(saf)} for {shape[0]} targets")
        missing = dict(self.missing)
        for name, value in (("se_from_tiac", errors), ("se_from_saf", saf)):
            if value is None:
                missing.setdefault(name, "not given")
            else:
                missing.pop(name, None)
        object.__setattr__(self, "missing", missing)

    @property
    def total_mGy_per_MBq(self) -> Array:
        """Sum over the kinds of radiation, (T,)."""
        total: Array = np.sum([self.part_mGy_per_MBq[k] for k in KINDS], axis=0)
        return total

    def __getitem__(self, target: str) -> float:
        """Total dose of a target region by name or alias, mGy/MBq.

        Raises
        ------
        KeyError : the body has no such target.
        """
        if target not in self.targets:
            try:
                target = resolve(str(target), self.targets, kind="target region", where=f"'{self.body}'")
            except ValueError as error:
                raise KeyError(str(error)) from None
        return float(self.total_mGy_per_MBq[self.targets.index(target)])

    def __iter__(self) -> Iterator[str]:
        return iter(self.targets)

    def __len__(self) -> int:
        return len(self.targets)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.total_mGy_per_MBq, dtype=dtype)

    @property
    def se_from_tiac_mGy_per_MBq(self) -> Array:
        """Standard error from the TIACs (first-order law of propagation), (T,); NaN where not known."""
        if self.tiac_error_mGy_per_MBq is None:
            return np.full(len(self.targets), np.nan)
        return np.asarray(np.sqrt(np.square(self.tiac_error_mGy_per_MBq.sum(axis=1)).sum(axis=0)))

    @property
    def se_mGy_per_MBq(self) -> Array:
        """Standard error from TIACs and SAFs, of the TIACs alone where SAFs state none; NaN: not known."""
        saf = 0.0 if self.se_from_saf_mGy_per_MBq is None else self.se_from_saf_mGy_per_MBq
        return np.hypot(self.se_from_tiac_mGy_per_MBq, saf)

    @property
    def covariance_mGy2_per_MBq2(self) -> pd.DataFrame | None:
        """Covariance of the total doses by the TIACs' errors, targets x targets; None where not known."""
        import pandas as pd

        if self.tiac_error_mGy_per_MBq is None:
            return None
        change = self.tiac_error_mGy_per_MBq.sum(axis=1)
        return pd.DataFrame(change.T @ change, index=list(self.targets), columns=list(self.targets))

    @property
    def reference_targets(self) -> tuple[str, ...]:
        """Targets whose doses are not of the body itself: a reference body lent its SAFs for them
        (:func:`dosimetry.with_regions_of`)."""
        told = self.provenance.get(f"phantom {REFERENCE_TARGETS}", "").split(BETWEEN)
        return tuple(t for t in self.targets if t in told)

    @property
    def reference_body(self) -> str:
        """The name of that reference body; "" where there is none."""
        return self.provenance.get(f"phantom {REFERENCE_BODY}", "").partition(" (")[0]

    @property
    def has_alphas(self) -> bool:
        """Whether any target has a dose by alphas or recoil nuclei."""
        return bool(np.any(self.part_mGy_per_MBq["alpha"] > 0.0))

    def equivalent_dose_mSv_per_MBq(self, w_alpha: float) -> dict[str, float]:
        """Equivalent dose by target: w_R is 1 for photons and electrons, ``w_alpha`` for alphas, recoil."""
        part = self.part_mGy_per_MBq
        values = part["photon"] + part["electron"] + w_alpha * part["alpha"]
        return dict(zip(self.targets, values.tolist(), strict=True))

    def effective(self, weights: str = "ICRP 60") -> EffectiveDose:
        """Effective dose of this body with its standard error; see :func:`dosimetry.effective_dose`."""
        from dosimetry.doses.effective import effective_dose

        return effective_dose(self, weights)

    def __add__(self, other: object) -> DoseResult:
        """The dose of both, by radiation.

        Errors of the two sets of TIACs are taken as independent; those of the SAFs, which are the same, add
        linearly.

        Raises
        ------
        DosimetryError : another body, or the same with other masses.
        """
        if not isinstance(other, DoseResult):
            return NotImplemented
        same_body(self, other)
        mine, theirs = self.tiac_error_mGy_per_MBq, other.tiac_error_mGy_per_MBq
        saf, saf_too = self.se_from_saf_mGy_per_MBq, other.se_from_saf_mGy_per_MBq
        nuclides = tuple(dict.fromkeys((*self.nuclides, *other.nuclides)))
        notes = still_left_out(dict.fromkeys((*named_notes(self), *named_notes(other))), nuclides)
        return replace(
            self,
            part_mGy_per_MBq={k: self.part_mGy_per_MBq[k] + other.part_mGy_per_MBq[k] for k in KINDS},
            nuclides=nuclides,
            organ_mass_kg={**self.organ_mass_kg, **other.organ_mass_kg},
            tiac_error_mGy_per_MBq=None if mine is None or theirs is None else np.concatenate([mine, theirs]),
            se_from_saf_mGy_per_MBq=None if saf is None or saf_too is None else saf + saf_too,
            missing={**other.missing, **self.missing},
            provenance=joined((self.provenance, other.provenance)),
            notes=tuple(notes),
        )

    def __radd__(self, other: object) -> DoseResult:
        """``sum(results)`` begins with 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __mul__(self, factor: float) -> DoseResult:
        """All doses and their standard errors times a number of 0 or more."""
        if not isinstance(factor, int | float | np.number) or not math.isfinite(factor) or factor < 0:
            return NotImplemented
        errors, saf = self.tiac_error_mGy_per_MBq, self.se_from_saf_mGy_per_MBq
        return replace(
            self,
            part_mGy_per_MBq={k: v * float(factor) for k, v in self.part_mGy_per_MBq.items()},
            tiac_error_mGy_per_MBq=None if errors is None else errors * float(factor),
            se_from_saf_mGy_per_MBq=None if saf is None else saf * float(factor),
        )

    __rmul__ = __mul__
    # a Mapping would compare totals alone, as if radiations did not matter
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def total(self) -> pd.Series:
        """Total dose by target region, mGy/MBq. A plain Series: the radiations are no longer in it."""
        import pandas as pd

        index = pd.Index(self.targets, name="target")
        return pd.Series(self.total_mGy_per_MBq, index=index, name="dose_mGy_per_MBq")

    def to_frame(self) -> pd.DataFrame:
        """A row a target region: ``dose_mGy_per_MBq``, its standard error ``se_mGy_per_MBq`` and what TIACs
        and SAFs bring to it (``se_from_tiac_mGy_per_MBq``, ``se_from_saf_mGy_per_MBq``; NaN: not known), and
        its parts (``photon_part_mGy_per_MBq``, ``electron_...``, ``alpha_...``)."""
        return display.frame(self)

    def for_activity(self, administered_MBq: float) -> pd.DataFrame:
        """Absorbed doses of an administered activity in MBq: ``absorbed_dose_Gy`` by target region, ``se_Gy``
        and what TIACs and SAFs bring to it. The activity is taken as exact.

        Raises
        ------
        DosimetryError : an activity that is not above 0, or that nobody is given (1 TBq).
        """
        return absolute.absolute_frame(self, administered_MBq)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it: lists, text, numbers, None; :meth:`from_dict` gives back every bit."""
        return plain.to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DoseResult:
        """The result that :meth:`to_dict` gave.

        Raises
        ------
        DosimetryError : a key is missing, unknown or of another format; numbers that are no doses.
        """
        return cls(**plain.arguments(data))

    def facts(self) -> dict[str, str]:
        """What the result is of and where it comes from, as flat text for tables and archives."""
        return {
            "unit": "mGy/MBq",
            "sex": self.sex,
            **self.provenance,
            "notes": " ".join(self.notes),
            **{f"{k} missing": v for k, v in self.missing.items()},
        }

    def __str__(self) -> str:
        return display.text(self)

    def __repr__(self) -> str:
        return display.line(self)

    def _repr_html_(self) -> str:
        return display.page(self)
