"""From a body to its SAF library: photon SAFs simulated in units, the rest added, all assembled."""
