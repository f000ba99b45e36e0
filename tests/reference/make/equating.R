# Makes equating_r.json: run in tests/reference with the data sets unpacked in data/. Needs equate 2.0.9, kequate 1.6.4.
# equate__ACTmath.csv: score counts of two forms, published by Kolen and Brennan; sim_neat_4000.csv: simulated, a form of
# 40 items with an anchor of 20 other items in each of two groups.
suppressPackageStartupMessages({library(jsonlite); library(equate); library(kequate)})
equate <- equate::equate
act <- read.csv("data/equate__ACTmath.csv"); sn <- read.csv("data/sim_neat_4000.csv")
frame <- function(x) {x <- as.data.frame(x); list(rownames = I(rownames(x)), columns = as.list(x))}
entries <- list()
keep <- function(name, data, call, note = NULL) {
  entries[[name]] <<- list(data = data, call = paste(deparse(substitute(call)), collapse = "\n"), note = note, result = call)
}
table_of <- function(z) list(conversion = frame(z$concordance), coefficients = as.list(z$coefficients), type = z$type, method = z$method)
ax <- as.freqtab(act[, c("scale", "xcount")]); ay <- as.freqtab(act[, c("scale", "ycount")])
a <- "equate__ACTmath.csv (random groups)"
for (ty in c("identity", "mean", "linear", "equipercentile", "circle-arc", "general linear"))
  keep(paste0("equate.ACTmath.", ty), a, table_of(equate(ax, ay, type = ty)))
for (sm in c("bump", "average")) keep(paste0("equate.ACTmath.equip.", sm), a,
  table_of(equate(ax, ay, type = "equipercentile", smoothmethod = sm, jmin = if (sm == "average") 1 else 1e-6)))
for (dg in 2:6) keep(paste0("equate.ACTmath.equip.loglin", dg), a, c(
  table_of(equate(ax, ay, type = "equipercentile", smoothmethod = "loglinear", degrees = dg)),
  list(xsmooth = frame(presmoothing(ax, "loglinear", degrees = dg)), ysmooth = frame(presmoothing(ay, "loglinear", degrees = dg)))))
keep("loglinear.fits.ACTmath", a, frame(presmoothing(ax, "loglinear", degrees = 8, stepup = TRUE, compare = TRUE)))
keep("equate.ACTmath.percentile_ranks", a, list(px = px(ax), descr = frame(summary(ax))))
keep("equate.ACTmath.boot", a, {
  set.seed(1)
  z <- bootstrap(x = ax, y = ay, xn = sum(act$xcount), yn = sum(act$ycount), reps = 1000, type = "equipercentile")
  list(se = z$se, mean = as.vector(z$mean))
}, note = "by bootstrap: compare within Monte Carlo error")
X <- freqtab(sn[sn$form == "X", 2:3], scales = list(0:40, 0:20)); Y <- freqtab(sn[sn$form == "Y", 2:3], scales = list(0:40, 0:20))
n <- "sim_neat_4000.csv (external anchor)"
pairs <- list(c("mean", "tucker"), c("mean", "nominal weights"), c("mean", "levine"), c("mean", "chained"), c("linear", "tucker"),
  c("linear", "levine"), c("linear", "chained"), c("linear", "braun/holland"), c("equipercentile", "frequency estimation"),
  c("equipercentile", "chained"), c("circle-arc", "tucker"), c("circle-arc", "chained"))
for (q in pairs) for (ws in c(-1, .5, 1)) {
  if (q[2] == "chained" && ws != -1) next
  args <- list(x = X, y = Y, type = q[1], method = q[2])
  if (q[2] != "chained") args$ws <- ws
  if (q[2] == "levine") args$internal <- FALSE
  keep(paste("equate.NEAT.simneat", q[1], q[2], paste0("ws", ws), sep = "."), n, table_of(do.call(equate, args)))
}
keep("equate.NEAT.simneat.levine_true", n, table_of(equate(X, Y, type = "linear", method = "levine", internal = FALSE, lts = TRUE)))
keep("equate.NEAT.simneat.equip.FE.loglinear", n, table_of(equate(X, Y, type = "equipercentile", method = "frequency estimation",
  smoothmethod = "loglinear", degrees = list(4, 1), ws = 1)))
keep("equate.NEAT.simneat.equip.chained.loglinear", n, table_of(equate(X, Y, type = "equipercentile", method = "chained",
  smoothmethod = "loglinear", degrees = list(4, 1))))
powers <- function(v, d) paste(c(v, sprintf("I(%s^%d)", v, 2:d)), collapse = " + ")
one <- function(y) glm(as.formula(paste(y, "~", powers("scale", 6))), data = act, family = "poisson", x = TRUE)
keep("kequate.EG.ACTmath", a, {
  z <- kequate("EG", 0:40, 0:40, one("xcount"), one("ycount"))
  list(eq = getEq(z), see = getSee(z), h = frame(getH(z)), PREp = frame(getPre(z)), linear_eq = getEqlin(z), linear_see = getSeelin(z))
})
two <- function(d) {
  f <- as.data.frame(table(X = factor(d$total, 0:40), A = factor(d$anchor, 0:20)), responseName = "freq")
  f$X <- as.integer(as.character(f$X)); f$A <- as.integer(as.character(f$A)); f <- f[order(f$A, f$X), ]
  glm(as.formula(paste("freq ~", powers("X", 4), "+", powers("A", 4), "+ X:A")), data = f, family = "poisson", x = TRUE)
}
keep("kequate.NEAT.sim", n, {
  gp <- two(sn[sn$form == "X", ]); gq <- two(sn[sn$form == "Y", ])
  ce <- kequate("NEAT_CE", 0:40, 0:40, 0:20, gp, gq); pse <- kequate("NEAT_PSE", 0:40, 0:40, gp, gq)
  list(CE_eq = getEq(ce), CE_see = getSee(ce), PSE_eq = getEq(pse), PSE_see = getSee(pse), hCE = frame(getH(ce)), hPSE = frame(getH(pse)))
})
write_json(list(topic = "equating", R = R.version.string, packages = list(equate = as.character(packageVersion("equate")),
  kequate = as.character(packageVersion("kequate"))), entries = entries), "equating_r.json", auto_unbox = TRUE, digits = NA)
