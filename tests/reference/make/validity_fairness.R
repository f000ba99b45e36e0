# Reference figures for criterion validity, group differences and adverse impact: base R and psych.
# Run in tests/reference: Rscript make/validity_fairness.R. Writes validity_fairness_r.json.
suppressPackageStartupMessages({library(psych); library(jsonlite)})
entries <- list()
add <- function(name, data, call, result) entries[[name]] <<- list(data = data, call = call, result = result)

rt <- read.csv(gzfile("data/sim_retest_2000.csv.gz"))
x <- rt[[1]]; y <- rt[[2]]
p <- cor.test(x, y)
add("observed", "sim_retest_2000", "cor.test(x, y)",
    list(r = unname(p$estimate), lower = p$conf.int[1], upper = p$conf.int[2]))
r <- unname(p$estimate)
two <- correct.cor(matrix(c(1, r, r, 1), 2), c(.9, .85))
add("disattenuated", "sim_retest_2000", "psych::correct.cor, reliabilities .9 and .85", list(r = two[1, 2]))
add("corrected_for_range", "sim_retest_2000", "psych::rangeCorrection(r, 1.6, 1)", list(r = unname(rangeCorrection(r, 1.6, 1))))

a <- x[1:300]; b <- x[301:420]
d <- cohen.d(data.frame(score = c(a, b), group = rep(c(0, 1), c(300, 120))), "group")
s <- sqrt(((299) * var(a) + (119) * var(b)) / 418)
raw <- (mean(b) - mean(a)) / s
t <- t.test(b, a, var.equal = TRUE)
ends <- sapply(c(.975, .025), function(p) uniroot(function(ncp) pt(unname(t$statistic), 418, ncp) - p, c(-10, 10), tol = 1e-12)$root)
root <- sqrt(300 * 120 / 420); J <- 1 - 3 / (4 * 420 - 9)
add("difference", "sim_retest_2000, first 300 against next 120", "J (m1 - m0) / pooled sd; ends by pt(t, df, ncp)",
    list(g = J * raw, lower = J * ends[1] / root, upper = J * ends[2] / root, psych_d = unname(d$cohen.d[1, "effect"])))
v <- var.test(b, a)
add("variance_ratio", "sim_retest_2000, next 120 over first 300", "var.test(b, a)",
    list(ratio = unname(v$estimate), lower = v$conf.int[1], upper = v$conf.int[2]))

for (one in list(c(34, 76, 50, 92), c(12, 32, 18, 28), c(3, 20, 9, 25), c(150, 400, 210, 420))) {
  f <- fisher.test(matrix(c(one[1], one[2] - one[1], one[3], one[4] - one[3]), 2, byrow = TRUE))
  add(paste(c("fisher", one), collapse = "_"), paste(one, collapse = " "), "fisher.test", list(p = f$p.value))
}
out <- list(topic = "validity and fairness", R = R.version.string, packages = list(psych = as.character(packageVersion("psych"))), script = "make/validity_fairness.R", entries = entries)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = 1), "validity_fairness_r.json")
