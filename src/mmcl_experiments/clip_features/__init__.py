"""What paired features of a real network look like, against what the theorems assume."""
