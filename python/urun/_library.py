# SPDX-License-Identifier: Apache-2.0
"""liburun.so as ctypes sees it: the structs and calls of urun.h, nothing more.

A test compares this file with the header's calls; the structs begin with their
size, so that a library of another age reads them rightly.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_size_t, c_uint, c_uint32, c_uint64, c_void_p
from typing import Any, Dict, List, Optional, Tuple

DETACH = 1 << 0
KEEP = 1 << 1
NO_PIVOT = 1 << 2
NO_NEW_KEYRING = 1 << 3
SUBREAPER = 1 << 4
STRICT_RLIMITS = 1 << 5
TTY = 1 << 6
NO_TTY = 1 << 7
NO_NEW_PRIVS = 1 << 8
IGNORE_PAUSED = 1 << 9
USER = 1 << 10
GROUP = 1 << 11
ALL = 1 << 12
FORCE = 1 << 13
NO_SIGNALS = 1 << 14
STOPPED = 1 << 15
CAP_REPLACE = 1 << 16
STRICT = 1 << 17
KEEP_GROUPS = 1 << 18

SPEC_ROOTLESS = 1 << 0
SPEC_KEEP_ID = 1 << 1
SPEC_HOST_ROOTFS = 1 << 2
SPEC_HOME_READ_ONLY = 1 << 3
SPEC_HOME_WRITABLE = 1 << 4

LOG_FN = CFUNCTYPE(None, c_void_p, c_char_p, c_char_p)


class LogOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("target", c_char_p),
        ("format", c_char_p),
        ("level", c_char_p),
        ("container_id", c_char_p),
        ("fn", LOG_FN),
        ("arg", c_void_p),
    ]


class CreateOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("flags", c_uint),
        ("bundle", c_char_p),
        ("config", c_char_p),
        ("console_socket", c_char_p),
        ("pidfd_socket", c_char_p),
        ("pid_file", c_char_p),
        ("preserve_fds", c_uint),
        ("listen_fds", c_uint),
        ("listen_fdnames", c_char_p),
        ("config_json", c_char_p),
        ("stdio", POINTER(c_int)),
        ("pass_fds", POINTER(c_int)),
        ("n_pass_fds", c_size_t),
        ("userns", c_char_p),
        ("map_groups", c_char_p),
        ("network", c_char_p),
        ("publish", POINTER(c_char_p)),
    ]


class ExecOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("flags", c_uint),
        ("process", c_char_p),
        ("argv", POINTER(c_char_p)),
        ("env", POINTER(c_char_p)),
        ("caps", POINTER(c_char_p)),
        ("additional_gids", POINTER(c_uint32)),
        ("n_additional_gids", c_size_t),
        ("uid", c_uint32),
        ("gid", c_uint32),
        ("cwd", c_char_p),
        ("apparmor_profile", c_char_p),
        ("process_label", c_char_p),
        ("cgroup", c_char_p),
        ("console_socket", c_char_p),
        ("pidfd_socket", c_char_p),
        ("pid_file", c_char_p),
        ("preserve_fds", c_uint),
        ("listen_fds", c_uint),
        ("listen_fdnames", c_char_p),
        ("user", c_char_p),
        ("stdio", POINTER(c_int)),
        ("pass_fds", POINTER(c_int)),
        ("n_pass_fds", c_size_t),
    ]


class ListEntry(ctypes.Structure):
    _fields_ = [
        ("id", c_char_p),
        ("pid", c_int),
        ("status", c_char_p),
        ("bundle", c_char_p),
        ("created", c_char_p),
        ("owner", c_char_p),
        ("rootfs", c_char_p),
        ("oci_version", c_char_p),
        ("network", c_char_p),
    ]


class PortEntry(ctypes.Structure):
    _fields_ = [
        ("number", c_uint64),
        ("protocol", c_char_p),
        ("host_address", c_char_p),
        ("container_address", c_char_p),
        ("host_port", c_uint),
        ("container_port", c_uint),
    ]


class MountsEntry(ctypes.Structure):
    _fields_ = [
        ("destination", c_char_p),
        ("type", c_char_p),
        ("source", c_char_p),
        ("options", c_char_p),
        ("reason", c_char_p),
    ]


class UpdateOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("resources", c_char_p),
        ("resources_json", c_char_p),
        ("set", POINTER(c_char_p)),
        ("l3_cache_schema", c_char_p),
        ("mem_bw_schema", c_char_p),
    ]


class LimitsEntry(ctypes.Structure):
    _fields_ = [
        ("key", c_char_p),
        ("asked", c_char_p),
        ("applied", c_char_p),
        ("inherited", c_char_p),
        ("inherited_from", c_char_p),
        ("reason", c_char_p),
    ]


class SpecOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("flags", c_uint),
        ("args", POINTER(c_char_p)),
        ("env", POINTER(c_char_p)),
        ("mounts", POINTER(c_char_p)),
        ("rootfs", c_char_p),
        ("home", c_char_p),
        ("network", c_char_p),
    ]


class UnshareOptions(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("map_groups", c_char_p),
    ]


class VersionInfo(ctypes.Structure):
    _fields_ = [
        ("version", c_char_p),
        ("commit", c_char_p),
        ("spec", c_char_p),
        ("features", c_char_p),
    ]


LIST_FN = CFUNCTYPE(c_int, c_void_p, POINTER(ListEntry))
EVENT_FN = CFUNCTYPE(c_int, c_void_p, c_char_p)
LIMITS_FN = CFUNCTYPE(c_int, c_void_p, POINTER(LimitsEntry))
PORT_FN = CFUNCTYPE(c_int, c_void_p, POINTER(PortEntry))
MOUNTS_FN = CFUNCTYPE(c_int, c_void_p, POINTER(MountsEntry))

# name: (result, arguments). Documents are char ** that ctypes must not convert:
# the pointer itself is needed, to free it.
_CALLS: Dict[str, Tuple[Any, List[Any]]] = {
    "urun_ctx_new": (c_int, [POINTER(c_void_p)]),
    "urun_ctx_free": (None, [c_void_p]),
    "urun_set_root": (c_int, [c_void_p, c_char_p]),
    "urun_root": (c_char_p, [c_void_p]),
    "urun_set_cgroup_manager": (c_int, [c_void_p, c_char_p]),
    "urun_set_ready_timeout": (c_int, [c_void_p, c_uint]),
    "urun_set_rootless": (c_int, [c_void_p, c_char_p]),
    "urun_set_log": (c_int, [c_void_p, POINTER(LogOptions)]),
    "urun_error": (c_char_p, [c_void_p]),
    "urun_error_hint": (c_char_p, [c_void_p]),
    "urun_error_errno": (c_int, [c_void_p]),
    "urun_error_code": (c_int, [c_void_p]),
    "urun_create": (c_int, [c_void_p, c_char_p, POINTER(CreateOptions)]),
    "urun_relay": (c_int, [c_void_p, POINTER(c_char_p), c_uint, POINTER(c_int)]),
    "urun_relay_serve": (c_int, []),
    "urun_start": (c_int, [c_void_p, c_char_p]),
    "urun_pause": (c_int, [c_void_p, c_char_p]),
    "urun_resume": (c_int, [c_void_p, c_char_p]),
    "urun_update": (c_int, [c_void_p, c_char_p, POINTER(UpdateOptions)]),
    "urun_limits_list": (c_int, [c_void_p, c_char_p, LIMITS_FN, c_void_p]),
    "urun_limits_json": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "urun_run": (c_int, [c_void_p, c_char_p, POINTER(CreateOptions), POINTER(c_int)]),
    "urun_plan_text": (c_int, [c_void_p, c_char_p, POINTER(CreateOptions), POINTER(c_void_p)]),
    "urun_exec": (c_int, [c_void_p, c_char_p, POINTER(ExecOptions), POINTER(c_int)]),
    "urun_kill": (c_int, [c_void_p, c_char_p, c_int, c_uint]),
    "urun_wait": (c_int, [c_void_p, c_char_p, c_int, POINTER(c_int)]),
    "urun_pidfd": (c_int, [c_void_p, c_char_p, POINTER(c_int)]),
    "urun_delete": (c_int, [c_void_p, c_char_p, c_uint]),
    "urun_mounts_add": (c_int, [c_void_p, c_char_p, c_char_p]),
    "urun_mounts_remove": (c_int, [c_void_p, c_char_p, c_char_p]),
    "urun_state_json": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "urun_list": (c_int, [c_void_p, LIST_FN, c_void_p]),
    "urun_list_json": (c_int, [c_void_p, POINTER(c_void_p)]),
    "urun_ps": (c_int, [c_void_p, c_char_p, POINTER(c_void_p), POINTER(c_size_t)]),
    "urun_stats_json": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "urun_events": (c_int, [c_void_p, c_char_p, c_uint, EVENT_FN, c_void_p]),
    "urun_port_add": (c_int, [c_void_p, c_char_p, c_char_p]),
    "urun_port_remove": (c_int, [c_void_p, c_char_p, c_char_p]),
    "urun_port_list": (c_int, [c_void_p, c_char_p, PORT_FN, c_void_p]),
    "urun_port_json": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "urun_mounts_list": (c_int, [c_void_p, c_char_p, MOUNTS_FN, c_void_p]),
    "urun_mounts_json": (c_int, [c_void_p, c_char_p, POINTER(c_void_p)]),
    "urun_protect_self": (c_int, [c_void_p, POINTER(c_char_p)]),
    "urun_spec_json": (c_int, [c_void_p, c_int, POINTER(c_void_p)]),
    "urun_unshare": (c_int, [c_void_p, POINTER(c_char_p), POINTER(c_int)]),
    "urun_unshare_with": (
        c_int,
        [c_void_p, POINTER(c_char_p), POINTER(UnshareOptions), POINTER(c_int)],
    ),
    "urun_spec": (c_int, [c_void_p, POINTER(SpecOptions), POINTER(c_void_p)]),
    "urun_features_json": (c_int, [c_void_p, POINTER(c_void_p)]),
    "urun_version": (POINTER(VersionInfo), []),
}

_library: Optional[ctypes.CDLL] = None


def library() -> ctypes.CDLL:
    """liburun.so.0, loaded once; $URUN_LIBRARY names another file.

    Raises OSError where it cannot be loaded.
    """
    global _library
    if _library is None:
        lib = ctypes.CDLL(os.environ.get("URUN_LIBRARY", "liburun.so.0"))
        for name, (result, arguments) in _CALLS.items():
            function = getattr(lib, name)
            function.restype = result
            function.argtypes = arguments
        _library = lib
    return _library


_libc = ctypes.CDLL(None)
_libc.free.argtypes = [c_void_p]
_libc.free.restype = None


def take_text(pointer: c_void_p) -> str:
    """The text at a malloc'd pointer, which is freed."""
    try:
        return ctypes.string_at(pointer.value or 0).decode("utf-8", "surrogateescape")
    finally:
        _libc.free(pointer)


def take_pids(pointer: c_void_p, count: int) -> List[int]:
    """The pids at a malloc'd pointer, which is freed."""
    try:
        return list(ctypes.cast(pointer, POINTER(c_int))[:count])
    finally:
        _libc.free(pointer)
