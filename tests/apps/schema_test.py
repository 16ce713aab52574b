"""The JSON Schema that `assay schema` prints, under a real validator.

Every shipped scenario satisfies it, and so does the effective scenario that a run writes; planted
mistakes do not.
"""

import copy
import json
import pathlib
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

from program import PROGRAM, SOURCE



def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


# Studies lie beside the scenarios that they vary; they have a format of their own.
SCENARIOS = sorted(
    path for folder in ("scenarios", "bench") for path in (SOURCE / folder).rglob("*.yaml")
    if "study" not in load(path))


def planted(change):
    """The quickstart with one mistake."""
    scenario = copy.deepcopy(load(SOURCE / "scenarios" / "quickstart.yaml"))
    change(scenario)
    return scenario


MISTAKES = {
    "an unknown key": lambda s: s.update(horizont="90 d"),
    "an unknown key of a kind": lambda s: s["verification"].update(audits=3),
    "an unknown key of an actor": lambda s: s["actors"][0].update(cuont=3),
    "a missing key": lambda s: s.pop("horizon"),
    "a missing key of an actor": lambda s: s["actors"][0].pop("role"),
    "a missing unit": lambda s: s.update(horizon=90),
    "a wrong unit": lambda s: s.update(horizon="90 tok"),
    "an unknown kind": lambda s: s["market"].update(kind="second-prize"),
    "an unknown bare kind": lambda s: s.update(reputation="nonesuch"),
    "a kind that needs parameters, alone": lambda s: s.update(execution="profile"),
    "an unknown role": lambda s: s["actors"][0].update(role="prover"),
    "a number in place of a text": lambda s: s.update(question=7),
    "a text in place of a number": lambda s: s.update(seed="7"),
    "a fraction in place of a whole number": lambda s: s.update(replications=1.5),
    "a whole number out of range": lambda s: s.update(replications=0),
    "a share above one": lambda s: s["verification"].update(rate=1.5),
    "a number with an exponent": lambda s: s["verification"].update(rate="1e1 %"),
    "a name with capitals": lambda s: s.update(name="Quickstart"),
    "a list in place of a map": lambda s: s.update(cloud=[]),
    "a map in place of a list": lambda s: s.update(actors={}),
    "another version": lambda s: s.update(assay=2),
    "an empty mix": lambda s: s["actors"][0].update(hardware={}),
    "a truth in a word": lambda s: s.update(twins="yes"),
}


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = subprocess.run([PROGRAM, "schema"], check=True, capture_output=True, text=True).stdout
        cls.schema = json.loads(text)
        jsonschema.Draft202012Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def errors(self, scenario):
        return [f"{list(e.absolute_path)}: {e.message}" for e in self.validator.iter_errors(scenario)]

    def test_every_shipped_scenario_satisfies_it(self):
        self.assertGreaterEqual(len(SCENARIOS), 1)
        for path in SCENARIOS:
            with self.subTest(path=path.name):
                self.assertEqual(self.errors(load(path)), [])

    def test_every_shipped_scenario_is_loaded_by_the_program(self):
        for path in SCENARIOS:
            with self.subTest(path=path.name):
                check = subprocess.run([PROGRAM, "check", path], capture_output=True, text=True)
                self.assertEqual((check.returncode, check.stderr), (0, ""))
                self.assertTrue(check.stdout.startswith("ok: "))

    def test_the_effective_scenario_of_a_run_satisfies_it(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([PROGRAM, "run", SOURCE / "scenarios" / "quickstart.yaml", "--set", "horizon=2 d",
                            "--set", "warm_up=1 d", "--replications", "1", "--json", "-o", "out"],
                           check=True, capture_output=True, cwd=folder)
            self.assertEqual(self.errors(load(pathlib.Path(folder) / "out" / "effective.yaml")), [])

    def test_a_scenario_on_top_of_another_may_leave_keys_out(self):
        self.assertEqual(self.errors({"include": "quickstart.yaml", "name": "more"}), [])
        self.assertEqual(self.errors({"include": ["quickstart.yaml"], "seed": 2}), [])
        self.assertNotEqual(self.errors({"include": [3]}), [])
        self.assertNotEqual(self.errors({"name": "more"}), [])

    def test_planted_mistakes_are_rejected(self):
        for name, change in MISTAKES.items():
            with self.subTest(mistake=name):
                self.assertNotEqual(self.errors(planted(change)), [])


if __name__ == "__main__":
    unittest.main()
