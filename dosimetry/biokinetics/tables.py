"""Tables of a biokinetic model's TIACs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.biokinetics.model_doses import ModelDoses


def tiac_table(found: ModelDoses) -> pd.DataFrame:
    """TIACs by body, nuclide and source region.

    Parameters
    ----------
    found : from :func:`dosimetry.model_doses`.

    Returns
    -------
    A row a body, nuclide and source region: ``body``, ``nuclide``, ``source``, ``tiac_h``, and ``se_tiac_h``
    where the model was fitted.

    Raises
    ------
    DosimetryError : never; the model's doses were computed with them.

    Examples
    --------
    >>> from dosimetry import model_doses
    >>> table = tiac_table(model_doses("examples/models/fdg-icrp128.toml", bodies=["adult male"]))
    >>> table.set_index("source")["tiac_h"].round(2).to_dict()["brain"]
    0.21
    """
    import pandas as pd

    rows = [
        (label, nuclide, source, h)
        for label, by_nuclide in found.tiac_h.items()
        for nuclide, table in by_nuclide.items()
        for source, h in table.items()
    ]
    table = pd.DataFrame(rows, columns=["body", "nuclide", "source", "tiac_h"])
    if found.tiac_covariance_h2:
        known = {
            (label, *key): math.sqrt(max(float(variance), 0.0))
            for label, c in found.tiac_covariance_h2.items()
            for key, variance in zip(c.index, np.diag(c.to_numpy()), strict=True)
        }
        table["se_tiac_h"] = [known.get(row[:3], math.nan) for row in rows]
    return table
