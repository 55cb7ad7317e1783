-- SPDX-License-Identifier: MIT
-- expect: script "compare works inside the body of a run, or a check that requires "
-- lesson
local w = require "wattle"

w.compare { arms = {}, on = w.data.load("digits").test }
