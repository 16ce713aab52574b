"""Campaigns: what a store keeps through kills, full disks and several processes, and what leaves it."""

import csv
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from program import PROGRAM, SOURCE

DATA = SOURCE / "scenarios" / "data"

# A market of a few milliseconds.
TINY = f"""assay: 1
name: tiny
question: Does a campaign keep what it has?
seed: 3
horizon: 4 d
warm_up: 6 h
twins: true
catalogue: {DATA}/gpus.csv
reference_device: RTX 3090
max_task: 4 h
demand: {{kind: poisson, rate: 6, work: 3 h}}
workloads:
  - {{name: gpt, model: gpt2-124m, memory: 6 GiB, input: 2 GiB, limit: {{low: 60 %, high: 100 %}}}}
network: {{kind: regions, regions: {DATA}/regions.csv, latency: {DATA}/latency.csv}}
cloud: {{price: 0.40 USD/h}}
market: {{kind: second-price, invited: 8}}
execution: {{kind: profile, file: {DATA}/profile_published.json}}
verification: {{kind: spot-check, rate: 5 %, segments: 3}}
slashing: {{kind: share, share: 100 %}}
actors:
  - {{name: gamers, role: provider, count: 40, hardware: RTX 3090, stake_per_slot: 40 tok, balance: 200 tok}}
  - {{name: lazy, role: provider, count: 4, strategy: lazy, hardware: RTX 3090, stake_per_slot: 40 tok, balance: 200 tok}}
  - {{name: verifiers, role: verifier, count: 5, hardware: RTX 3090, balance: 100 tok}}
  - {{name: requesters, role: requester, count: 6, balance: 1000 tok}}
"""
AXES = ["--vary", "verification.rate=2 %,5 %,30 %", "--vary", "slashing.share=50 %,100 %"]


def contents(folder):
    """Every run of a store with its metrics, in the order of keys; but not who computed it when."""
    with sqlite3.connect(folder / "campaign.sqlite") as store:
        runs = store.execute(
            "SELECT points.key, label, coordinates, version, effective_yaml, runs.key, seed, replication, status, digest, "
            "events, error, runs.command, run FROM runs JOIN points USING (point) ORDER BY runs.key").fetchall()
        samples = {}
        for run, name, value in store.execute("SELECT run, name, value FROM samples JOIN metrics USING (metric)"):
            samples.setdefault(run, {})[name] = value
        return [(*row[:-1], samples.get(row[-1])) for row in runs]


def finished(folder):
    """How many runs are done, and how many claimed."""
    try:
        with sqlite3.connect(f"file:{folder}/campaign.sqlite?mode=ro", uri=True) as store:
            counts = dict(store.execute("SELECT status, count(*) FROM runs GROUP BY status"))
    except sqlite3.OperationalError:  # not made yet
        return 0, 0
    return counts.get("done", 0), counts.get("claimed", 0)


class CampaignTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "tiny.yaml").write_text(TINY)

    def command(self, output, *more, replications=4, jobs=2, program=PROGRAM):
        return [program, "sweep", str(self.folder / "tiny.yaml"), *AXES, "--replications", str(replications), "--jobs", str(jobs),
                "-o", str(output), *more]

    def sweep(self, output, *more, code=0, **arguments):
        done = subprocess.run(self.command(output, *more, **arguments), capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done


class AnswerTest(CampaignTest):
    def test_a_sweep_begins_with_its_answer_unless_a_program_reads_it(self):
        out = self.folder / "out"
        one = [PROGRAM, "sweep", str(self.folder / "tiny.yaml"), "--replications", "4", "-o", str(out), "--vary",
               "verification.rate=1 %,50 %"]
        said = subprocess.run(one, capture_output=True, text=True, check=True).stdout.splitlines()
        self.assertRegex(said[0], "^(With|No) .*verification.rate")
        self.assertEqual(json.loads((out / "sweep.json").read_text())["theory"] != [], said[1].startswith("Theory's break-even"))
        table = said.index("")
        self.assertLess(table, 3)
        self.assertTrue(said[table + 1].startswith("verification.rate "), said)
        # Two values of two axes, and none of either.
        self.assertRegex(self.sweep(self.folder / "two").stdout, r"^At \d of 6 points of .* deterred")
        machine = subprocess.run([*one, "--json"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(len(json.loads(machine)["points"]), 2)
        sampled = [*one[:-1], "verification.rate=1 %..50 %", "--sample", "lhs:4"]
        said = subprocess.run(sampled, capture_output=True, text=True, check=True).stdout
        self.assertTrue(said.startswith("verification.rate "), said)


class StoreTest(CampaignTest):
    def test_only_what_is_missing_is_computed(self):
        out = self.folder / "out"
        self.assertIn("24 runs, 24 of them new", self.sweep(out).stdout)
        table = (out / "sweep.csv").read_bytes()
        self.assertIn("24 runs, 0 of them new", self.sweep(out).stdout)
        self.assertEqual((out / "sweep.csv").read_bytes(), table)
        self.assertIn("30 runs, 6 of them new", self.sweep(out, replications=5).stdout)
        self.assertIn("30 runs, 30 of them new", self.sweep(out, "--seed", "4", replications=5).stdout)
        # The folder is not a result that another one could take the place of.
        done = subprocess.run([PROGRAM, "run", str(self.folder / "tiny.yaml"), "-o", str(out)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds the runs of a campaign", done.stderr)

    def test_numbers_do_not_depend_on_threads(self):
        self.sweep(self.folder / "one", jobs=1)
        self.sweep(self.folder / "three", jobs=3)
        self.assertEqual(contents(self.folder / "one"), contents(self.folder / "three"))

    def test_a_campaign_killed_at_twenty_moments_ends_like_an_undisturbed_one(self):
        replications = 40
        begun = time.monotonic()
        self.sweep(self.folder / "whole", replications=replications)
        whole_s = time.monotonic() - begun
        whole = contents(self.folder / "whole")
        self.assertEqual(len(whole), 6 * replications)
        moments = random.Random(20)
        kills = in_the_middle = stores = 0
        while kills < 20:
            stores += 1
            out = self.folder / f"killed-{stores}"
            done_before = 0
            while True:
                run = subprocess.Popen(self.command(out, replications=replications), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
                if kills < 20:
                    try:
                        run.wait(moments.uniform(0.0, 0.4) * whole_s)
                    except subprocess.TimeoutExpired:
                        run.kill()
                        kills += 1
                if run.wait() == 0:
                    break
                done, claimed = finished(out)
                # Nothing finished is lost, and in flight were no more than there are threads; so many can have
                # been left behind by every life before.
                self.assertGreaterEqual(done, done_before)
                self.assertLessEqual(claimed, 2 * kills)
                in_the_middle += 0 < done < len(whole)
                done_before = done
            self.assertEqual(contents(out), whole)
        self.assertGreater(in_the_middle, 0)
        print(f"\n20 kills in {stores} campaigns of {len(whole)} runs, {in_the_middle} of them in the middle", flush=True)

    def test_two_processes_on_one_store_share_the_work(self):
        self.sweep(self.folder / "alone", replications=20)
        out = self.folder / "shared"
        both = [subprocess.Popen(self.command(out, replications=20, jobs=1), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True) for _ in range(2)]
        new = []
        for run in both:
            text, said = run.communicate(timeout=300)
            self.assertEqual(run.returncode, 0, said)
            new.append(int(re.search(r"120 runs, (\d+) of them new", text)[1]))
        self.assertEqual(sum(new), 120)  # no run twice, none left out
        self.assertEqual(contents(out), contents(self.folder / "alone"))
        print(f"\nof 120 runs one process computed {new[0]}, the other {new[1]}", flush=True)

    def test_an_interrupt_keeps_what_is_finished(self):
        out = self.folder / "out"
        run = subprocess.Popen(self.command(out, replications=200, jobs=1), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
        run.stderr.readline()  # a tenth is done
        run.send_signal(signal.SIGINT)
        text, _ = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn("interrupted: true", text)
        done, claimed = finished(out)
        self.assertGreater(done, 0)
        self.assertEqual(claimed, 0)
        self.assertIs(json.loads((out / "points.json").read_text())["facts"]["interrupted"], True)

    def test_shards_merge_into_the_whole(self):
        self.sweep(self.folder / "whole")
        for part in (1, 2, 3):
            self.assertIn("8 new runs", self.sweep(self.folder / f"part-{part}", "--shard", f"{part}/3").stdout)
        merge = [PROGRAM, "merge", *(str(self.folder / f"part-{part}") for part in (3, 1, 2)), "-o", str(self.folder / "merged")]
        for new in (8, 0):  # a second time there is nothing new
            done = subprocess.run(merge, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.count(f": {new} new runs"), 3)
        merged = self.folder / "merged"
        self.assertIn("24 runs, 0 of them new", self.sweep(merged).stdout)
        self.assertEqual(contents(merged), contents(self.folder / "whole"))
        self.assertEqual((merged / "sweep.csv").read_bytes(), (self.folder / "whole" / "sweep.csv").read_bytes())
        # A machine that computes something else is found out.
        with sqlite3.connect(self.folder / "part-2" / "campaign.sqlite") as store:
            store.execute("UPDATE runs SET digest = 'another' WHERE run = 1")
        done = subprocess.run(merge, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 runs have another digest", done.stderr)

    def test_memory_does_not_grow_with_the_number_of_runs(self):
        def peak_kib(runs):
            # From the process itself while it lives: what wait4 reports begins with the memory of this one.
            peak = 0
            # The address sanitizer holds freed memory back, by default more than all of this takes.
            run = subprocess.Popen(self.command(self.folder / f"runs-{runs}", replications=runs // 6, jobs=1),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=1"})
            while run.poll() is None:
                status = pathlib.Path(f"/proc/{run.pid}/status").read_text()
                if "assay" in status.splitlines()[0] and (found := re.search(r"VmHWM:\s+(\d+) kB", status)):
                    peak = int(found[1])
                time.sleep(0.002)
            self.assertEqual(run.returncode, 0)
            self.assertGreater(peak, 0)
            return peak

        few, many = peak_kib(48), peak_kib(504)
        print(f"\npeak memory: {few} KiB with 48 runs, {many} KiB with 504", flush=True)
        self.assertLess(many, 1.1 * few + 2048)


class DiskTest(CampaignTest):
    """A disk of our own, small or read-only."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small disk")
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(self.disk)], capture_output=True).returncode:
            self.skipTest("this machine lets nobody mount a small disk")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.disk)])

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.disk)], check=True)

    def test_a_full_disk_is_one_clear_error_and_keeps_what_is_finished(self):
        out = self.disk / "out"
        done = self.sweep(out, replications=20, code=1)
        said = [line for line in done.stderr.splitlines() if "runs" not in line]
        self.assertEqual(said, [f"assay: {out}/campaign.sqlite: the disk is full; what is finished is kept"])
        self.remount("size=50m")
        before, _ = finished(out)
        self.assertGreater(before, 0)
        done = self.sweep(out, replications=20)
        self.assertIn(f"120 runs, {120 - before} of them new", done.stdout)
        self.sweep(self.folder / "undisturbed", replications=20)
        self.assertEqual(contents(out), contents(self.folder / "undisturbed"))

    def test_a_read_only_folder_is_one_clear_error(self):
        self.remount("size=50m")
        out = self.disk / "out"
        self.sweep(out)
        self.remount("ro")
        # What is finished can be read all the same.
        export = subprocess.run([PROGRAM, "export", str(out), "-o", str(self.folder / "runs.csv")], capture_output=True, text=True)
        self.assertEqual(export.returncode, 0, export.stderr)
        for folder in (out, self.disk / "other"):
            done = self.sweep(folder, replications=5, code=2)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertRegex(done.stderr, "cannot be written|Read-only file system")


class PlanTest(CampaignTest):
    def test_every_point_is_checked_before_the_first_one_runs(self):
        out = self.folder / "out"
        done = subprocess.run([PROGRAM, "sweep", str(self.folder / "tiny.yaml"), "--vary", "slashing.share=50 %,100 %", "--vary",
                               "verification.rate=2 %..200 %:lin:3", "-o", str(out)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.splitlines(), [
            "--vary verification.rate=2 %..200 %:lin:3:19: verification.rate: found 101 %, expected 0 % to 100 %",
            "--vary verification.rate=2 %..200 %:lin:3:19: verification.rate: found 200 %, expected 0 % to 100 %"])
        self.assertFalse(out.exists())

    def test_a_dry_run_counts_and_writes_nothing(self):
        out = self.folder / "out"
        text = self.sweep(out, "--dry-run", replications=7).stdout
        self.assertIn("points: 6\nruns: 42, 7 replications a point, each with its honest twin\nin the store: 0\nmissing: 42\n", text)
        self.assertFalse(out.exists())
        self.sweep(out)
        self.assertIn("in the store: 24\nmissing: 18\n", self.sweep(out, "--dry-run", replications=7).stdout)

    def test_a_study_file_is_the_same_sweep(self):
        (self.folder / "study.yaml").write_text(
            "study: 1\nname: kept\nquestion: What is kept?\nscenario: tiny.yaml\n"
            "vary:\n  verification.rate: 2 %,5 %,30 %\n  slashing.share: [50 %, 100 %]\nreplications: 4\n"
            "metrics: [verification_overhead]\n")
        self.sweep(self.folder / "swept", "--metric", "verification_overhead")
        done = subprocess.run([PROGRAM, "study", "study.yaml", "--json"], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        study = json.loads(done.stdout)
        self.assertEqual(study, json.loads((self.folder / "out/kept/points.json").read_text()))
        self.assertEqual(study["facts"]["question"], "What is kept?")
        sweep = json.loads((self.folder / "swept" / "points.json").read_text())
        for field in ("axes", "points", "shown"):
            self.assertEqual(study[field], sweep[field])
        self.assertEqual(contents(self.folder / "out" / "kept"), contents(self.folder / "swept"))

    def test_a_precision_is_reached_or_given_up_aloud(self):
        sweep = ["--metric", "verification_overhead", "--most-replications", "60"]
        self.sweep(self.folder / "reached", "--precision", "20%", *sweep)
        for point in json.loads((self.folder / "reached" / "points.json").read_text())["points"]:
            overhead = point["estimates"]["verification_overhead"]
            self.assertEqual(overhead["n"], point["replications"])
            if point["reached"]:
                self.assertLessEqual((overhead["high"] - overhead["low"]) / 2, 0.2 * overhead["value"])
            else:
                self.assertEqual(point["replications"], 60)
        done = self.sweep(self.folder / "missed", "--precision", "0.1%", *sweep[:2], "--most-replications", "6")
        self.assertIn("* the precision was not reached", done.stdout)


class ExportTest(CampaignTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"
        self.sweep(self.out)
        self.points = json.loads((self.out / "points.json").read_text())["points"]

    def export(self, name, program=PROGRAM):
        return subprocess.run([program, "export", str(self.out), "-o", str(self.folder / name)], capture_output=True, text=True)

    def means(self, rows):
        """Of (point, metric, value): the mean by point and metric."""
        sums = {}
        for point, metric, value in rows:
            if value is None or math.isnan(value):
                continue  # this replication does not have the metric
            sums.setdefault((point, metric), []).append(value)
        return {key: sum(values) / len(values) for key, values in sums.items()}

    def check(self, rows):
        means = self.means(rows)
        for point in self.points:
            for metric, estimate in point["estimates"].items():
                if estimate["value"] is None:
                    self.assertEqual(estimate["n"], 0)
                    self.assertNotIn((point["key"][:12], metric), means)
                    continue
                self.assertAlmostEqual(means[point["key"][:12], metric], estimate["value"], delta=1e-9 * (1 + abs(estimate["value"])))
        self.assertEqual(len(means), sum(estimate["n"] > 0 for point in self.points
                                         for estimate in point["estimates"].values()))

    def test_csv_is_tidy(self):
        self.assertEqual(self.export("runs.csv").returncode, 0)
        with open(self.folder / "runs.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), ["run", "seed", "replication", "point", "verification.rate_share", "slashing.share",
                                         "metric", "value", "unit"])
        self.assertEqual({row["verification.rate_share"] for row in rows}, {"0.02", "0.05", "0.3"})
        self.assertEqual(len({(row["run"], row["metric"]) for row in rows}), len(rows))
        self.check((row["point"], row["metric"], float(row["value"] or "nan")) for row in rows)

    def test_parquet_and_csv_are_read_by_pandas_polars_and_duckdb(self):
        if not (pathlib.Path(PROGRAM).parent / "assay-parquet").exists():
            self.skipTest("Arrow was not found when the program was built")
        import duckdb
        import pandas
        import polars

        done = self.export("runs.parquet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.export("runs.csv").returncode, 0)
        columns = ["point", "metric", "value"]
        counts = set()
        for kind in ("parquet", "csv"):
            name = str(self.folder / f"runs.{kind}")
            frame = pandas.read_parquet(name) if kind == "parquet" else pandas.read_csv(name, dtype={"point": str, "run": str})
            self.check(frame[columns].itertuples(index=False))
            table = polars.read_parquet(name) if kind == "parquet" else polars.read_csv(name, schema_overrides={"point": polars.String})
            self.check(table.select(columns).iter_rows())
            scan = "read_parquet" if kind == "parquet" else "read_csv"
            types = "" if kind == "parquet" else ", types={'point': 'VARCHAR'}"
            rows = duckdb.sql(f"SELECT point, metric, value FROM {scan}('{name}'{types})").fetchall()
            self.check(rows)
            counts |= {len(frame), len(table), len(rows)}
            self.assertEqual(frame["value"].dtype, "float64")
            self.assertEqual(frame["verification.rate_share"].dtype, "float64")
        self.assertEqual(len(counts), 1)

    def test_without_the_writer_the_program_says_what_is_missing(self):
        alone = self.folder / "bin" / "assay"
        alone.parent.mkdir()
        shutil.copy(PROGRAM, alone)
        done = self.export("runs.parquet", program=str(alone))
        self.assertEqual(done.returncode, 2)
        self.assertIn("Parquet needs Arrow", done.stderr)
        self.assertFalse((self.folder / "runs.parquet").exists())
        self.assertEqual(self.export("runs.csv", program=str(alone)).returncode, 0)


if __name__ == "__main__":
    unittest.main()
