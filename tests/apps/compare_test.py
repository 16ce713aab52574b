"""`assay compare` and `assay report` as a user calls them."""

import json
import pathlib
import tempfile

from program import LAZY, assay


def metrics(folder):
    compared = json.loads((folder / "compare.json").read_text())
    return {metric["name"]: metric for metric in compared["metrics"]}


with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    quick = ["--set", "horizon=3 d", "--replications", "4"]

    # A scenario compared with itself differs in nothing, to the last bit.
    assay("compare", LAZY, LAZY, *quick, "-o", str(scratch / "same"))
    same = metrics(scratch / "same")
    assert len(same) > 30, len(same)
    for metric in same.values():
        assert metric["a"] == metric["b"], metric["name"]
        # Nobody votes here: a result by vote is nothing that either side has.
        value = None if metric["left_out"] == 4 else 0.0
        assert metric["difference"]["value"] == value and metric["verdict"] == "same", metric["name"]

    # Wear is 0.10 USD an hour for everybody; a cent more costs honest work a cent more an hour, and
    # half of the leases are not worked on. With nobody cheating it is that cent.
    honest = [*quick, "--set", "actors.lazy.strategy=honest", "--set", "twins=false"]
    wear = ["--set-b", "actors.honest.wear=0.11 USD/h", "--set-b", "actors.lazy.wear=0.11 USD/h"]
    assay("compare", LAZY, *honest, *wear, "-o", str(scratch / "wear"))
    cost = metrics(scratch / "wear")["cost_usd_per_gpu_hour"]
    assert abs(cost["difference"]["value"] - 0.01) < 2e-4, cost["difference"]
    assert cost["verdict"] == "higher" and cost["better"] == "lower"
    for a, b in zip(cost["a"], cost["b"]):
        # All work takes the time of the reference device, and hashing a little more.
        assert 0.01 <= b - a < 0.0101, (a, b)

    # A market in which nobody pays the price has none, and wins nothing by it.
    dead = assay("compare", LAZY, *honest, "--set-b", "market.price=50 USD/h", "-o",
                 str(scratch / "dead")).stdout
    price = metrics(scratch / "dead")["price_usd_per_gpu_hour"]
    assert price["mean_b"]["value"] is None and price["left_out"] == 4, price
    assert price["verdict"] == "no verdict", price
    assert "price" not in dead.split("\n")[0], dead
    row = next(line for line in dead.split("\n") if line.startswith("Price *"))
    assert "–" in row and "no verdict" in row, row

    # The page is drawn again from the folder, byte for byte.
    page = (scratch / "wear" / "report.html").read_bytes()
    assay("report", str(scratch / "wear"), "-o", str(scratch / "again.html"))
    assert (scratch / "again.html").read_bytes() == page

    # So is that of a run.
    assay("run", LAZY, *quick, "-o", str(scratch / "run"))
    page = (scratch / "run" / "report.html").read_bytes()
    assay("report", str(scratch / "run"), "-o", str(scratch / "again.html"))
    assert (scratch / "again.html").read_bytes() == page

    # Wrong input ends with 2 and one clear sentence.
    wrong = assay("compare", LAZY, "--set-b", "verification.rat=10%", code=2)
    assert "rate" in wrong.stderr, wrong.stderr
    empty = scratch / "empty"
    empty.mkdir()
    assert "holds no result" in assay("report", str(empty), code=2).stderr
    (empty / "points.json").write_text("{}")
    assert "sweep without a page" in assay("report", str(empty), code=2).stderr
    (scratch / "file").write_text("x")
    assay("compare", LAZY, *quick, "-o", str(scratch / "file"), code=2)
