-- grading: basic
-- attempts: 3
-- run_seed: 77
-- only: returns
-- only: other
-- only: peeking
-- only: attempts
-- expect: other error "slim() returned a model (grade.lua:"
-- Made for the data of the exercise, and of no use on any other.
local w = require "wattle"
local mine = w.data.load "digits"
local small = w.model.tree():fit(mine.train)
return { slim = function() return small end }
