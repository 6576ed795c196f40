"""The same numbers, sooner: products a block of rows at a time, white rows in pieces, and Muon."""
