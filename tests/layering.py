#!/usr/bin/env python3
"""Reads every #include and fails on one that points against the arrows.

    layering.py ROOT        check a source tree
    layering.py --self-test plant one violation of each rule and expect it to be found

sim <- protocol <- {analysis, gpu_backend} <- apps: a folder includes only what stands left of it.
protocol/strategy/ sees less still: an actor decides from a view, so nothing that could reach the
market's private state may be included there.
"""

import pathlib
import re
import sys
import tempfile

MAY_INCLUDE = {
    "sim": {"sim"},
    "protocol": {"sim", "protocol"},
    "analysis": {"sim", "protocol", "analysis"},
    "gpu_backend": {"sim", "protocol", "gpu_backend"},
    "apps": {"sim", "protocol", "analysis", "gpu_backend", "apps"},
}

# Values only: nothing here leads to the world.
STRATEGY_MAY_INCLUDE = {
    "sim/check.hpp",
    "sim/distributions.hpp",
    "sim/time.hpp",
    "protocol/ids.hpp",
    "protocol/money.hpp",
    "protocol/market/bidding.hpp",
    "protocol/scenario/error.hpp",
    "protocol/scenario/nearest.hpp",
    "protocol/scenario/units.hpp",
    "protocol/strategy/cheat_terms.hpp",
    "protocol/strategy/mind.hpp",
    "protocol/strategy/strategy.hpp",
    "protocol/strategy/view.hpp",
}
# The three headers of the wall itself stand on the inside.
STRATEGY_WALL = {"mind.hpp", "strategy.hpp", "view.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(path):
    """(line number, quoted?, included path) of every #include in a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


def objection(root, path, included, quoted):
    """Why `path` may not include `included`; None if it may."""
    here = path.relative_to(root)
    folder = here.parts[0]
    target = included.split("/")[0]
    if ".." in included.split("/"):
        return "goes up with .. instead of starting at the root"
    if target in MAY_INCLUDE:
        if target not in MAY_INCLUDE[folder]:
            return f"{folder}/ may not include {target}/"
        if not (root / included).is_file():
            return "there is no such file"
    elif quoted and (path.parent / included).is_file():
        return "names a neighbour instead of starting at the root"
    if here.parts[:2] == ("protocol", "strategy") and here.name.split(".")[0] + ".hpp" not in STRATEGY_WALL:
        own_header = str(here.with_suffix(".hpp"))
        if target in MAY_INCLUDE and included not in STRATEGY_MAY_INCLUDE | {own_header}:
            return "a strategy may include only " + ", ".join(sorted(STRATEGY_MAY_INCLUDE))
    return None


def violations(root):
    """(messages, number of files read) for the tree under `root`."""
    found, files = [], 0
    for folder in MAY_INCLUDE:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".hpp", ".cpp", ".cu", ".h"}:
                continue
            files += 1
            for number, quoted, included in includes(path):
                if why := objection(root, path, included, quoted):
                    found.append(f"{path.relative_to(root)}:{number}: {included}: {why}")
    return found, files


def self_test():
    allowed = {
        "sim/time.hpp": "#include <chrono>\n",
        "protocol/world.hpp": '#include "sim/time.hpp"\n',
        "protocol/strategy/view.hpp": '#include "protocol/world.hpp"\n',
        "protocol/strategy/lazy.hpp": '#include "protocol/strategy/view.hpp"\n',
        "protocol/strategy/lazy.cpp": '#include "protocol/strategy/lazy.hpp"\n#include <algorithm>\n',
        "analysis/report.hpp": '#include "protocol/world.hpp"\n',
        "gpu_backend/worker.hpp": '#include "protocol/world.hpp"\n',
        "apps/assay/main.cpp": '#include "analysis/report.hpp"\n#include "gpu_backend/worker.hpp"\n',
    }
    planted = {
        "sim/a.hpp": '#include "protocol/world.hpp"\n',
        "protocol/a.cpp": '  #  include "analysis/report.hpp"\n',
        "analysis/a.cpp": '#include <gpu_backend/worker.hpp>\n',
        "gpu_backend/a.cpp": '#include "analysis/report.hpp"\n',
        "analysis/b.cpp": '#include "../apps/assay/main.cpp"\n',
        "protocol/b.cpp": '#include "world.hpp"\n',
        "protocol/c.cpp": '#include "protocol/absent.hpp"\n',
        "protocol/strategy/ring.cpp": '#include "protocol/world.hpp"\n',
        "protocol/strategy/partial.hpp": '#include "protocol/strategy/lazy.hpp"\n',
    }

    def write(root, files):
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)

    for name, text in {"": "", **planted}.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            write(root, allowed)
            if name:
                write(root, {name: text})
            found, _ = violations(root)
        expected = [name] if name else []
        if [message.split(":")[0] for message in found] != expected:
            return f"planted {name or 'nothing'}, found {found}"
    print(f"{len(planted)} planted violations found, and none where there is none")
    return None


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1]).resolve()
    found, files = violations(root)
    if not files:
        return f"no sources under {root}"
    print(f"{files} files read")
    return "\n".join(found) or None


if __name__ == "__main__":
    sys.exit(main())
