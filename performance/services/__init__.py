"""Everything that changes KPIs, benchmarks, templates, measurements and scorecards. One module per process."""
