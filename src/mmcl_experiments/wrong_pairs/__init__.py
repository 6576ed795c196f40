"""How many wrong pairs take a box's axes away, and what they leave."""
