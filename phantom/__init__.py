"""How the embedded model was made: its people, their words, what is planted in it, its training and its card.

Not part of the installed package: the package carries the weights, this folder the way to make them again.
"""
