"""Every setting of a run: its rule, its default, its names. Free of torch, so that the command line answers at once."""

from .fit import FitConfig as FitConfig
from .fit import to_yaml as to_yaml
from .rules import SettingError as SettingError
