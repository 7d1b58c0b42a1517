"""Answers as students give them, by notebook: RIGHT ones, and WRONG ones with a word that the
verdict must use to name the mistake.

They are written independently of the checks: a check must see through all of them.
"""
