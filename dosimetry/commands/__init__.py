"""The commands of ``milligray``; each module has ``register(app)`` and imports what is heavy when it is used."""
