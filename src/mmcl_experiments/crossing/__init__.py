"""Where the true latents, as codes at a fixed temperature, become worse than a constant code."""
