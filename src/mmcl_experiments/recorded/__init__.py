"""Recorded rows as files hold them, and where: tasks of sweeps, and what papers printed."""
