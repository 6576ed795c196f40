"""Pictures and captions by other rules of the game: what decides which factors codes hold?"""
