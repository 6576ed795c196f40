"""Does the loss tell how many dimensions are shared? Over the code's size, tables and training."""
