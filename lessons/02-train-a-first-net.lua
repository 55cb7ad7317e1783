-- Lesson 02: train a first net. Accuracy is paid for in epochs, and the last
-- point is the dearest. {{name}} in a text is filled on the student's machine.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, compare = w.data, w.model, w.compare

local EPOCHS = 60

-- One training: the accuracy on the validation rows after each epoch, the
-- seconds of each, and the net. quiet: nobody looks at the accuracy; seen:
-- called with each one.
local function train(d, hidden, lr, seed, epochs, quiet, seen)
  local accuracy, seconds = {}, {}
  local net = model.mlp { layers = { d.inputs, hidden, d.classes },
    seed = seed }
  net:fit(d.train, { epochs = epochs, batch = 32, lr = lr,
    watch = not quiet and d.valid,
    each = function(e)
      accuracy[e.epoch], seconds[e.epoch] = e.valid_accuracy, e.time_s
      if seen then seen(e.epoch, e.valid_accuracy) end
    end })
  return accuracy, seconds, net
end

local function best(accuracy)
  local at = 1
  for i, a in ipairs(accuracy) do
    if a > accuracy[at] then at = i end
  end
  return accuracy[at], at
end

-- The first epoch that comes within so much of the best.
local function first_within(accuracy, by)
  local most = best(accuracy)
  for i, a in ipairs(accuracy) do
    if a >= most - by then return i end
  end
end

local function sum(list, from, to)
  local total = 0
  for i = from, to do total = total + list[i] end
  return total
end

-- Trainings that the student has not seen: three learning rates, two widths,
-- three seeds.
local function hidden(c)
  local d = data.load("digits", { valid = 0.25, seed = c.seed })
  local histories = {}
  for _, lr in ipairs { 0.001, 0.003, 0.01 } do
    for _, units in ipairs { 32, 64 } do
      for k = 1, 3 do
        histories[#histories + 1] = train(d, units, lr, c.seed + k, EPOCHS)
      end
    end
  end
  return { histories = histories }
end

-- The epoch after which stop() ends this training; its last one when it never
-- does.
local function stopped(t, accuracy)
  local so_far = {}
  for i, a in ipairs(accuracy) do
    so_far[i] = a
    local stop = t.call("stop", so_far)
    if type(stop) ~= "boolean" then
      return nil,
        ("stop() must return true or false, not a %s"):format(type(stop))
    end
    if stop then return i end
  end
  return #accuracy
end

-- The share of the epochs that were run, and the accuracy that was given up, in
-- the mean.
local function play(t)
  local share, lost = 0, 0
  for _, accuracy in ipairs(t.histories) do
    local at, why = stopped(t, accuracy)
    if not at then return nil, why end
    share = share + at / #accuracy / #t.histories
    lost = lost + (best(accuracy) - accuracy[at]) / #t.histories
  end
  return share, lost
end

return w.lesson {
  api = 1, id = "green.02", title = "Train a first net", minutes = 20,
  level = "core", tags = { "training", "early stopping" },
  after = { "green.01" },
  goals = { "Read a training curve as a bill",
            "Say when more training buys nothing that can be seen",
            "Write a rule that ends a training by itself" },
  needs = { dataset = "digits" },
  cost = { "time" },                       -- of an epoch, by the clock
  fast = { epochs = 60, rows = 1347, blocks = 10, window = 0.05 },
  reward = "Your rule ran {{ex1.share|pct}} of the epochs, and gave up "
    .. "{{ex1.lost|pct}} of the rows.",

  w.text [[
# Train a first net

A network turns numbers into a prediction, by multiplying and adding. What
it multiplies by are its **weights**. They are random at first, and what it
predicts is worth nothing.

A **row** is one example: here a digit, written by hand, in eight by eight
dots. **Training** shows the network rows with their answers, looks how
wrong it is, and moves each weight a little. Once through all the rows that
it learns from is an **epoch**.

An epoch costs arithmetic, and so seconds. What does it buy?]],

  w.text [[
# Three heaps of rows

* **train**: the rows that it learns from
* **validation**: rows held back; after each epoch we count how many it
  gets right. Their share is the **accuracy**. It never learns from them
* **test**: rows that nobody looks at until the end

Why two that it does not learn from? We will decide by the validation rows
when to stop. What one decides by is no fair judge any more.]],

  w.text [[
# A curve is a bill

Every epoch passes over the same rows by the same arithmetic, so one should
cost what the next one costs. The run will say. What an epoch *buys* is
another question.

The run draws a curve: the share of the validation rows that the net gets
right, by epoch. Look where it bends. Three moments matter:

* **near**: the first epoch within one point of the best accuracy
* **peak**: the epoch with the best accuracy
* **end**: when we planned to stop

A *point* is one row in a hundred. From near to peak the last point is
bought. From peak to end nothing is.]],

  w.predict { id = "p1",
    ask = "How much of the whole training time comes after the net is within "
      .. "one point of its best?",
    number = { unit = "per cent", min = 0, max = 100 },
    confidence = true, why = true },

  w.run { id = "train", title = "Sixty epochs on the digits",
    body = function(c)
      local d = data.load(c.dataset, { valid = 0.25 })
      local accuracy, seconds, whole = train(d, 64, 0.003, c.seed, EPOCHS,
        false, function(epoch, share)
          c:chart("% of the validation rows", epoch, 100 * share)
        end)
      local n = #accuracy
      local most, peak = best(accuracy)
      local near = first_within(accuracy, 0.01)
      local all, third = sum(seconds, 1, n), n // 3
      local _, _, early = train(d, 64, 0.003, c.seed, near, true)
      local r = compare { arms = { { "whole", whole }, { "near", early } },
        on = d.test, work = { predictions = 10000 }, blocks = 10 }
      return r, { epochs = n, best = most, near = near, peak = peak,
        rows = #d.valid,
        gained = math.floor((most - accuracy[near]) * #d.valid + 0.5),
        to_near = sum(seconds, 1, near) / all,
        last = sum(seconds, near + 1, peak) / all,
        after = sum(seconds, peak + 1, n) / all,
        early = sum(seconds, 1, third) / third,
        late = sum(seconds, n - third + 1, n) / third }
    end,
    show = { "accuracy", "time" } },

  w.reveal { predict = "p1", run = "train",
    answer = function(_, n)
      return math.floor(1000 * (n.last + n.after) + 0.5) / 10
    end,
    [[
You said: {{p1}}. On this machine: **{{answer}}**.

* up to epoch {{train.near}}, all but the last point: {{train.to_near|pct}}
  of the time
* up to epoch {{train.peak}}, the last point: {{train.last|pct}}
* up to epoch {{train.epochs}}, nothing more: {{train.after|pct}}

The best was {{train.best|pct}} of the validation rows. An epoch took
{{train.early|s}} in the first third, and {{train.late|s}} in the last.]] },

  w.text [[
# Was the last point real?

That was counted on validation rows. Now *test* rows, seen for the first
time, judge two nets:

* **whole**, after all {{train.epochs}} epochs: {{train.whole.accuracy}}
* **near**, stopped after epoch {{train.near}}: {{train.near.accuracy}}

In brackets stands the interval: other test rows would have given another
number. So few rows tell the accuracy of each no better than that.

Both nets predict by the same arithmetic; only their trainings differ in
cost. Does the table say that accuracy was lost by stopping near?]],

  w.quiz { id = "q1", points = 2,
    ask = "From near to peak this net gained {{train.gained}} of "
      .. "{{train.rows}} validation rows. With another seed it may be others, "
      .. "or none. What follows?",
    choices = {
      { "train on: more epochs will prove it",
        say = "More epochs bring no more rows, and it is the rows that are "
          .. "few." },
      { "the peak is the true accuracy of the net",
        say = "It is the luckiest of all epochs. Test rows would tell." },
      { "so small a gain may be luck; do not pay much for it", right = true,
        say = "A few rows more or less also come by chance." } } },

  w.text [[
# A rule that stops

Nobody knows the best while training: only what came so far. A common rule
is **patience**:

* remember the best accuracy so far, and when it was reached
* when the last few epochs have not beaten it, stop

Two questions are open. How many epochs is a few? And must a new best be
better by *something*, so that trembling does not keep the training alive?

You will answer them. Your rule is tried on trainings that you have not
seen, with other learning rates, other widths, other seeds.]],

  w.exercise { id = "ex1", title = "Stop in time", points = 10, minutes = 8,
    file = "ex1.lua", solution = "ex1.solution.lua",
    ask = [[
Edit {{file}}. `stop(history)` is asked after every epoch and returns true
to end the training, or false to go on.

`history` is the list of accuracies on the validation rows so far, each
from 0 to 1, the newest last: `history[#history]`.

Your rule is tried on hidden trainings. In the mean over them it must run
at most three fifths of the epochs, and end at most three points below the
best accuracy of the training.]],
    setup = hidden,
    reports = { "share", "lost" },
    checks = {
      { id = "answers", points = 1,
        "it says true or false, also after one epoch",
        function(t)
          local stop = t.call("stop", { 0.1 })
          if type(stop) == "boolean" then return true end
          return false, ("stop({ 0.1 }) returned a %s"):format(type(stop))
        end,
        hints = { "Every path through stop() must end in return true or return "
          .. "false." } },

      { id = "rising", points = 2, "it goes on while every epoch is better",
        function(t)
          local accuracy = {}
          for i = 1, 80 do accuracy[i] = i / 100 end
          local at, why = stopped(t, accuracy)
          if not at then return false, why end
          if at == 80 then return true end
          local text = "every epoch was better, and it stopped after %d of 80"
          return false, text:format(at)
        end,
        hints = { "A rule that counts epochs does not look at the curve.",
                  "Find the best so far, and at which place it stands.",
                  "for i, a in ipairs(history) do if a > best then best, at = "
                    .. "a, i end end" } },

      { id = "cheap", points = 3,
        "it runs at most three fifths of the hidden epochs",
        function(t)
          local share, lost = play(t)
          if not share then return false, lost end
          t.report("share", share)
          t.report("lost", lost)
          local text = "it ran %.1f %% of the hidden epochs; at most 60 %% "
            .. "are allowed"
          return share <= 0.6, text:format(100 * share)
        end,
        hints = { "How long ago was the best epoch? #history minus its place.",
                  "Does a hundredth of a point count as better? It resets your "
                    .. "patience.",
                  "if a > best + 0.005 then best, at = a, i end" } },

      { id = "accurate", points = 4,
        "it stops, and within three points of the best, in the mean",
        function(t)
          local share, lost = play(t)
          if not share then return false, lost end
          if share > 0.95 then
            local text = "it ran %.1f %% of the epochs: what never stops loses "
              .. "nothing, and saves nothing"
            return false, text:format(100 * share)
          end
          local text = "it ended %.2f points below the best, in the mean; at "
            .. "most 3 are allowed"
          return lost <= 0.03, text:format(100 * lost)
        end,
        hints = { "One epoch without a new best is no reason to stop.",
                  "Wait for some epochs, and count from the best one.",
                  "return #history - at >= 7" } },
    } },

  w.quiz { id = "q2", points = 2,
    ask = "A training ends. You report the best accuracy that any of its "
      .. "epochs had on the validation rows. How good an estimate for new rows "
      .. "is that?",
    choices = {
      { "a little too good: the best of many epochs was lucky, too",
        right = true,
        say = "Therefore the test rows are kept away until the end." },
      { "fair, for the net never learned from them",
        say = "The net did not. But they picked the epoch." },
      { "a little too bad",
        say = "Who picks the best of many gets luck on top." } } },

  w.reflect { id = "r1", min_words = 15,
    ask = "Name a case in which the last point is worth its price, and one in "
      .. "which it is not." },
}
