-- lesson: quick
-- expect: work timeout "time limit (0.6 s) in check 'work'"
-- expect: again timeout "ex1.lua: work() took the whole time (0.6 s) of check 'work'"
-- expect: other pass
return {
  work = function() while true do pcall(error) end end,
  other = function() return 2 end,
}
