"""Do ICA's axes of images and of texts speak of the same things? Held out, against rotations."""
