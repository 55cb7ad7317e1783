-- SPDX-License-Identifier: MIT
assert(type(print) == "function")
