#!/usr/bin/env python3
"""Fails if the object file of an instruction set's kernels defines something that others could link.

    symbols.py NM LIBRARY

The linker keeps one copy of an inline function. One that was compiled for AVX-512 must not stand in
for all others, so these objects may define only names in their own namespace.
"""

import subprocess
import sys


def main():
    nm, library = sys.argv[1:]
    listing = subprocess.run([nm, "--demangle", "--defined-only", library], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    found, wrong, own = set(), [], None
    for line in listing.splitlines():
        if line.endswith(":"):
            own = next((isa for isa in ("avx2", "avx512") if f"kernels_{isa}." in line), None)
            continue
        fields = line.split(maxsplit=2)
        if own is None or len(fields) < 3:
            continue
        kind, name = fields[1], fields[2]
        # Lower case: local to the object. DW.ref: data for unwinding, the same in every object.
        if f"repops::{own}::" in name:
            found.add(own)
        elif (kind.isupper() or kind in "uvw") and not name.startswith("DW.ref."):
            wrong.append(f"{own}: {kind} {name}")
    if found != {"avx2", "avx512"}:
        return f"kernels found only for {sorted(found)}"
    return "\n".join(wrong) or None


if __name__ == "__main__":
    sys.exit(main())
