"""The same numbers, sooner: products a block of rows at a time, and Muon."""
