"""What useless codes score when a measure is chosen and scored on the same rows."""
