"""`gpu_backend/device-check` up to the first kernel launch: what it refuses, what it packs, and that the
packed prefix is what a build finds."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from program import PROGRAM, SOURCE

SCRIPT = SOURCE / "gpu_backend" / "device-check"
BUILD = pathlib.Path(PROGRAM).parents[2]
scratch = tempfile.TemporaryDirectory()
FOLDER = pathlib.Path(scratch.name)


def check(*arguments, code, **environment):
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == code, (arguments, done.returncode, done.stdout[-3000:], done.stderr[-3000:])
    return done


assert "device-check pack FOLDER" in check(code=2).stderr
assert "found no packages" in check("run", str(FOLDER), str(FOLDER / "out"), code=2).stderr
assert "expected configure or build" in check("run", "--until", "launch", "a", "b", code=2).stderr

# Which requirements a profile meets: a processor's core does not hash as fast as a GPU.
judged = check("judge", str(SOURCE / "scenarios" / "data" / "profile_cpu.json"), code=1).stdout
assert "met    fp32 reproducible products of gpt-124m against torch's: " in judged, judged  # the largest
assert "\n       fp32 reproducible products of gpt-7m against torch's: " in judged, judged  # said, not required
assert "met    a whole reproducible step of gpt-7m against torch's: " in judged, judged
assert "MISSED hashing of a state" in judged, judged

if shutil.which("dpkg-query") is None or shutil.which("ninja") is None:
    print("skipped: packing needs dpkg and ninja")
    raise SystemExit(0)
packages = FOLDER / "packages"
packed = check("pack", str(packages), code=0, DEVICE_CHECK_PACK_FROM=str(BUILD))
size = int(subprocess.run(["du", "-sm", packages], capture_output=True, text=True, check=True).stdout.split()[0])
assert size < 50, size  # it travels with a source tree under a limit of 64 MiB
for file in ("include/fmt/core.h", "include/yaml-cpp/yaml.h", "include/tl/expected.hpp", "include/CLI/CLI.hpp",
             "include/nlohmann/json.hpp", "include/sqlite3.h", "include/openssl/evp.h"):
    assert (packages / "usr" / file).is_file(), file
assert any((packages / "usr/include/boost").rglob("*.hpp"))

if shutil.which("nvcc", path=os.environ["PATH"] + ":/usr/local/cuda/bin") is None:
    print("skipped: configuring it needs nvcc")
    raise SystemExit(0)
build = FOLDER / "build"
out = FOLDER / "out"
check("run", "--until", "configure", str(packages), str(out), code=0, DEVICE_CHECK_BUILD=str(build))
log = (out / "log.txt").read_text()
assert "== environment" in log and "CUDA: with nvcc" in log, log
cache = (build / "CMakeCache.txt").read_text()
for name in ("fmt_DIR", "yaml-cpp_DIR", "nlohmann_json_DIR", "CLI11_DIR", "Boost_DIR", "SQLite3_INCLUDE_DIR",
             "OPENSSL_INCLUDE_DIR", "NLopt_DIR", "tl-expected_DIR"):
    [line] = [line for line in cache.splitlines() if line.startswith(name + ":")]
    assert line.split("=", 1)[1].startswith(str(packages)), line  # from the pack, not from this machine

# Behind the build, by this machine's programs under a driver that claims a GPU: the worker is found, and
# that it finds no device ends the run.
tools = FOLDER / "tools"
tools.mkdir()
for name, text in (("cmake", "exit 0"), ("nvidia-smi", "echo 'GPU 0: none'")):
    (tools / name).write_text(f"#!/bin/sh\n{text}\n")
    (tools / name).chmod(0o755)
if shutil.which("nvidia-smi") is None and (BUILD / "apps" / "assay" / "assay-cuda-repops.so").exists():
    check("run", str(packages), str(out), code=1, DEVICE_CHECK_BUILD=str(BUILD), PATH=f"{tools}:{os.environ['PATH']}")
    log = (out / "log.txt").read_text()
    assert "== worker" in log and "no CUDA device" in log and "== calibration" not in log, log
scratch.cleanup()
