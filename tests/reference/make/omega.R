# One-factor and bifactor omega, fit measures, rotations and unidimensionality by R, on simulated data.
# Run in tests/reference: Rscript make/omega.R   (writes omega_factors.json)
suppressPackageStartupMessages({library(jsonlite); library(lavaan); library(semTools); library(psych)})
x <- read.csv(gzfile("data/sim_5f_likert_5000x50.csv.gz"))
measures <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "baseline.chisq")
entries <- list()
add <- function(name, data, expr) {
  call <- paste(deparse(substitute(expr), width.cutoff = 500), collapse = "\n")
  entries[[name]] <<- list(data = data, call = call, result = expr)
}
fits <- function(f) as.list(unclass(fitMeasures(f, measures)))
one <- function(d) cfa(paste("g =~", paste(names(d), collapse = "+")), d, std.lv = TRUE)
one_factor <- function(d) {
  f <- one(d); l <- inspect(f, "est")$lambda[, 1]
  list(fit = fits(f), loadings = unname(inspect(f, "std")$lambda[, 1]), uniquenesses = unname(diag(inspect(f, "std")$theta)),
       model = unname(suppressWarnings(semTools::reliability(f))["omega", 1]),
       observed = unname(unlist(semTools::compRelSEM(f))), logl = as.numeric(logLik(f)))
}
add("one_factor.first10", "sim_5f_likert_5000x50, items 1-10", one_factor(x[, 1:10]))
add("one_factor.first20", "sim_5f_likert_5000x50, items 1-20", one_factor(x[, 1:20]))
add("one_factor.n200", "sim_5f_likert_5000x50, first 200 persons, items 1-10", one_factor(x[1:200, 1:10]))
bifactor <- function(d, groups) {
  lines <- paste("g =~", paste(names(d), collapse = "+"))
  for (k in seq_along(groups)) lines <- c(lines, paste0("s", k, " =~ ", paste(groups[[k]], collapse = "+")))
  f <- cfa(paste(lines, collapse = "\n"), d, std.lv = TRUE, orthogonal = TRUE)
  L <- inspect(f, "est")$lambda; th <- diag(inspect(f, "est")$theta); S <- inspect(f, "std")$lambda
  V <- sum(tcrossprod(L)) + sum(th)
  h <- function(l) 1 / (1 + 1 / sum(l^2 / (1 - l^2)))
  sub <- sapply(seq_along(groups), function(k) { i <- groups[[k]]; v <- sum(tcrossprod(L[i, ])) + sum(th[i]); c((sum(L[i, 1])^2 + sum(L[i, k + 1])^2) / v, sum(L[i, k + 1])^2 / v) })
  list(fit = fits(f), omega_total = sum(colSums(L)^2) / V, omega_hierarchical = sum(L[, 1])^2 / V, ecv = sum(S[, 1]^2) / sum(S^2),
       h = h(S[, 1]), group_h = unname(apply(S[, -1], 2, function(l) h(l[l != 0]))), omega_subscale = sub[1, ], omega_hierarchical_subscale = sub[2, ],
       loadings = unname(apply(S, 1, as.numeric, simplify = FALSE)), logl = as.numeric(logLik(f)))
}
five <- split(names(x), rep(1:5, each = 10))
add("bifactor.5x10", "sim_5f_likert_5000x50", bifactor(x, five))
add("bifactor.3x10.n600", "sim_5f_likert_5000x50, first 600 persons, items 1-30", bifactor(x[1:600, 1:30], five[1:3]))
add("unidim.first10", "sim_5f_likert_5000x50, items 1-10", as.list(psych::unidim(x[, 1:10], check.keys = FALSE)$uni[1, ]))
add("unidim.all50", "sim_5f_likert_5000x50", as.list(psych::unidim(x, check.keys = FALSE)$uni[1, ]))
rot <- function() {
  A <- unclass(loadings(psych::fa(x, 5, rotate = "none", fm = "minres"))); v <- varimax(A); p <- promax(A); U <- p$rotmat
  o <- GPArotation::oblimin(A)
  phi <- solve(crossprod(U))
  list(unrotated = unname(apply(A, 1, as.numeric, simplify = FALSE)), varimax = unname(apply(unclass(v$loadings), 1, as.numeric, simplify = FALSE)),
       promax = unname(apply(unclass(p$loadings), 1, as.numeric, simplify = FALSE)), oblimin = unname(apply(unclass(o$loadings), 1, as.numeric, simplify = FALSE)),
       phi = unname(apply(o$Phi, 1, as.numeric, simplify = FALSE)))
}
add("rotations.all50", "sim_5f_likert_5000x50", rot())
ml <- function() { f <- factanal(x, 5, rotation = "none"); list(uniquenesses = unname(f$uniquenesses), objective = unname(f$criteria["objective"])) }
add("factanal.5.all50", "sim_5f_likert_5000x50", ml())
om <- function(d, n, ...) { set.seed(1); suppressWarnings(suppressMessages({ z <- psych::omega(d, nfactors = n, plot = FALSE, ...) }))
  list(omega_h = z$omega_h, omega_lim = z$omega.lim, omega_tot = z$omega.tot, ecv = unname(z$ECV), group = lapply(as.list(z$omega.group), function(v) unname(v)), g = unname(z$schmid$sl[, 1]), gloading = as.numeric(z$schmid$gloading), objective = z$schmid$objective) }
add("psych_omega.5.all50", "sim_5f_likert_5000x50", om(x, 5))
add("psych_omega.3.first30", "sim_5f_likert_5000x50, items 1-30", om(x[, 1:30], 3))
add("psych_omega.3.first10", "sim_5f_likert_5000x50, items 1-10", om(x[, 1:10], 3))
add("psych_omega.2.first20", "sim_5f_likert_5000x50, items 1-20", om(x[, 1:20], 2, option = "equal"))
add("psych_omega.2first.first20", "sim_5f_likert_5000x50, items 1-20", om(x[, 1:20], 2, option = "first"))
add("psych_omega.1.first10", "sim_5f_likert_5000x50, items 1-10", om(x[, 1:10], 1))
versions <- lapply(c(lavaan = "lavaan", semTools = "semTools", psych = "psych", GPArotation = "GPArotation"), function(p) as.character(packageVersion(p)))
out <- list(R = R.version.string, packages = versions, made = "tests/reference/make/omega.R", data = "simulated; data/sim_5f_likert_5000x50.csv.gz, see alpha_psych.json", entries = entries)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null", null = "null", force = TRUE), "omega_factors.json")
