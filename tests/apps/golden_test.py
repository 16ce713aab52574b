"""The golden traces: what happens in a small market, told event by event with every move of money.

tests/golden/market.yaml is run and three of its stories are compared with the files beside it. A
change of the protocol shows there as a difference that people read in review. This writes them anew:

    ASSAY_PROGRAM=build/release/apps/assay/assay ASSAY_SOURCE_DIR=. python3 tests/apps/golden_test.py --write
"""

import difflib
import pathlib
import sys
import tempfile

from program import SOURCE, assay

GOLDEN = SOURCE / "tests" / "golden"
# A job whose two tasks go to the honest and to the lazy, a cheat who comes back, a verifier.
STORIES = {"job": ["job", "0"], "cheat": ["principal", "2"], "verifier": ["principal", "4"]}


def told():
    with tempfile.TemporaryDirectory() as scratch:
        run = str(pathlib.Path(scratch) / "run")
        assay("run", str(GOLDEN / "market.yaml"), "-o", run)
        return {name: assay("why", run, *subject).stdout for name, subject in STORIES.items()}


def main():
    if sys.argv[1:] == ["--write"]:
        for name, text in told().items():
            (GOLDEN / f"{name}.txt").write_text(text, encoding="utf-8")
        return
    changed = []
    for name, text in told().items():
        expected = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
        changed += difflib.unified_diff(expected.splitlines(), text.splitlines(), f"tests/golden/{name}.txt",
                                        "this run", lineterm="")
    if changed:
        sys.exit("\n".join(changed) + "\n\nIf that is meant, the command in tests/apps/golden_test.py writes it anew.")
    # What the traces are there to show.
    everything = "".join(told().values())
    for event in ("is paid", "opens a dispute", "convicted", "burned", "registers and stakes", "escrow of job"):
        assert event in everything, event


main()
