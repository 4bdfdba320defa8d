# SPDX-License-Identifier: Apache-2.0
"""The bindings. Containers are made of $URUN_TEST_BUNDLE, below $URUN_TEST_ROOT;
without these two, only what needs none is tested. The bundle's program is

    read l; echo "got $l"; [ "$l" != stay ] || sleep 60; exit 7
"""

import errno
import json
import logging
import os
import select
import socket
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

    def test_spec_with_a_network(self) -> None:
        config = self.runtime.spec(network="slirp:mtu=1500,publish=8080:80,publish=53:53/udp")
        self.assertEqual(
            config["annotations"],
            {
                "run.urun.net": "slirp",
                "run.urun.net.mtu": "1500",
                "run.urun.net.publish": "8080:80,53:53/udp",
            },
        )
        self.assertNotIn("annotations", self.runtime.spec())
        with self.assertRaisesRegex(urun.BadRequest, "mtu: '1' is no number in 1280..65520"):
            self.runtime.spec(network="slirp:mtu=1")

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
        with self.assertRaises(TypeError):
            box.create(publish="8080:80")


class Helper:
    """Answers at a socket as the helper of the network slirp does: a request a connection."""

    def __init__(self) -> None:
        self.ports: List[Dict[str, Any]] = []
        self.last = 0
        self.refusal: Dict[str, Any] = {}
        self.socket = socket.socket(socket.AF_UNIX)
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def listen(self, path: str) -> None:
        # Its path may be too long for an address.
        folder = os.open(os.path.dirname(path), os.O_PATH)
        self.socket.bind(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
        os.close(folder)
        self.socket.listen()
        self.thread.start()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client, client.makefile("rw") as f:
                json.dump(self.answer(json.loads(f.read())), f)

    def answer(self, request: Dict[str, Any]) -> Dict[str, Any]:
        if self.refusal:
            return {"error": self.refusal}
        verb, arguments = request["execute"], request.get("arguments", {})
        if verb == "list_hostfwd":
            return {"return": {"entries": self.ports}}
        if verb == "remove_hostfwd":
            self.ports = [p for p in self.ports if p["id"] != arguments["id"]]
            return {"return": {}}
        self.last += 1
        self.ports.append({"id": self.last, **arguments})
        return {"return": {"id": self.last}}


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

    def test_plan_of_a_network(self) -> None:
        config = self.config("true")
        text = self.box.plan(
            BUNDLE, config=config, network="slirp:mtu=1500", publish=["8080:80", "[::1]:9:9/udp"]
        )
        line = next(x for x in text.splitlines() if x.startswith("network slirp:"))
        for word in ("mtu=1500", "publish=0.0.0.0:8080:80/tcp", "publish=[::1]:9:9/udp"):
            self.assertIn(word, line.split(","))
        self.assertIn("network none", self.box.plan(BUNDLE, config=config, network="none"))
        for call in (self.box.plan, self.box.create, self.box.run):
            with self.assertRaisesRegex(urun.BadRequest, "'publish': needs the network 'slirp'"):
                call(BUNDLE, config=config, publish=["8080:80"])
            with self.assertRaisesRegex(urun.BadRequest, "--network: 'x' is none of"):
                call(BUNDLE, config=config, network="x")
        self.assertEqual(self.runtime.list(), [])

    def network_of(self, helper: "Helper") -> None:
        """As if the running container had this helper: what its state would say."""
        folder = os.path.join(ROOT, self.box.id)
        text = self.box.plan(BUNDLE, config=self.config("true"), network="slirp")
        line = next(x for x in text.splitlines() if x.startswith("network slirp:"))
        with open(os.path.join(folder, "state.json"), "r+", encoding="utf-8") as f:
            state = json.load(f)
            state["netConfig"] = line.split(" ", 1)[1]
            f.seek(0)
            json.dump(state, f)
            f.truncate()
        helper.listen(os.path.join(folder, "net.sock"))
        self.addCleanup(helper.close)

    def test_ports(self) -> None:
        self.stay()
        for call in (self.box.ports, lambda: self.box.publish("1:1")):
            with self.assertRaisesRegex(urun.NotFound, "has no network of ours"):
                call()
        self.assertEqual(self.runtime.list()[0].network, "")
        helper = Helper()
        self.network_of(helper)
        self.assertEqual(self.runtime.list()[0].network, "slirp (dead)")
        self.assertEqual(self.box.ports(), [])
        self.box.publish("127.0.0.1:8080-8081:80-81")
        self.box.publish("[::1]:53:5353/udp")
        first = urun.Port(1, "tcp", "127.0.0.1", 8080, "10.0.2.100", 80)
        last = urun.Port(3, "udp", "::1", 53, "fd00::100", 5353)
        ports = self.box.ports()
        self.assertEqual((len(ports), ports[0], ports[2]), (3, first, last))
        self.box.unpublish("127.0.0.1:8080-8081:80-81")
        self.assertEqual(self.box.ports(), [last])
        with self.assertRaises(urun.NotFound) as caught:
            self.box.unpublish("127.0.0.1:8080:80")
        self.assertEqual(caught.exception.urun_code, "URUN-E335")
        self.box.unpublish(3)
        self.assertEqual(self.box.ports(), [])
        helper.refusal = {"desc": "publish: it is in use", "errno": errno.EADDRINUSE}
        with self.assertRaisesRegex(urun.UrunError, "it is in use") as busy:
            self.box.publish("80:80")
        self.assertEqual((busy.exception.name, busy.exception.kind), ("EADDRINUSE", 335))
        with self.assertRaisesRegex(urun.BadRequest, "port 0 is not in 1..65535"):
            self.box.publish("0:80")

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
