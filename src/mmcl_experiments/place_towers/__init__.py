"""GeoCLIP's two towers taken apart: capsules, dimensions, the map's edges, the sea, pictures."""
