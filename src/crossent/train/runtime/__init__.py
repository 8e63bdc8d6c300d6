"""The ground that a run stands on: devices, processes, signals."""
