"""CLIPs that saw many looks but one, beside those that saw photos: what ICA adds on the one."""
