"""The set-based scoring engine: rules R1 to R10 as SQL over a whole tenant, the same code for one pair or all."""
