"""What InfoNCE's own infimum holds of the block theorem: exact losses, rates and limits.

In `exact` the losses of codes that are free to grow, in `bounded` those of codes that aren't.
Nothing here is trained; what is stands in `linear_flow`, `winding` and `lost_content`.
"""
