"""What linear ICA does to a CLIP whose factors are known: one trained CLIP, both towers."""
