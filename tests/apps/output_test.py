"""What is wrong with the place where results go is said before anything runs, and nothing is lost."""

import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

from program import LAZY, PROGRAM

SHORT = ["--set", "horizon=2 d"]


class OutputTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assay(self, *arguments, code=0, **more):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=self.folder, **more)
        self.assertEqual(done.returncode, code, (arguments, done.stderr))
        return done

    def run_into(self, folder, code=0, *more):
        return self.assay("run", LAZY, *SHORT, "-o", str(folder), "--replications", "2", *more, code=code)

    def test_a_result_is_replaced_and_nothing_else_is(self):
        self.run_into("result")
        self.run_into("result")
        (self.folder / "result" / "notes.txt").write_text("mine")
        self.assertIn("holds notes.txt, which is no part of a result", self.run_into("result", 2).stderr)
        self.assertEqual((self.folder / "result" / "notes.txt").read_text(), "mine")
        (self.folder / "project" / "src").mkdir(parents=True)
        (self.folder / "project" / "run.json").write_text("{}")
        self.assertIn("holds src", self.run_into("project", 2).stderr)

    def test_a_place_that_cannot_be_written_is_refused_before_the_run(self):
        (self.folder / "file").write_text("")
        self.assertIn("file/sub", self.run_into("file/sub", 2).stderr)
        self.assertIn("cannot be written", self.run_into("x", 2, "--trace", "/nonexistent/x.json").stderr)
        self.assertIn("is a file", self.assay("sweep", LAZY, "--vary", "verification.rate=1%,2%", "-o", "file",
                                              code=2).stderr)
        for more in (["--dry-run"], []):
            (self.folder / "foreign").mkdir(exist_ok=True)
            (self.folder / "foreign" / "thing").write_text("")
            self.assay("sweep", LAZY, "--vary", "verification.rate=1%,2%", "-o", "foreign", *more, code=2)
        for command in (["attack"], ["tune", "--minimise", "jobs", "--subject-to", "attack_gain < 0", "--vary",
                                     "verification.rate=0..1"]):
            self.assay(command[0], LAZY, *command[1:], "--against", "lazy", "-o", "foreign", code=2)
        self.assertEqual(os.listdir(self.folder / "foreign"), ["thing"])

    def test_two_comparisons_have_two_folders(self):
        for rate in ("1%", "20%"):
            self.assay("compare", LAZY, *SHORT, "--set-a", f"verification.rate={rate}", "--replications", "2")
        self.assertEqual(len(os.listdir(self.folder / "out")), 2)

    def test_a_damaged_folder_is_named(self):
        (self.folder / "bad").mkdir()
        (self.folder / "bad" / "campaign.sqlite").write_text("junk")
        merged = self.assay("merge", "bad", "-o", "new", code=2).stderr
        self.assertTrue(merged.startswith("bad/campaign.sqlite"), merged)
        self.assertFalse((self.folder / "new").exists())
        self.assertIn("expected another one", self.assay(
            "sweep", LAZY, *SHORT, "--replications", "2", "--vary", "verification.rate=1%,2%", "-o", "sw") and
            self.assay("merge", "sw", "-o", "sw", code=2).stderr)
        for text in ("", "{", "{}"):
            (self.folder / "bad" / "tune.json").write_text(text)
            self.assertIn("bad/tune.json: is damaged", self.assay("report", "bad", code=2).stderr)

    def test_runs_of_two_kinds_do_not_mix_in_one_store(self):
        quick = [*SHORT, "--against", "lazy", "--share", "20%", "--replications", "2"]
        self.assay("attack", LAZY, *quick, "-o", "both")
        shutil.copy(self.folder / "both" / "attack-lazy.yaml", self.folder / "attacked.yaml")
        sweep = ["sweep", "attacked.yaml", "--set", "twins=false", "--vary", "verification.rate=5%,6%", "-o", "both"]
        self.assay(*sweep, "--replications", "2")
        self.assay(*sweep, "--replications", "4")
        self.assay("attack", LAZY, *quick, "-o", "both")

    def test_fewer_threads_than_asked_for_do_the_work(self):
        def little_memory():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

        if subprocess.run([PROGRAM, "--version"], capture_output=True, preexec_fn=little_memory).returncode != 0:
            self.skipTest("a sanitizer needs more address space than this test gives")
        many = ["--jobs", "1024"]  # with eight MiB of stack each
        self.assay("run", LAZY, *SHORT, "--replications", "2", "-o", "a", *many, preexec_fn=little_memory)
        self.run_into("b")
        digests = [(self.folder / of / "run.json").read_text().split('"digest": "')[1][:64] for of in "ab"]
        self.assertEqual(digests[0], digests[1])
        self.assay("sweep", LAZY, *SHORT, "--vary", "verification.rate=1%,2%", "-o", "s", *many,
                   preexec_fn=little_memory)

    def test_lost_output_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "check", LAZY], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, "assay: standard output cannot be written\n"))


if __name__ == "__main__":
    unittest.main()
