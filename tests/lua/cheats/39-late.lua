-- lesson: late
-- grading: late
-- expect: one timeout "time limit (0.5 s) in check 'one'"
-- expect: two timeout "ex1.lua: work() took the whole time (0.5 s) of check 'one', and is not called again"
-- expect: cases timeout "took the whole time (0.5 s) of check 'one'"
-- expect: longer timeout "time limit (1 s) in check 'longer'"
-- expect: shorter timeout "took the whole time (1 s) of check 'longer'"
-- expect: fine pass
-- What a loop costs is paid once, whatever it is asked; a check with more time asks once more.
return {
  work = function(n)
    while n > 0 do end
    return n
  end,
}
