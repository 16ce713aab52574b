#!/usr/bin/env python3
"""Reads the device code that was built and objects to arithmetic that is not the same everywhere.

    lint.py library LIBRARY NVCC SOURCE_DIR   the kernels in libassay_cuda.a
    lint.py controls CONTROLS.cu NVCC         kernels that are wrong on purpose: all must be caught

The library holds, for each architecture, the kernels as PTX and as machine code, not compressed. In
PTX every operation on numbers must be rounded in the one way that IEEE 754 gives it. Whether the
source leaves a multiplication and an addition for the compiler to fuse shows when it is allowed to:
compiled with --fmad=true the kernels must be the same. In machine code, kernels whose PTX has no
fused operation, division or root must have none either.
"""

import collections
import concurrent.futures
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ARCHITECTURES = {"75", "80", "86", "89", "90"}
FLAGS = ["-std=c++17", "-O3", "-prec-div=true", "-prec-sqrt=true", "-ftz=false"]
INSTRUCTION = re.compile(r"^\s*(?:@!?%\w+\s+)?([a-z][\w.:]*)\b.*;")
ENTRY = re.compile(r"^\s*(?:\.visible\s+)?\.entry\s+(\w+)")
ROUNDED = {"add", "sub", "mul", "fma", "div", "sqrt", "rcp", "mad"}
MUST_NOT_BE = {
    "atom": "is an atomic operation",
    "red": "is an atomic operation",
    "min": "treats NaN and the signs of 0 in its own way",
    "max": "treats NaN and the signs of 0 in its own way",
    "mma": "adds up in an order of its own",
    "wmma": "adds up in an order of its own",
    "wgmma": "adds up in an order of its own",
}


def objection(opcode):
    """Why an instruction of PTX may not stand in a kernel; None if it may."""
    parts = opcode.split(".")
    base, kinds = parts[0], set(parts[1:])
    if kinds & {"approx", "full"}:
        return "is an approximation"
    if "ftz" in kinds:
        return "flushes subnormal numbers"
    if kinds & {"f64", "f16", "f16x2", "bf16", "bf16x2", "tf32"}:
        return "is not in single precision"
    if base in MUST_NOT_BE and (base not in {"min", "max"} or "f32" in kinds):
        return MUST_NOT_BE[base]
    if base in ROUNDED and "f32" in kinds and "rn" not in kinds:
        return "leaves its rounding open"
    return None


def kernels_of(ptx):
    """{kernel: Counter of opcodes}, names without what nvcc makes of the file's path."""
    kernels, name = {}, None
    for line in ptx.splitlines():
        if match := ENTRY.match(line):
            name = re.sub(r"_GLOBAL__N__\w{8}_\d+_\w+?_cu_\w{8}", "_", match[1])
            kernels[name] = collections.Counter()
        elif name and (match := INSTRUCTION.match(line)):
            kernels[name][match[1]] += 1
    return kernels


def objections(kernels):
    return [f"{kernel}: {opcode} {why}" for kernel, opcodes in kernels.items()
            for opcode in opcodes if (why := objection(opcode))]


def arithmetic(opcodes):
    """How often each operation on numbers occurs: what contraction would change."""
    return {op: n for op, n in sorted(opcodes.items())
            if op.split(".")[0] in ROUNDED and op.endswith(".f32")}


def fused_if_allowed(strict, loose):
    return [f"{kernel}: the compiler may fuse {arithmetic(strict[kernel])} to "
            f"{arithmetic(loose[kernel])}" for kernel in strict
            if arithmetic(strict[kernel]) != arithmetic(loose[kernel])]


def compile_to_ptx(nvcc, source, include, *flags):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "kernels.ptx"
        subprocess.run([nvcc, *FLAGS, *flags, f"-I{include}", "-arch=compute_90", "-ptx", source,
                        "-o", output], check=True)
        return kernels_of(output.read_text())


def ptx_in(library):
    """{architecture: {kernel: Counter}} of the PTX that a library holds as text."""
    found = collections.defaultdict(dict)
    for match in re.finditer(rb"\.version \d+\.\d+\s+\.target sm_(\d+)[^\0]*", library):
        found[match[1].decode()].update(kernels_of(match[0].decode()))
    return found


def machine_code_in(library):
    """Yields (architecture, kernel, Counter of 12-bit operation codes) of every device ELF image."""
    at = -1
    while (at := library.find(b"\x7fELF\x02\x01", at + 1)) >= 0:
        machine, = struct.unpack_from("<H", library, at + 18)
        if machine != 190:  # the number of CUDA among ELF machines
            continue
        sections, flags = struct.unpack_from("<Q", library, at + 40)[0], struct.unpack_from(
            "<I", library, at + 48)[0]
        entry, count, names_at = struct.unpack_from("<HHH", library, at + 58)
        headers = [struct.unpack_from("<IIQQQQ", library, at + sections + i * entry)
                   for i in range(count)]
        names = headers[names_at][4]
        for name, _, _, _, offset, size in headers:
            start = at + names + name
            text = library[start:library.index(b"\0", start)].decode()
            if not text.startswith(".text."):
                continue
            codes = collections.Counter(
                struct.unpack_from("<H", library, at + offset + i)[0] & 0xfff
                for i in range(0, size, 16))
            # CUDA 13 keeps the architecture in the second byte of the flags, earlier ones in the first.
            arch = flags >> 8 & 0xff if flags >> 8 & 0xff else flags & 0xff
            kernel = re.sub(r"_GLOBAL__N__\w{8}_\d+_\w+?_cu_\w{8}", "_", text[len(".text."):])
            yield str(arch), kernel, codes


FFMA = {0x223, 0x423, 0x823, 0xa23, 0xc23}  # register, immediate and constant operands


def check_library(path, nvcc, source_dir):
    library = pathlib.Path(path).read_bytes()
    found = ptx_in(library)
    complaints = []
    if set(found) != ARCHITECTURES:
        complaints.append(f"PTX for {sorted(found)}, expected {sorted(ARCHITECTURES)}")
    names = {frozenset(kernels) for kernels in found.values()}
    if len(names) != 1:
        complaints.append("the architectures do not have the same kernels")
    for arch, kernels in sorted(found.items()):
        complaints += [f"sm_{arch}: {each}" for each in objections(kernels)]

    sources = sorted((pathlib.Path(source_dir) / "gpu_backend/repops/cuda").glob("*.cu"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        loose = {}
        for kernels in pool.map(
                lambda source: compile_to_ptx(nvcc, source, source_dir, "--fmad=true"), sources):
            loose.update(kernels)
    strict = found.get("90", {})
    if set(strict) != set(loose):
        complaints.append(f"built: {sorted(strict)}; in the sources: {sorted(loose)}")
    else:
        complaints += fused_if_allowed(strict, loose)

    images = 0
    for arch, kernel, codes in machine_code_in(library):
        images += 1
        expands = sum(n for op, n in found[arch][kernel].items()
                      if op.startswith(("fma.", "div.", "sqrt.", "rcp.", "rem.", "cvt.")))
        fused = sum(codes[code] for code in FFMA)
        if fused and not expands:
            complaints.append(f"sm_{arch}: {kernel}: {fused} FFMA from no fused operation")
    if images != sum(len(kernels) for kernels in found.values()):
        complaints.append(f"{images} kernels in machine code, not one for each in PTX")

    total = sum((sum((opcodes for opcodes in kernels.values()), collections.Counter())
                 for kernels in found.values()), collections.Counter())
    print(f"{len(strict)} kernels for sm_{', '.join(sorted(found))}, {images} of them in machine code;",
          arithmetic(total))
    return complaints


EXPECTED = {
    "approximates": "is an approximation",
    "divides_fast": "is an approximation",
    "roots_fast": "is an approximation",
    "flushes": "flushes subnormal numbers",
    "rounds_by_mood": "leaves its rounding open",
    "adds_atomically": "is an atomic operation",
    "widens": "is not in single precision",
    "picks_the_larger": "treats NaN and the signs of 0 in its own way",
}


def check_controls(source, nvcc):
    strict = compile_to_ptx(nvcc, source, ".", "--fmad=false")
    loose = compile_to_ptx(nvcc, source, ".", "--fmad=true")
    said, fused = objections(strict), fused_if_allowed(strict, loose)
    print(*said, *fused, sep="\n")
    complaints = [f"{kernel} was not caught" for kernel, why in EXPECTED.items()
                  if not any(line.startswith(kernel + ":") and why in line for line in said)]
    if not any(line.startswith("contracts:") for line in fused):
        complaints.append("contracts was not caught")
    complaints += [line for line in said + fused if line.startswith("clean:")]
    complaints += [f"{kernel} has no expectation"
                   for kernel in set(strict) - set(EXPECTED) - {"clean", "contracts"}]
    return complaints


def main():
    kind, *arguments = sys.argv[1:]
    check = {"library": check_library, "controls": check_controls}[kind]
    complaints = check(*arguments)
    print(*complaints, sep="\n", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
