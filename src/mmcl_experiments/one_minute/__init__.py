"""The picture of the front page: two worlds of two latents, as the coupling of partners rises."""
