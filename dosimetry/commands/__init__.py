"""The commands of ``milligray``; each module has ``register(app)`` and imports heavy things where used."""
