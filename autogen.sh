#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes ./configure from configure.ac; needed once after a git clone.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --force --warnings=all
