"""Every route of the API, asked in every way that its description allows and forbids."""
