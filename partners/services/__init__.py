"""Everything that changes partner records. Screens, the API, imports and commands all come through here."""
