"""The benchmarks: the product's own code beside limits measured in the same run. Development only, needs duckdb."""
