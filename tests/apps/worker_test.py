"""`assay-worker` as a user calls it, and as a program that speaks its protocol does."""

import json
import os
import pathlib
import signal
import struct
import subprocess
import tempfile

from program import PROGRAM

WORKER = str(pathlib.Path(PROGRAM).parent / "assay-worker")


def worker(*arguments, code=0):
    done = subprocess.run([WORKER, *arguments], capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done.stdout if code == 0 else done.stderr


def roots(*arguments):
    lines = worker("segment", "mlp-tiny", "--steps", "3", *arguments).splitlines()
    return [line.split()[-1] for line in lines if line.startswith(("root", "state"))]


# Help names an example, and every command has its own.
assert "Example: assay-worker measure" in worker("--help")
for command in ("list", "describe", "measure", "segment", "open", "serve"):
    assert "Example: assay-worker " + command in worker(command, "--help"), command

listed = worker("list")
for name in ("cpu-repops", "cuda-repops", "torch-cpu", "torch-cuda", "gpt-1m", "tampered-operator"):
    assert name in listed, name
described = worker("describe")
assert described.startswith("cpu-repops on ") and "precisions fp32\n" in described, described
measured = worker("measure", "mlp-tiny", "--steps", "3")
assert "GFLOP/s" in measured and "the median of 2" in measured, measured
assert "ms in products" in measured and "copies" not in measured, measured

# The same segment gives the same bits on one thread and on two; every cheat gives others.
honest = roots()
assert len(honest) == 4 and roots("--threads", "2") == honest
assert roots("--seed", "1") != honest
for cheat in ("skip", "stale-checkpoint", "fewer-micro-batches", "fabricated-gradients",
              "tampered-operator"):
    assert roots("--cheat", cheat, "--fraction", "0.5")[-1] != honest[-1], cheat

# An operator's record: who it is, what it read and wrote.
def opened(op, *arguments):
    text = worker("open", "mlp-tiny", "--steps", "2", "--step", "1", "--operator", str(op), *arguments)
    return [line for line in text.splitlines() if line.startswith(("address", "reads", "writes"))]


assert len(opened(3)) >= 3 and opened(3)[0] != opened(4)[0]

# The same for programs: one JSON object each, nothing else on standard output.
def told(*arguments):
    return json.loads(worker(*arguments, "--json"))


known = told("list")
assert [entry["built"] for entry in known["backends"] if entry["name"] == "cpu-repops"] == [True]
assert "tampered-operator" in known["cheats"]
device = told("describe", "--threads", "2")
assert device["backend"] == "cpu-repops" and device["threads"] == 2 and device["memory_bytes"] > 2**28
timed = told("measure", "mlp-tiny", "--steps", "3")
assert {"name": "mlp-tiny", "parameters": timed["parameters"]} in known["workloads"], known
assert timed["state_bytes"] == 3 * 4 * timed["parameters"]  # weights and two moments
assert len(timed["step_s"]) == len(timed["losses"]) == 3
assert min(timed["step_s"][1:]) <= timed["step_median_s"] <= max(timed["step_s"][1:])
claimed = told("segment", "mlp-tiny", "--steps", "3")
assert [claimed["root"], *claimed["states"]] == honest, claimed
record = told("open", "mlp-tiny", "--steps", "2", "--step", "1", "--operator", "3")
assert record["operator"] == 3 < record["operators"] and record["step"] == 1
assert ([record["address"], *record["reads"], *record["writes"]]
        == [line.split()[-1] for line in opened(3)])

# Wrong input: exit code 2, what was found, and the nearest name.
for arguments, expected in (
        (["measure", "mlp-tinny"], "mlp-tiny"),
        (["segment", "mlp-tiny", "--cheat", "skipp"], "skip"),
        (["segment", "mlp-tiny", "--steps", "3", "--interval", "2"], "every 2 steps"),
        (["describe", "--backend", "cpu-repop"], "did you mean 'cpu-repops'"),
        (["open", "mlp-tiny", "--step", "9"], "expected 0 to 3"),
        (["open", "mlp-tiny", "--operator", "99999"], "found operator 99999"),
        (["serve", "--memory", "much"], "--memory"),
        (["measure", "mlp-tiny", "--precision", "bf16"], "cpu-repops does not compute in bf16 here"),
        (["measure", "mlp-tiny", "--precision", "fp23"], "did you mean 'fp32'"),
        (["segment", "mlp-tiny", "--cheat", "low-precision"], "fp32 only"),
        (["measure"], "required"),
        (["dance"], "--help")):
    said = worker(*arguments, code=2)
    assert expected in said, (arguments, said)

# The protocol over pipes: a frame is magic, version, kind, request, length, tensors, and payload.
VERSION = 3
HEADER = struct.Struct("<4sHHIII")


def speak(data):
    done = subprocess.run([WORKER, "serve"], input=data, capture_output=True, timeout=60)
    frames, at = [], 0
    while at < len(done.stdout):
        magic, version, kind, request, length, tensors = HEADER.unpack_from(done.stdout, at)
        assert (magic, version, tensors) == (b"ASSY", VERSION, 0)
        at += HEADER.size
        frames.append((kind, request, done.stdout[at:at + length]))
        at += length
    return done.returncode, frames


describe = HEADER.pack(b"ASSY", VERSION, 2, 7, 0, 0)
code, frames = speak(describe * 3)
assert code == 0 and [(kind, request) for kind, request, _ in frames] == [(3, 7)] * 3
assert b"cpu-repops" in frames[0][2]
# A request that is none is refused, and the next one answered.
unknown = HEADER.pack(b"ASSY", VERSION, 99, 8, 0, 0)
code, frames = speak(unknown + describe)
assert code == 0 and [kind for kind, _, _ in frames] == [1, 3], frames
assert b"kind 99" in frames[0][2]
# What is no message ends the worker, with a refusal that says why.
code, frames = speak(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
assert code == 1 and frames[0][0] == 1 and b"open no message" in frames[0][2]
assert speak(HEADER.pack(b"ASSY", VERSION, 2, 7, 0xFFFFFFFF, 0))[0] == 1
assert speak(b"")[0] == 0

# On a socket: one process for each that connects, and the socket is gone at the end.
with tempfile.TemporaryDirectory() as scratch:
    path = str(pathlib.Path(scratch) / "worker.sock")
    listening = subprocess.Popen([WORKER, "serve", "--socket", path], stdout=subprocess.PIPE, text=True)
    assert listening.stdout.readline().startswith("listening on ")
    assert "in use" in worker("serve", "--socket", path, code=1)
    assert pathlib.Path(path).is_socket()  # that of the one that listens
    listening.send_signal(signal.SIGTERM)
    assert listening.wait(timeout=30) == 0 and not os.path.exists(path)
