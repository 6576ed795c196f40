"""Block identifiability when content takes few values: does style leak into the codes?"""
