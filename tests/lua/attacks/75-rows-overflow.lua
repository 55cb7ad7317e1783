-- SPDX-License-Identifier: MIT
-- expect: script "must be 1 or more"
local d = require "wattle".data.load "digits"
d.train:head(math.mininteger)
