"""The command line: exit codes, where text goes, and what is said about mistakes."""

import json
import pathlib
import signal
import subprocess
import tempfile
import unittest

from program import PROGRAM, SOURCE, call as assay

QUICKSTART = str(SOURCE / "scenarios" / "quickstart.yaml")
SHORT = ["--set", "horizon=4 d", "--set", "warm_up=1 d"]



class MistakesTest(unittest.TestCase):
    def refused(self, arguments, said):
        with self.subTest(arguments=arguments):
            done = assay(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stdout, "")
            self.assertIn(said, done.stderr)

    def test_each_ends_with_two_and_the_nearest_name(self):
        self.refused([], "A subcommand is required")
        self.refused(["chek"], "found an unknown command: chek (did you mean 'check'?)")
        self.refused(["check"], "scenario is required")
        self.refused(["check", QUICKSTART, "--ste", "a=b"], "found an unknown option: --ste (did you mean '--set'?)")
        self.refused(["run", QUICKSTART, "--replication", "2"],
                     "found an unknown option: --replication (did you mean '--replications'?)")
        self.refused(["check", QUICKSTART, "more"], "found one word too many: more")
        self.refused(["check", "-"], "-: found no such file")
        self.refused(["check", "nowhere.yaml"], "nowhere.yaml: found no such file")
        self.refused(["check", QUICKSTART, "--set", "seed"], "--set seed:5: found no '=', expected path.to.key=value")
        self.refused(["check", QUICKSTART, "--set", "actors.lazy.cuont=3"], "(did you mean 'count'?)")
        self.refused(["run", QUICKSTART, "--replications", "0"], "--replications: Value 0 not in range")
        self.refused(["run", QUICKSTART, "--replications", "many"], "--replications")
        self.refused(["run", QUICKSTART, "--seed", "-1"], "--seed")
        self.refused(["run", QUICKSTART, "--jobs", "0"], "--jobs")
        self.refused(["explain", "verification.rat"], "(did you mean 'verification.rate'?)")
        self.refused(["list", "markets"], "(did you mean 'market'?)")

    def test_every_complaint_of_a_scenario_is_one_line(self):
        done = assay("check", QUICKSTART, "--set", "seed=x", "--set", "horizon=1", "--set", "verification.rate=2")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(done.stderr.splitlines()), 3)


class AnswersTest(unittest.TestCase):
    def test_every_command_has_help_with_an_example(self):
        for command in [[], ["run"], ["check"], ["list"], ["explain"], ["schema"], ["study"], ["export"], ["merge"]]:
            with self.subTest(command=command):
                done = assay(*command, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertIn("Example: assay", done.stdout)

    def test_version_names_the_build(self):
        self.assertRegex(assay("--version").stdout, r"^assay \d+\.\d+\.\d+ \(")

    def test_explain_shows_type_range_and_default(self):
        text = assay("explain", "verification.rate").stdout
        self.assertIn("range    0 % to 100 %", text)
        self.assertIn("kind: spot-check", text)


class RunTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_json_is_all_that_stands_on_standard_output(self):
        done = assay("run", QUICKSTART, *SHORT, "--replications", "1", "--json", cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        summary = json.loads(done.stdout)
        self.assertEqual(summary["replications"], 1)
        self.assertEqual(len(summary["digest"]), 64)
        for metric in summary["metrics"].values():
            # One replication has no interval.
            self.assertIsNone(metric["low"])
            self.assertIsNone(metric["high"])
        result = self.folder / "out" / f"quickstart-{summary['digest'][:8]}"
        self.assertTrue((result / "run.json").is_file())

    def test_the_effective_scenario_repeats_the_digest_with_any_number_of_jobs(self):
        first = json.loads(assay("run", QUICKSTART, *SHORT, "--replications", "2", "--jobs", "1", "--seed", "5",
                                 "--json", "-o", "first", cwd=self.folder).stdout)
        again = json.loads(assay("run", "first/effective.yaml", "--jobs", "2", "--json", "-o", "again",
                                 cwd=self.folder).stdout)
        self.assertEqual(first["digest"], again["digest"])
        self.assertEqual((self.folder / "first/effective.yaml").read_bytes(),
                         (self.folder / "again/effective.yaml").read_bytes())

    def test_the_digest_comes_last(self):
        done = assay("run", QUICKSTART, *SHORT, "--replications", "1", "-o", "out", cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.splitlines()[-1], r"^digest: [0-9a-f]{64}$")

    def test_only_a_folder_of_results_is_replaced(self):
        kept = self.folder / "mine"
        kept.mkdir()
        (kept / "notes.txt").write_text("keep me")
        done = assay("run", QUICKSTART, *SHORT, "-o", str(kept))
        self.assertEqual(done.returncode, 2)
        self.assertIn("it is not replaced", done.stderr)
        self.assertEqual((kept / "notes.txt").read_text(), "keep me")

    def test_a_trace_is_json_for_the_viewer(self):
        done = assay("run", QUICKSTART, *SHORT, "--replications", "1", "-o", "out", "--trace", "trace.json",
                     cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        trace = json.loads((self.folder / "trace.json").read_text())
        events = trace["traceEvents"] if isinstance(trace, dict) else trace
        self.assertTrue(any(event["ph"] == "X" and event["name"].startswith("lease") for event in events))
        self.assertEqual(done.stderr.count("the trace ends"), 0)

    def test_a_trace_ends_where_it_is_told_to(self):
        def traced(*more):
            return assay("run", QUICKSTART, *SHORT, "--replications", "1", "-o", "out", *more, cwd=self.folder)
        done = traced("--trace", "short.json", "--trace-events", "50")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("short.json: the trace ends after 50 events", done.stderr)
        events = json.loads((self.folder / "short.json").read_text())
        events = events["traceEvents"] if isinstance(events, dict) else events
        drawn = [event for event in events if event["ph"] in "Xi" and "the trace ends" not in event["name"]]
        self.assertTrue(0 < len(drawn) <= 50, len(drawn))
        self.assertIn("the trace ends here: 50 events", (self.folder / "short.json").read_text())
        for wrong, said in ((["--trace-events", "50"], "--trace"),
                            (["--trace", "t.json", "--trace-events", "0"], "--trace-events")):
            with self.subTest(wrong=wrong):
                done = traced(*wrong)
                self.assertEqual(done.returncode, 2)
                self.assertIn(said, done.stderr)

    def test_an_interrupt_keeps_what_is_finished(self):
        run = subprocess.Popen([PROGRAM, "run", QUICKSTART, "--set", "horizon=30 d", "--replications", "200",
                                "--jobs", "1", "-o", "out"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        # A few of 400 runs: the first line of progress comes after a tenth of the way.
        line = run.stderr.readline()
        self.assertIn("%", line)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 1)
        record = json.loads((self.folder / "out" / "run.json").read_text())
        self.assertIs(record["interrupted"], True)
        self.assertIn("interrupted: true", out)
        self.assertIn("digest: ", out)

    def test_an_interrupt_of_the_cost_errors_keeps_the_middle(self):
        run = subprocess.Popen([PROGRAM, "run", QUICKSTART, *SHORT, "--replications", "12", "--jobs", "1",
                                "--cost-errors", "-o", "out"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        # A line a tenth of the way: the low end has begun, and most of it is to come.
        self.assertTrue(any("step times at the low end" in line for line in run.stderr))
        run.send_signal(signal.SIGINT)
        out, said = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 1)
        self.assertIn("cost errors are left out", said)
        self.assertIn("interrupted: true", out)
        record = json.loads((self.folder / "out" / "run.json").read_text())
        self.assertIs(record["interrupted"], True)
        self.assertEqual(record["finished"], 12)
        self.assertNotIn("cost_errors", record)

    def test_cost_errors_want_intervals(self):
        for few, found in ((["--replications", "1"], "1 replication"), (["--only", "1"], "--only 1")):
            done = assay("run", QUICKSTART, *SHORT, *few, "--cost-errors", "-o", "out", cwd=self.folder)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(f"--cost-errors: found {found}, expected at least 2 replications", done.stderr)
            self.assertFalse((self.folder / "out").exists())
        done = assay("run", QUICKSTART, *SHORT, "--replications", "2", "--cost-errors", "-o", "out", cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 replications, each at the middle and at both ends of the error bands, in ", done.stdout)

    def test_cost_errors_want_the_middle_of_the_bands(self):
        for end in ("low", "high"):
            done = assay("run", QUICKSTART, "--set", f"execution.band={end}", "--cost-errors", cwd=self.folder)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(f"--cost-errors: found execution.band {end}, expected middle", done.stderr)


if __name__ == "__main__":
    unittest.main()
