"""Rows of tables before they are curves: clock times, values below the limit, batches of samples."""
