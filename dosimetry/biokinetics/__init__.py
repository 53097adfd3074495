"""From a biokinetic model to doses: decay chains, source regions, bodies and ages."""
