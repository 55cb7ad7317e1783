-- SPDX-License-Identifier: MIT
assert(os.clock() >= 0 and os.time() > 0)
