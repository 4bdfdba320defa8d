# SPDX-License-Identifier: Apache-2.0
"""The bindings. Containers are made of $URUN_TEST_BUNDLE, below $URUN_TEST_ROOT;
without these two, only what needs none is tested. The bundle's program is

    read l; echo "got $l"; [ "$l" != stay ] || sleep 60; exit 7
"""

import json
import logging
import os
import select
import subprocess
import sys
import tempfile
import threading
import unittest
from typing import Any, Dict, List, Tuple

import urun

BUNDLE = os.environ.get("URUN_TEST_BUNDLE", "")
ROOT = os.environ.get("URUN_TEST_ROOT", "")


def pipes(text: bytes) -> Tuple[int, int, int]:
    """stdin with this text in it, and both ends of stdout."""
    stdin, feed = os.pipe()
    os.write(feed, text)
    os.close(feed)
    out, stdout = os.pipe()
    return stdin, stdout, out


def read_line(fd: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([fd], [], [], 20)
        part = os.read(fd, 1) if ready else b""
        if not part:
            break
        line += part
    return line


class WithoutContainers(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.runtime = urun.Runtime(os.path.join(folder.name, "state"))

    def test_version(self) -> None:
        version = urun.version()
        self.assertRegex(version.version, r"^\d+\.\d+\.\d+")
        self.assertRegex(version.spec, r"^1\.\d+\.\d+")

    def test_documents(self) -> None:
        self.assertIn("user", [n["type"] for n in self.runtime.spec()["linux"]["namespaces"]])
        plain = self.runtime.spec(rootless=False)
        self.assertNotIn("user", [n["type"] for n in plain["linux"]["namespaces"]])
        self.assertIn("mountOptions", self.runtime.features())

    def test_spec_to_order(self) -> None:
        config = self.runtime.spec(
            args=["id", "-u"],
            env={"A": "b"},
            mounts=["type=bind,source=/srv,destination=/data,ro"],
            rootfs="/r",
            keep_id=True,
        )
        process = config["process"]
        self.assertEqual((process["args"], config["root"]["path"]), (["id", "-u"], "/r"))
        self.assertIn("A=b", process["env"])
        self.assertEqual(process["user"]["uid"], os.geteuid())
        self.assertIn("/data", [m["destination"] for m in config["mounts"]])
        host = self.runtime.spec(host_rootfs=True, home="/usr", home_mode="ro")
        self.assertEqual(host["root"]["path"], "/")
        for refused in ({"keep_id": True, "rootless": False}, {"home": "/usr"}):
            with self.assertRaises(urun.BadRequest):
                self.runtime.spec(**refused)  # type: ignore[arg-type]
        with self.assertRaises(ValueError):
            self.runtime.spec(host_rootfs=True, home_mode="x")

    def unshare(self, *args: str, before: str = "") -> "subprocess.CompletedProcess[str]":
        program = f"""{before}
import sys, urun
try:
    urun.Runtime().unshare(sys.argv[1:])
except urun.UrunError as e:
    sys.stderr.write(e.message)
    sys.exit(e.status)
"""
        return subprocess.run(
            [sys.executable, "-c", program, *args], capture_output=True, text=True, check=False
        )

    @unittest.skipUnless(BUNDLE and os.geteuid(), "URUN_TEST_BUNDLE is not set")
    def test_unshare(self) -> None:
        run = self.unshare("sh", "-c", "id -u; exit 6")
        self.assertEqual((run.returncode, run.stdout, run.stderr), (6, "0\n", ""))
        run = self.unshare("no-such-program")
        self.assertEqual(run.returncode, 127)
        self.assertIn("no-such-program", run.stderr)

    def test_unshare_is_not_for_threads(self) -> None:
        event = "import threading; threading.Thread(target=threading.Event().wait, daemon=True)"
        run = self.unshare("true", before=event + ".start()")
        self.assertEqual(run.returncode, 1)
        self.assertIn("threads", run.stderr)

    def test_no_root_is_an_empty_list(self) -> None:
        self.assertEqual(self.runtime.list(), [])
        self.assertFalse(os.path.exists(self.runtime.root))

    def test_unknown_container(self) -> None:
        box = self.runtime.container("none")
        with self.assertRaises(urun.NotFound) as caught:
            box.state()
        self.assertEqual(caught.exception.name, "ENOENT")
        self.assertEqual((caught.exception.kind, caught.exception.urun_code), (201, "URUN-E201"))
        self.assertIn("`none` does not exist", caught.exception.message)
        box.delete(force=True)

    def test_errors_keep_apart(self) -> None:
        for id, error in (("../x", urun.BadRequest), ("none", urun.NotFound)):
            with self.assertRaises(error):
                self.runtime.container(id).kill()

    def test_hint(self) -> None:
        error = urun.UrunError("no", 5, "try harder")
        self.assertEqual((error.name, str(error)), ("EIO", "no (hint: try harder)"))
        self.assertEqual((error.kind, error.urun_code), (0, ""))

    def test_settings(self) -> None:
        with self.assertRaisesRegex(urun.BadRequest, "unknown cgroup manager 'x'"):
            urun.Runtime(cgroup_manager="x")
        with self.assertRaisesRegex(urun.BadRequest, "unknown rootless mode"):
            urun.Runtime(rootless="maybe")
        with self.assertRaisesRegex(urun.BadRequest, "empty"):
            urun.Runtime("")

    def test_arguments(self) -> None:
        box = self.runtime.container("none")
        with self.assertRaises(TypeError):
            box.exec("id")
        with self.assertRaises(ValueError):
            box.kill("NOSUCH")
        with self.assertRaises(ValueError):
            self.runtime.container("a\0b")
        with self.assertRaises(urun.BadRequest):
            box.exec([])


@unittest.skipUnless(BUNDLE and ROOT, "URUN_TEST_BUNDLE and URUN_TEST_ROOT are not set")
class WithContainers(unittest.TestCase):
    def setUp(self) -> None:
        self.runtime = urun.Runtime(ROOT)
        self.box = self.runtime.container("py-" + self._testMethodName.replace("_", "-"))
        self.addCleanup(self.box.delete, force=True)

    def pipes(self, text: bytes) -> Tuple[int, int, int]:
        fds = pipes(text)
        for fd in fds:
            self.addCleanup(os.close, fd)
        return fds

    def config(self, *args: str) -> Dict[str, Any]:
        with open(os.path.join(BUNDLE, "config.json"), encoding="utf-8") as f:
            config: Dict[str, Any] = json.load(f)
        config["process"]["args"] = list(args)
        return config

    def stay(self) -> None:
        stdin, stdout, out = self.pipes(b"stay\n")
        self.box.create(BUNDLE, stdin=stdin, stdout=stdout)
        self.box.start()
        self.assertEqual(read_line(out), b"got stay\n")

    def test_run(self) -> None:
        stdin, stdout, out = self.pipes(b"hello\n")
        self.assertEqual(self.box.run(BUNDLE, stdin=stdin, stdout=stdout), 7)
        self.assertEqual(read_line(out), b"got hello\n")
        self.assertEqual(self.runtime.list(), [])

    def test_run_of_a_config(self) -> None:
        _, stdout, out = self.pipes(b"")
        config = self.config("sh", "-c", 'echo "$0"; exit 4', "gr\u00fc\u00dfe")
        self.assertEqual(self.box.run(BUNDLE, config=config, stdout=stdout), 4)
        self.assertEqual(read_line(out), "gr\u00fc\u00dfe\n".encode())

    def test_run_says_what_is_wrong(self) -> None:
        config = self.config("true")
        config["process"]["cwd"] = 3
        with self.assertRaises(urun.BadRequest) as caught:
            self.box.run(BUNDLE, config=config)
        self.assertIn(".process.cwd", caught.exception.message)
        with self.assertRaises(urun.UrunError):
            self.box.run(BUNDLE, config=self.config("/no/such/program"))
        self.assertEqual(self.runtime.list(), [])

    def test_life(self) -> None:
        stdin, stdout, out = self.pipes(b"stay\n")
        self.box.create(BUNDLE, stdin=stdin, stdout=stdout)
        self.assertEqual(self.box.state().status, "created")
        with self.assertRaises(urun.AlreadyExists):
            self.box.create(BUNDLE)
        self.box.start()
        self.assertEqual(read_line(out), b"got stay\n")
        state = self.box.state()
        self.assertEqual((state.status, state.id), ("running", self.box.id))
        self.assertIn(state.pid, self.box.ps())
        entry = self.runtime.list()[0]
        self.assertEqual((entry.id, entry.pid), (self.box.id, state.pid))
        with self.assertRaises(urun.Timeout):
            self.box.wait(0.05)
        fd = self.box.pidfd()
        self.addCleanup(os.close, fd)
        self.box.kill("KILL")
        self.assertEqual(select.select([fd], [], [], 20)[0], [fd])
        self.assertEqual(self.box.wait(20), 128 + 9)
        self.assertIsNone(self.box.wait())
        with self.assertRaises(urun.NotRunning):
            self.box.kill()
        self.box.delete()
        with self.assertRaises(urun.NotFound):
            self.box.state()

    def test_exec(self) -> None:
        self.stay()
        stdin, stdout, out = self.pipes(b"")
        script = 'echo "$A:$(pwd):$(id -u)"; exit 5'
        status = self.box.exec(
            ["sh", "-c", script], env={"A": "b"}, cwd="/bin", user=0, stdin=stdin, stdout=stdout
        )
        self.assertEqual((status, read_line(out)), (5, b"b:/bin:0\n"))
        with self.assertRaises(urun.UrunError):
            self.box.exec(["/no/such/program"])

    def test_exec_as_a_user_by_name(self) -> None:
        etc = os.path.join(BUNDLE, "rootfs/etc")
        os.makedirs(etc, exist_ok=True)
        with open(os.path.join(etc, "passwd"), "w", encoding="utf-8") as f:
            f.write("root:x:0:0::/root:/bin/sh\nann:x:7:8::/home/ann:/bin/sh\n")
        with open(os.path.join(etc, "group"), "w", encoding="utf-8") as f:
            f.write("root:x:0:\nstaff:x:9:ann\n")
        self.stay()
        _, stdout, out = self.pipes(b"")
        script = 'echo "$(id -u):$(id -g):$(id -G):$HOME"'
        self.assertEqual(self.box.exec(["sh", "-c", script], user="ann", stdout=stdout), 0)
        self.assertEqual(read_line(out), b"7:8:8 9:/home/ann\n")
        with self.assertRaisesRegex(urun.UrunError, "no user 'eve'") as caught:
            self.box.exec(["true"], user="eve")
        self.assertEqual(caught.exception.urun_code, "URUN-E505")
        with self.assertRaises(urun.BadRequest):
            self.box.exec(["true"], user="ann", group=3)

    def test_plan(self) -> None:
        text = self.box.plan(BUNDLE, config=self.config("my-program"))
        self.assertIn("my-program", text)
        self.assertEqual(self.runtime.list(), [])
        with self.assertRaises(urun.BadRequest):
            self.box.plan(BUNDLE, config={"ociVersion": 3})

    def test_mounts(self) -> None:
        self.stay()
        mount = {"destination": "/mnt", "type": "tmpfs", "source": "t", "options": ["ro"]}
        self.box.add_mounts([mount])
        found = {m.destination: m for m in self.box.mounts()}
        self.assertEqual((found["/"].reason, found["/mnt"].reason), ("root", "other"))
        self.assertEqual((found["/mnt"].type, found["/mnt"].options[0]), ("tmpfs", "ro"))
        self.box.remove_mounts([mount])
        self.assertNotIn("/mnt", [m.destination for m in self.box.mounts()])
        with self.assertRaisesRegex(urun.BadRequest, r"\.mounts\[0\]"):
            self.box.add_mounts([{"destination": 3}])

    def test_update(self) -> None:
        self.stay()
        self.box.update({})
        self.box.update({"memory": {"limit": -1}}, limits={"pids.limit": "max"})
        self.assertEqual(self.box.limits()["id"], self.box.id)
        with self.assertRaisesRegex(urun.BadRequest, r"\.memory\.limit"):
            self.box.update({"memory": {"limit": "x"}})
        with self.assertRaisesRegex(urun.BadRequest, r"memory\.limit: '12Q'"):
            self.box.update(limits={"memory.limit": "12Q"})
        with self.assertRaisesRegex(urun.UrunError, r"intelRdt"):
            self.box.update(l3_cache_schema="L3:0=f")

    def test_log(self) -> None:
        logger = logging.getLogger("test-urun")
        runtime = urun.Runtime(ROOT, logger=logger)
        with self.assertLogs(logger, "DEBUG") as caught:
            runtime.container(self.box.id).run(BUNDLE, config=self.config("true"))
        self.assertIn("plan:", "\n".join(caught.output))

    def test_other_threads_run_meanwhile(self) -> None:
        self.stay()
        statuses: List[int] = []
        # Blocks in the library until this thread ends what it waits for.
        thread = threading.Thread(
            target=lambda: statuses.append(self.box.exec(["sleep", "60"], stdout=None))
        )
        thread.start()
        for _ in range(1000):
            if len(self.box.ps()) > 2 or not thread.is_alive():
                break
            threading.Event().wait(0.01)
        self.box.kill("KILL")
        thread.join(20)
        self.assertEqual(statuses, [128 + 9])


if __name__ == "__main__":
    unittest.main()
