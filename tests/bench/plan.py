#!/usr/bin/env python3
"""Print the plan of jobs for the bench driver (see bench.c for the format).

usage: plan.py WORK UID GID SUBUID SUBGID COUNT FILTER NAME=PATH...

FILTER is a compiled seccomp filter for the floor program, or "-".
"""
import sys

OPTIONS = {"crun": ["--cgroup-manager=disabled"], "runc": [],
           "urun": ["--cgroup-manager=disabled"]}


def emit(case, name, step, *args):
    print("\t".join([case, name, step, *args]))


class Runtime:
    def __init__(self, work, name, path):
        self.work = work
        self.name = name
        kind = name.split("-")[0]
        self.command = [path, *OPTIONS.get(kind, [])]
        self.xdg = f"{work}/xdg/{name}"

    def bundle(self, kind):
        return f"{self.work}/{kind}"

    def job(self, case, steps, xdg=None):
        """Steps are (type, runtime arguments) or (type, [program, ...])."""
        xdg = xdg or self.xdg
        emit(case, self.name, "env", f"XDG_RUNTIME_DIR={xdg}")
        emit(case, self.name, "env", f"HOME={xdg}")
        for step, args in steps:
            if isinstance(args, str):
                emit(case, self.name, step, *self.command, *args.split())
            else:
                emit(case, self.name, step, *args)

    def up(self):
        steps = [("do", ["/bin/mkdir", "-p", "-m", "700", self.xdg])]
        for kind in "ab":
            steps += [("do", f"create -b {self.bundle(kind)}/sleep l{kind}"),
                      ("do", f"start l{kind}")]
        self.job("@up", steps)

    def down(self):
        self.job("@down", [("do", "delete --force la"),
                           ("do", "delete --force lb")])

    def run(self, kind):
        return [("cmd", f"run -b {self.bundle(kind)} r{kind}"),
                ("fix", f"delete --force r{kind}")]

    def run_cold(self):
        xdg = self.xdg + ".cold"
        steps = [("do", ["/bin/rm", "-rf", xdg]),
                 ("do", ["/bin/mkdir", "-p", "-m", "700", xdg])]
        self.job("run-b-cold", steps + self.run("b"), xdg)

    def lifecycle(self, kind):
        pid_file = f"{self.xdg}/pid"
        return [("cmd", f"create --pid-file {pid_file} "
                        f"-b {self.bundle(kind)} c"),
                ("cmd", "start c"), ("reap", [pid_file]),
                ("cmd", "delete c"),
                ("fix", "delete --force c")]

    def start(self):
        pid_file = f"{self.xdg}/pid"
        return [("do", f"create --pid-file {pid_file} "
                        f"-b {self.bundle('b')} s"),
                ("cmd", "start s"), ("wait", [pid_file]),
                ("do", "delete s"), ("fix", "delete --force s")]


def floor_job(case, work, ids, filter_file):
    args = [f"{work}/floor"]
    if case == "run-b":
        args += ["-b"] if filter_file == "-" else ["-b", "-s", filter_file]
    emit(case, "floor", "cmd", *args, f"{work}/rootfs", f"{work}/b", *ids)


def main():
    work = sys.argv[1]
    ids = sys.argv[2:7]
    runtimes = [Runtime(work, *word.split("=", 1)) for word in sys.argv[8:]]
    cases = [
        ("run-a", lambda r: r.job("run-a", r.run("a"))),
        ("run-b", lambda r: r.job("run-b", r.run("b"))),
        ("run-b-cold", lambda r: r.run_cold()),
        ("lifecycle-a", lambda r: r.job("lifecycle-a", r.lifecycle("a"))),
        ("lifecycle-b", lambda r: r.job("lifecycle-b", r.lifecycle("b"))),
        ("exec-a", lambda r: r.job("exec-a", [("cmd", "exec la /bin/true")])),
        ("exec-b", lambda r: r.job("exec-b", [("cmd", "exec lb /bin/true")])),
        ("start", lambda r: r.job("start", r.start())),
        ("state", lambda r: r.job("state", [("cmd", "state lb")])),
        # Signal 28, SIGWINCH: the container's init does not mind it.
        ("kill", lambda r: r.job("kill", [("cmd", "kill lb 28")])),
        ("version", lambda r: r.job("version", [("cmd", "--version")])),
    ]
    for runtime in runtimes:
        runtime.up()
    for case, write in cases:
        for runtime in runtimes:
            write(runtime)
        if case in ("run-a", "run-b"):
            floor_job(case, work, ids, sys.argv[7])
    for runtime in runtimes:
        runtime.down()


if __name__ == "__main__":
    main()
