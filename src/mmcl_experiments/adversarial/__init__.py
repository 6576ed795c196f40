"""Codes that are as good as the theorem's and aren't it: what too many code dimensions allow."""
