#!/usr/bin/env python3
"""Turn a run's samples into RESULTS.md.

usage: report.py WORK COMMAND NAME=PATH...
"""
import collections
import datetime
import os
import platform
import statistics
import subprocess
import sys

BASELINE = "crun-sid"
SUBJECT = "urun"
CASES = {
    "run-a": "`run`, (a) default spec",
    "run-b": "`run`, (b) podman's config, filter cached",
    "run-b-cold": "`run`, (b) nothing cached",
    "lifecycle-a": "`create`+`start`+`delete`, (a)",
    "lifecycle-b": "`create`+`start`+`delete`, (b)",
    "exec-a": "`exec /bin/true`, (a)",
    "exec-b": "`exec /bin/true`, (b)",
    "start": "`start`, (b)",
    "state": "`state`",
    "kill": "`kill`",
    "version": "`--version`",
}
WALL_TARGETS = {"run-a": 0.70, "run-b": 0.70, "run-b-cold": 0.60,
                "exec-b": 0.75, "start": 0.60, "state": 0.60, "kill": 0.60,
                "version": 0.60}
RSS_TARGET = 0.70
RSS_CASES = ("run-a", "run-b", "run-b-cold", "exec-b")

NOTES = """\
## Notes

- One bundle for all: both configs get a user namespace with the caller as root
  and its sub-ids above, so every `run` pays for newuidmap and newgidmap.
- All run in one private mount namespace; on a hybrid host /sys/fs/cgroup shows
  the v2 tree there, which crun insists on. crun and urun get
  `--cgroup-manager=disabled`, runc finds no cgroup to write and goes on.
- crun run by a plain user copies itself into a memfd and executes that copy on
  every call, `--version` too.
- Peers newer than the host run with the loader and libraries of their suite.
- "Nothing cached": a fresh and empty XDG_RUNTIME_DIR and HOME for each run.
- floor: the mounts, maps and filter the config demands, with nothing read or
  decided; filter of (b): what crun compiled, unless FILTER named another. A
  filter built as a tree loads faster than that linear one.
- CPU time includes the container's set-up where the runtime or, after
  `create`, the driver waited for it; work in kernel threads is not in it.
"""

SCOPE_NOTE = """\
Config (a) by one user's systemd, the runtimes interleaved; medians, and of what
is added the median of each round's difference. Limits: of huge pages on this
host, of memory, pids and cpu in the emulated machine (tests/vm), where all is
about twenty times as slow.
"""

Count = collections.namedtuple(
    "Count", "syscalls own processes threads execs rss_own rss_all")


def read_rows(path):
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")


def read_samples(path):
    """(case, runtime) -> list of (wall ms, CPU ms, RSS kB)."""
    samples = collections.defaultdict(list)
    for case, name, _, wall, cpu, rss in read_rows(path):
        samples[case, name].append(
            (int(wall) / 1e6, int(cpu) / 1e3, int(rss)))
    return samples


def read_counts(path):
    return {(case, name): Count(*map(int, numbers))
            for case, name, *numbers in read_rows(path)}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |",
             "|" + "|".join(["---"] + ["---:"] * (len(header) - 1)) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


class Report:
    def __init__(self, work, command, paths):
        self.samples = read_samples(f"{work}/samples")
        self.counts = read_counts(f"{work}/counts")
        self.work = work
        self.command = command
        self.paths = paths
        present = {name for _, name in self.samples}
        self.names = [name for name in [*paths, "floor"] if name in present]
        self.cases = [case for case in CASES
                      if any((case, name) in self.samples
                             for name in self.names)]

    def median(self, case, name, column):
        rows = self.samples.get((case, name))
        if not rows:
            return None
        return statistics.median(row[column] for row in rows)

    def spread(self, case, name):
        walls = [row[0] for row in self.samples.get((case, name), [])]
        if not walls:
            return "–"
        return f"{percentile(walls, .25):.2f}–{percentile(walls, .75):.2f}"

    def rows(self, cell):
        return [[CASES[case]] + [cell(case, name) for name in self.names]
                for case in self.cases]

    def median_table(self, column, digits):
        def cell(case, name):
            value = self.median(case, name, column)
            return "–" if value is None else f"{value:.{digits}f}"
        return table(["case", *self.names], self.rows(cell))

    def ratio_table(self, column):
        def cell(case, name):
            value = self.median(case, name, column)
            base = self.median(case, BASELINE, column)
            return f"{value / base:.2f}" if value and base else "–"
        return table(["case", *self.names], self.rows(cell))

    def count_table(self, show):
        names = [name for name in self.names
                 if any((case, name) in self.counts for case in self.cases)]
        rows = [[CASES[case]] +
                [show(self.counts[case, name])
                 if (case, name) in self.counts else "–" for name in names]
                for case in self.cases]
        return table(["case", *names], rows)

    def verdict(self, label, value, base, target, unit):
        if not value or not base:
            return [label, "–", "–", "–", f"{target:.2f}", "not measured"]
        ratio = value / base
        return [label, f"{value:.2f} {unit}", f"{base:.2f} {unit}",
                f"{ratio:.2f}", f"{target:.2f}",
                "yes" if ratio <= target else "**no**"]

    def target_table(self):
        rows = [self.verdict(CASES[case], self.median(case, SUBJECT, 0),
                             self.median(case, BASELINE, 0), target, "ms")
                for case, target in WALL_TARGETS.items()]
        for case in RSS_CASES:
            values = [(self.median(case, name, 2) or 0) / 1024
                      for name in (SUBJECT, BASELINE)]
            rows.append(self.verdict("peak RSS: " + CASES[case], *values,
                                     RSS_TARGET, "MiB"))
        return table(["what", SUBJECT, BASELINE, "ratio", "target", "met"],
                     rows)

    def versions(self):
        for name, path in self.paths.items():
            out = subprocess.run([path, "--version"], capture_output=True,
                                 text=True, check=False).stdout
            lines = [line.strip() for line in out.splitlines() if line]
            first = ", ".join(line for line in lines[:3]
                              if line.startswith((name.split("-")[0],
                                                  "commit", "urun")))
            yield f"- {name}: {first or 'no --version'}"

    def text_of(self, name):
        with open(f"{self.work}/{name}", encoding="utf-8") as file:
            return file.read().strip()

    def left_out(self):
        lines = self.text_of("missing").splitlines()
        for name in self.paths:
            gaps = [case for case in CASES
                    if (case, name) not in self.samples]
            if gaps:
                lines.append(f"{name} failed in: {', '.join(gaps)}")
        return [f"- {line}" for line in lines] or ["- nothing"]

    def scope(self):
        """What a scope of the user's systemd adds, where it was measured."""
        places = [f"{place.replace('-', ' ')}={path}" for place in
                  ("this-host", "emulated-machine")
                  if os.path.exists(path := f"{self.work}/scope.{place}")]
        if not places:
            return
        here = os.path.dirname(os.path.abspath(__file__))
        print("## What a systemd scope adds to `run`, ms\n\n" + SCOPE_NOTE)
        sys.stdout.flush()
        subprocess.run([sys.executable, f"{here}/scope.py", "table", *places],
                       check=True)
        print()

    def head(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        rounds = max((len(rows) for rows in self.samples.values()), default=0)
        return "\n".join([
            "# Benchmark results", "",
            "Written by `tests/bench/run.sh`; do not edit. Command:", "",
            f"    {self.command}", "",
            f"- date: {now:%Y-%m-%d %H:%M} UTC",
            f"- kernel: {platform.release()}, {os.cpu_count()} CPUs, "
            f"load {os.getloadavg()[0]:.1f}",
            f"- rounds: {rounds}, all runtimes interleaved, each round begun "
            f"at another one; steadied by: {self.text_of('steady')}",
            *self.versions(), "",
            "Missing:", "", *self.left_out(), "",
        ])

    def body(self):
        parts = [
            ("Targets", "Medians; peak RSS as getrusage tells it of the whole "
             "tree, so newuidmap's is its floor.", self.target_table()),
            ("Wall time, median, ms", None, self.median_table(0, 2)),
            (f"Wall time, ratio to {BASELINE}", None, self.ratio_table(0)),
            ("Wall time, quartiles, ms", None,
             table(["case", *self.names], self.rows(self.spread))),
            ("CPU time of all waited-for processes, median, ms", None,
             self.median_table(1, 2)),
            ("Peak RSS of the largest process, kB, getrusage",
             "Includes newuidmap, newgidmap and the container's process.",
             self.median_table(2, 0)),
        ]
        if self.counts:
            parts += [
                ("Peak RSS of the runtime's own largest process, kB",
                 "VmHWM read at each exec and exit under ptrace.",
                 self.count_table(lambda c: str(c.rss_own))),
                ("System calls", "The runtime's own / with newuidmap, "
                 "newgidmap and the container's process.",
                 self.count_table(lambda c: f"{c.own} / {c.syscalls}")),
                ("New processes / threads / execs",
                 "Beside the first process; the first exec of each command "
                 "counts.",
                 self.count_table(lambda c: f"{c.processes} / {c.threads} / "
                                  f"{c.execs}")),
            ]
        for title, note, content in parts:
            print(f"## {title}\n")
            if note:
                print(note + "\n")
            print(content)
        self.scope()
        print(NOTES, end="")


def main():
    paths = dict(word.split("=", 1) for word in sys.argv[3:])
    report = Report(sys.argv[1], sys.argv[2], paths)
    print(report.head())
    report.body()


if __name__ == "__main__":
    main()
