"""How many dimensions do two modalities share? Codes with room to spare, against the loss curve."""
