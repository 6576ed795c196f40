"""What the walls of a box cost, in one dimension, on a fine grid, without sampling."""
