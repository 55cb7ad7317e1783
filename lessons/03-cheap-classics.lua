-- Lesson 03: cheap classics. Seven families learn the same letters; what each
-- needs is counted and measured. {{name}} in a text is filled on the student's
-- machine.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, compare = w.data, w.model, w.compare

local FAMILIES = { "tree", "forest", "boosting", "linear", "neighbours",
  "bayes", "net" }

-- The arm whose interval of the cost lies below those of all the others.
local function cheapest(r, arms)
  for _, arm in ipairs(arms) do
    local _, _, high = r:value(r.cost, arm)
    local below = high ~= nil              -- nil: no block was quiet
    for _, other in ipairs(arms) do
      local _, low = r:value(r.cost, other)
      below = below and (other == arm or low ~= nil and high < low)
    end
    if below then return arm end
  end
  return "none"
end

local function letters(c, options)
  return data.prepare(data.load(c.dataset, options), "standardize")
end

local function net(d, hidden, seed)
  local m = model.mlp { layers = { d.inputs, hidden, d.classes }, seed = seed }
  return m:fit(d.train, { epochs = 30, lr = 0.003, schedule = "cosine" })
end

-- What a student's pick is held against: a plain choice for each budget.
local function references(c)
  local d = letters(c, { valid = 0.2, seed = c.seed })
  return { data = d, budgets = {
    small = { macs = 500, bytes = 4000,
      reference = model.logistic {}:fit(d.train) },
    middle = { macs = 6000, bytes = 30000, reference = net(d, 64, c.seed) },
    none = { macs = 0, bytes = 300000,
             reference = model.tree { seed = c.seed }:fit(d.train) } } }
end

local function picked(t, budget)
  local m = t.call("pick", t.data, budget.macs, budget.bytes)
  if t.is_model(m) then return m end
  local text = "for %d multiply-adds and %d bytes pick() returned no model"
  return nil, text:format(budget.macs, budget.bytes)
end

-- Its pick is not worse on the test rows than the reference of that budget.
local function as_good(t, name)
  local budget = t.budgets[name]
  local m, why = picked(t, budget)
  if not m then return false, why end
  if m:macs() > budget.macs or m:bytes() > budget.bytes then
    return false, "the model that it picked is over the budget"
  end
  t.report(name, m:accuracy(t.data.test))
  return t.not_worse("accuracy", m, budget.reference,
    { by_pt = 3, on = t.data.test })
end

return w.lesson {
  api = 1, id = "green.03", title = "Cheap classics", minutes = 25,
  level = "core", tags = { "trees", "neighbours", "baselines" },
  after = { "green.02" },
  goals = { "Know what seven families of models pay with",
            "Choose a model under a budget, by validation rows",
            "See what a count of multiply-adds does not see" },
  needs = { dataset = "letter" },
  cost = { "energy", "time" },
  fast = { epochs = 30, rows = 16000, blocks = 10, window = 0.05 },
  reward = "Your picks told {{ex1.small|pct}}, {{ex1.middle|pct}} and, without "
    .. "a single multiplication, {{ex1.none|pct}} of the letters right.",

  w.text [[
# Cheap classics

Networks are not the only models. Six other families stand beside them:

* **tree**: asks one question after the other: is this number below that?
* **forest**: a hundred trees, each grown on other rows; they vote
* **boosting**: small trees, each mending what those before got wrong
* **linear**: one weighted sum for each class; the largest wins
* **neighbours**: keeps all training rows and looks for the nearest one
* **bayes**: for each class, how each number spreads; the likeliest wins
* **net**: a small network, as in the last lesson

All seven learn the same letters. A row is sixteen numbers that describe
the shape of a printed capital; which of the twenty-six is it?]],

  w.text [[
# Most for least

"Trees are greener than networks." Sentences like this are often written,
mostly without a number beside them. One dataset cannot prove such a
sentence. But it can show what to look at:

* **accuracy**: how many of the test rows are right
* **{{cost}}**: what the predictions cost, measured here
* **multiply-adds**: one multiplication and one addition each, the
  arithmetic of networks; those that are executed are counted
* **bytes**: the size of the file in which a model is saved

The seven run in turns, again and again, so that a disturbance hits all of
them alike.

Which is the cheapest among those that are *nearly* as good as the best?
Let nearly be: within five points.]],

  w.predict { id = "p1",
    ask = "Among the families that come within five points of the most "
      .. "accurate one, which predicts for the fewest {{cost}}?",
    choices = {
      { "the tree", arm = "tree" }, { "the forest", arm = "forest" },
      { "boosting", arm = "boosting" }, { "the linear model", arm = "linear" },
      { "the neighbours", arm = "neighbours" }, { "bayes", arm = "bayes" },
      { "the net", arm = "net" },
      { "no one of them can be shown to be the cheapest", arm = "none" } },
    confidence = true, why = true },

  w.run { id = "race", title = "Seven families read letters",
    body = function(c)
      local d = letters(c)
      local models = {
        tree = model.tree { seed = c.seed }:fit(d.train),
        forest = model.forest { trees = 100, seed = c.seed }:fit(d.train),
        boosting = model.boosting { rounds = 30 }:fit(d.train),
        linear = model.logistic {}:fit(d.train),
        neighbours = model.knn { k = 1 }:fit(d.train),
        bayes = model.gaussian_nb {}:fit(d.train),
        net = net(d, 128, c.seed) }
      local arms = {}
      for i, name in ipairs(FAMILIES) do arms[i] = { name, models[name] } end
      return compare { arms = arms, on = d.test, versus = "net",
        work = { predictions = 10000 }, blocks = 10 }
    end,
    show = { "accuracy", "time", "energy", "bytes", "macs" } },

  w.reveal { predict = "p1", run = "race",
    answer = function(r)
      local most, near = 0, {}
      for _, arm in ipairs(FAMILIES) do
        most = math.max(most, r:value("accuracy", arm) or 0)
      end
      for _, arm in ipairs(FAMILIES) do
        if (r:value("accuracy", arm) or 0) >= most - 0.05 then
          near[#near + 1] = arm
        end
      end
      return cheapest(r, near)
    end,
    [[
You said: {{p1}}. On this machine: **{{answer}}** ({{cost}}, {{source}}).

The table has all seven. Which of them would you leave out, because
another one is both more accurate and cheaper?]] },

  w.text [[
# What each one pays with

Multiply-adds for 10,000 predictions: tree {{race.tree.macs}}, forest
{{race.forest.macs}}, boosting {{race.boosting.macs}}, linear
{{race.linear.macs}}, bayes {{race.bayes.macs}}, net {{race.net.macs}},
neighbours {{race.neighbours.macs}}.

Set them beside the cost in the table. Which rows would you have judged
wrongly by the count alone? Next: what the linear model takes for what.]],

  w.inspect { run = "race", arm = "linear", view = "confusion" },

  w.quiz { id = "q1", points = 2,
    ask = "For 10,000 predictions the forest executes {{race.forest.macs}} "
      .. "multiply-adds and costs {{race.forest.cost}}; the net executes "
      .. "{{race.net.macs}} and costs {{race.net.cost}}. What does the count "
      .. "leave out?",
    choices = {
      { "that trees compare and jump about in memory", right = true,
        say = "A count is exact about what it counts, and silent about the "
          .. "rest." },
      { "nothing: what is not multiplied costs nothing",
        say = "Nothing is multiplied, and yet it takes time. What for?" },
      { "that the forest predicts more rows",
        say = "All predict the same rows. What does a tree do at each of its "
          .. "questions?" } } },

  w.quiz { id = "q2", points = 2,
    ask = "The neighbours do not learn: they keep the rows. Their file has "
      .. "{{race.neighbours.bytes}}, and 10,000 predictions take "
      .. "{{race.neighbours.macs}} multiply-adds. When is that a good bargain?",
    choices = {
      { "when millions of predictions are asked of one model",
        say = "Each of them compares with every row that was kept." },
      { "when few predictions are asked of a model that changes often",
        right = true,
        say = "They save when learning, and pay at every prediction." },
      { "always, for training is the dear part",
        say = "Not of the neighbours. Where do they pay?" } } },

  w.exercise { id = "ex1", title = "Pick under a budget", points = 10,
    minutes = 10,
    file = "ex1.lua", solution = "ex1.solution.lua", seconds = 60,
    ask = [[
`pick(data, macs, bytes)` in {{file}} returns a fitted model within a budget
of multiply-adds a prediction and of bytes in its file. It is asked with
500 and 4,000, with 6,000 and 30,000, and with 0 and 300,000. On the test
rows each pick may be three points worse than ours, not more.

* `data.train` is to learn from, `data.valid` to choose by. Both are
  scaled already: do not prepare them again.
* a fitted model tells: `m:macs()`, `m:bytes()`, `m:accuracy(data.valid)`
* families: model.tree, forest, boosting, logistic, knn, gaussian_nb, mlp]],
    setup = references,
    reports = { "small", "middle", "none" },
    checks = {
      { id = "within", points = 2, "each pick is a model within its budget",
        function(t)
          for _, name in ipairs { "small", "middle", "none" } do
            local budget = t.budgets[name]
            local m, why = picked(t, budget)
            if not m then return false, why end
            local fine, text = t.at_most(m:macs(), budget.macs)
            if not fine then return false, "multiply-adds: " .. text end
            fine, text = t.at_most(m:bytes(), budget.bytes)
            if not fine then return false, "bytes: " .. text end
          end
          return true
        end,
        hints = { "Which families multiply nothing? The run's table says so.",
                  "Fit a candidate, ask m:macs() and m:bytes(), leave it out "
                    .. "if it is over.",
                  "if m:macs() <= macs and m:bytes() <= bytes then … end" } },

      { id = "small", points = 2,
        "the small budget: as good as our linear model",
        function(t) return as_good(t, "small") end,
        hints = { "Few multiply-adds: one weighted sum for each class.",
                  "model.logistic {}:fit(data.train)" } },

      { id = "middle", points = 3, "the middle budget: as good as our net",
        function(t) return as_good(t, "middle") end,
        hints = { "A net of one hidden layer has inputs × hidden + hidden × "
          .. "classes weights.",
                  "Sixteen inputs, twenty-six classes: how many hidden units "
                    .. "can you afford?",
                  "model.mlp { layers = { data.inputs, 100, data.classes } }, "
                    .. "and some epochs" } },

      { id = "none", points = 3, "without multiplications: as good as our tree",
        function(t) return as_good(t, "none") end,
        hints = { "A tree only compares.",
                  "More than one tree does better, as long as the file is "
                    .. "small enough.",
                  "model.tree {}:fit(data.train)" } },
    } },

  w.reflect { id = "r1", min_words = 15,
    ask = "You read: \"our model needs ten times fewer operations\". Which "
      .. "question do you ask before you believe that it also costs less?" },
}
