"""The oracle leg: the loss at the true latents against its closed form, without any training."""
