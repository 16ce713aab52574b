"""`assay run --execution live` and `tape:FILE` as a user calls them."""

import json
import operator
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from program import LAZY, PROGRAM, SOURCE, assay

STUDY = str(SOURCE / "scenarios/studies/live-dispute.yaml")
# The study with the least of workloads, and more days for it.
SMALL = ["--set", "execution.live.workload=mlp-tiny", "--set", "horizon=6 d"]


TORCH = (pathlib.Path(PROGRAM).parent / "assay-torch-cpu.so").exists()


def run(*arguments, code=0):
    return assay("run", STUDY, *SMALL, *arguments, code=code)


def digest(done):
    return re.search(r"^digest: (\w+)$", done.stdout, re.M)[1]


def answers(tape):
    """What a tape says, without the wall times."""
    lines = [json.loads(line) for line in tape.read_text().splitlines()]
    for line in lines:
        line.pop("seconds", None)
    return lines[:-1]  # the last one is the hash


with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    live = scratch / "live"
    first = run("--execution", "live", "--jobs", "2", "-o", live)
    assert "segments and" in first.stderr, first.stderr  # the progress line
    record = json.loads((live / "run.json").read_text())
    executed = record["execution"]
    assert executed["mode"] == "live" and executed["backend"] == "cpu-repops"
    assert executed["segments"] > 20 and executed["differing"] > 5 and executed["disputes"] > 5, executed
    tape = live / "tape.jsonl"
    lines = answers(tape)
    segments = [line for line in lines if line.get("answer") == "segment"]
    disputes = [line for line in lines if line.get("answer") == "dispute"]
    assert len(segments) == executed["segments"] and len(disputes) == executed["disputes"]
    for line in segments:  # bits differ where somebody cheated, and nowhere else
        same = line["claim"] == line["check"]
        # A flipped bit may be one that only the reported loss depends on.
        assert line["behaviour"] == "bit-flip" or same == (line["behaviour"] == "honest"), line
    key = operator.itemgetter("lease", "segment", "behaviour")
    same = {key(line): line["claim"] == line["check"] for line in segments}
    for line in disputes:  # who challenges right bits made its own up, whatever led to them
        assert line["loser"] == ("challenger" if same[key(line)] else "provider"), line
    assert {line["behaviour"] for line in disputes} >= {"honest", "skip", "bit-flip"}, disputes
    page = (live / "report.html").read_text()
    assert "What was executed" in page
    for line in disputes:
        assert line["lease"] in page and f"{line['operator']}, {line['operator_name']}" in page

    summary = json.loads((live / "summary.json").read_text())["metrics"]
    assert summary["honest_slashes"]["mean"] == 0 and summary["slashes"]["mean"] > 0

    # The page is drawn again from the folder, byte for byte.
    assay("report", live, "-o", scratch / "page.html")
    assert (scratch / "page.html").read_text() == page

    # Again without a worker, from the tape: the same digest, the same numbers, the same tape.
    again = run("--execution", f"tape:{tape}", "-o", scratch / "again")
    assert digest(again) == digest(first)
    assert (scratch / "again" / "tape.jsonl").read_bytes() == tape.read_bytes()
    repeated = json.loads((scratch / "again" / "run.json").read_text())
    assert repeated["execution"]["mode"] == "tape"
    assert repeated["execution"]["tape_sha256"] == executed["tape_sha256"]
    assert json.loads((scratch / "again" / "summary.json").read_text())["metrics"] == summary
    # Threads and workers change nothing but times.
    other = run("--execution", "live", "--jobs", "1", "--workers", "3", "-o", scratch / "other")
    assert digest(other) == digest(first) and answers(scratch / "other" / "tape.jsonl") == lines
    # What happened to somebody is told from the tape, too.
    assert "recorded digest" in assay("why", live, "principal", "41", "--last", "5").stdout
    # Without execution the same scenario runs by its table.
    assert "segments executed" not in run("-o", scratch / "table").stdout

    # A worker is killed, another one hangs: the run goes on, and nothing changes.
    for how, patience in ((signal.SIGKILL, "2 min"), (signal.SIGSTOP, "5 s")):
        running = subprocess.Popen(
            [PROGRAM, "run", STUDY, *SMALL, "--set", f"execution.live.patience={patience}",
             "--execution", "live", "--jobs", "1", "--workers", "1", "-o", scratch / "hit"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        children = f"/proc/{running.pid}/task/{running.pid}/children"
        found = ""
        while not found and running.poll() is None:
            found = pathlib.Path(children).read_text()
            time.sleep(0.01)
        os.kill(int(found.split()[0]), how)
        output, _ = running.communicate(timeout=300)
        assert running.returncode == 0 and digest(first) in output, (how, output)

    # One that listens on a socket does as well.
    path = scratch / "worker.sock"
    listening = subprocess.Popen([pathlib.Path(PROGRAM).parent / "assay-worker", "serve", "--socket", path],
                                 stdout=subprocess.PIPE, text=True)
    listening.stdout.readline()
    assert digest(run("--execution", "live", "--worker", path, "-o", scratch / "socket")) == digest(first)
    assert "a worker that listens has its own" in run("--execution", "live", "--worker", path, "--backend", "cpu-repops",
                                                      code=2).stderr
    listening.terminate()
    listening.wait(timeout=30)

    # Wrong input: one clear error, exit code 2.
    text = tape.read_text()
    (scratch / "damaged.jsonl").write_text(text.replace('"loser":"provider"', '"loser":"nobody"', 1))
    (scratch / "short.jsonl").write_text(text[:len(text) // 2])
    for arguments, expected in (
            (["--execution", "lively"], "expected table, live or tape:FILE"),
            (["--execution", "tape:" + str(scratch / "absent")], "no such tape"),
            (["--execution", "tape:" + str(scratch / "damaged.jsonl")], "SHA-256"),
            (["--execution", "tape:" + str(scratch / "short.jsonl")], "cut short"),
            (["--execution", f"tape:{tape}", "--set", "name=other"], "another scenario"),
            (["--execution", f"tape:{tape}", "--set", "execution.live.steps=3"], "steps 4, expected 3"),
            (["--execution", "live", "--worker", "/nowhere/worker"], "found no /nowhere/worker"),
            (["--execution", "live", "--backend", "cpu-repop"], "did you mean 'cpu-repops'"),
            (["--execution", "live", "--backend", "torch-cpu"],
             "found torch-cpu, expected cpu-repops or cuda-repops" if TORCH else "was not built here"),
            (["--execution", "live", "--set", "execution.live.workload=mlp-tinny"], "mlp-tiny"),
            (["--execution", "live", "--set", "execution.live.cheats.skip.does=skipp"], "skip"),
            (["--execution", "live", "--set", "dispute.branching=10"], "power of two"),
            (["--backend", "cpu-repops"], "--execution")):
        said = run(*arguments, code=2).stderr
        assert expected in said, (arguments, said)
    assert "expected bitwise" in assay("run", LAZY, "--execution", "live", code=2).stderr
    bitwise = assay("run", LAZY, "--set", "execution.mode=bitwise", "--execution", "live", code=2)
    assert "execution.live: found nothing" in bitwise.stderr

    # A failed run: exit code 1, and one line that says what failed.
    for arguments, expected in (
            (["--execution", f"tape:{tape}", "--seed", "2"], "the tape is that of another run"),
            (["--execution", "live", "--worker", "/bin/false"], "ended with code 1"),
            (["--execution", "live", "--worker", "/bin/cat"], "ended with code")):
        said = run(*arguments, code=1).stderr
        errors = [line for line in said.splitlines() if line.startswith("assay:")]
        assert len(errors) == 1 and expected in errors[0], (arguments, said)
