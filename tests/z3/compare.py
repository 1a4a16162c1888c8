#!/usr/bin/env python3
"""Holds the exact means of proof against Z3.

    cargo run --release --locked -p heng-engine --features linear --example prove_means -- 300 7 target/smt 12
    python3 tests/z3/compare.py target/smt

The questions are those that `prove_means` wrote: one file of SMT-LIB for each pair of versions, and beside it what the
exact dynamic programme answered, a line each. The program `z3` is looked for on the PATH, then in the wheel z3-solver.
Ends with 1 where an answer differs. A question that Z3 does not answer in time is counted, and is no answer.
"""

import importlib.util
import pathlib
import shutil
import subprocess
import sys
import time


def solver():
    found = shutil.which("z3")
    if found:
        return found
    spec = importlib.util.find_spec("z3")
    if spec and spec.origin:
        package = pathlib.Path(spec.origin).parent
        for place in [package / "bin" / "z3", package.parent / "bin" / "z3"]:
            if place.exists():
                return str(place)
    sys.exit("z3 is not there: pip install z3-solver")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    z3 = solver()
    questions = alike = unlike = unknown = 0
    started = time.monotonic()
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.smt2"))
    for path in files:
        expected = path.with_suffix(".answers").read_text().split()
        said = subprocess.run([z3, str(path)], capture_output=True, text=True).stdout.split("\n")
        given = [line.strip() for line in said if line.strip()]
        if len(given) != len(expected):
            sys.exit(f"{path}: {len(expected)} questions, and these answers: {given[:5]}")
        for number, (own, other) in enumerate(zip(expected, given)):
            questions += 1
            if "unknown" in (own, other) or "timeout" == other:
                unknown += 1
            elif own == other:
                alike += 1
            else:
                unlike += 1
                print(f"{path}: question {number}: {own}, z3 says {other}")
    took = time.monotonic() - started
    print(f"{len(files)} pairs, {questions} questions: {alike} agree, {unlike} do not, {unknown} not answered; {took:.0f} s")
    sys.exit(1 if unlike or not files else 0)


main()
