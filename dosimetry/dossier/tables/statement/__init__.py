"""The methods statement, item by item: what each is told from."""
