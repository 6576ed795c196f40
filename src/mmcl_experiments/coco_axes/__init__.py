"""What `mmcl diagnose` says of real paired features: the numbers and the verdict of a report."""
