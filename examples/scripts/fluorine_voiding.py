# %% [markdown]
# # An 18F tracer and a bladder that is emptied
# PET of organs at minutes after the injection, and the urine of each voiding counted. What is in the bladder
# between two voidings is what will be voided, so the bladder's TIAC follows from the urine alone. The numbers
# are **made up**, of the size that renally excreted 18F tracers have.

# %% What was measured: organs in %IA as measured at these times; urine in %IA, corrected to the injection
import numpy as np

import milligray as mg

TIME_H = np.array([5, 15, 30, 60, 100, 150]) / 60  # times in minutes become hours here, once
ORGANS = {
    "liver": [7.6, 7.0, 6.1, 4.7, 3.3, 2.1],
    "kidneys": [5.2, 5.9, 4.4, 2.6, 1.5, 0.8],
    "brain": [3.1, 3.0, 2.7, 2.1, 1.6, 1.1],
}
VOIDED_AT_H, URINE_PERCENT_IA = [0.75, 2.0, 4.5], [9.0, 11.0, 8.0]
fluorine = mg.nuclide("F-18")
LAMBDA = fluorine.lambda_per_h


# %% Organs: trapezoids, then physical decay alone (the most that an organ can still hold)
def organ(region: str, percent_ia: list[float]) -> mg.Tiac:
    curve = mg.Curve(
        time_h=TIME_H, value=percent_ia, unit="%IA", decay_corrected=False, nuclide=fluorine, name=region
    )
    under = mg.area(curve, method="linear", first="zero", tail="physical")
    return mg.from_percent(region, mg.Area(under.area, under.se_area, region))


def bladder_h(voided_at_h: list[float], urine_percent_ia: list[float]) -> float:
    """TIAC of contents that grow evenly from one voiding to the next, physical decay on top, h."""
    urine = mg.Urine(
        end_h=voided_at_h,
        percent_ia=urine_percent_ia,
        decay_corrected=True,
        complete=True,
        lambda_phys_per_h=LAMBDA,
    )
    return mg.MeasuredContents(urine).tiac_h


# %% The whole body has all that was injected but for what was voided (none is, after the last voiding)
def doses(voided_at_h: list[float], urine_percent_ia: list[float]) -> mg.DoseResult:
    tiac_h = {region: organ(region, values).value_h for region, values in ORGANS.items()}
    tiac_h["urinary bladder contents"] = bladder_h(voided_at_h, urine_percent_ia)
    lost = sum(p / 100 * np.exp(-LAMBDA * t) for p, t in zip(urine_percent_ia, voided_at_h, strict=True))
    tiac_h["remainder"] = (1 - lost) / LAMBDA - sum(tiac_h.values())
    return mg.absorbed_dose(tiac_h, fluorine, "adult male")


# %% As it was, and with a voiding in the middle of each interval as well
as_it_was = doses(VOIDED_AT_H, URINE_PERCENT_IA)
twice_h = sorted([*VOIDED_AT_H, *np.convolve([0.0, *VOIDED_AT_H], [0.5, 0.5], "valid")])
twice_as_often = doses(twice_h, [p / 2 for p in URINE_PERCENT_IA for _ in range(2)])
for name, d in (("as it was", as_it_was), ("voided twice as often", twice_as_often)):
    wall, effective = 1000 * d["urinary bladder wall"], 1000 * float(d.effective("ICRP 103"))
    print(f"{name}: bladder wall {wall:.0f} uGy/MBq, effective dose {effective:.1f} uSv/MBq")
