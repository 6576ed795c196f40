"""The oracle leg on the box: the loss at the true scores against its closed form, untrained."""
