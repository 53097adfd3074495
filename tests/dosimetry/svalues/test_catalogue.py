"""S values of many nuclides in one call."""

import numpy as np
import pytest
from toy_body import make_library

from dosimetry import DosimetryError, s_values
from dosimetry.svalues.catalogue import s_values_of_all
from phantoms.errors import PhantomError


def test_all_nuclides_but_those_with_spontaneous_fission(toy):
    every = s_values_of_all(toy)
    assert len(every.nuclides) == 1252 - 28
    assert len(every.refused) == 28
    assert "spontaneous fission" in every.refused["Cf-252"]
    assert every.value.shape == (1224, len(toy.targets), len(toy.sources))
    assert np.all(np.isfinite(every.value)) and np.all(every.value >= 0.0)
    i = every.nuclides.index("Zr-89")
    np.testing.assert_array_equal(every.value[i], s_values("Zr-89", toy))


def test_the_second_call_gives_the_same_object(toy):
    assert s_values_of_all(toy) is s_values_of_all(toy)


def test_a_pair_by_any_name(toy):
    some = s_values_of_all(toy, nuclides=["177Lu", "Y90"])
    assert some.nuclides == ("Lu-177", "Y-90")
    assert some.pair("Liver", "liver")[1] == s_values("Y-90", toy).loc["liver", "liver"]


def test_a_nuclide_asked_for_by_name_is_not_left_out(toy):
    with pytest.raises(DosimetryError, match="spontaneous fission"):
        s_values_of_all(toy, nuclides=["Zr-89", "Cf-252"])


def test_nuclides_whose_radiation_has_no_table_are_refused_by_name():
    every = s_values_of_all(make_library(alpha=False))
    assert "no SAFs for alphas" in every.refused["Po-210"]
    assert "Po-210" not in every.nuclides and "Zr-89" in every.nuclides
    with pytest.raises(PhantomError, match="no SAFs for alphas"):
        s_values_of_all(make_library(alpha=False), nuclides=["Po-210"])
