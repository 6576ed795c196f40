"""Published pairs of three networks, trained and not: their looks, and whether ICA's axes meet.

CLIP on photographs and captions, ConVIRT on medical images and reports, CLASP on proteins and
their descriptions. `sources` are their files, `run` measures, `readings` are what pages say of the
table, `figures` what they draw. What was foretold stands in `book/predictions/real_pairs.yml`.
"""
