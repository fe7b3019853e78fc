"""What a run costs, against a shell script that does the same with plain git: `python -m benchmarks.run`."""
