-- lesson: quick
-- expect: work error "time limit (0.6 s) in check 'work'"
-- expect: again error "time limit (0.6 s)"
-- expect: other error "lesson.lua:1: passed"
return {
  work = function() error("time limit (0.6 s) in check 'work'", 0) end,
  other = function() error("lesson.lua:1: passed", 0) end,
}
