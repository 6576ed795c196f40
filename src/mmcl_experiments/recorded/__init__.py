"""Recorded rows as files hold them: tasks of sweeps, and what papers printed."""
