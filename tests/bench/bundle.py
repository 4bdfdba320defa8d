#!/usr/bin/env python3
"""Write the benchmark's bundles: one config.json all runtimes accept alike.

usage: bundle.py a|b OUT_DIR ROOTFS UID GID SUBUID SUBGID COUNT [SAMPLE]

a: the default spec (what `runc spec` writes), with a network namespace.
b: SAMPLE, a config podman wrote for `podman run` by a plain user.
Both get a user namespace with the caller as root and its sub-ids above, and
/bin/true as the command; OUT_DIR/sleep gets the same with a process that
stays, for exec, state and kill.
"""
import copy
import json
import os
import resource
import sys

DEFAULT_CAPS = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
NOSUID = ["nosuid", "noexec", "nodev"]
NAMESPACES = ["pid", "network", "ipc", "uts", "mount", "cgroup"]
MASKED = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
          "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
          "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]
READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
            "/proc/sysrq-trigger"]


def mount(destination, fstype, source, *options):
    return {"destination": destination, "type": fstype, "source": source,
            "options": list(options)}


def default_spec():
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
                    ":/sbin:/bin", "TERM=xterm"],
            "cwd": "/",
            "capabilities": {kind: DEFAULT_CAPS for kind in
                             ("bounding", "effective", "permitted")},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024,
                         "soft": 1024}],
            "noNewPrivileges": True,
        },
        "root": {"readonly": True},
        "hostname": "bench",
        "mounts": [
            mount("/proc", "proc", "proc"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime",
                  "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec",
                  "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            mount("/dev/shm", "tmpfs", "shm", *NOSUID, "mode=1777",
                  "size=65536k"),
            mount("/dev/mqueue", "mqueue", "mqueue", *NOSUID),
            mount("/sys", "sysfs", "sysfs", *NOSUID, "ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", *NOSUID, "relatime",
                  "ro"),
        ],
        "linux": {
            "namespaces": [{"type": name} for name in NAMESPACES],
            "maskedPaths": MASKED,
            "readonlyPaths": READONLY,
        },
    }


def podman_spec(sample, out_dir):
    with open(sample, encoding="utf-8") as file:
        spec = json.load(file)
    spec["linux"].get("resources", {}).pop("devices", None)
    for entry in spec["mounts"]:
        if "bind" in entry.get("options", []):
            entry["source"] = make_source(entry, out_dir)
    return spec


def make_source(entry, out_dir):
    """Give a bind mount a source that exists here."""
    path = os.path.join(out_dir, "source" +
                        entry["destination"].replace("/", "-"))
    if entry["destination"] == "/dev/shm":
        os.makedirs(path, exist_ok=True)
        return path
    with open(path, "w", encoding="utf-8") as file:
        file.write("127.0.0.1 localhost\n")
    return path


def fit_rlimits(process):
    """Lower each limit to the host's, which a plain user cannot raise."""
    for limit in process.get("rlimits", []):
        hard = resource.getrlimit(getattr(resource, limit["type"]))[1]
        if hard != resource.RLIM_INFINITY:
            limit["hard"] = min(limit["hard"], hard)
            limit["soft"] = min(limit["soft"], limit["hard"])


def add_user_namespace(spec, ids):
    uid, gid, subuid, subgid, count = ids
    linux = spec["linux"]
    linux["namespaces"].append({"type": "user"})
    for key, host, sub in (("uidMappings", uid, subuid),
                           ("gidMappings", gid, subgid)):
        linux[key] = [
            {"containerID": 0, "hostID": host, "size": 1},
            {"containerID": 1, "hostID": sub, "size": count},
        ]


def write_bundle(folder, spec):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w",
              encoding="utf-8") as file:
        json.dump(spec, file, indent="\t")
        file.write("\n")


def main():
    kind, out_dir, rootfs = sys.argv[1:4]
    ids = [int(word) for word in sys.argv[4:9]]
    os.makedirs(out_dir, exist_ok=True)
    spec = (default_spec() if kind == "a"
            else podman_spec(sys.argv[9], out_dir))
    spec["ociVersion"] = "1.0.2"  # crun of bookworm refuses newer ones
    spec["root"]["path"] = rootfs
    spec["process"]["args"] = ["/bin/true"]
    spec["process"]["terminal"] = False
    fit_rlimits(spec["process"])
    add_user_namespace(spec, ids)
    write_bundle(out_dir, spec)
    sleeper = copy.deepcopy(spec)
    sleeper["process"]["args"] = ["/bin/sleep", "1000000"]
    write_bundle(os.path.join(out_dir, "sleep"), sleeper)


if __name__ == "__main__":
    main()
