-- lesson: quick
-- expect: work timeout "time limit (0.6 s) in check 'work'"
-- expect: again timeout "ex1.lua: work() took the whole time (0.6 s) of check 'work'"
-- expect: other pass
return {
  work = function(base, data)
    base:fit(data.train, { epochs = 100000 })
    return 1
  end,
  other = function() return 2 end,
}
