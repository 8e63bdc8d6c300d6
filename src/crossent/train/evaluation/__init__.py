"""What a trained model is worth: a pass over data, and figures, calibration, thresholds, suspects made of its outputs."""
