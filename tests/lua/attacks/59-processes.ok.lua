-- SPDX-License-Identifier: MIT
assert(os.time { year = 2026, month = 1, day = 1 } > 0)
