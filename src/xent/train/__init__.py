"""The training system: labelled data in, a trained, tested and documented classifier out.

Start at `xent.train.fit.fit`; its settings are `xent.train.config.FitConfig`. Nothing is imported here, so that
the command line can read the settings without loading torch.
"""
