# SPDX-License-Identifier: Apache-2.0
"""Run OCI containers without root, by liburun.

>>> import urun
>>> runtime = urun.Runtime()
>>> box = runtime.container("hello")
>>> box.run("/path/to/bundle")          # waits; the exit status
0
>>> box.create("/path/to/bundle")
>>> box.start()
>>> box.exec(["id", "-u"])
0
>>> box.kill("TERM")
>>> box.wait()
143
>>> box.delete()

All threads may use one Runtime: each call works with a context of its own. A call
into the library lets the other threads of Python run.
"""

from __future__ import annotations

import ctypes
import errno
import json
import logging
import os
import signal as _signal
import threading
import time
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p
from dataclasses import dataclass
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    NamedTuple,
    NoReturn,
    Optional,
    Sequence,
    Tuple,
    Type,
    Union,
)

from . import _library as _l

__all__ = [
    "AlreadyExists",
    "BadRequest",
    "Container",
    "ListEntry",
    "Mount",
    "NotFound",
    "NotRunning",
    "PermissionDenied",
    "Port",
    "Runtime",
    "State",
    "Timeout",
    "UrunError",
    "Version",
    "version",
]

Path = Union[str, "os.PathLike[str]"]
Stdio = Tuple[Optional[int], Optional[int], Optional[int]]


class UrunError(Exception):
    """A call of liburun has failed.

    message: one line, as `urun` prints it.
    code: the positive errno; name: its word, as "ENOENT".
    hint: what to type to mend the host, or "".
    kind: the number of the kind of failure, which never changes its meaning; 0: it
        is none of the library's. urun_code: its name, which `urun explain` explains.
    status: of Runtime.unshare(): what the process should end with; else None.
    """

    status: Optional[int] = None

    def __init__(self, message: str, code: int, hint: str = "", kind: int = 0) -> None:
        super().__init__(message, code, hint, kind)
        self.message = message
        self.code = code
        self.hint = hint
        self.kind = kind

    @property
    def name(self) -> str:
        return errno.errorcode.get(self.code, str(self.code))

    @property
    def urun_code(self) -> str:
        """"URUN-E201", or ""."""
        return f"URUN-E{self.kind:03d}" if self.kind else ""

    def __str__(self) -> str:
        return f"{self.message} (hint: {self.hint})" if self.hint else self.message


class NotFound(UrunError):
    """ENOENT: there is no such container, or no file that is named."""


class AlreadyExists(UrunError):
    """EEXIST: the id is taken."""


class NotRunning(UrunError):
    """ESRCH: the container has ended, or its program is not there."""


class BadRequest(UrunError):
    """EINVAL: the config or an argument cannot be right."""


class PermissionDenied(UrunError):
    """EPERM or EACCES."""


class Timeout(UrunError):
    """ETIMEDOUT."""


_CLASSES: Dict[int, Type[UrunError]] = {
    errno.ENOENT: NotFound,
    errno.EEXIST: AlreadyExists,
    errno.ESRCH: NotRunning,
    errno.EINVAL: BadRequest,
    errno.EPERM: PermissionDenied,
    errno.EACCES: PermissionDenied,
    errno.ETIMEDOUT: Timeout,
}


@dataclass(frozen=True)
class State:
    """The OCI state document. pid is 0 when the container has ended."""

    id: str
    status: str
    pid: int
    bundle: str
    oci_version: str
    annotations: Mapping[str, str]
    document: Mapping[str, Any]  #: all of it


@dataclass(frozen=True)
class ListEntry:
    """One container of Runtime.list(). pid is 0 when it has ended.

    network: "slirp", "slirp (dead)" when its helper has ended, or "": none of urun's.
    """

    id: str
    pid: int
    status: str
    bundle: str
    created: str
    owner: str
    rootfs: str
    network: str


@dataclass(frozen=True)
class Mount:
    """One mount that a container has.

    reason: "root", "config", "masked", "readonly", "device", or "other": added later, say.
    """

    destination: str
    type: str
    source: str
    options: Tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Port:
    """A port of the host that leads into a container.

    number: of this one, never used again by the container.
    protocol: "tcp" or "udp".
    """

    number: int
    protocol: str
    host_address: str
    host_port: int
    container_address: str
    container_port: int


class Version(NamedTuple):
    version: str
    commit: str
    spec: str
    features: str


def _encode(value: Optional[Path], what: str) -> Optional[bytes]:
    if value is None:
        return None
    data = os.fsencode(value)
    if b"\0" in data:
        raise ValueError(f"{what} has a NUL in it")
    return data


def _decode(value: Optional[bytes]) -> str:
    return (value or b"").decode("utf-8", "surrogateescape")


def _words(values: Optional[Sequence[str]], what: str) -> Any:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{what} is a list of words, not one")
    if values is None:
        return None
    data = [_encode(v, what) for v in values]
    return (c_char_p * (len(data) + 1))(*data, None)


def _env(env: Optional[Mapping[str, str]]) -> Any:
    return _words([f"{k}={v}" for k, v in (env or {}).items()], "env")


def _fds(stdin: Optional[int], stdout: Optional[int], stderr: Optional[int]) -> Any:
    given = (stdin, stdout, stderr)
    if given == (None, None, None):
        return None
    return (c_int * 3)(*(-1 if fd is None else fd for fd in given))


def _signals_flag(forward: Optional[bool]) -> int:
    """By default the main thread hands its signals on, as the command does."""
    if forward is None:
        forward = threading.current_thread() is threading.main_thread()
    return 0 if forward else _l.NO_SIGNALS


def _signal_number(sig: Union[int, str]) -> int:
    if isinstance(sig, int):
        return int(sig)
    name = sig.upper()
    try:
        return int(_signal.Signals[name if name.startswith("SIG") else "SIG" + name])
    except KeyError:
        raise ValueError(f"unknown signal '{sig}'") from None


class Runtime:
    """The runtime with its settings.

    root: the state directory; None: as `urun` chooses it.
    cgroup_manager: "auto", "systemd", "cgroupfs" or "disabled".
    rootless: "auto", "true" or "false".
    ready_timeout: seconds for READY=1 to come where NOTIFY_SOCKET is passed on, 0: any.
    logger: gets the library's warnings and, where the logger is enabled for them,
        its debug lines. None: they are dropped.
    """

    def __init__(
        self,
        root: Optional[Path] = None,
        *,
        cgroup_manager: Optional[str] = None,
        rootless: Optional[str] = None,
        ready_timeout: int = 0,
        logger: Optional[logging.Logger] = None,
    ) -> None:
        self._lib = _l.library()
        self._root = _encode(root, "root")
        self._cgroup_manager = _encode(cgroup_manager, "cgroup_manager")
        self._rootless = _encode(rootless, "rootless")
        self._ready_timeout = ready_timeout
        self._logger = logger
        self._log_fn = _l.LOG_FN(self._log)
        # Settings that the library refuses are an error here already.
        with _Call(self) as ctx:
            self.root: str = os.fsdecode(self._lib.urun_root(ctx.pointer))

    def container(self, id: str) -> Container:
        """The container of that name, whether or not it is there."""
        return Container(self, id)

    def list(self) -> List[ListEntry]:
        """All containers below the root, sorted by id."""
        found: List[ListEntry] = []

        def add(_arg: object, entry: Any) -> int:
            e = entry.contents
            found.append(
                ListEntry(
                    id=_decode(e.id),
                    pid=e.pid,
                    status=_decode(e.status),
                    bundle=_decode(e.bundle),
                    created=_decode(e.created),
                    owner=_decode(e.owner),
                    rootfs=_decode(e.rootfs),
                    network=_decode(e.network),
                )
            )
            return 0

        callback = _l.LIST_FN(add)
        with _Call(self) as ctx:
            ctx.check(self._lib.urun_list(ctx.pointer, callback, None))
        return found

    def spec(
        self,
        *,
        rootless: bool = True,
        args: Optional[Sequence[str]] = None,
        env: Optional[Mapping[str, str]] = None,
        mounts: Sequence[str] = (),
        rootfs: Optional[Path] = None,
        keep_id: bool = False,
        host_rootfs: bool = False,
        home: Optional[Path] = None,
        home_mode: str = "private",
        network: Optional[str] = None,
    ) -> Dict[str, Any]:
        """A config to start from; rootless: with a user namespace.

        args: the program, else a shell. mounts: "type=bind,source=PATH,destination=PATH,ro".
        keep_id: the process has the caller's ids inside, too.
        host_rootfs: the root is the host's own tree, read-only, and home the folder of it
        where the process starts: "private" (empty), "ro" or "rw" as home_mode says.
        network: "slirp", "slirp:mtu=1500,publish=8080:80", "none" or "host", as annotations.
        """
        modes = {"private": 0, "ro": _l.SPEC_HOME_READ_ONLY, "rw": _l.SPEC_HOME_WRITABLE}
        if home_mode not in modes:
            raise ValueError(f"home_mode is 'private', 'ro' or 'rw', not '{home_mode}'")
        options = _l.SpecOptions(size=ctypes.sizeof(_l.SpecOptions))
        options.args = _words(args, "args")
        options.env = _env(env)
        options.mounts = _words(mounts, "mounts")
        options.rootfs = _encode(rootfs, "rootfs")
        options.home = _encode(home, "home")
        options.network = _encode(network, "network")
        options.flags = (
            (_l.SPEC_ROOTLESS if rootless else 0)
            | (_l.SPEC_KEEP_ID if keep_id else 0)
            | (_l.SPEC_HOST_ROOTFS if host_rootfs else 0)
            | modes[home_mode]
        )
        config: Dict[str, Any] = json.loads(self._document(self._lib.urun_spec, byref(options)))
        return config

    def unshare(self, args: Sequence[str]) -> NoReturn:
        """Turns this process into args, as root of a user namespace with all ids that
        the caller may map. Returns in no case; where it raises, the process should end
        with the error's status. For a process with one thread.
        """
        status = c_int()
        with _Call(self) as ctx:
            try:
                ctx.check(
                    self._lib.urun_unshare(ctx.pointer, _words(args, "args"), byref(status))
                )
            except UrunError as e:
                e.status = status.value
                raise
        raise AssertionError("urun_unshare() has returned")

    def features(self) -> Dict[str, Any]:
        """The features document of the OCI runtime spec."""
        features: Dict[str, Any] = json.loads(self._document(self._lib.urun_features_json))
        return features

    def _document(self, call: Callable[..., int], *arguments: object) -> str:
        text = c_void_p()
        with _Call(self) as ctx:
            ctx.check(call(ctx.pointer, *arguments, byref(text)))
        return _l.take_text(text)

    def _log(self, _arg: object, level: bytes, message: bytes) -> None:
        if self._logger is not None:
            number = getattr(logging, _decode(level).upper(), logging.INFO)
            self._logger.log(number, "%s", _decode(message))

    def _set_up(self, ctx: _Call) -> None:
        if self._root is not None:
            ctx.check(self._lib.urun_set_root(ctx.pointer, self._root))
        if self._cgroup_manager is not None:
            ctx.check(self._lib.urun_set_cgroup_manager(ctx.pointer, self._cgroup_manager))
        if self._rootless is not None:
            ctx.check(self._lib.urun_set_rootless(ctx.pointer, self._rootless))
        ctx.check(self._lib.urun_set_ready_timeout(ctx.pointer, self._ready_timeout))
        if self._logger is not None:
            debug = self._logger.isEnabledFor(logging.DEBUG)
            options = _l.LogOptions(size=ctypes.sizeof(_l.LogOptions), fn=self._log_fn)
            options.level = b"debug" if debug else b"warning"
            ctx.check(self._lib.urun_set_log(ctx.pointer, byref(options)))


class _Call:
    """A context for one call: no thread has to wait for another's."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lib = runtime._lib
        self.pointer = c_void_p()

    def __enter__(self) -> _Call:
        if self._lib.urun_ctx_new(byref(self.pointer)) < 0:
            raise MemoryError("urun_ctx_new")
        try:
            self._runtime._set_up(self)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self._lib.urun_ctx_free(self.pointer)
        self.pointer = c_void_p()

    def check(self, result: int) -> None:
        if result < 0:
            self._fail(-result)

    def _fail(self, code: int) -> NoReturn:
        message = _decode(self._lib.urun_error(self.pointer)) or os.strerror(code)
        hint = _decode(self._lib.urun_error_hint(self.pointer))
        code = self._lib.urun_error_errno(self.pointer) or code
        kind = self._lib.urun_error_code(self.pointer)
        raise _CLASSES.get(code, UrunError)(message, code, hint, kind)


class Container:
    """One container, by its id. Made by Runtime.container()."""

    def __init__(self, runtime: Runtime, id: str) -> None:
        self.runtime = runtime
        self.id = id
        self._lib = runtime._lib
        self._id = _encode(id, "id")

    def __repr__(self) -> str:
        return f"<urun.Container {self.id!r} of {self.runtime.root!r}>"

    def create(
        self,
        bundle: Optional[Path] = None,
        *,
        config: Optional[Mapping[str, Any]] = None,
        stdin: Optional[int] = None,
        stdout: Optional[int] = None,
        stderr: Optional[int] = None,
        console_socket: Optional[Path] = None,
        pid_file: Optional[Path] = None,
        no_pivot: bool = False,
        no_new_keyring: bool = False,
        strict_rlimits: bool = False,
        network: Optional[str] = None,
        publish: Optional[Sequence[str]] = None,
    ) -> None:
        """Sets the container up; its program waits for start().

        bundle: the bundle's folder; None: the current directory.
        config: in place of the bundle's config.json.
        stdin, stdout, stderr: fds for the program; None: this process's own.
        network: "slirp", "slirp:mtu=1500", "none" or "host"; None: as the config says.
        publish: ports of the host that lead into it, ["8080:80", "127.0.0.1:53:53/udp"].
        """
        flags = _create_flags(no_pivot, no_new_keyring, strict_rlimits)
        options = _create_options(bundle, config, console_socket, pid_file)
        _set_network(options, network, publish)
        options.flags = flags
        options.stdio = _fds(stdin, stdout, stderr)
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_create(ctx.pointer, self._id, byref(options)))

    def start(self) -> None:
        """Runs the created container's program."""
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_start(ctx.pointer, self._id))

    def pause(self) -> None:
        """Stops all processes of the container, which needs a cgroup of its own."""
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_pause(ctx.pointer, self._id))

    def resume(self) -> None:
        """Lets a paused container go on."""
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_resume(ctx.pointer, self._id))

    def update(
        self,
        resources: Optional[Mapping[str, Any]] = None,
        *,
        limits: Optional[Mapping[str, Union[int, str]]] = None,
        l3_cache_schema: Optional[str] = None,
        mem_bw_schema: Optional[str] = None,
    ) -> None:
        """Gives the running container other limits: all that is given, or nothing.

        resources: as linux.resources of a config. limits: by paths below it, laid over
        these: {"memory.limit": "512M", "pids.limit": 100, "unified.memory.high": "max"}.
        """
        options = _l.UpdateOptions(size=ctypes.sizeof(_l.UpdateOptions))
        if resources is not None:
            options.resources_json = json.dumps(resources).encode()
        options.set = _words([f"{k}={v}" for k, v in (limits or {}).items()], "limits")
        options.l3_cache_schema = _encode(l3_cache_schema, "l3_cache_schema")
        options.mem_bw_schema = _encode(mem_bw_schema, "mem_bw_schema")
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_update(ctx.pointer, self._id, byref(options)))

    def limits(self) -> Dict[str, Any]:
        """What was asked for, what is applied, what is inherited, and why, as of
        `urun limits --json`.
        """
        limits: Dict[str, Any] = json.loads(
            self.runtime._document(self._lib.urun_limits_json, self._id)
        )
        return limits

    def run(
        self,
        bundle: Optional[Path] = None,
        *,
        config: Optional[Mapping[str, Any]] = None,
        stdin: Optional[int] = None,
        stdout: Optional[int] = None,
        stderr: Optional[int] = None,
        console_socket: Optional[Path] = None,
        pid_file: Optional[Path] = None,
        detach: bool = False,
        keep: bool = False,
        forward_signals: Optional[bool] = None,
        no_pivot: bool = False,
        no_new_keyring: bool = False,
        strict_rlimits: bool = False,
        network: Optional[str] = None,
        publish: Optional[Sequence[str]] = None,
    ) -> int:
        """Creates, starts, waits and deletes. Returns the exit status.

        The status is 128 + N when signal N killed the program, and 0 with detach,
        which returns when the program has started; keep leaves the container's
        state behind. forward_signals: this thread's signals go to the container;
        None: in the main thread only. The rest is as of create().
        """
        options = _create_options(bundle, config, console_socket, pid_file)
        _set_network(options, network, publish)
        options.flags = (
            _create_flags(no_pivot, no_new_keyring, strict_rlimits)
            | (_l.DETACH if detach else 0)
            | (_l.KEEP if keep else 0)
            | _signals_flag(forward_signals)
        )
        options.stdio = _fds(stdin, stdout, stderr)
        status = c_int()
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_run(ctx.pointer, self._id, byref(options), byref(status)))
        return status.value

    def plan(
        self,
        bundle: Optional[Path] = None,
        *,
        config: Optional[Mapping[str, Any]] = None,
        detach: bool = False,
        no_pivot: bool = False,
        no_new_keyring: bool = False,
        strict_rlimits: bool = False,
        network: Optional[str] = None,
        publish: Optional[Sequence[str]] = None,
    ) -> str:
        """What run() with these arguments, or with detach create(), would do: one
        decision a line. Nothing is made.
        """
        options = _create_options(bundle, config, None, None)
        _set_network(options, network, publish)
        flags = _create_flags(no_pivot, no_new_keyring, strict_rlimits)
        options.flags = flags | (_l.DETACH if detach else 0)
        return self.runtime._document(self._lib.urun_plan_text, self._id, byref(options))

    def exec(
        self,
        args: Sequence[str],
        *,
        env: Optional[Mapping[str, str]] = None,
        cwd: Optional[str] = None,
        user: Union[int, str, None] = None,
        group: Optional[int] = None,
        additional_gids: Sequence[int] = (),
        capabilities: Sequence[str] = (),
        stdin: Optional[int] = None,
        stdout: Optional[int] = None,
        stderr: Optional[int] = None,
        tty: Optional[bool] = None,
        console_socket: Optional[Path] = None,
        pid_file: Optional[Path] = None,
        no_new_privs: bool = False,
        detach: bool = False,
        forward_signals: Optional[bool] = None,
    ) -> int:
        """Runs one more process in the container; returns its exit status.

        What is not given is as in the container's own process. user: a uid, or
        "UID[:GID]" or "NAME[:GROUP]", looked up in the container; a name also brings
        the user's groups and HOME. The rest is as of run().
        """
        options = _l.ExecOptions(size=ctypes.sizeof(_l.ExecOptions))
        options.argv = _words(args, "args")
        options.env = _env(env)
        options.caps = _words(capabilities, "capabilities")
        options.additional_gids = (c_uint32 * (len(additional_gids) + 1))(*additional_gids)
        options.n_additional_gids = len(additional_gids)
        if isinstance(user, str):
            options.user = _encode(user, "user")
        else:
            options.uid = user or 0
        options.gid = group or 0
        options.cwd = _encode(cwd, "cwd")
        options.console_socket = _encode(console_socket, "console_socket")
        options.pid_file = _encode(pid_file, "pid_file")
        options.stdio = _fds(stdin, stdout, stderr)
        options.flags = (
            (_l.USER if isinstance(user, int) else 0)
            | (_l.GROUP if group is not None else 0)
            | (_l.DETACH if detach else 0)
            | (_l.NO_NEW_PRIVS if no_new_privs else 0)
            | (0 if tty is None else _l.TTY if tty else _l.NO_TTY)
            | _signals_flag(forward_signals)
        )
        status = c_int()
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_exec(ctx.pointer, self._id, byref(options), byref(status)))
        return status.value

    def kill(self, sig: Union[int, str] = _signal.SIGTERM, *, all: bool = False) -> None:
        """Sends a signal to the container's first process, or to all of them."""
        flags = _l.ALL if all else 0
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_kill(ctx.pointer, self._id, _signal_number(sig), flags))

    def wait(self, timeout: Optional[float] = None) -> Optional[int]:
        """Waits for the container's end and returns its exit status.

        None: it is not this process's child, or was waited for before. Raises
        Timeout after that many seconds. Python's signal handlers run meanwhile.
        """
        end = None if timeout is None else time.monotonic() + timeout
        status = c_int()
        with _Call(self.runtime) as ctx:
            while True:
                left = 0.2 if end is None else max(0.0, min(0.2, end - time.monotonic()))
                r = self._lib.urun_wait(ctx.pointer, self._id, int(left * 1000), byref(status))
                if r == 0:
                    return None if status.value < 0 else status.value
                if r != -errno.ETIMEDOUT or (end is not None and time.monotonic() >= end):
                    ctx.check(r)

    def pidfd(self) -> int:
        """A new pidfd of the container's first process, for select and the like."""
        fd = c_int()
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_pidfd(ctx.pointer, self._id, byref(fd)))
        return fd.value

    def delete(self, *, force: bool = False) -> None:
        """Removes the container. force: kills it first; none is no error."""
        flags = _l.FORCE if force else 0
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_delete(ctx.pointer, self._id, flags))

    def add_mounts(self, mounts: Sequence[Mapping[str, Any]]) -> None:
        """Mounts these, as of a config's "mounts", in the container: all or none."""
        self._change_mounts(self._lib.urun_mounts_add, mounts)

    def remove_mounts(self, mounts: Sequence[Mapping[str, Any]]) -> None:
        """Unmounts what is at the destinations of these, the last first."""
        self._change_mounts(self._lib.urun_mounts_remove, mounts)

    def _change_mounts(
        self, call: Callable[..., int], mounts: Sequence[Mapping[str, Any]]
    ) -> None:
        # The library wants a file: this one has no name.
        with open(os.memfd_create("mounts"), "wb") as file:
            file.write(json.dumps(list(mounts)).encode())
            file.flush()
            path = f"/proc/self/fd/{file.fileno()}".encode()
            with _Call(self.runtime) as ctx:
                ctx.check(call(ctx.pointer, self._id, path))

    def mounts(self) -> List[Mount]:
        """What is mounted in the container, in the order of its mountinfo."""
        found: List[Mount] = []

        def add(_arg: object, entry: Any) -> int:
            e = entry.contents
            found.append(
                Mount(
                    destination=_decode(e.destination),
                    type=_decode(e.type),
                    source=_decode(e.source),
                    options=tuple(_decode(e.options).split(",")),
                    reason=_decode(e.reason),
                )
            )
            return 0

        callback = _l.MOUNTS_FN(add)
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_mounts_list(ctx.pointer, self._id, callback, None))
        return found

    def publish(self, ports: str) -> None:
        """Leads ports of the host into the running container, which has the network slirp.

        ports: "[ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]", the host's first; a range
        as a whole or not at all.
        """
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_port_add(ctx.pointer, self._id, _encode(ports, "ports")))

    def unpublish(self, ports: Union[int, str]) -> None:
        """Ends that: of the same text, or of a number of ports(). Connections go on."""
        text = _encode(str(ports), "ports")
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_port_remove(ctx.pointer, self._id, text))

    def ports(self) -> List[Port]:
        """What is published now, in the order of the numbers."""
        found: List[Port] = []

        def add(_arg: object, entry: Any) -> int:
            e = entry.contents
            found.append(
                Port(
                    number=e.number,
                    protocol=_decode(e.protocol),
                    host_address=_decode(e.host_address),
                    host_port=e.host_port,
                    container_address=_decode(e.container_address),
                    container_port=e.container_port,
                )
            )
            return 0

        callback = _l.PORT_FN(add)
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_port_list(ctx.pointer, self._id, callback, None))
        return found

    def state(self) -> State:
        """How the container is now."""
        document = json.loads(self.runtime._document(self._lib.urun_state_json, self._id))
        return State(
            id=document["id"],
            status=document["status"],
            pid=document.get("pid", 0),
            bundle=document["bundle"],
            oci_version=document["ociVersion"],
            annotations=document.get("annotations", {}),
            document=document,
        )

    def ps(self) -> List[int]:
        """The host's pids of all processes of the container, ascending."""
        pids, count = c_void_p(), c_size_t()
        with _Call(self.runtime) as ctx:
            ctx.check(self._lib.urun_ps(ctx.pointer, self._id, byref(pids), byref(count)))
        return _l.take_pids(pids, count.value)

    def stats(self) -> Dict[str, Any]:
        """What the container has used: `data` of a line of `urun events --stats`."""
        document = json.loads(self.runtime._document(self._lib.urun_stats_json, self._id))
        data: Dict[str, Any] = document["data"]
        return data

    def events(
        self, seen: Callable[[Dict[str, Any]], Optional[bool]], interval: float = 5.0
    ) -> None:
        """Calls seen(event) with the lines of `urun events`, until the container ends.

        interval: seconds between two events of type "stats", the first of which comes at
        once. seen ends it by returning False, or by raising what events() then raises.
        """
        if not 0.001 <= interval <= 2147483:
            raise ValueError("interval must be 0.001 to 2147483 seconds")
        raised: List[BaseException] = []

        def call(_arg: Any, line: bytes) -> int:
            try:
                return 1 if seen(json.loads(line)) is False else 0
            except BaseException as error:
                raised.append(error)
                return 1

        callback = _l.EVENT_FN(call)
        with _Call(self.runtime) as ctx:
            ctx.check(
                self._lib.urun_events(
                    ctx.pointer, self._id, int(interval * 1000), callback, None
                )
            )
        if raised:
            raise raised[0]


def _create_flags(no_pivot: bool, no_new_keyring: bool, strict_rlimits: bool) -> int:
    return (
        (_l.NO_PIVOT if no_pivot else 0)
        | (_l.NO_NEW_KEYRING if no_new_keyring else 0)
        | (_l.STRICT_RLIMITS if strict_rlimits else 0)
    )


def _create_options(
    bundle: Optional[Path],
    config: Optional[Mapping[str, Any]],
    console_socket: Optional[Path],
    pid_file: Optional[Path],
) -> _l.CreateOptions:
    options = _l.CreateOptions(size=ctypes.sizeof(_l.CreateOptions))
    options.bundle = _encode(bundle, "bundle")
    if config is not None:
        options.config_json = json.dumps(config).encode()
    options.console_socket = _encode(console_socket, "console_socket")
    options.pid_file = _encode(pid_file, "pid_file")
    return options


def _set_network(
    options: _l.CreateOptions, network: Optional[str], publish: Optional[Sequence[str]]
) -> None:
    options.network = _encode(network, "network")
    options.publish = _words(publish, "publish")


def version() -> Version:
    """Of the library that is loaded."""
    info = _l.library().urun_version().contents
    return Version(*(_decode(getattr(info, name)) for name in Version._fields))
