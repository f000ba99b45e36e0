# Makes agreement_r.json: run in tests/reference with the data sets unpacked in data/. Needs irrCAC 1.0, irr, psych.
# irrCAC rounds; the same functions are run once more with round() turned off ("unrounded").
suppressPackageStartupMessages({library(jsonlite); library(irrCAC); library(irr); library(psych)})
rd <- function(f) read.csv(paste0("data/", f, ".csv"), check.names = FALSE, na.strings = c("", "NA"))
unround <- function(f) {e <- new.env(parent = environment(f)); e$round <- function(x, ...) x; environment(f) <- e; f}
frame <- function(x) {x <- as.data.frame(x); list(rownames = I(rownames(x)), columns = as.list(x))}
entries <- list()
keep <- function(name, data, call, result) entries[[name]] <<- list(data = data, call = call, result = result)
one <- function(fn, x, w) {
  e <- unround(fn)(x, weights = w)$est
  ci <- as.numeric(strsplit(gsub("[()]", "", as.character(e$conf.int)), ",")[[1]])
  list(pa = e$pa, pe = e$pe, coeff = e$coeff.val, se = e$coeff.se, ci = ci, p = e$p.value)
}
cac <- function(x, w) tryCatch(lapply(list(gwet = gwet.ac1.raw, fleiss = fleiss.kappa.raw, conger = conger.kappa.raw,
  bp = bp.coeff.raw, kripp = krippen.alpha.raw, pa = pa.coeff.raw), one, x = x, w = w),
  error = function(e) list(error = conditionMessage(e)))
schemes <- c("unweighted", "quadratic", "linear", "ordinal", "radical", "ratio", "circular", "bipolar")
for (w in schemes) for (s in c("cac.raw4raters", "cac.raw5obser")) {
  f <- paste0("irrCAC__", s); keep(paste("irrCAC", w, s, sep = "."), paste0(f, ".csv"), "cac(x, w)", cac(rd(f), w))
}
r3 <- rd("sim_ratings_10000x3"); r3n <- rd("sim_ratings_1000x3_na")
for (w in schemes[1:4]) {
  keep(paste("irrCAC", w, "sim3_10000", sep = "."), "sim_ratings_10000x3.csv", "cac(x, w)", cac(r3, w))
  keep(paste("irrCAC", w, "sim3_na", sep = "."), "sim_ratings_1000x3_na.csv", "cac(x, w)", cac(r3n, w))
}
for (s in c("cont3x3abstractors", "cont4x4diagnosis")) {
  x <- as.matrix(rd(paste0("irrCAC__", s))); w2 <- quadratic.weights(1:nrow(x))
  keep(paste0("irrCAC.table.", s), paste0("irrCAC__", s, ".csv"), "kappa2.table(x), ...", list(
    kappa2 = frame(kappa2.table(x)), scott = frame(scott2.table(x)), gwet = frame(gwet.ac1.table(x)),
    bp = frame(bp2.table(x)), kripp = frame(krippen2.table(x)), pa = frame(pa2.table(x)),
    kappa2_quadratic = frame(kappa2.table(x, weights = w2))))
}
x <- rd("irrCAC__distrib.6raters")
keep("irrCAC.dist.distrib6", "irrCAC__distrib.6raters.csv", "gwet.ac1.dist(x), ...", list(
  gwet = frame(gwet.ac1.dist(x)), fleiss = frame(fleiss.kappa.dist(x)), bp = frame(bp.coeff.dist(x)),
  kripp = frame(krippen.alpha.dist(x)), pa = frame(pa.coeff.dist(x))))
keep("irrCAC.weights", "categories 1:5", "quadratic.weights(1:5), ...", lapply(list(quadratic = quadratic.weights,
  linear = linear.weights, ordinal = ordinal.weights, radical = radical.weights, ratio = ratio.weights,
  circular = circular.weights, bipolar = bipolar.weights), function(f) list(values = f(1:5))))
alphas <- function(x) setNames(lapply(c("nominal", "ordinal", "interval", "ratio"), function(m) kripp.alpha(x, m)$value),
  c("nominal", "ordinal", "interval", "ratio"))
keep("irr.kripp.alpha.sim_na", "sim_ratings_1000x3_na.csv", "kripp.alpha(t(x), method)", alphas(t(as.matrix(r3n))))
keep("irr.kripp.alpha.manual", "Krippendorff's 4 x 12 example", "kripp.alpha(x, method)", alphas(t(as.matrix(rd("irrCAC__cac.raw4raters")))))
z <- kappam.fleiss(r3, detail = TRUE)
keep("irr.fleiss.sim3", "sim_ratings_10000x3.csv", "kappam.fleiss(x, detail = TRUE)", list(value = z$value, statistic = z$statistic,
  detail = list(values = unclass(z$detail)), conger_exact = kappam.fleiss(r3, exact = TRUE)$value))
keep("irr.light.sim3", "sim_ratings_10000x3.csv", "kappam.light(x)", list(value = kappam.light(r3)$value))
keep("irr.kappa2.sim12", "sim_ratings_10000x3.csv cols 1,2", "kappa2(x, weight)", list(
  unweighted = unclass(kappa2(r3[, 1:2]))[c("value", "statistic")], equal = unclass(kappa2(r3[, 1:2], "equal"))[c("value", "statistic")],
  squared = unclass(kappa2(r3[, 1:2], "squared"))[c("value", "statistic")]))
z <- cohen.kappa(r3[, 1:2])
keep("psych.cohen.kappa.sim12", "sim_ratings_10000x3.csv cols 1,2", "cohen.kappa(x)",
  list(kappa = z$kappa, weighted = z$weighted.kappa, var.kappa = z$var.kappa, var.weighted = z$var.weighted))
for (s in c("shrout_fleiss_6x4", "sim_icc_500x4")) {
  x <- rd(s); pick <- function(k) unclass(k)[c("value", "statistic", "p.value")]
  keep(paste0("irr.misc.", sub("_6x4", "", s)), paste0(s, ".csv"), "kendall(x, correct = TRUE), ...", list(
    kendall_W = pick(kendall(x, correct = TRUE)), kendall_W_nocorrect = pick(kendall(x, correct = FALSE)), meanrho = pick(meanrho(x))))
}
packages <- lapply(c(irr = "irr", irrCAC = "irrCAC", psych = "psych"), function(p) as.character(packageVersion(p)))
out <- list(R = R.version.string, packages = packages, script = "make/agreement.R", entries = entries)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null", null = "null", matrix = "rowmajor"), "agreement_r.json")
