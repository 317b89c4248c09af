#!/usr/bin/env python
"""Django's own commands, for those who look for them here. `hoiro manage …` is the same."""

import sys

from hoiro.cli import manage

if __name__ == "__main__":
    manage(sys.argv[1:])
