#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# python/urun/_library.py says what urun.h says: the same calls and flags, and
# structs with every member at the same place, as the C compiler lays them out.
. "$(dirname "$0")/lint.sh.inc"

command -v python3 >/dev/null || { echo "needs python3"; exit 77; }
command -v cc >/dev/null || { echo "needs cc"; exit 77; }
status=0

declared=$(code src/urun.h | cut -d: -f3- | grep -oE '\burun_[a-z0-9_]+\(' | tr -d '(' | sort -u)
bound=$(sed -n 's/^    "\(urun_[a-z0-9_]*\)": (.*/\1/p' python/urun/_library.py | sort -u)
if [ "$declared" != "$bound" ]; then
	echo "src/urun.h ('<') and python/urun/_library.py ('>') differ:"
	diff <(echo "$declared") <(echo "$bound") | grep '^[<>]'
	status=1
fi

asserts=$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=python python3 - <<'PY'
import ctypes
import re
import sys
import types

# The module without the package, which would load the library.
source = open("python/urun/_library.py").read()
lib = types.ModuleType("_library")
exec(compile(source, "_library.py", "exec"), lib.__dict__)
header = re.sub(r"/\*.*?\*/", "", open("src/urun.h").read(), flags=re.S)
structs = {
    "urun_log_options": lib.LogOptions,
    "urun_create_options": lib.CreateOptions,
    "urun_exec_options": lib.ExecOptions,
    "urun_update_options": lib.UpdateOptions,
    "urun_unshare_options": lib.UnshareOptions,
    "urun_limits_entry": lib.LimitsEntry,
    "urun_list_entry": lib.ListEntry,
    "urun_mounts_entry": lib.MountsEntry,
    "urun_port_entry": lib.PortEntry,
    "urun_spec_options": lib.SpecOptions,
    "urun_version_info": lib.VersionInfo,
}
# What the bindings have no call for is not theirs to know.
for name in set(re.findall(r"^struct (\w+) \{", header, re.M)) - set(structs):
    print(f'#error "struct {name} is not in _library.py"')
print('#include "src/urun.h"')
for name, struct in structs.items():
    print(f'_Static_assert(sizeof(struct {name}) == {ctypes.sizeof(struct)}, "size of {name}");')
    for field in struct._fields_:
        at = getattr(struct, field[0]).offset
        print(f'_Static_assert(offsetof(struct {name}, {field[0]}) == {at}, "{field[0]}");')
for name in re.findall(r"^#define URUN_([A-Z_]+) ", header, re.M):
    value = getattr(lib, name, None)
    if value is None:
        print(f'#error "URUN_{name} is not in _library.py"')
    else:
        print(f'_Static_assert(URUN_{name} == {value}u, "{name}");')
PY
) || { echo "python/urun/_library.py cannot be read"; exit 1; }
cc -std=gnu11 -fsyntax-only -I. -x c - <<<"$asserts" || status=1

if command -v mypy >/dev/null; then
	(cd python && mypy --strict --cache-dir=/dev/null urun) || status=1
fi
exit $status
