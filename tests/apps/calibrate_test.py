"""`assay calibrate`: a profile measured on this machine, and a market that runs on it."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from program import PROGRAM, SOURCE, assay

DATA = SOURCE / "scenarios" / "data"
scratch = tempfile.TemporaryDirectory()
FOLDER = pathlib.Path(scratch.name)
QUICK = ["calibrate", "--quick", "--backend", "cpu-repops", "--workloads", "mlp-tiny", "--compare", "mlp-tiny"]

# Wrong input: exit code 2, what was found, what is allowed and the nearest name; no file is left.
for arguments, expected in (
        (["--device", "cpuu", "-o", "x.json"], "found cpuu, expected cpu or cuda:0 (did you mean 'cpu'?)"),
        (["--device", "cuda:", "-o", "x.json"], "expected cpu or cuda:0"),
        (["--backend", "cpu-repop", "-o", "x.json"], "did you mean 'cpu-repops'"),
        (["--workloads", "mlp-tinny", "-o", "x.json"], "did you mean 'mlp-tiny'"),
        (["--compare", "gpt-1", "-o", "x.json"], "--compare: there is no workload 'gpt-1' (did you mean 'gpt-1m'?)"),
        (["--compare", "gpt-1m:1", "-o", "x.json"], "found gpt-1m:1, expected 2 to 100000 steps behind the colon"),
        (["--compare", "gpt-1m:", "-o", "x.json"], "such as gpt-1m:32"),
        (["--compare-seconds", "0", "-o", "x.json"], "--compare-seconds"),
        (["--base", "no-such.json", "-o", "x.json"], "no such file"),
        (["--worker", "no-such-worker", "-o", "x.json"], "no-such-worker"),
        (["-o", "no/such/folder/x.json"], "cannot be written"),
        ([], "--output is required"),
        (["--intervals", "1", "-o", "x.json"], "--intervals"),
        (["--note", b"\xff", "-o", "x.json"], "expected text in UTF-8"),
        (["-o", ""], "--output: found an empty value"),
        (["--as", "", "-o", "x.json"], "--as: found an empty value"),
        (["--workloads", "mlp-tiny,gpt-1m,mlp-tiny", "-o", "x.json"], "--workloads: found mlp-tiny twice, expected it once"),
        (["--compare", "mlp-tiny", "--compare", "mlp-tiny", "-o", "x.json"], "--compare: found mlp-tiny twice"),
        (["--intervals", "8,4,8", "-o", "x.json"], "--intervals: found 8 twice"),
        (["--backend", "cpu-repops", "--backend", "cpu-repops", "-o", "x.json"], "--backend: found cpu-repops twice"),
        (["--quik", "-o", "x.json"], "did you mean '--quick'")):
    said = assay("calibrate", *arguments, code=2, cwd=FOLDER).stderr
    assert expected in said, (arguments, said)
assert list(FOLDER.iterdir()) == []
assert "Examples:" in assay("calibrate", "--help").stdout

# A profile of the reproducible operators: every number measured, every honest distance zero.
profile = FOLDER / "profile.json"
done = assay(*QUICK, "--as", "This machine", "--note", "under a test", "-o", str(profile))
assert "at most about 1 min" in done.stderr and "workloads: 1, timed for 0.5 s each; comparisons: 2" in done.stderr, done.stderr
assert "mlp-tiny" in done.stderr and "sha256: " in done.stdout, (done.stdout, done.stderr)
assert "execution: {kind: profile, file: " in done.stdout, done.stdout
assert not (FOLDER / "profile.json.new").exists()
read = json.loads(profile.read_text())
assert (read["format"], read["version"]) == ("assay-profile", 2)
made = read["made"]
assert "--quick" in made["command"] and "under a test" in made["conditions"] and "load averages" in made["conditions"]
assert "family" in made["machine"] and "assay" in made["software"] and len(made["date"]) == 10
plain, bitwise = read["steps"]
assert (plain["bitwise"], bitwise["bitwise"]) == (False, True)
assert plain["units_per_s"] == bitwise["units_per_s"] > 0 and plain["low"] <= 1 <= plain["high"]
assert abs(plain["matrix_share"] + plain["memory_share"] + plain["overhead_share"] - 1) < 1e-9
assert plain["kind"] == "measured" and "the median of" in plain["figure"]
# SGD and AdamW: the weights and two moments of 4 bytes each.
assert read["checkpoint"]["bytes_per_parameter"] == 12 and read["checkpoint"]["kind"] == "measured"
[comparison] = read["comparisons"]
assert (comparison["name"], comparison["optimizer"]) == ("mlp-tiny-fp32-8", "adamw")
assert comparison["honest"]["median_share_of_movement"] == 0
assert comparison["honest"]["held_out"] == {"rejected": 0, "of": 8}
cheats = {row["name"]: row for row in comparison["behaviours"]}
assert {"skip", "stale-checkpoint", "fewer-micro-batches", "fabricated-gradients", "tampered-operator"} <= set(cheats)
# Nothing was done: the distance is the whole movement, and nothing was paid.
assert abs(cheats["skip"]["median_share_of_movement"] - 1) < 1e-6 and cheats["skip"]["cost_share"] < 0.1
assert cheats["skip"]["held_out"] == {"rejected": 8, "of": 8}
assert cheats["fewer-micro-batches"]["cost_share"] < 1

# Over a base: its rows stay.
over = FOLDER / "over.json"
assay(*QUICK, "--base", str(DATA / "profile_published.json"), "-o", str(over))
assert "; what was not measured now is that of " in json.loads(over.read_text())["made"]["conditions"]
models = [model["name"] for model in json.loads(over.read_text())["models"]]
assert "gpt2-124m" in models and models[-1] == "mlp-tiny", models
names = [row["name"] for row in json.loads(over.read_text())["comparisons"]]
assert names == ["adamw-bf16-1024", "mlp-tiny-fp32-8"], names

# A residual network, whose samples are pictures; intervals of their own; and what cheats are timed
# against is timed, though nobody asked for it.
pictures = FOLDER / "pictures.json"
assay("calibrate", "--quick", "--backend", "cpu-repops", "--workloads", "resnet-tiny",
      "--compare", "mlp-tiny:3,resnet-tiny", "--intervals", "2", "-o", str(pictures))
read = json.loads(pictures.read_text())
models = {model["name"]: model for model in read["models"]}
assert set(models) == {"resnet-tiny", "mlp-tiny"} and models["resnet-tiny"]["unit"] == "sample", models
assert models["resnet-tiny"]["units_per_step"] == 4, models  # two micro-batches of two
assert [row["name"] for row in read["comparisons"]] == ["mlp-tiny-fp32-3", "resnet-tiny-fp32-2"]
assert [row["interval_steps"] for row in read["comparisons"]] == [3, 2]
assert all(row["behaviours"][0]["cost_share"] < 0.1 for row in read["comparisons"])  # of skip

# The tables of docs/measured-cost.md are printed from any such file.
printed = subprocess.run(["python3", SOURCE / "scripts" / "profile_tables.py", pictures], capture_output=True, text=True, check=True).stdout
assert "| workload | cpu-repops, fp32 |" in printed and "| mlp-tiny-fp32-3 | 1e-07 | 0 | 0 of 8: 0.0 % [0.0, 36.9] |" in printed, printed
committed = subprocess.run(["python3", SOURCE / "scripts" / "profile_tables.py"], capture_output=True, text=True, check=True).stdout
assert "| gpt-7m |" in committed and "torch-cpu, bf16" in committed, committed

# A market whose providers are this machine: the profile's hash is pinned, its steps are used, and
# the run says what was measured.
catalogue = FOLDER / "machines.csv"
catalogue.write_text("name,aliases,architecture,fp32_tflops,matrix_tflops,bandwidth_gb_s,memory_gib,power_w,launched\n"
                     "This machine,,A processor,0.1,0.1,20,16,100,2024-01-01\n")
scenario = FOLDER / "market.yaml"
scenario.write_text(f"""assay: 1
name: measured
question: Does a measured profile run a market?
seed: 3
replications: 3
horizon: 4 d
warm_up: 6 h
twins: true
catalogue: {catalogue}
reference_device: This machine
max_task: 4 h
demand: {{kind: poisson, rate: 6, work: 3 h}}
workloads:
  - {{name: small, model: mlp-tiny, memory: 1 GiB, input: 1 MiB, limit: {{low: 60 %, high: 100 %}}}}
network: none
cloud: {{price: 0.40 USD/h}}
market: {{kind: second-price, invited: 8}}
execution: {{kind: profile, file: {profile}, sha256: {done.stdout.split("sha256: ")[1].strip()}, mode: bitwise}}
verification: {{kind: spot-check, rate: 30 %, segments: 3}}
slashing: {{kind: share, share: 100 %}}
actors:
  - {{name: workers, role: provider, count: 40, hardware: This machine, stake_per_slot: 40 tok, balance: 200 tok}}
  - {{name: lazy, role: provider, count: 4, strategy: lazy, hardware: This machine, stake_per_slot: 40 tok, balance: 200 tok}}
  - {{name: verifiers, role: verifier, count: 5, hardware: This machine, balance: 100 tok}}
  - {{name: requesters, role: requester, count: 6, balance: 1000 tok}}
""")
out = FOLDER / "out"
assay("run", str(scenario), "-o", str(out))
provenance = {line["cost"]: line for line in json.loads((out / "run.json").read_text())["provenance"]}
step = provenance["step time of mlp-tiny on This machine"]
assert step["kind"] == "measured" and step["low"] == step["high"] == 1, step  # the reference device
assert provenance["distance of honest results"]["held_out"] == {"rejected": 0, "of": 8}
page = (out / "report.html").read_text() if (out / "report.html").exists() else None
assert page is None or "rejects 0" in page

# Cost errors: the middle stays what it was, and every interval holds the one of chance alone.
wide = FOLDER / "wide"
published = scenario.read_text().replace(str(profile), str(over)).replace("model: mlp-tiny", "model: gpt2-124m")
published = published.replace(f"catalogue: {catalogue}", f"catalogue: {DATA}/gpus.csv").replace("This machine", "RTX 3070")
published = published[:published.index(", sha256")] + ", comparison: adamw-bf16-1024}" + published[published.index("}\nverification") + 1:]
published = published.replace("reference_device: RTX 3070", "reference_device: RTX 3090")
scenario.write_text(published)
assay("run", str(scenario), "-o", str(out))
assay("run", str(scenario), "--cost-errors", "-o", str(wide))
narrow = json.loads((out / "summary.json").read_text())
widened = json.loads((wide / "summary.json").read_text())
assert narrow["digest"] == widened["digest"]
grew = 0
for name, metric in widened["metrics"].items():
    assert narrow["metrics"][name]["low"] == metric["low"], name
    if metric["low"] is None or metric["low_with_cost_errors"] is None:
        continue
    assert metric["low_with_cost_errors"] <= metric["low"] and metric["high"] <= metric["high_with_cost_errors"], name
    grew += metric["high_with_cost_errors"] - metric["low_with_cost_errors"] > metric["high"] - metric["low"]
assert grew > 5, grew  # a card that is a quarter slower earns less an hour
assert "--cost-errors: found with" in assay("run", str(scenario), "--cost-errors", "--execution", "live", code=2).stderr

# An interrupt writes nothing, and leaves no worker behind.
gone = FOLDER / "gone.json"
running = subprocess.Popen([PROGRAM, "calibrate", "--backend", "cpu-repops", "--workloads", "gpt-1m", "-o", str(gone)],
                           stderr=subprocess.PIPE, text=True)
assert "at most about" in running.stderr.readline()
assert "gpt-1m" in running.stderr.readline()
children = pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children")
deadline = time.monotonic() + 30
while not (workers := children.read_text().split()) and time.monotonic() < deadline:
    time.sleep(0.01)
assert workers
running.send_signal(signal.SIGINT)
assert running.wait(timeout=120) == 1 and "interrupted" in running.stderr.read()
assert not gone.exists()
for worker in workers:
    assert not os.path.exists(f"/proc/{worker}") or "assay" not in pathlib.Path(f"/proc/{worker}/cmdline").read_text()
scratch.cleanup()
