"""Three causal stories with one joint law, a population that mixes them, what tells them apart."""
