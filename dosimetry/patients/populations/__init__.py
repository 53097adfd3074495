"""Curves of one region of all patients fitted together: the method, the fit, what each patient has of it."""
