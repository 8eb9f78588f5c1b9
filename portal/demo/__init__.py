"""Demo tenants: seeded, plausible data of two industries over two years."""
