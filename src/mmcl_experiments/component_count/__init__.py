"""Does the number of components decide what linear ICA is worth? One trained CLIP, its images."""
