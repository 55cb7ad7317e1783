-- Lesson 01: what is a joule, here? Joules, watts and seconds, where they come
-- from on this machine, and the power of doing nothing. {{name}} in a text is
-- filled on the student's machine.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, compare = w.data, w.model, w.compare

-- A generated trace: pauses and work take turns, the counter wraps at `range`.
-- `true_w` is what a student is to find; `noise` the spread of the power from
-- step to step, in parts of it.
local function trace(random, o)
  local readings = { range = o.range }
  local t, j = o.start or 100 * random(), (o.first or random()) * o.range
  local function step(watts, busy)
    local dt = o.dt * (0.9 + 0.2 * random())
    t, j = t + dt, (j + dt * watts * (1 + o.noise * random:normal())) % o.range
    readings[#readings + 1] = { t = t, j = j, busy = busy }
  end
  readings[1] = { t = t, j = j, busy = false }
  for period = 1, 2 * o.pauses - 1 do
    for _ = 1, period % 2 == 1 and o.steps or random(3, 6) do
      step(period % 2 == 1 and o.true_w or o.busy_w, period % 2 == 0)
    end
  end
  return readings
end

-- One of the machines that the checks make up.
local function machine(random)
  local true_w = 4 + 20 * random()
  return { true_w = true_w, busy_w = true_w + 5 + 30 * random(),
           noise = 0.02 * 10 ^ random(), range = 128, dt = 1,
           pauses = 5, steps = 8 }
end

-- mean, low, high of the student; nil and why when they are not these.
local function answer(t, readings)
  local mean, low, high = t.call("idle", readings)
  if type(mean) == "number" and type(low) == "number"
    and type(high) == "number" then
    return mean, low, high
  end
  return nil, "idle() must return three numbers: mean, low, high"
end

-- How often the interval held the truth, and its width, in the mean: in times
-- of two true standard errors to each side. Traces differ tenfold in noise, so
-- that no width chosen beforehand is right for all.
local function covered(t, times)
  local held, width = 0, 0
  local fine, why = t.property(times, function(random)
    local o = machine(random)
    local mean, low, high = answer(t, trace(random, o))
    if not mean then return false, low end
    local error_w = o.true_w * o.noise / math.sqrt(o.pauses * o.steps)
    if low <= o.true_w and o.true_w <= high then held = held + 1 end
    width = width + (high - low) / (4 * error_w) / times
    return true
  end)
  if fine then return held, width end
  return nil, why
end

-- Without noise the mean is exact, and the interval holds it.
local function exact(t, readings, true_w)
  local mean, low, high = answer(t, readings)
  if not mean then return false, low end
  if not (low <= mean and mean <= high) then
    local text = "the mean, %.3f, must lie between low, %.3f, and high, %.3f"
    return false, text:format(mean, low, high)
  end
  return math.abs(mean - true_w) <= 1e-6 * true_w,
    ("the mean is %.6g watts; the pauses have %.6g"):format(mean, true_w)
end

return w.lesson {
  api = 1, id = "green.01", title = "What is a joule, here?", minutes = 20,
  level = "core", tags = { "energy", "power", "threads" },
  goals = { "Tell joules, watts and seconds apart",
            "Say where a joule on the screen comes from",
            "Estimate the power of an idle machine, with an interval" },
  needs = { dataset = "fashion-mini", threads = 2 },
  cost = { "energy", "time" },             -- measured joules, else seconds
  fast = { epochs = 1, rows = 1000, blocks = 10, window = 0.05 },
  reward = "Your interval held the true idle power in {{ex1.coverage|pct}} of "
    .. "400 traces.",

  w.text [[
# What is a joule, here?

What a program costs is mostly told in seconds. An electricity bill counts
something else.

* **Energy**, in joules, is how much was used: the water in the bucket.
* **Power**, in watts, is how fast it is used: the water from the tap.

One watt for one second is one joule:

**joules = watts × seconds**

So a program that takes half the seconds at twice the watts costs the very
same joules. Faster need not be cheaper: only a meter can say.]],

  w.text [[
# Who says so?

No program feels electricity: behind a joule stands a meter, a guess, or
nothing at all. The badge at the top right says which.

* **MEASURED**: a counter in the hardware counted while the work ran.
* **MODELLED**: nobody counted. A table turned busy time into joules. Such
  a number is always called modelled, and decides nothing.
* **NONE**: no joules at all. What is left is the clock.

On this machine, now, this lesson goes by **{{cost}}**.

If that says seconds, no sensor is read here. Virtual machines mostly hide
theirs, many small computers have none, and often only the administrator
may read one: `wattle doctor` tells which. The lesson works all the same, by
the clock; where joules are missing stands a dash.]],

  w.text [[
# One thread or two

A **network** turns the numbers of a picture into a prediction, by many
multiplications and additions. A **thread** is work that one core of the
processor does; a program with two threads can keep two cores busy.

The experiment: one network makes 10,000 predictions.

* **one**: a single thread does all the work; the other core may rest
* **two**: the same work is split between two threads

The network was never trained: what it predicts is worth nothing. It costs
what good predictions would cost, for the arithmetic is the same.

Does a second busy thread double the power? And if it does not: what
becomes of the joules?]],

  w.predict { id = "p1",
    ask = "The same 10,000 predictions, by one thread or split between two. "
      .. "Which costs fewer {{cost}}?",
    choices = {
      { "one thread", arm = "one" },
      { "two threads", arm = "two" },
      { "no difference can be shown", arm = "none" } },
    confidence = true, why = true },

  w.run { id = "race", title = "One busy thread, two busy threads",
    body = function(c)
      local d = data.load(c.dataset)
      local net = model.mlp { layers = { d.inputs, 1024, 1024, d.classes },
        seed = c.seed }
      local r = compare {
        arms = {
          { "one", net:lower { kernel = "dense", batch = 250, threads = 1 } },
          { "two", net:lower { kernel = "dense", batch = 250 } } },
        on = d.test, work = { predictions = 10000 }, blocks = 10 }
      local function watts(arm)            -- false: nothing measured joules
        local joules, seconds = r:value("energy", arm), r:value("time", arm)
        if c.cost ~= "energy" or not (joules and seconds) then return false end
        return joules / seconds
      end
      local one, two = watts "one", watts "two"
      return r, { watts_one = one, watts_two = two,
        times = one and two and two / one }
    end,
    show = { "time", "energy" } },

  w.reveal { predict = "p1", run = "race",
    answer = function(r) return r:best(r.cost) end,
    [[
You said: {{p1}}. On this machine: **{{answer}}**
({{cost}}, {{source}}).

* one thread: {{race.one.time}} and {{race.one.energy}}
* two threads: {{race.two.time}} and {{race.two.energy}}

In brackets stands an **interval**. Of those that are made in this way from
measurements, 19 in 20 hold the true mean. A wide one knows little of it.
A dash in place of joules: nothing counts them here.]] },

  w.text [[
# Did the power double?

Watts are joules divided by seconds.

* one thread: {{race.watts_one}} watts; two: {{race.watts_two}} watts
* power, two against one: {{race.times}} times
* time, two against one: {{race.two.time|ratio}}

A dash for watts: no meter, so nobody knows. Read on as if there were one.

* Twice the power for half the time: the joules stay the same.
* Less than twice the power for half the time: the joules fall.
* More than twice the power for half the time: the joules rise.]],

  w.quiz { id = "q1", points = 2,
    ask = "Somebody measured: two threads took six tenths of the time of one "
      .. "thread, at one and a half times its power. What about the joules?",
    choices = {
      { "the same joules, for it is the same work",
        say = "The bill counts watts times seconds, not work. Multiply the "
          .. "two." },
      { "nine tenths of the joules: a little less", right = true,
        say = "Six tenths times one and a half is nine tenths." },
      { "one and a half times the joules",
        say = "That is the power. How long did it flow?" } } },

  w.text [[
# The power of doing nothing

Part of the power flows before any thread works: the **idle power**. It is
paid by the second, whoever works. To know what a program adds, one must
know it. So a meter is read in the pauses too, between the work.

Idle power wavers. One look tells little; the mean of many tells more, and
its interval says how much more.]],

  w.text [[
# Readings

A meter's counter of joules is read again and again. These readings are a
**trace**; from one of them to the next is a **step**.

The counter is like a clock face: at its end it goes on at zero. Whoever
subtracts blindly finds a machine that gives energy back.

You will find the idle power in a trace. The traces are **generated**: no
sensor of yours is read. So the truth is known, and can be compared.]],

  w.exercise { id = "ex1", title = "The idle power, with an interval",
    points = 10, minutes = 8,
    file = "ex1.lua", solution = "ex1.solution.lua",
    ask = [[
`idle(readings)` in {{file}} gets a trace and returns mean, low, high: the
mean watts of its steps in pauses, and an interval that holds the true idle
power about 19 times in 20, hardly wider than that takes.

* `readings[i].t` is the time in seconds, `.j` the counter in joules, which
  goes on at zero when it comes to `readings.range`
* `readings[i].busy` is true when a program ran in the step from reading
  i - 1 to reading i]],
    reports = { "coverage" },
    checks = {
      { id = "hand", points = 2, "a trace worked out by hand: ten watts",
        function(t)
          return exact(t, { range = 1000, { t = 0, j = 50, busy = false },
            { t = 1, j = 60, busy = false }, { t = 2, j = 72, busy = false },
            { t = 3, j = 80, busy = false }, { t = 4, j = 90, busy = false }
          }, 10)
        end,
        hints = { "The watts of a step: joules gained, divided by seconds "
          .. "gone.",
                  "The mean of the steps: 10, 12, 8 and 10 watts." } },

      { id = "pauses", points = 2, "work does not count, only pauses do",
        function(t)
          return t.property(20, function(random)
            local o = machine(random)
            o.noise, o.range = 0, 1e6
            return exact(t, trace(random, o), o.true_w)
          end)
        end,
        hints = { "A step from reading i - 1 to reading i is work when "
          .. "readings[i].busy.",
                  "Leave them out: if not readings[i].busy then … end" } },

      { id = "wrap", points = 2, "the counter may wrap within a pause",
        function(t)
          return t.property(20, function(random)
            local o = machine(random)
            o.noise, o.first = 0, 1 - 1.5 * o.true_w / o.range
            return exact(t, trace(random, o), o.true_w)
          end)
        end,
        hints = { "What is the difference of two readings when the counter "
          .. "began anew?",
                  "A negative difference lacks one whole range.",
                  "if used < 0 then used = used + readings.range end" } },

      { id = "covers", points = 4,
        "it holds the truth 19 times in 20, and is no wider than that takes",
        function(t)
          local held, width = covered(t, 400)
          if not held then return false, width end
          t.report("coverage", held / 400)
          local fine, text = false, "in %d of 400 traces it held the truth"
          if held < 358 then text = text .. ": too narrow"
          elseif width > 1.5 then
            text = text .. ", %.3g times as wide as that takes"
          elseif held > 396 then text = text .. ": too wide to say much"
          else fine = true end
          return fine, text:format(held, width)
        end,
        hints = { "The noisier a trace, the wider. Steps spread around their "
          .. "mean: how far may the mean itself be off?",
                  "The standard error: the steps' standard deviation divided "
                    .. "by the root of their number.",
                  "low = mean - 2 * sd / math.sqrt(n); high likewise, with "
                    .. "plus" } },
    } },

  w.quiz { id = "q2", points = 2,
    ask = "A page says: our method saves energy. Its joules are modelled from "
      .. "busy time. What did the authors really find?",
    choices = {
      { "that energy fell, with some error",
        say = "Had the power changed, the model would not have seen it." },
      { "nothing, for modelled numbers are invented",
        say = "Not quite: what went into the model was measured." },
      { "that busy time fell; nobody looked at the energy", right = true,
        say = "A model turns time into joules. It can find no more than time "
          .. "says." } } },

  w.reflect { id = "r1", min_words = 15,
    ask = "Suppose your computer shows the badge NONE. What can you still say "
      .. "honestly about what a program costs, and what not?" },
}
