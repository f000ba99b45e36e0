# Reference figures for tests/reference/test_consistency.py. Run: Rscript tests/reference/make/consistency.R
suppressMessages({library(psych); library(lavaan); library(jsonlite)})
x <- read.csv(gzfile("tests/reference/data/sim_5f_likert_5000x50.csv.gz"))
n <- 600
gaps <- x[1:n, 1:8]
for (i in 1:n) for (j in 1:8) if ((7 * i + 13 * j) %% 11 == 0) gaps[i, j] <- NA
covs <- function(s) { # maximum likelihood of the saturated model, lavaan's own EM
  v <- names(s)
  model <- paste(unlist(lapply(seq_along(v), function(i) paste(v[i], "~~", paste(v[i:length(v)], collapse = " + ")))), collapse = "\n")
  f <- lavaan(paste(model, paste(v, "~ 1", collapse = "\n"), sep = "\n"), data = s, missing = "ml",
    em.h1.iter.max = 5000, em.h1.tol = 1e-12)
  lavInspect(f, "sampstat")
}
strata <- list(a = 1:10, b = 11:20, c = 21:30)
one <- function(s) { a <- psych::alpha(s, warnings = FALSE); c(alpha = a$total$raw_alpha, variance = var(rowSums(s))) }
parts <- sapply(strata, function(i) one(x[, i]))
total <- var(rowSums(x[, 1:30]))
h <- function(s, covar) { z <- psych::splitHalf(s, raw = TRUE, covar = covar, n.sample = 20000)
  list(maxrb = z$maxrb, minrb = z$minrb, meanr = z$meanr, n = length(z$raw)) }
full <- psych::alpha(x[, 1:10], warnings = FALSE)
missing <- psych::alpha(gaps, warnings = FALSE)
em <- covs(gaps)
entries <- list(
  split_half_9_covariances = list(data = "sim_5f_likert_5000x50, items 1-9", call = "splitHalf(raw=TRUE, covar=TRUE)", result = h(x[, 1:9], TRUE)),
  split_half_9_correlations = list(data = "sim_5f_likert_5000x50, items 1-9", call = "splitHalf(raw=TRUE)", result = h(x[, 1:9], FALSE)),
  split_half_16_correlations = list(data = "sim_5f_likert_5000x50, items 1-16", call = "splitHalf(raw=TRUE)", result = h(x[, 1:16], FALSE)),
  pairwise = list(data = "sim_5f_likert_5000x50, 600 x 8 with gaps where (7i + 13j) %% 11 == 0", call = "alpha(x)",
    result = as.list(unlist(missing$total[c("raw_alpha", "std.alpha", "average_r", "median_r", "S/N", "ase")]))),
  em = list(data = "the same gaps", call = "lavaan(saturated, missing='ml')", result = list(means = as.numeric(em$mean), covariance = unname(em$cov))),
  stratified = list(data = "sim_5f_likert_5000x50, three strata of 10 items", call = "1 - sum var_h (1 - alpha_h) / var, alpha_h of psych::alpha",
    result = list(alphas = parts["alpha", ], estimate = 1 - sum(parts["variance", ] * (1 - parts["alpha", ])) / total)))
write_json(list(R = R.version.string, packages = list(psych = as.character(packageVersion("psych")), lavaan = as.character(packageVersion("lavaan"))), entries = entries),
  "tests/reference/consistency_r.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
