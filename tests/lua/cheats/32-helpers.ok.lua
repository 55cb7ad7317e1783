-- lesson: helpers
-- attempts: 2
-- run_seed: 11
-- expect: untold fail
-- expect: wrong error "check 'wrong' returned a number; it must return true, or false and a text"
-- expect: broken error "lesson.lua:131: unknown name 'nothing' in data"
-- record: "reports":{"width":3}
return {}
