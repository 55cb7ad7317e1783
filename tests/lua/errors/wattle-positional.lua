-- SPDX-License-Identifier: MIT
-- expect: script "experiment: a value has no name; write NAME = VALUE"
require "wattle".experiment { 1, 2 }
