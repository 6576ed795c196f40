"""What experiments share: two encoders fitted to a world, and rows of measurements."""
