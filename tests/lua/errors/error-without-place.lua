-- SPDX-License-Identifier: MIT
-- expect: script "error-without-place.lua: no place"
error("no place", 0)
