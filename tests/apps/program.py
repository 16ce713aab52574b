"""What tests of the command line have in common: the program, the sources, and calling it."""

import os
import pathlib
import subprocess

PROGRAM = os.environ["ASSAY_PROGRAM"]
SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
LAZY = str(SOURCE / "scenarios" / "attacks" / "lazy.yaml")


def call(*arguments, cwd=None):
    """The program, however it ends."""
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=cwd)


def assay(*arguments, code=0, cwd=None):
    """The program, which must end with `code`."""
    done = call(*arguments, cwd=cwd)
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done
