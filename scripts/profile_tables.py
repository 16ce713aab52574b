#!/usr/bin/env python3
"""Prints the tables of docs/measured-cost.md from a calibration file, as Markdown.

    scripts/profile_tables.py [PROFILE]      default: scenarios/data/profile_cpu.json
"""

import json
import pathlib
import re
import sys

DEFAULT = pathlib.Path(__file__).resolve().parent.parent / "scenarios" / "data" / "profile_cpu.json"


def table(head, rows):
    print("| " + " | ".join(head) + " |\n" + "|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def figure(step):
    """What the text of a measured step says: its time, spread and work."""
    found = re.match(r"(.+?) a step, the median of (\d+) \(5 % to 95 %: (.+?)\); (.+?) GFLOP/s", step["figure"])
    if found is None:
        sys.exit(f"profile_tables.py: found the figure {step['figure']!r}, expected one of `assay calibrate`")
    return found.groups()


def upper(k, n):
    """The end p of an exact 95 % interval: k or fewer of n happen with probability 2.5 % at p (Clopper and Pearson)."""
    if k == n:
        return 1.0
    low, high = k / n, 1.0
    for _ in range(60):
        p, term, total = (low + high) / 2, (1 - (low + high) / 2) ** n, 0.0
        for i in range(k + 1):
            total += term
            term *= (n - i) / (i + 1) * p / (1 - p)
        low, high = (p, high) if total > 0.025 else (low, p)
    return low


def share(k, n, digits=0):
    ends = f"[{100 * (1 - upper(n - k, n)):.{digits}f}, {100 * upper(k, n):.{digits}f}]"
    return f"{100 * k / n:.{digits}f} % {ends}"


profile = json.loads(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else DEFAULT).read_text())
steps = [step for step in profile["steps"] if step["kind"] == "measured"]
made = profile["made"]
print(f"{made['date']}: `{made['command']}`\n\n{made['machine']}; {made['software']}\n\n{made['conditions']}\n")

print("Back ends against workloads, time of a step:\n")
columns = list(dict.fromkeys((step["backend"], step["precision"]) for step in steps))
workloads = list(dict.fromkeys(step["model"].removesuffix("-" + step["precision"]) for step in steps))
time = {(step["model"].removesuffix("-" + step["precision"]), step["backend"], step["precision"]): figure(step)[0]
        for step in steps}
table(["workload"] + [f"{backend}, {precision}" for backend, precision in columns],
      [[workload] + [time.get((workload, *column), "–") for column in columns] for workload in workloads])

print("Steps:\n")
rows = []
for step in steps:
    median, count, spread, work = figure(step)
    classes = ", ".join(f"{100 * step[name]:.0f} %" for name in ("matrix_share", "memory_share", "overhead_share"))
    rows.append([step["model"], step["backend"], step["precision"], median, count, spread, work + " GFLOP/s", classes])
table(["model", "back end", "precision", "a step", "of", "5 % to 95 %", "work", "products, other operators, rest"], rows)

print("Tolerances, and honest segments that were rejected (false positives):\n")
recorded = [row for row in profile["comparisons"] if row["honest"].get("held_out")]
rows = []
for row in recorded:
    counted = row["honest"]["held_out"]
    honest = [f"{row['tolerance']['share_of_movement']:.2g}", f"{row['honest']['median_share_of_movement']:.2g}"]
    rows.append([row["name"], *honest,
                 f"{counted['rejected']} of {counted['of']}: {share(counted['rejected'], counted['of'], 1)}"])
table(["case", "tolerance", "honest: median", "rejected (false positives)"], rows)

names = list(dict.fromkeys(cheat["name"] for row in recorded for cheat in row["behaviours"]))


def cells(row, text):
    """One cell for each cheat, in the order of `names`."""
    known = {cheat["name"]: cheat for cheat in row["behaviours"]}
    return [row["name"]] + [text(known[name]) if name in known else "–" for name in names]


print("Segments of cheats that were accepted (false negatives):\n")
table(["case", *names], [cells(row, lambda cheat: share(cheat["held_out"]["of"] - cheat["held_out"]["rejected"],
                                                       cheat["held_out"]["of"])) for row in recorded])
print("Their median distances, and the cost of a step against an honest one:\n")
table(["case", *names], [cells(row, lambda cheat: f"{cheat['median_share_of_movement']:.2g}, "
                                                  f"{100 * cheat['cost_share']:.0f} %") for row in recorded])

print(profile["checkpoint"]["source"].split("; on ")[-1] + "; " + profile["bitwise"]["source"].split("; on ")[-1])
