#!/usr/bin/env python3
"""Turn the samples of the network's benchmark into a section of RESULTS.md.

usage: net_report.py WORK COMMAND NAME=PATH...
"""
import collections
import datetime
import os
import platform
import re
import statistics
import subprocess
import sys

from report import read_rows, table

NETWORKS = ["native", "slirp4netns", "slirp4netns-1500", "pasta", "pasta-sid",
            "urun", "urun-1500", "urun-redirect"]
TICK = 1 / os.sysconf("SC_CLK_TCK")

NOTES = """\
c->h: the container sends to an address of the host that is not loopback; h->c: the host sends
to the published port on 127.0.0.1. One TCP stream of 128 KiB writes; counted is what the
server has read. s/GB: user and system time of the helper's threads per 10^9 bytes, in ticks of
10 ms. A ratio is the median of the ratios of each round; in brackets the least and the most.
Connections: one after the other, each asks and hears 64 bytes; three runs of a fresh helper,
the third counts; each run has another client address, so that none meets the last one's
TIME_WAIT. Memory: smaps_rollup of the helper. Set-up: of slirp4netns from exec to its ready
byte, without ports (they are added later); of pasta until it is in the background, with one
port; of urun it is what is added to `run`, the median of each round's difference. slirp4netns
stays when the container dies, unless its starter keeps an `--exit-fd` for it. pasta's c->h
stalls on some machines, for a reason that was not found: only its h->c is a goal.
"""


class Samples:
    def __init__(self, path):
        # kind -> network -> round -> numbers
        self.by_kind = collections.defaultdict(
            lambda: collections.defaultdict(dict))
        self.failed = {}
        self.lost = collections.Counter()
        for kind, *fields in read_rows(path):
            self.take(kind, fields)

    def take(self, kind, fields):
        if kind == "fail":
            network, what, reason = fields
            self.failed.setdefault((network, what), reason or "no reason told")
        elif kind == "maps":
            self.by_kind[kind][fields[0]][1] = int(fields[1])
        elif kind == "crr":
            network, turn, run, done, nanoseconds, lost = fields
            self.lost[network] += int(lost)
            self.by_kind[f"crr{run}"][network][int(turn)] = (
                int(done) / int(nanoseconds) * 1e9)
        elif kind in ("c2h", "h2c"):
            network, turn, count, nanoseconds, ticks = fields
            self.by_kind[kind][network][int(turn)] = (
                int(count) * 8 / int(nanoseconds))
            self.by_kind[kind + " cpu"][network][int(turn)] = (
                int(ticks) * TICK / (int(count) / 1e9))
        elif kind in ("idle", "churned"):
            network, turn, rss, pss, count = fields
            for name, value in (("rss", int(rss) / 1024),
                                ("pss", int(pss) / 1024), ("count", int(count))):
                self.by_kind[f"{kind} {name}"][network][int(turn)] = value
        elif kind in ("gone", "run", "setup"):
            network, turn, nanoseconds = fields
            self.by_kind[kind][network][int(turn)] = (
                float("inf") if nanoseconds == "-" else int(nanoseconds) / 1e6)

    def values(self, kind, network):
        return list(self.by_kind[kind][network].values())

    def pairs(self, kind, subject, base):
        """Both numbers of each round that has them."""
        mine, theirs = (self.by_kind[kind][name] for name in (subject, base))
        return [(mine[turn], theirs[turn]) for turn in mine if turn in theirs]

    def ratios(self, kind, subject, base):
        return [a / b for a, b in self.pairs(kind, subject, base) if b]

    def why_not(self, *networks):
        """The reason that a number is not there."""
        for (network, what), reason in self.failed.items():
            if network in networks:
                return f"{network}, {what}: {reason}"
        return "no " + " and ".join(
            name for name in networks
            if not any(name in nets for nets in self.by_kind.values())) + " here"


def spread(values, form="{:.2f}"):
    if not values:
        return "–"
    if len(values) == 1:
        return form.format(values[0])
    return (f"{form.format(statistics.median(values))} ("
            f"{form.format(min(values))}–{form.format(max(values))})")


class Goals:
    """The rows of the table of goals."""

    def __init__(self, samples):
        self.s = samples
        self.rows = []

    def row(self, goal, bar, stretch, parts, cpu=("", "")):
        """Parts: (values, limit, better, unit, networks), all must be reached."""
        shown, reached = [], []
        for values, limit, better, unit, networks in parts:
            form = "{:.0f}" if unit.startswith("maps") else "{:.2f}"
            if not values:
                shown.append(f"not measured ({self.s.why_not(*networks)})")
                reached.append(None)
                continue
            median = statistics.median(values)
            shown.append("it stays" if float("inf") in values else
                         f"{spread(values, form)} {unit}")
            reached.append(median >= limit if better == ">=" else median <= limit)
        verdict = ("**no**" if False in reached else
                   "not measured" if None in reached else "yes")
        kind, network = cpu
        used = spread(self.s.values(kind + " cpu", network)) if kind else "–"
        self.rows.append([goal, bar, stretch, "; ".join(dict.fromkeys(shown)), used, verdict])

    def ratio(self, kind, subject, base, limit, better=">="):
        return (self.s.ratios(kind, subject, base), limit, better, f"x {base}",
                (subject, base))

    def at_most(self, kind, network, limit, unit):
        return (self.s.values(kind, network), limit, "<=", unit, (network,))

    def pasta(self):
        return "pasta-sid" if self.s.values("h2c", "pasta-sid") else "pasta"

    def added(self):
        differences = [a - b for a, b in self.s.pairs("run", "net", "plain")]
        return (differences, 5, "<=", "ms", ("net", "urun"))

    def maps(self):
        """None in the runtime; the helper has them, so that the look is one."""
        runtime = self.s.values("maps", "runtime")
        helper = self.s.values("maps", "helper")
        return [(runtime, 0, "<=", "maps in the runtime", ("runtime", "urun")),
                (helper, 1, ">=", "maps in the helper", ("helper", "urun"))]

    def all(self):
        pasta = self.pasta()
        self.row("c->h TCP, MTU 65520", ">= 1.0x slirp4netns", "1.15x",
                 [self.ratio("c2h", "urun", "slirp4netns", 1)], ("c2h", "urun"))
        self.row("c->h TCP, MTU 1500", ">= 2.0x slirp4netns at 1500", "3x",
                 [self.ratio("c2h", "urun-1500", "slirp4netns-1500", 2)],
                 ("c2h", "urun-1500"))
        self.row("c->h TCP, egress=redirect",
                 ">= 2x slirp4netns, <= 0.35 s/GB", "2.5x",
                 [self.ratio("c2h", "urun-redirect", "slirp4netns", 2),
                  self.at_most("c2h cpu", "urun-redirect", 0.35, "s/GB")],
                 ("c2h", "urun-redirect"))
        self.row("h->c forwarded TCP", ">= 1.5x slirp4netns, >= 0.6x native, "
                 ">= 0.95x pasta", "0.75x native",
                 [self.ratio("h2c", "urun", "slirp4netns", 1.5),
                  self.ratio("h2c", "urun", "native", 0.6),
                  self.ratio("h2c", "urun", pasta, 0.95)], ("h2c", "urun"))
        self.row("helper CPU, forwarded", "<= 0.5x slirp4netns", "0.4x",
                 [self.ratio("h2c cpu", "urun", "slirp4netns", 0.5, "<=")],
                 ("h2c", "urun"))
        self.row("connections h->c, third run", ">= 8x slirp4netns, >= 0.5x native, "
                 ">= 1.0x pasta", "15x",
                 [self.ratio("crr3", "urun", "slirp4netns", 8),
                  self.ratio("crr3", "urun", "native", 0.5),
                  self.ratio("crr3", "urun", pasta, 1)])
        count = min(self.s.values("churned count", "urun"), default=30000)
        self.row(f"helper's memory after {count:.0f} forwarded connections",
                 "RSS <= 6 MiB", "4 MiB",
                 [self.at_most("churned rss", "urun", 6, "MiB RSS"),
                  self.at_most("churned pss", "urun", 6, "MiB Pss")])
        self.row("helper's memory, idle", "RSS <= 4 MiB, Pss <= 1.5 MiB", "",
                 [self.at_most("idle rss", "urun", 4, "MiB RSS"),
                  self.at_most("idle pss", "urun", 1.5, "MiB Pss")])
        self.row("added to `run`, 2 ports", "<= 5 ms", "3 ms", [self.added()])
        self.row("helper gone after the container's death", "<= 100 ms", "",
                 [self.at_most("gone", "urun", 100, "ms")])
        self.row("libslirp and glib without network", "not mapped", "", self.maps())
        return table(["goal", "bar", "stretch", "measured", "helper CPU s/GB", "reached"],
                     self.rows).replace("---:", "---")


def network_table(samples, names):
    def cell(kind, name, form="{:.1f}"):
        return spread(samples.values(kind, name), form)

    rows = []
    for name in names:
        runs = [samples.values(f"crr{run}", name) for run in (1, 2, 3)]
        connections = [f"{statistics.median(values):.0f}" for values in runs if values]
        counts = samples.values("churned count", name)
        after = cell("churned rss", name)
        if counts:
            after += f" of {min(counts)}"
        setup = cell("setup", name)
        gone = samples.values("gone", name)
        rows.append([
            name, cell("c2h", name), cell("c2h cpu", name, "{:.2f}"),
            cell("h2c", name), cell("h2c cpu", name, "{:.2f}"),
            ", ".join(connections) or "–",
            cell("idle rss", name), cell("idle pss", name), after, setup,
            "stays" if float("inf") in gone else cell("gone", name)])
    return table(["network", "c->h Gb/s", "s/GB", "h->c Gb/s", "s/GB",
                  "connections/s, three runs", "idle RSS MiB", "Pss", "RSS after churn",
                  "set-up ms", "gone ms"], rows)


def versions(paths):
    for name, path in paths.items():
        run = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        lines = [line.strip() for line in run.stdout.splitlines() if line.strip()]
        told = [line for line in lines
                if re.match(r"urun|commit|slirp4netns|libslirp|pasta|passt", line)]
        yield f"- {name}: {', '.join(told[:3]) or 'no --version'}{package(name)}"


def package(name):
    """The version that dpkg knows; pasta of Debian 12 does not tell its own."""
    known = {"slirp4netns": "slirp4netns", "pasta": "passt"}.get(name)
    if not known:
        return ""
    run = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", known],
                         capture_output=True, text=True, check=False)
    return f" (package {run.stdout})" if run.returncode == 0 else ""


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")[:-1]


def main():
    work, command = sys.argv[1:3]
    paths = dict(word.split("=", 1) for word in sys.argv[3:])
    samples = Samples(f"{work}/samples")
    before, after = read_lines(f"{work}/load")
    now = datetime.datetime.now(datetime.timezone.utc)
    present = [name for name in NETWORKS
               if any(name in nets for nets in samples.by_kind.values())]
    missing = read_lines(f"{work}/missing") + [
        f"{network}, {what}: {reason}"
        for (network, what), reason in samples.failed.items()]
    missing += [f"{network}: {count} connections of the three runs failed"
                for network, count in samples.lost.items() if count]
    print("\n".join([
        "# Network", "",
        "Written by `tests/bench/net.sh` (`make bench-net`); do not edit. Command:", "",
        f"    {command}", "",
        f"- date: {now:%Y-%m-%d %H:%M} UTC",
        f"- kernel: {platform.release()}, {os.cpu_count()} CPUs, "
        f"load {before} before, {after} after",
        f"- rounds: {max(map(len, samples.by_kind['h2c'].values()), default=0)}, all networks "
        f"up at once and interleaved; of `run`: {len(samples.values('run', 'plain'))}",
        *versions(paths), "", "Missing:", "",
        *([f"- {line}" for line in missing] or ["- nothing"]), "",
        "## Goals", "", Goals(samples).all(),
        "## Networks, medians", "", network_table(samples, present),
        "`run` without network: " + spread(samples.values("run", "plain")) + " ms; with one "
        "and 2 ports: " + spread(samples.values("run", "net")) + " ms.", "",
        "## Notes", "", NOTES]), end="")


if __name__ == "__main__":
    main()
