-- Lesson 05: prune it, then make it int8. A lesson file returns one table;
-- wattle-lesson(5) lists its keys. {{name}} in a text is filled on the
-- student's machine; the author states no result.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, technique, compare = w.data, w.model, w.technique, w.compare

-- What the exercise starts from; 6,000 rows, so that a check takes seconds.
local function start(c)
  local d = data.load(c.dataset, { rows = 6000, seed = c.seed })
  local base = model.mlp { layers = { d.inputs, 128, 64, d.classes },
    seed = c.seed }
  base:fit(d.train, { epochs = 6, schedule = "cosine", watch = false })
  return { base = base, data = d }
end

-- slim() is given three networks, of three seeds. count: "bytes" or "macs"; of
-- each network's at most half may be left.
local function at_most_half(t, count)
  local most = 0
  t.not_worse(count,
    function(s)
      local m = t.call("slim", s.base, s.data)
      most = math.max(most, m[count](m) / s.base[count](s.base))
      return m
    end,
    function(s) return s.base end, { seeds = 3 })
  local text = "of one of the three networks it keeps %.1f %% of the %s; at "
    .. "most 50 %% are allowed"
  return most <= 0.5,
    text:format(100 * most, count == "macs" and "multiply-adds" or count)
end

return w.lesson {
  api = 1, id = "green.05", title = "Prune it, then make it int8", minutes = 25,
  level = "core", tags = { "pruning", "quantization" },
  after = { "green.04" },
  goals = { "Separate 'fewer weights' from 'less work'",
            "Read accuracy, time and energy as ranges, not numbers",
            "Make a network smaller so that it also works less" },
  needs = { dataset = { "fashion-mnist", "fashion-mini" } },  -- what is there
  vary = { sparsity = { 0.80, 0.90, 0.95 } },
  cost = { "energy", "time" },             -- measured joules, else seconds
  fast = { epochs = 2, rows = 3000, blocks = 10, window = 0.05 },
  reward = "slim() keeps {{ex1.bytes|ratio}} of the bytes and "
    .. "{{ex1.macs|ratio}} of the work, and has {{ex1.accuracy|pct}} right.",

  w.text [[
# Three diets for one network

We train one small network to tell clothes apart, then make lighter copies.
A **kernel** is the routine that does the arithmetic of a layer.

* **pruned**: {{sparsity|pct}} of the weights set to zero, run by the same
  **dense** kernel as before
* **sparse**: the same pruned weights, run by a kernel that stores and
  multiplies only what is not zero
* **int8**: every weight stored in 8 bits instead of 32, multiplied as
  whole numbers

All begin with the same trained network. What was pruned is trained for two
epochs more, for pruning hurts; the others are not.

Energy goes into work that is *done*: into bytes that are moved, and into
multiply-adds that are executed. Keep that in mind.]],

  w.predict { id = "p1",                   -- locked before the run starts
    ask = "Which copy costs the fewest {{cost}} for 10,000 predictions, "
      .. "sixty-four at once?",
    choices = {
      { "the pruned copy, run by the dense kernel", arm = "pruned" },
      { "the pruned copy, run by the sparse kernel", arm = "sparse" },
      { "the int8 copy", arm = "int8" },
      { "the dense network that we began with", arm = "dense" },
      { "no one of them can be shown to be the cheapest", arm = "none" } },
    confidence = true, why = true },

  w.run { id = "race", title = "Dense, pruned, sparse, int8",
    body = function(c)
      local d = data.load(c.dataset, { seed = c.seed })
      c:log("The clothes are those of " .. c.dataset .. ".")
      local base = model.mlp { layers = { d.inputs, 256, 128, d.classes },
        seed = c.seed }
      base:fit(d.train, { epochs = 4, batch = 64, lr = 1e-3,
        schedule = "cosine" })
      local pruned = base:with(technique.prune {
        sparsity = c.param.sparsity, data = d.train, epochs = 2, lr_scale = 1 })
      local int8 = base:with(technique.quantize { bits = 8,
        data = d.train:head(512) })
      return compare {
        arms = { { "dense", base:lower { kernel = "dense" } },
                 { "pruned", pruned:lower { kernel = "dense" } },
                 { "sparse", pruned:lower { kernel = "csr" } },
                 { "int8", int8:lower { kernel = "int8" } } },
        on = d.test, work = { predictions = 10000 }, batch = 64,
        blocks = 10 }
    end,
    show = { "accuracy", "time", "energy", "bytes", "macs" } },

  w.reveal { predict = "p1", run = "race",
    answer = function(r) return r:best(r.cost) end,
    [[
You said: {{p1}}. On this machine: **{{answer}}** ({{cost}}, {{source}}).

Cost and multiply-adds, against dense:

* pruned: {{race.pruned.cost|ratio}} and {{race.pruned.macs|ratio}}
* sparse: {{race.sparse.cost|ratio}} and {{race.sparse.macs|ratio}}
* int8: {{race.int8.cost|ratio}} and {{race.int8.macs|ratio}}

Two hold the very same weights: what did the zeros change in each?]] },

  w.text [[
# What was claimed, and what was run

"Deep Compression" (Han and others, 2015) told how many weights pruning
leaves: a number about the *file*. Layers were timed too: on that CPU
sparse ones were mostly faster for one row, slower for sixty-four at once.

A zero saves only what somebody does **not do** because of it. The dense
kernel multiplies by it as by any number; the sparse one skips it, and pays
with an index for each weight that is left.

Next: where do the zeros lie?]],

  w.inspect { run = "race", arm = "pruned", view = "sparsity" },

  w.quiz { id = "q1", points = 2,
    ask = "The pruned copy is mostly zeros. Run by the dense kernel it "
      .. "executes {{race.pruned.macs|ratio}} the multiply-adds of the dense "
      .. "network, at {{race.pruned.cost|ratio}} its cost. Why so many?",
    choices = {
      { "the dense kernel multiplies by every zero all the same", right = true,
        say = "A zero costs a multiplication as long as nobody skips it." },
      { "pruning needs more epochs before it saves anything",
        say = "More training changes the accuracy. What does a prediction "
          .. "execute?" },
      { "the file was not compressed",
        say = "That is about bytes on disk. Look at the multiply-adds." } } },

  w.quiz { id = "q2", points = 2,
    ask = "Weights went from 32 to 8 bits. Against the dense network the file "
      .. "is {{race.int8.bytes|ratio}}, the cost {{race.int8.cost|ratio}}. Why "
      .. "need the two not agree?",
    choices = {
      { "int8 is slower on every CPU",
        say = "This run knows of one CPU. What does its int8 row say?" },
      { "the clock is broken",
        say = "Compare the intervals in the table first." },
      { "bits decide the file; the cost, how fast the work is done",
        right = true,
        say = "Just as many multiply-adds, of another kind; and what flows "
          .. "between the layers must be turned into 8 bits first." } } },
  w.exercise { id = "ex1", title = "Now make the zeros pay", points = 10,
    minutes = 8,
    file = "ex1.lua", solution = "ex1.solution.lua", seconds = 20,
    ask = [[
`slim(base, data)` in {{file}} returns a lighter copy of the network `base`:

* its file has at most half the bytes
* a prediction executes at most half the multiply-adds
* it loses less than three points of accuracy

`data.train` is there to train on again. The copy is a model or, if you say
which kernel it shall run by, the program that `m:lower { … }` returns.
It is tried on three networks, smaller than that of the race.]],
    setup = start,                         -- gives t.base and t.data
    checks = {
      { id = "returns", points = 1, "slim() returns a model",
        function(t) return t.is_model(t.call("slim", t.base, t.data)) end,
        hints = { "Every path through slim() must end in return." } },

      { id = "small", points = 3, "the saved file has at most half the bytes",
        function(t) return at_most_half(t, "bytes") end,
        hints = { "A file stores a zero in less room. How many zeros are "
          .. "there?",
                  "technique.prune { sparsity = … } says which share of the "
                    .. "weights goes.",
                  "sparsity = 0.8" } },

      { id = "work", points = 3, "at most half the multiply-adds are executed",
        function(t) return at_most_half(t, "macs") end,
        hints = { "Two rows of the race held the same weights. Which of them "
          .. "skipped the zeros?",
                  "The kernel decides: dense, csr (sparse) or int8.",
                  "return m:lower { kernel = \"csr\" }" } },

      { id = "accurate", points = 3,
        "it loses less than three points of accuracy",
        function(t)
          return t.not_worse("accuracy",
            function(s) return t.call("slim", s.base, s.data) end,
            function(s) return s.base end, { by_pt = 3, seeds = 3 })
        end,
        hints = { "Pruning hurts, then training heals.",
                  "Give prune data = data.train, and a few epochs.",
                  "epochs = 2, data = data.train" } },
    } },

  w.reflect { id = "r1", min_words = 15,
    ask = "Describe one case in which you would ship the dense network all the "
      .. "same." },
}
