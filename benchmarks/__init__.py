"""How fast a theorem can be checked: ratios, each from one run on one machine.

`python -m benchmarks` runs all of them, one thread on a CPU; each prints its ratios and writes
`_build/bench/<cpu or cuda>/<name>.json`. The book shows what was copied to `results/bench/`.
"""
