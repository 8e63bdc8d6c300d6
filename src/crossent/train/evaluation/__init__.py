"""What a trained model is worth: a pass over data; from its outputs figures, calibration, thresholds, suspects."""
