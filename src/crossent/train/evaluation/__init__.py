"""The quality of a trained model: a pass over data; from its outputs figures, calibration, thresholds, suspects."""
