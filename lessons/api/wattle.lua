---@meta wattle
-- What editors know of the module wattle; made by scripts/annotations, not by hand.
-- In the settings of lua-language-server: Lua.workspace.library = { "…/lessons/api" }.
-- SPDX-License-Identifier: MIT

---@class wattle.Lesson
---@field [integer] wattle.Step The steps.
---@field api number write api = 1
---@field id string "course.NN", as in id = "green.05"
---@field title string what lists show
---@field minutes number how long a student needs
---@field goals string[] a list of what can be learned
---@field level? string "core" or "extra"; core.
---@field tags? string[] A list of words to search for.
---@field after? string[] Ids of lessons that come before.
---@field needs? wattle.Needs { dataset = name or list, threads = number }.
---@field vary? table NAME = { value, … }: the seed picks one, c.param.NAME.
---@field cost? string[] Metrics in order, the first measured one decides; { "energy", "time" }.
---@field fast? wattle.Fast Caps of the fast mode: { epochs, rows, blocks, window }.
---@field allow_skip? boolean Steps may be skipped; true.
---@field reward? string The line at the end.

---@class wattle.Planned
---@field api number write api = 1
---@field id string "course.NN", as in id = "green.06"
---@field title string what lists show
---@field question string what it will ask

---@class wattle.Predict
---@field id string a name, as in id = "p1"
---@field ask string the question
---@field choices? wattle.PredictChoice[] { { "text", arm = "int8" }, … }; arm may be "none".
---@field number? wattle.PredictNumber { unit =, min =, max = }: a number instead of a choice.
---@field confidence? boolean Also asks how sure, from 1 to 5.
---@field why? boolean Also asks for a line of reasons.

---@class wattle.PredictNumber
---@field unit? string Printed behind the number.
---@field min? number The least that is taken.
---@field max? number The most that is taken.

---@class wattle.PredictChoice
---@field [integer] string The text.
---@field arm string the arm that it means, or "none"

---@class wattle.QuizChoice
---@field [integer] string The text.
---@field right? boolean It is a right one.
---@field say? string Said when it is chosen.

---@class wattle.Run
---@field id string a name, as in id = "race"
---@field title string what is run
---@field body fun(c: wattle.Context): any function(c), which returns a comparison, a table of numbers, or both
---@field show? string[] Metrics that are shown.
---@field seconds? number How long it may take; 300, at most 3,600.

---@class wattle.Reveal
---@field [integer] string The text.
---@field predict string the id of a prediction
---@field run string the id of a run
---@field answer fun(r: wattle.Comparison): string|number function(r), which returns an arm, "none" or a number

---@class wattle.Quiz
---@field id string a name, as in id = "q1"
---@field points number what a right answer is worth
---@field ask string the question
---@field choices wattle.QuizChoice[] { { "text", right = true, say = "…" }, … }

---@class wattle.Reflect
---@field id string a name, as in id = "r1"
---@field ask string the question
---@field min_words? number The least that is taken; 0.

---@class wattle.Inspect
---@field run string the id of a run
---@field arm string an arm of its comparison
---@field view string histogram, sparsity, confusion, filters or activations
---@field layer? number Of those that the view can show; the first.

---@class wattle.Exercise
---@field id string a name, as in id = "ex1"
---@field title string what is to be made
---@field points number the sum of the points of its checks
---@field file string the starter, as in file = "ex1.lua"
---@field solution string as in solution = "ex1.solution.lua"
---@field ask string what is asked for
---@field checks wattle.Check[] { { "text", function(t) … end, id = …, points = … }, … }
---@field setup? fun(c: wattle.Context): table function(c), which returns a table: fields of t.
---@field minutes? number How long a student needs.
---@field seconds? number How long each check may take; 20, at most 600.
---@field reports? string[] Names of numbers that checks hand to texts: t.report.

---@class wattle.Check
---@field [integer] any The text and the function.
---@field id string a name, as in id = "small"
---@field points number what it is worth
---@field hints? string[] One to three texts: a nudge, a pointer, a worked line.
---@field on_error? string Said when it could not be decided for an error.
---@field requires? string "measured": skipped where no sensor measures.
---@field show? string "now", "after_due" or "never"; now.

---@class wattle.Grading
---@field api number write api = 1
---@field lesson string the lesson's id, as in lesson = "green.05"
---@field allow_skip? boolean What was skipped leaves the maximum; false.
---@field seconds? number How long each extra check may take; as the exercise.
---@field weights? table { ID = points or "manual" }, by the ids of steps.
---@field extra? table { EXERCISE = { checks } }: checks beyond the lesson's.

---@class wattle.Compare
---@field arms table a list of { "name", model or program or function(seed) }
---@field on wattle.Rows the rows to predict
---@field work? wattle.CompareWork { predictions = 10000 }: what costs are told for.
---@field batch? number Rows of a batch, for arms that are models; 64.
---@field versus? string The baseline; the first arm.
---@field metrics? string[] Metrics that are shown.
---@field margin? wattle.Margin { time = 0.02, energy = 0.04, accuracy_pt = 1 }.
---@field blocks? wattle.Blocks|number { min = 10, max = 30 }, or a number.
---@field threads? number Must be the run's own number.

---@class wattle.CompareWork
---@field predictions number how many

---@class wattle.NotWorse
---@field by_pt? number Points of accuracy that may be lost.
---@field seeds? number So many set-ups, of seed, seed + 1, …; 1.
---@field on? any Rows to compare on, or function(s); the test rows of s.data.

---@class wattle.Experiment
---@field api number write api = 1
---@field name string a short name for lists and files
---@field question? string The one question that the experiment answers.
---@field needs? wattle.Needs { dataset = name, or a list: the first one that is there is c.dataset }.
---@field params? table Names with defaults, read as c.param.NAME, changed by --set NAME=VALUE.
---@field factors? table Names with lists of levels, read as c.NAME; every combination is a comparison.
---@field seeds? integer[] One seed for each block; w.range(1, 30).
---@field build? string "block": arms are built afresh in each block; "once": once.
---@field setup? function function(c) → s, not measured.
---@field arms table a list of { "name", function(s, c) … end }, the baseline first
---@field measure? function function(m, s): one pass of the measured work.
---@field metrics? string[] Metrics that are shown.
---@field charge_build? string "separate" or "include": training is part of the cost.
---@field design? wattle.Design Blocks, windows, pauses.
---@field analysis? wattle.Analysis Baseline, primary metrics, margins.
---@field claims? wattle.Claim[] Statements that the run confirms or refutes.
---@field report? wattle.Report What wattle report makes of it.

---@class wattle.Needs
---@field dataset? any A name or a list of names.
---@field threads? number The fewest threads it makes sense with.

---@class wattle.Blocks
---@field max? number Most blocks.
---@field min? number Fewest blocks.

---@class wattle.Report
---@field pareto? table A pair of metrics, or a list of pairs.
---@field plots? table svg: the figures as files, too.
---@field tables? table csv, markdown, latex.

---@class wattle.CommandArm
---@field [integer] any The name.
---@field command any the program and its words, or one text for the shell
---@field limit? number Seconds after which a run of it is an error.

---@class wattle.Combine
---@field [integer] any The parts.
---@field again? boolean The baseline of the one part, against itself.
---@field name? string Instead of the first part's.
---@field question? string Instead of the first part's.
---@field versus? string The baseline.
---@field primary? table The metrics with a verdict.
---@field margin? wattle.Margin Margins, as in analysis.

---@class wattle.Where
---@field class any a class, or a list of them

---@class wattle.data.load
---@field rows? integer Training rows, drawn in proportion of the classes, or made by a generator; 0: all. (0)
---@field valid? number Share of the training rows that is split off for validation. (0)
---@field seed? integer Of the drawing and the split; the run's when absent. Of a generator; 1 when absent.

---@class wattle.Fast
---@field epochs? integer Most epochs of any training. (2)
---@field rows? integer Most training rows; test rows are never cut. (1000)
---@field blocks? integer Most blocks of a comparison. (10)
---@field window? number Longest window. (0.1)

---@class wattle.Design
---@field order? "interleaved"|"blocked" interleaved: arms take turns in every block, in random order; blocked: one after the other, which shows why not, and no verdict. (interleaved)
---@field aa? boolean The baseline runs twice in every block: does it differ from itself? (false)
---@field warmup? integer Blocks that are run first and not counted. (1)
---@field window? number Length of one measurement. (10)
---@field idle? number Time for which idle power is measured first. (10)
---@field budget? number No block begins after so long; 0: no limit. (0)
---@field blocks? wattle.Blocks|number { min = 10, max = 30 }, or a number.

---@class wattle.Analysis
---@field versus? string The baseline; the first arm when absent.
---@field again? boolean The arms are one and the same: a difference would be of the machine or of the method. (false)
---@field interval? "t"|"bootstrap" How intervals of costs are made; bootstrap from 30 blocks. (t)
---@field primary? string[] The metrics with a verdict.
---@field margin? wattle.Margin What is too little to matter.

---@class wattle.Margin
---@field time? number A ratio: 0.02 is 2 %. (0.02)
---@field energy? number A ratio. (0.04)
---@field accuracy_pt? number Percentage points. (1)

---@class wattle.Claim
---@field arm string The arm it is about.
---@field metric string What it is about.
---@field below? number The ratio to the baseline is below this.
---@field above? number The ratio to the baseline is above this.
---@field not_worse_by_pt? number The accuracy is lower by less than this.
---@field requires? "measured" Not decided without a meter.
---@field [integer] string What is claimed.

---@class wattle.fit
---@field epochs? integer Passes over the rows; of lbfgs, its iterations at most. (10)
---@field batch? integer Rows of one step; at most as many as there are. (64)
---@field optimizer? "sgd"|"momentum"|"nesterov"|"rmsprop"|"adam"|"adamw"|"lbfgs" How gradients move the weights; lbfgs takes all rows at once. (adam)
---@field lr? number Learning rate; the optimizer's own when absent: 0.1, but 0.001 for rmsprop, adam and adamw.
---@field momentum? number Of momentum and nesterov; 0.9 when absent.
---@field decay? number Weight decay: 0 when absent, but 0.01 for adamw.
---@field schedule? "constant"|"step"|"cosine" How the learning rate changes. (constant)
---@field warmup? number Share of all steps, at the beginning, in which the learning rate rises.
---@field clip? number Largest norm of all gradients together; 0: off.
---@field loss? "xent"|"bce"|"hinge"|"mse"|"huber"|"distill" What is made small; mse when absent and numbers are to be predicted. (xent)
---@field smoothing? number Of xent and distill: share of the label that goes to all classes.
---@field delta? number Of huber: where it turns from a square into a line; 1 when absent.
---@field teacher? wattle.Model Of distill: the model to learn from.
---@field alpha? number Of distill: share of the teacher in the loss; 0.7 when absent.
---@field temperature? number Of distill: 4 when absent.
---@field precision? "f32"|"bf16" Of the products of dense layers and convolutions; bf16 sums in f32 and needs AVX-512 BF16. (f32)
---@field patience? integer Ends after so many epochs without a better loss on the valid rows; 0: off. (0)
---@field valid? wattle.Rows Rows for patience.
---@field seed? integer Of the order of the rows and of dropout; the model's when absent.
---@field watch? wattle.Rows|boolean Rows whose accuracy is told after each epoch; false: nothing is told of this training.
---@field each? fun(e: wattle.Epoch) Called behind each epoch.

---@class wattle.lower
---@field kernel? "auto"|"dense"|"csr"|"int8"|"block"|"bf16" Form of the layers; auto measures what is fastest, but leaves bf16, which rounds, to those who ask for it. (auto)
---@field batch? integer Rows of one run. (64)
---@field threads? integer The run's own number, or 1.

---@class wattle.predict
---@field batch? integer Rows of one run; of a program, its own batch. (64)

---@class wattle.batches
---@field size? integer Rows of a batch; the last may have fewer. (64)
---@field shuffle? boolean In an order that is drawn. (false)
---@field seed? integer Of that order; the run's when absent.

---@class wattle.model.mlp
---@field layers integer[] Units of each layer: the inputs, the hidden layers, the classes.
---@field seed? integer Seed of the initial weights and of the order of the rows. (1)

---@class wattle.model.lenet300
---@field seed? integer Seed of the initial weights and of the order of the rows. (1)

---@class wattle.model.lenet5
---@field seed? integer Seed of the initial weights and of the order of the rows. (1)

---@class wattle.model.lenet5_caffe
---@field seed? integer Seed of the initial weights and of the order of the rows. (1)

---@class wattle.model.cnn
---@field seed? integer Seed of the initial weights and of the order of the rows. (1)

---@class wattle.model.cnn_100k
---@field seed? integer Seed of the initial weights and of the order of the rows. (1)

---@class wattle.model.network
---@field input integer[] Shape of a row: {features}, {height, width} or {channels, height, width}.
---@field layers string|string[] The layers, one line each, as "conv2d 16 kernel=3 pad=1" (wattle list layers).
---@field seed? integer Seed of the initial weights and of the order of the rows. (1)

---@class wattle.model.textbag
---@field units? integer Numbers that stand for a word. (16)
---@field buckets? integer Rows of the table; where words are more, some share one. (4096)
---@field by? "mean"|"sum" What becomes of a text's words: their sum, or that divided by how many they are. (mean)
---@field form? "f32"|"int8" Of the table once it is trained: floats, or bytes in a quarter of the memory. (f32)
---@field optimizer? "adam"|"sgd" How numbers move; of the table those of words that came by. (adam)
---@field lr? number Size of the first steps; the last are 0. (0.02)
---@field decay? number How much numbers shrink in a step that moves them, times lr. (0)
---@field epochs? integer Passes over the rows. (20)
---@field batch? integer Rows of a step. (16)
---@field seed? integer Seed of random draws. (1)

---@class wattle.model.knn
---@field k? integer Neighbours that vote. (5)
---@field weights? "uniform"|"distance" What a vote counts: 1, or 1 divided by the distance. (uniform)
---@field form? "auto"|"f32"|"bytes"|"int8" How rows are kept: bytes is exact for rows of bytes; int8 rounds floats to 8 bits, a quarter of the size and approximate; auto takes bytes, else f32. (auto)
---@field condense? "none"|"cnn" Keep all rows, or only those that Hart's condensed nearest neighbours (1968) needs to classify the training rows. (none)

---@class wattle.model.logistic
---@field c? number Weight of the loss of one row against the penalty; small: simple. (1)
---@field penalty? "l2"|"l1"|"none" Of the weights: their squares, or their sizes, which makes many of them 0. (l2)
---@field solver? "auto"|"lbfgs"|"cd"|"ftrl" All rows at once; dual coordinate descent, one class against the rest; row by row. auto: cd for sparse rows of two classes, else lbfgs. (auto)
---@field iterations? integer Iterations of lbfgs, or passes over the rows, at most. (100)
---@field tolerance? number Largest number of the gradient at which the fit is done. (0.0001)
---@field step? number ftrl: size of the first steps. (0.1)
---@field seed? integer Seed of random draws. (1)

---@class wattle.model.linear

---@class wattle.model.ridge
---@field alpha? number Weight of the squares of the weights against the sum of squared errors. (1)

---@class wattle.model.lasso
---@field alpha? number Weight of the sizes of the weights against half the mean squared error. (1)
---@field tolerance? number Duality gap, as a share of the targets' variance, at which the fit is done. (0.0001)
---@field iterations? integer Passes over the features, at most. (1000)

---@class wattle.model.svm
---@field c? number Weight of the loss of one row against the penalty; small: simple. (1)
---@field loss? "squared-hinge"|"hinge" Of a row whose margin is below 1: what it lacks, squared or not. (squared-hinge)
---@field solver? "auto"|"lbfgs"|"cd" All rows at once; dual coordinate descent. auto: lbfgs for dense rows that are more than 32 times the features, else cd. (auto)
---@field tolerance? number Largest number of the gradient (cd: range of the projected gradients) at which the fit is done. (0.1)
---@field iterations? integer Passes over the rows, at most. (200)
---@field seed? integer Seed of random draws. (1)

---@class wattle.model.rff_svm
---@field c? number Weight of the loss of one row against the penalty; small: simple. (1)
---@field gamma? number Of the kernel exp(-gamma d^2), d the distance of two rows; 0: 1 / (features x variance of the data). (0)
---@field features? integer Random features: half cosines, half sines. (4000)
---@field loss? "squared-hinge"|"hinge" Of a row whose margin is below 1: what it lacks, squared or not. (squared-hinge)
---@field iterations? integer Passes over the rows. (5)
---@field inner? integer Passes over each block of rows within a pass over all. (2)
---@field seed? integer Seed of random draws. (1)

---@class wattle.model.gaussian_nb
---@field smoothing? number Share of the largest variance that is added to all. (1e-9)

---@class wattle.model.multinomial_nb
---@field alpha? number Added to every count, so that what was never seen is not impossible. (1)

---@class wattle.model.bernoulli_nb
---@field alpha? number Added to every count, so that what was never seen is not impossible. (1)
---@field threshold? number A feature above it is there. (0)

---@class wattle.model.k_means
---@field clusters? integer Centres. (10)
---@field init? "k-means++"|"random" How the first centres are drawn: far from each other, or any rows. (k-means++)
---@field restarts? integer Fits from other first centres; the one with the least inertia stays. (1)
---@field tolerance? number It ends when the centres move less than this, squared and against the variance of the features. (0.0001)
---@field iterations? integer Iterations of a restart, at most. (300)
---@field algorithm? "lloyd"|"minibatch" All rows in each iteration, or a few rows at a time, which is faster and less exact. (lloyd)
---@field batch? integer Rows of a mini-batch. (1024)
---@field seed? integer Seed of the first centres and of mini-batches. (1)

---@class wattle.model.pca
---@field components? integer Directions that stay. (50)
---@field whiten? boolean Scale every output to variance 1. (false)
---@field seed? integer Seed of the directions that it begins with. (1)

---@class wattle.model.tree
---@field criterion? "gini"|"entropy" Impurity of classes; that of numbers is their variance. (entropy)
---@field depth? integer Splits from the root to a leaf at most; 0: as many as it takes. (0)
---@field min_leaf? integer Training rows of a leaf, at least. (1)
---@field min_split? integer Training rows of a node that is split. (2)
---@field features? integer Features that are tried at a node, drawn at random; 0: all. (0)
---@field alpha? number Minimal cost-complexity pruning: what a leaf costs, in units of the impurity of all rows. (0)
---@field seed? integer Seed of what is random. (1)

---@class wattle.model.forest
---@field trees? integer Trees that are grown. (100)
---@field criterion? "gini"|"entropy" Impurity of classes; that of numbers is their variance. (gini)
---@field depth? integer Splits from the root to a leaf at most; 0: as many as it takes. (0)
---@field min_leaf? integer Training rows of a leaf, at least. (1)
---@field min_split? integer Training rows of a node that is split. (2)
---@field features? integer Features that are tried at a node, drawn at random; 0: the square root of all, or all for numbers. (0)
---@field bins? integer Numbers of a column fall into so many; exact for columns of no more distinct values, or, unless it is set, of 1000. Bytes stay bytes. (255)
---@field seed? integer Seed of what is random. (1)

---@class wattle.model.extra_trees
---@field trees? integer Trees that are grown. (100)
---@field criterion? "gini"|"entropy" Impurity of classes; that of numbers is their variance. (gini)
---@field depth? integer Splits from the root to a leaf at most; 0: as many as it takes. (0)
---@field min_leaf? integer Training rows of a leaf, at least. (1)
---@field min_split? integer Training rows of a node that is split. (2)
---@field features? integer Features that are tried at a node, drawn at random; 0: the square root of all, or all for numbers. (0)
---@field bins? integer Numbers of a column fall into so many; exact for columns of no more distinct values, or, unless it is set, of 1000. Bytes stay bytes. (255)
---@field seed? integer Seed of what is random. (1)

---@class wattle.model.boosting
---@field rounds? integer Each adds a tree, or one for each of three or more classes. (100)
---@field rate? number Share of a tree's values that is added. (0.1)
---@field leaves? integer Leaves of a tree at most; the leaf that gains most is split first. (31)
---@field depth? integer Splits from the root to a leaf at most; 0: as many as it takes. (0)
---@field l2? number Added to the sum of second derivatives of a leaf: makes its value smaller. (0)
---@field min_weight? number Sum of second derivatives of a leaf, at least; with much less a few rows of a rare class throw the others about. (0.1)
---@field min_leaf? integer Training rows of a leaf, at least, by its share of the second derivatives. (20)
---@field bins? integer Numbers of a column fall into so many; bytes stay bytes. (255)
---@field levels? integer Derivatives are rounded, up or down at random, to whole numbers of at most this size; fewer are faster for many rows of classes, which then have 31; 0: as suits the rows. (0)
---@field seed? integer Seed of what is random. (1)

---@class wattle.technique.prune
---@field structure? "weights" What is removed: single weights. (weights)
---@field criterion? "magnitude"|"random" The score; the smallest go. random is the control. (magnitude)
---@field sparsity? number Share of the weights that goes. (0.9)
---@field scope? "global"|"layer" Whether layers compete with each other or each loses the same share. (global)
---@field schedule? "oneshot"|"cubic" When weights go: all at once before fine-tuning, or more and more during it, along a cubic curve. (oneshot)
---@field begin? number Share of the fine-tuning behind which the cubic schedule begins. (0)
---@field end? number Share of the fine-tuning behind which the cubic schedule has pruned all. (0.5)
---@field data? wattle.Rows Training rows to fine-tune on; needed when epochs is above 0.
---@field epochs? integer Length of the fine-tuning; of the cubic schedule 10 when absent. (2)
---@field lr_scale? number Learning rate of the fine-tuning, in 0.001; of the cubic schedule 2 when absent. (1)
---@field batch? integer Rows of one step of the fine-tuning. (64)
---@field seed? integer Seed of the random criterion and of the order of the rows. (1)

---@class wattle.technique.quantize
---@field bits? integer Bits of a weight and of an activation. (8)
---@field mode? "static" How activation ranges are found: once, on the rows of data. (static)
---@field per? "channel"|"tensor" Whether each output has its own weight scale or all share one. (channel)
---@field range? "minmax"|"percentile" Range of an activation: all values seen, or all but 1 in 10,000 at either end. (minmax)
---@field data wattle.Rows Training rows to calibrate on.
---@field rows? integer How many rows of data are used, from its first. (512)

---@class wattle.technique.prune_trees
---@field data wattle.Rows Training rows: impurities are theirs.
---@field alpha? number What a leaf costs, in units of the impurity of all rows (the tree's criterion, or the variance). (0.001)
---@field valid? wattle.Rows Rows that the tree was not fitted on, to find alpha by, of a single tree.
---@field errors? number Standard errors that the tree may be worse on valid than the best one. (1)

---@class wattle.technique.fewer_trees
---@field data wattle.Rows Rows that the model was not fitted on, to compare by.
---@field margin_pt? number Points of accuracy (of numbers: of 100 · R²) that may be lost, with 95 % confidence. (1)

---@class wattle.technique.byte_trees

---@class wattle.technique.byte_neighbours

---@class wattle.technique.condense
---@field k? integer Neighbours that vote afterwards; rows are kept so that 1 is right on all. (1)

---The module: local w = require "wattle".
---@class wattle.Wattle
---@field api integer 1.
---@field data wattle.Data Datasets.
---@field model wattle.Models Kinds of models.
---@field technique wattle.Techniques Techniques.
local Wattle = {}

---A page of Markdown.
---@param markdown string
---@return wattle.Step
function Wattle.text(markdown) end

---A question that is locked before the run.
---@param step wattle.Predict
---@return wattle.Step
function Wattle.predict(step) end

---What is measured.
---@param step wattle.Run
---@return wattle.Step
function Wattle.run(step) end

---The prediction beside what came out.
---@param step wattle.Reveal
---@return wattle.Step
function Wattle.reveal(step) end

---A look into a trained model.
---@param step wattle.Inspect
---@return wattle.Step
function Wattle.inspect(step) end

---A file that the student edits, and its checks.
---@param step wattle.Exercise
---@return wattle.Step
function Wattle.exercise(step) end

---A question with right and wrong answers.
---@param step wattle.Quiz
---@return wattle.Step
function Wattle.quiz(step) end

---A question that is graded by hand.
---@param step wattle.Reflect
---@return wattle.Step
function Wattle.reflect(step) end

---What a lesson's file returns.
---@param lesson wattle.Lesson
---@return table
function Wattle.lesson(lesson) end

---What the file of a lesson in preparation returns.
---@param lesson wattle.Planned
---@return table
function Wattle.planned(lesson) end

---What a grading file returns.
---@param grading wattle.Grading
---@return table
function Wattle.grading(grading) end

---Measures arms in interleaved blocks; in the body of a run, or in a check that requires a meter.
---@param comparison wattle.Compare
---@return wattle.Comparison
function Wattle.compare(comparison) end

---What an experiment's file returns.
---@param experiment wattle.Experiment
---@return table
function Wattle.experiment(experiment) end

---Experiments side by side, as one.
---@param combination wattle.Combine
---@return table
function Wattle.combine(combination) end

---The whole numbers from first to last.
---@param first integer
---@param last integer
---@return integer[]
function Wattle.range(first, last) end

---Datasets.
---@class wattle.Data
local Data = {}

---The names of the datasets that are here.
---@return string[]
function Data.list() end

---A dataset, split into rows to train on, to validate with and to test on.
---@param name string
---@param options? wattle.data.load
---@return wattle.Dataset
function Data.load(name, options) end

---The same, prepared by steps such as "impute; standardize" that are learned from the training rows alone; all rows are of one dataset.
---@param data wattle.Dataset|wattle.Rows
---@param steps string
---@return wattle.Dataset
function Data.prepare(data, steps) end

---The training rows of an imported dataset, read while they are trained on, never held whole.
---@param name string
---@return wattle.Stream
function Data.stream(name) end

---A dataset that was loaded.
---@class wattle.Dataset
---@field train wattle.Rows Rows to train on; of a stream, the stream.
---@field valid wattle.Rows Rows to validate with; empty unless asked for.
---@field test wattle.Rows Rows to test on; not in a student's file.
---@field inputs integer Inputs of a row.
---@field classes integer Classes; 0 where numbers are predicted.
---@field name string Its name.
local Dataset = {}

---Rows of a dataset; #rows is their number.
---@class wattle.Rows
---@field inputs integer Inputs of a row.
---@field classes integer Classes.
---@field name string The dataset's name.
local Rows = {}

---For the for loop: one batch after the other.
---@param options? wattle.batches
---@return fun(): wattle.Rows?
function Rows:batches(options) end

---The first n rows.
---@param n integer
---@return wattle.Rows
function Rows:head(n) end

---The inputs of row i, from 1, and its class, from 0, or the number to be predicted.
---@param i integer
---@return table, integer|number
function Rows:row(i) end

---n rows that are drawn.
---@param n integer
---@param seed integer
---@return wattle.Rows
function Rows:sample(n, seed) end

---The rows of a class, or of a list of classes.
---@param what wattle.Where
---@return wattle.Rows
function Rows:where(what) end

---Rows that are read while they are trained on.
---@class wattle.Stream
---@field inputs integer Inputs of a row.
---@field classes integer Classes.
---@field name string The dataset's name.
local Stream = {}

---A model, trained or not.
---@class wattle.Model
local Model = {}

---The share of right classes.
---@param rows wattle.Rows
---@return number
function Model:accuracy(rows) end

---The bytes of the saved file.
---@return integer
function Model:bytes() end

---A copy of its own.
---@return wattle.Model
function Model:clone() end

---Trains in place, and returns the same model.
---@param rows wattle.Rows|wattle.Stream
---@param options? wattle.fit
---@return wattle.Model
function Model:fit(rows, options) end

---What really runs: each layer bound to a kernel.
---@param options? wattle.lower
---@return wattle.Program
function Model:lower(options) end

---The multiply-adds of a row that are executed.
---@return integer
function Model:macs() end

---The parameters that are not zero.
---@return integer
function Model:nonzero() end

---The number of parameters.
---@return integer
function Model:parameters() end

---Classes of rows.
---@param rows wattle.Rows
---@param options? wattle.predict
---@return wattle.Predictions
function Model:predict(rows, options) end

---Saves the file NAME.model, which is there when the run has finished; in set-up, arms and the body of a lesson's run.
---@param name string
function Model:save(name) end

---The share of right classes; of numbers, the share of their variance that is explained.
---@param rows wattle.Rows
---@return number
function Model:score(rows) end

---A new model to which the techniques were applied; the old one stays as it is.
---@param technique wattle.Technique
---@param ... wattle.Technique
---@return wattle.Model
function Model:with(technique, ...) end

---What fit calls each with; what is not known is nil.
---@class wattle.Epoch
---@field epoch integer The epoch, from 1.
---@field epochs integer How many there will be.
---@field loss number Of the training rows.
---@field accuracy number? Of the training rows.
---@field valid_loss number? Of the valid rows.
---@field valid_accuracy number? Of the valid rows; without them, of validation rows that watch names and the fit does not learn from.
---@field test_accuracy number? Of the rows that watch names, when they are test rows.
---@field watch_accuracy number? Of the rows that watch names, when it has no other name.
---@field time_s number Seconds that it took.
local Epoch = {}

---What really runs; it predicts as a model does.
---@class wattle.Program
local Program = {}

---The share of right classes.
---@param rows wattle.Rows
---@return number
function Program:accuracy(rows) end

---The bytes of the saved file.
---@return integer
function Program:bytes() end

---The multiply-adds of a row that are executed.
---@return integer
function Program:macs() end

---Classes of rows.
---@param rows wattle.Rows
---@param options? wattle.predict
---@return wattle.Predictions
function Program:predict(rows, options) end

---The share of right classes; of numbers, the share of their variance that is explained.
---@param rows wattle.Rows
---@return number
function Program:score(rows) end

---Classes of rows; #predictions is their number.
---@class wattle.Predictions
local Predictions = {}

---A technique with its parameters, for model:with.
---@class wattle.Technique
local Technique = {}

---A step of a lesson.
---@class wattle.Step
local Step = {}

---What a run found.
---@class wattle.Comparison
---@field cost string The metric that the lesson's cost is: energy or time.
---@field source string Where the cost comes from.
local Comparison = {}

---The arm that is better than each other one, else "none".
---@param metric string
---@return string
function Comparison:best(metric) end

---After how many predictions the arm has saved what making it cost, low, high, and a word.
---@param arm string
---@return number?, number?, number?, string
function Comparison:payback(arm) end

---To the baseline: estimate, low, high.
---@param metric string
---@param arm string
---@return number?, number?, number?
function Comparison:ratio(metric, arm) end

---Estimate, low, high.
---@param metric string
---@param arm string
---@return number?, number?, number?
function Comparison:value(metric, arm) end

---better, worse, same, not_resolved; of accuracy kept, lost, not_resolved, unsupported; none.
---@param metric string
---@param arm string
---@return string
function Comparison:verdict(metric, arm) end

---What the functions of lessons and experiments get as c.
---@class wattle.Context
---@field seed integer The seed of this run.
---@field param table<string, any> The values that vary.
---@field fast boolean Fast mode.
---@field threads integer Threads of the engine.
---@field cost string energy or time.
---@field dataset string? The dataset that is there.
---@field log fun(self: wattle.Context, text: string) A line for the log.
---@field chart fun(self: wattle.Context, name: string, x: number, y: number) A point of a curve, in the body of a lesson's run: at most 8 names and 2,000 points; x must not fall.
local Context = {}

---What checks get as t, with the fields that the exercise's setup returned.
---@class wattle.Test
---@field [string] any What setup returned.
---@field seed integer The seed of the checks.
---@field attempts integer Rounds before this one.
local Test = {}

---a >= b.
---@param a number
---@param b number
---@return boolean, string?
function Test.at_least(a, b) end

---a <= b.
---@param a number
---@param b number
---@return boolean, string?
function Test.at_most(a, b) end

---Calls a function of the student's file; what it returned is kept for the round.
---@param name string
---@param ... any
---@return any
function Test.call(name, ...) end

---x is a model or a program.
---@param x any
---@return boolean, string?
function Test.is_model(x) end

---|a - b| <= tolerance.
---@param a number
---@param b number
---@param tolerance number
---@return boolean, string?
function Test.near(a, b, tolerance) end

---The new one is not worse than the old one by more than by_pt points.
---@param metric string
---@param new any
---@param old any
---@param options wattle.NotWorse
---@return boolean, string?
function Test.not_worse(metric, new, old, options) end

---f holds for n seeded draws; the first that fails is told by its number.
---@param n integer
---@param f fun(random: wattle.Random): boolean, string?
---@return boolean, string?
function Test.property(n, f) end

---How often the student's file asked for that split.
---@param split string
---@return integer
function Test.refused(split) end

---Hands a figure to texts: {{ex1.NAME}}.
---@param name string
---@param value number
function Test.report(name, value) end

---A seeded generator: random(), random(m), random(m, n) as math.random.
---@class wattle.Random
local Random = {}

---Drawn from the normal distribution.
---@return number
function Random:normal() end

---@class wattle.Models
local Models = {}

---Fully connected layers with ReLU between them.
---@param options wattle.model.mlp
---@return wattle.Model
function Models.mlp(options) end

---Two hidden layers, 784-300-100-10: 266,610 parameters.
---@param options? wattle.model.lenet300
---@return wattle.Model
function Models.lenet300(options) end

---Two 5x5 convolutions and three dense layers: 61,706 parameters.
---@param options? wattle.model.lenet5
---@return wattle.Model
function Models.lenet5(options) end

---Two 5x5 convolutions of 20 and 50 filters: 431,080 parameters.
---@param options? wattle.model.lenet5_caffe
---@return wattle.Model
function Models.lenet5_caffe(options) end

---Two 3x3 convolutions and two dense layers: 206,922 parameters.
---@param options? wattle.model.cnn
---@return wattle.Model
function Models.cnn(options) end

---Two 3x3 convolutions with batch normalization and dropout: 34,474 parameters.
---@param options? wattle.model.cnn_100k
---@return wattle.Model
function Models.cnn_100k(options) end

---A network of your own: any list of layers.
---@param options wattle.model.network
---@return wattle.Model
function Models.network(options) end

---A few numbers for each word, summed over a text; a dense layer tells the classes apart.
---@param options? wattle.model.textbag
---@return wattle.Model
function Models.textbag(options) end

---Keeps the training rows and lets the k nearest of them vote.
---@param options? wattle.model.knn
---@return wattle.Model
function Models.knn(options) end

---A weighted sum for each class, as probabilities; convex.
---@param options? wattle.model.logistic
---@return wattle.Model
function Models.logistic(options) end

---The weighted sum of the features with the least squared error.
---@param options? wattle.model.linear
---@return wattle.Model
function Models.linear(options) end

---Linear regression whose weights are held small by their squares.
---@param options? wattle.model.ridge
---@return wattle.Model
function Models.ridge(options) end

---Linear regression that sets weights to 0 by a penalty on their sizes.
---@param options? wattle.model.lasso
---@return wattle.Model
function Models.lasso(options) end

---The widest margin between each class and the rest.
---@param options? wattle.model.svm
---@return wattle.Model
function Models.svm(options) end

---A linear SVM on random waves, which stand for a Gaussian kernel.
---@param options? wattle.model.rff_svm
---@return wattle.Model
function Models.rff_svm(options) end

---Each feature of each class is a normal distribution of its own.
---@param options? wattle.model.gaussian_nb
---@return wattle.Model
function Models.gaussian_nb(options) end

---Each class draws features as words from a bag: for counts.
---@param options? wattle.model.multinomial_nb
---@return wattle.Model
function Models.multinomial_nb(options) end

---Each feature is there or not, with a probability of each class's own.
---@param options? wattle.model.bernoulli_nb
---@return wattle.Model
function Models.bernoulli_nb(options) end

---Finds centres that rows are near to, without looking at labels.
---@param options? wattle.model.k_means
---@return wattle.Model
function Models.k_means(options) end

---Finds the directions in which rows vary most, without looking at labels.
---@param options? wattle.model.pca
---@return wattle.Model
function Models.pca(options) end

---Splits the rows by one feature after the other until those that are left together are alike.
---@param options? wattle.model.tree
---@return wattle.Model
function Models.tree(options) end

---The mean of many trees, each grown on rows and features drawn at random.
---@param options? wattle.model.forest
---@return wattle.Model
function Models.forest(options) end

---The mean of many trees, each grown on all rows with features and thresholds drawn at random.
---@param options? wattle.model.extra_trees
---@return wattle.Model
function Models.extra_trees(options) end

---Small trees one after the other, each grown against the errors of those before it.
---@param options? wattle.model.boosting
---@return wattle.Model
function Models.boosting(options) end

---@class wattle.Techniques
local Techniques = {}

---Removes the weights that matter least, then fine-tunes the rest.
---@param options? wattle.technique.prune
---@return wattle.Technique
function Techniques.prune(options) end

---Replaces weights and activations by 8-bit integers.
---@param options wattle.technique.quantize
---@return wattle.Technique
function Techniques.quantize(options) end

---Cuts the splits of trees that gain less than their leaves cost.
---@param options wattle.technique.prune_trees
---@return wattle.Technique
function Techniques.prune_trees(options) end

---Keeps the fewest trees that are as good as all, within a margin.
---@param options wattle.technique.fewer_trees
---@return wattle.Technique
function Techniques.fewer_trees(options) end

---Makes thresholds and shares of classes bytes, for rows of bytes.
---@param options? wattle.technique.byte_trees
---@return wattle.Technique
function Techniques.byte_trees(options) end

---Makes the rows that nearest neighbours keep bytes, a quarter of the size.
---@param options? wattle.technique.byte_neighbours
---@return wattle.Technique
function Techniques.byte_neighbours(options) end

---Keeps of the neighbours only those that tell all others right (Hart 1968).
---@param options? wattle.technique.condense
---@return wattle.Technique
function Techniques.condense(options) end

return Wattle
