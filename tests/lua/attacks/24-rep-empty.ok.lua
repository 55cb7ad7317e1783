-- SPDX-License-Identifier: MIT
assert((""):rep(3, ",") == ",,")
