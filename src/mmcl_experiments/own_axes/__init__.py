"""Are ICA's axes the world's or the training's? Components of several of this book's CLIPs.

`run` matches components of CLIPs that were trained apart, and scores each start of ICA;
`readings` are what pages say of the table, `figures` what they draw. What was foretold stands in
`book/predictions/own_axes.yml`.
"""
