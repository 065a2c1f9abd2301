"""Making of the embedded model: training texts, planted values, training, calibration and the model card.

Not part of the installed package: the package ships the weights, and this folder holds the code that makes
them.
"""
