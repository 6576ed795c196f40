"""From copied content to coupled latents: one world, one game, one knob."""
