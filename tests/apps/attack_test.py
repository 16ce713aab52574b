"""`assay attack` as a user calls it."""

import json
import pathlib
import tempfile

from program import LAZY, assay


def rows(folder):
    table = json.loads((folder / "attack.json").read_text())
    return table, {row["strategy"]: row for row in table["rows"]}


with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    quick = ["--against", "lazy,partial", "--share", "20%", "--set", "horizon=11 d"]

    # c = 0.10, R = 0.12, S = 1.88: skipping everything breaks even at 5 % (V2). Far above it all
    # cheating is deterred, and skipping least loses least; far below, skipping all gains most.
    high = scratch / "high"
    said = assay("attack", LAZY, *quick, "--set", "verification.rate=20%", "-o", str(high)).stdout
    assert said.startswith("Of 2 attacks, 2 are deterred"), said
    # A change has its sign: a minus is a loss of the honest, here as on the page.
    assert "change of an honest profit" in said and "harm" not in said, said
    table, found = rows(high)
    # What an accused cheat does is searched too.
    assert found["partial"]["parameters"].startswith("share 5 %"), found["partial"]["parameters"]
    for row in found.values():
        assert row["verdict"] == "deterred" and row["gain_usd"]["interval"]["high"] < 0
        assert len(row["gains_usd"]) == 8
    assert 0.5 < found["lazy"]["caught_share"]["value"] <= 1
    rate, stake = found["lazy"]["deterrents"]
    assert rate["key"] == "audit rate" and abs(rate["value"] - 0.05) < 0.001, rate
    # c / q - R at q = 20 %.
    assert stake["key"] == "stake" and abs(stake["value"] - 0.38) < 0.01, stake

    low = scratch / "low"
    assay("attack", LAZY, *quick, "--set", "verification.rate=1%", "-o", str(low))
    _, found = rows(low)
    assert found["partial"]["parameters"].startswith("share 100 %"), found["partial"]["parameters"]
    for row in found.values():
        assert row["verdict"] == "pays" and row["gain_usd"]["interval"]["low"] > 0
    # Skipping all by another name gains the same.
    assert found["partial"]["gains_usd"] == found["lazy"]["gains_usd"]

    # A repetition runs nothing and says the same; the attacked market can be played by itself.
    again = json.loads(assay("attack", LAZY, *quick, "--set", "verification.rate=1%", "-o",
                             str(low), "--json").stdout)
    assert again["rows"] == rows(low)[0]["rows"]
    assert again["facts"]["reused"] == again["facts"]["runs"] > 8 * 3, again["facts"]["reused"]
    assay("run", str(low / "attack-lazy.yaml"), "-o", str(scratch / "run"))
    summary = json.loads((scratch / "run" / "summary.json").read_text())["metrics"]
    # With fewer strategies the folder keeps nothing of the others.
    alone = ["--against", "lazy", "--share", "100%", "--set", "horizon=11 d"]
    said = assay("attack", LAZY, *alone, "-o", str(low)).stdout
    assert (low / "attack-lazy.yaml").exists() and not (low / "attack-partial.yaml").exists()
    # Somebody is left to be attacked.
    assert "all but one of each honest group" in said, said
    gain = sum(found["lazy"]["gains_usd"]) / 8
    groups = [summary["gain_honest-deviating_usd"]["mean"], summary["gain_lazy-deviating_usd"]["mean"]]
    assert abs(sum(groups) / 2 - gain) < 1e-9, (groups, gain)

    wrong = assay("attack", LAZY, "--against", "lasy", code=2).stderr
    assert "did you mean 'lazy'" in wrong, wrong
    assert "--share" in assay("attack", LAZY, "--share", "0%", code=2).stderr
    wrong = assay("attack", LAZY, "--group", "honst", "-o", str(scratch / "x"), code=2).stderr
    assert "--group: found honst" in wrong and "did you mean 'honest'" in wrong, wrong
    assert not (scratch / "x").exists()
