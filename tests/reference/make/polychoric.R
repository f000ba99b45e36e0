# Polychoric and polyserial correlations, ordinal alpha and categorical omega by psych, lavaan, semTools and polycor.
# Data: the first 10 items of the simulated set sim_5f_likert_5000x50 (tests/reference/data), and tables written below.
# Rscript tests/reference/make/polychoric.R > tests/reference/polychoric.json      (from the root of the repository)
suppressMessages({library(jsonlite); library(psych); library(lavaan); library(semTools); library(polycor)})
suppressWarnings(library(Matrix))
x <- read.csv(gzfile("tests/reference/data/sim_5f_likert_5000x50.csv.gz"))[, 1:10]
items <- names(x)
entries <- list()
add <- function(name, data, call, result) entries[[name]] <<- list(data = data, call = call, result = result)
lower <- function(m) unname(unclass(m)[upper.tri(m)])   # pairs (1,2), (1,3), (2,3), (1,4), ...
sim <- "sim_5f_likert_5000x50, first 10 items"

# correlations
fit <- lavCor(x, ordered = items, se = "standard", output = "fit")
estimates <- parameterEstimates(fit)
pairs <- estimates$op == "~~" & estimates$lhs != estimates$rhs
add("lavaan.polychoric", sim, "lavCor(x, ordered = items)", lower(lavInspect(fit, "cor.ov")))
gamma <- lavInspect(cfa(paste("f =~", paste(items, collapse = "+")), x, ordered = items), "gamma")
is_pair <- grepl("~~", rownames(gamma))
add("lavaan.polychoric_se", sim, "sqrt(diag(lavInspect(cfa(...), 'gamma')) / n)",
    list(pair = rownames(gamma)[is_pair], se = unname(sqrt(diag(gamma)[is_pair] / nrow(x)))))
add("lavaan.thresholds", sim, "lavCor(x, ordered = items, output = 'th')", unclass(unname(lavCor(x, ordered = items, output = "th"))))
set.seed(11); missing <- x; missing[matrix(runif(50000) < .1, 5000)] <- NA; missing <- missing[1:600, ]
add("lavaan.polychoric_missing", "sim_5f_likert_5000x50, first 10 items, rows 1-600, 10% removed (R, set.seed(11))",
    "lavCor(x, ordered = items, missing = 'pairwise')",
    list(rho = lower(unclass(lavCor(missing, ordered = items, missing = "pairwise"))), x = unname(as.matrix(missing))))
p0 <- polychoric(x, correct = 0, smooth = FALSE, progress = FALSE)
add("psych.polychoric", sim, "polychoric(x, correct = 0, smooth = FALSE)", lower(p0$rho))
add("psych.alpha", sim, "alpha(polychoric(x, correct = 0)$rho)$total$raw_alpha", suppressWarnings(psych::alpha(p0$rho))$total$raw_alpha)
two_step <- lapply(2:4, function(j) { p <- polychor(x[, 1], x[, j], ML = FALSE, std.err = TRUE); c(p$rho, sqrt(p$var)) })
add("polycor.two_step", sim, "polychor(x[, 1], x[, j], ML = FALSE), j = 2:4", sapply(two_step, `[`, 1))
joint <- lapply(2:4, function(j) { p <- polychor(x[, 1], x[, j], ML = TRUE, std.err = TRUE); c(p$rho, sqrt(p$var[1, 1])) })
add("polycor.ml", sim, "polychor(x[, 1], x[, j], ML = TRUE, std.err = TRUE), j = 2:4",
    list(rho = sapply(joint, `[`, 1), se = sapply(joint, `[`, 2)))

# empty cells
small <- list(c(40, 5, 0, 15), c(30, 10, 10, 30), c(90, 2, 0, 8))
for (i in seq_along(small)) {
  table <- matrix(small[[i]], 2, byrow = TRUE)
  add(paste0("psych.tetrachoric_", i), paste(small[[i]], collapse = " "),
      "tetrachoric(table, correct = 0.5); correct = 0",
      list(half = suppressWarnings(tetrachoric(table, correct = .5)$rho), none = suppressWarnings(tetrachoric(table, correct = 0)$rho)))
}
few <- x[1:40, ]
add("psych.correct_default", "sim_5f_likert_5000x50, first 10 items, rows 1-40", "polychoric(x, smooth = FALSE)",
    lower(suppressWarnings(polychoric(few, smooth = FALSE, progress = FALSE))$rho))
add("psych.correct_zero", "sim_5f_likert_5000x50, first 10 items, rows 1-40", "polychoric(x, correct = 0, smooth = FALSE)",
    lower(suppressWarnings(polychoric(few, correct = 0, smooth = FALSE, progress = FALSE))$rho))

# smoothing
bad <- matrix(c(1, .9, .2, .9, 1, .9, .2, .9, 1), 3)
add("psych.cor_smooth", "3 x 3 with r = .9 .2 .9", "cor.smooth(r)", unname(suppressWarnings(cor.smooth(bad))))
add("matrix.nearPD", "3 x 3 with r = .9 .2 .9", "nearPD(r, corr = TRUE, conv.tol = 1e-14, posd.tol = 1e-12, eig.tol = 1e-12)",
    unname(as.matrix(nearPD(bad, corr = TRUE, conv.tol = 1e-14, posd.tol = 1e-12, eig.tol = 1e-12, maxit = 5000)$mat)))

# with a continuous variable: the sum of the 10 items
d <- cbind(x, total = rowSums(x))
add("lavaan.polyserial", sim, "lavCor(cbind(x, total = rowSums(x)), ordered = items)",
    unname(suppressWarnings(unclass(lavCor(d, ordered = items)))[11, 1:10]))
add("psych.polyserial", sim, "psych::polyserial(total, x)", as.numeric(psych::polyserial(as.matrix(d$total), as.matrix(x))))
ml <- lapply(1:3, function(i) { p <- polycor::polyserial(d$total, x[, i], ML = TRUE, std.err = TRUE); c(p$rho, sqrt(p$var[1, 1])) })
add("polycor.polyserial_ml", sim, "polycor::polyserial(total, x[, i], ML = TRUE, std.err = TRUE), i = 1:3",
    list(rho = sapply(ml, `[`, 1), se = sapply(ml, `[`, 2)))

# reliability of the sum
model <- paste("f =~", paste(items, collapse = "+"))
for (estimator in c("ULS", "DWLS")) {
  fit <- cfa(model, x, ordered = items, estimator = estimator, std.lv = TRUE)
  r <- suppressWarnings(reliability(fit))[, 1]
  add(paste0("semTools.", tolower(estimator)), sim, paste0("reliability(cfa(model, x, ordered = items, estimator = '", estimator, "'))"),
      list(loadings = unname(lavInspect(fit, "est")$lambda[, 1]), omega = r[["omega"]], omega3 = r[["omega3"]], alpha.ord = r[["alpha.ord"]],
           weights = unname(diag(lavInspect(fit, "WLS.V"))[is_pair])))
}
fit <- cfa(model, x, ordered = items, estimator = "ULS", std.lv = TRUE)
add("semTools.compRelSEM", sim, "compRelSEM(fit)", as.numeric(compRelSEM(fit)))
two <- as.data.frame(lapply(x[1:500, 1:6], function(v) as.integer(v > 3)))
fit <- cfa(paste("f =~", paste(items[1:6], collapse = "+")), two, ordered = items[1:6], estimator = "ULS", std.lv = TRUE)
r <- suppressWarnings(reliability(fit))[, 1]
add("semTools.binary", "sim_5f_likert_5000x50, first 6 items, rows 1-500, 1 when above 3", "reliability(cfa(..., estimator = 'ULS'))",
    list(omega = r[["omega"]], omega3 = r[["omega3"]], alpha.ord = r[["alpha.ord"]]))

packages <- c("psych", "lavaan", "semTools", "polycor", "Matrix")
cat(toJSON(list(made_by = "tests/reference/make/polychoric.R", simulated = TRUE, R = R.version.string,
                packages = sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE), entries = entries),
           auto_unbox = TRUE, digits = NA, pretty = FALSE))
