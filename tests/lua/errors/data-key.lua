-- SPDX-License-Identifier: MIT
-- expect: script "unknown key 'row' in data.load (did you mean 'rows'?)"
require "wattle".data.load("digits", { row = 10 })
