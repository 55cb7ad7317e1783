-- SPDX-License-Identifier: MIT
-- expect: script "at most 100,000 numbers"
require "wattle".range(1, 1 << 60)
