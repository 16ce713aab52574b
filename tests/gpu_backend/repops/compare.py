#!/usr/bin/env python3
"""Compares the digests that PROGRAM prints with golden.txt.

    compare.py same|differ PROGRAM GOLDEN

`same`: every digest must be equal. `differ`: the program was built with options that break the
guarantee, and the digests must show it.
"""

import subprocess
import sys


def digests(text):
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


def main():
    expectation, program, golden = sys.argv[1:]
    ours = digests(subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout)
    with open(golden, encoding="utf-8") as file:
        expected = digests(file.read())
    if ours.keys() != expected.keys():
        return f"other cases than in {golden}"
    wrong = [name for name, digest in ours.items() if digest != expected[name]]
    print(f"{len(wrong)} of {len(ours)} digests differ", *wrong[:10], sep="\n")
    if expectation == "same":
        return 1 if wrong else 0
    return 0 if wrong else 1


if __name__ == "__main__":
    sys.exit(main())
