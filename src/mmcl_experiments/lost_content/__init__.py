"""Which content do trained codes lose, and which style comes in? Three rivals predict it."""
