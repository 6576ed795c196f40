"""What a real contrastive model of photographs and places has in its axes: GeoCLIP on the map."""
