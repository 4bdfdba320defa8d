#!/usr/bin/env python3
"""What a scope of the user's systemd adds to `run`: the plan, and the table.

usage: scope.py plan XDG_RUNTIME_DIR BUNDLE LIMITED NAME=PATH...
       scope.py table PLACE=SAMPLES...

BUNDLE has no limits, LIMITED some. The plan is one for the bench driver
(bench.c), to be run in a user's systemd session; the samples are what that
printed. A round runs each runtime without a cgroup, in a scope, and in one
with limits: what a scope adds is the median of the rounds' differences.
"""
import collections
import statistics
import sys

WAYS = {
    "alone": ("--cgroup-manager=disabled", "bundle"),
    "scope": ("--systemd-cgroup", "bundle"),
    "limits": ("--systemd-cgroup", "limited"),
}


def print_plan(xdg, bundle, limited, runtimes):
    for name, path in runtimes:
        for way, (option, kind) in WAYS.items():
            place = bundle if kind == "bundle" else limited
            ident = f"bench-{name}-{way}"
            for step in (["env", f"XDG_RUNTIME_DIR={xdg}"],
                         ["cmd", path, option, "run", "-b", place, ident],
                         ["fix", path, "delete", "--force", ident]):
                print("\t".join([way, name, *step]))


def read_rounds(path):
    """name -> round -> way -> ms"""
    found = collections.defaultdict(lambda: collections.defaultdict(dict))
    with open(path, encoding="utf-8") as file:
        for line in file:
            fields = line.split()
            if len(fields) == 6 and fields[0] in WAYS:
                found[fields[1]][fields[2]][fields[0]] = int(fields[3]) / 1e6
    return found


def row(place, name, rounds):
    whole = [r for r in rounds.values() if len(r) == len(WAYS)]
    if not whole:
        return f"| {place} | {name} | – | – | – | 0 |"
    alone = statistics.median(r["alone"] for r in whole)
    scope, limits = (statistics.median(r[way] - r["alone"] for r in whole)
                     for way in ("scope", "limits"))
    return (f"| {place} | {name} | {alone:.1f} | {scope:+.1f} | "
            f"{limits:+.1f} | {len(whole)} |")


def print_table(places):
    print("| where | runtime | without a cgroup | a scope adds | "
          "one with limits adds | rounds |")
    print("|---|---|---:|---:|---:|---:|")
    for place, path in places:
        for name, rounds in read_rounds(path).items():
            print(row(place, name, rounds))


def main():
    words = [word.split("=", 1) for word in sys.argv[2:]]
    if sys.argv[1] == "plan":
        print_plan(*sys.argv[2:5], words[3:])
    else:
        print_table(words)


if __name__ == "__main__":
    main()
