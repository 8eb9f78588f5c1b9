"""KPIs, benchmarks, measurements, scorecards and runs in the REST API."""
