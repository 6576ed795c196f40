"""Executing chapters: what has to run, the kernel, processes side by side."""
