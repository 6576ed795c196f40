"""What the number of pairs does to the loss, with the true latents of a sphere as codes."""
