-- SPDX-License-Identifier: MIT
assert(not xpcall(error, function() error("again") end))
