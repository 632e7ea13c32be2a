"""Benchmarks: every figure is a ratio against a floor in the same run, medians of interleaved rounds.

`bin/bench --rows 1000000` runs them on services of its own and writes bench-results/*.json and a table.
"""
