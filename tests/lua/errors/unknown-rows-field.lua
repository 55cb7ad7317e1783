-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'heda' in rows (did you mean 'head'?)"
local d = require "wattle".data.load "digits"
d.train:heda(3)
