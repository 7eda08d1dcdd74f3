"""What the commands of this package share: bad input is one clear line and exit code 4."""

import argparse
import sys
from typing import NoReturn

USAGE = 4


class UsageParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line and exit code 4."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (--help says more)", file=sys.stderr)
        raise SystemExit(USAGE)
