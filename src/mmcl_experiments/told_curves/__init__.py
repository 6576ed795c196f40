"""A network that is told the states, over the steps that it trains: beside the learning curves."""
