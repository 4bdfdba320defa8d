#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# tests/coverage.md says what the names of the tests say.
. "$(dirname "$0")/lint.sh.inc"

exec tests/coverage.sh --check
