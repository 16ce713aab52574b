"""`assay tune` as a user calls it."""

import json
import pathlib
import tempfile

from program import LAZY, assay


with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    folder = scratch / "tuned"
    question = ["tune", LAZY, "--minimise", "verification_overhead", "--subject-to",
                "attack_gain < 0", "--subject-to", "honest_margin > 0", "--vary",
                "verification.rate=0..1", "--against", "lazy", "--share", "50%", "--precision",
                "20%", "--set", "horizon=11 d"]

    # Theory: c / (R + S) = 5 %.
    said = assay(*question, "-o", str(folder)).stdout
    tuning = json.loads((folder / "tune.json").read_text())
    assert tuning["verdict"] == "found", tuning["headline"]
    assert said.startswith(tuning["headline"])
    value = tuning["parameters"][0]
    assert value["key"] == "verification.rate" and 5.0 < value["value"] < 6.5, value
    gain, margin = tuning["constraints"]
    assert gain["text"] == "attack_gain < 0" and gain["fails"] < 5.05 < gain["holds"], gain
    assert margin["search"] == "holds at both ends", margin
    assert abs(tuning["confidence"] - 0.95) < 1e-9

    # A repetition runs nothing; the tuned market is a scenario.
    again = json.loads(assay(*question, "-o", str(folder), "--json").stdout)
    assert again["parameters"] == tuning["parameters"]
    assert again["facts"]["reused"] == again["facts"]["runs"] > 100, again["facts"]["reused"]
    assert "rate: " + value["text"].replace("\u00a0", " ") in (folder / "tuned.yaml").read_text()
    assay("check", str(folder / "tuned.yaml"))

    # That nothing satisfies everything is an answer, and a folder holds what its last run said.
    (folder / "notes.yaml").write_text("mine")
    clash = assay(*question, "--subject-to", "audited_share < 1%", "-o", str(folder))
    assert clash.stdout.startswith("No verification.rate from 0\u00a0% to 100\u00a0% keeps"), clash.stdout
    verdict = json.loads((folder / "tune.json").read_text())
    assert verdict["verdict"] == "infeasible" and len(verdict["clash"]) == 2, verdict["clash"]
    assert not (folder / "tuned.yaml").exists()
    assert (folder / "notes.yaml").read_text() == "mine" and (folder / "campaign.sqlite").exists()

    # Wrong words are found before anything runs, and leave no folder.
    for metric, constraint, vary, more, said in [
            ("overhead_of_verification", "attack_gain < 0", "0..1", [], "--minimise: found"),
            ("verification_overhead", "atack_gain < 0", "0..1", [], "did you mean 'attack_gain'"),
            ("verification_overhead", "attack_gain < 0", "2..3", [],
             "--vary: verification.rate: found 200 %, expected 0 % to 100 %"),
            ("verification_overhead", "attack_gain < 0", "0..1", ["--group", "honst"],
             "did you mean 'honest'")]:
        wrong = assay("tune", LAZY, "--minimise", metric, "--subject-to", constraint, "--vary",
                      "verification.rate=" + vary, *more, "-o", str(scratch / "x"), code=2)
        assert said in wrong.stderr, wrong.stderr
        assert not (scratch / "x").exists(), said
    twice = assay(*question, "--vary", "verification.rate=0..0.5", "-o", str(scratch / "x"), code=2)
    assert "--vary: found verification.rate twice" in twice.stderr, twice.stderr
    assert "--vary" in assay("tune", LAZY, "--minimise", "jobs", "--subject-to", "jobs > 0",
                             "--vary", "verification.rate", code=2).stderr
