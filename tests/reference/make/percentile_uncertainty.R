# Makes percentile_uncertainty_r.json: run in tests/reference. Base R only (package stats).
suppressPackageStartupMessages(library(jsonlite))
entries <- list()
keep <- function(name, data, call, result) entries[[name]] <<- list(data = data, call = call, result = result)
for (x in c(0, 1, 7, 15, 26, 30)) keep(paste0("wilson.", x), paste(x, "of 30"), "prop.test(x, 30, correct = FALSE)$conf.int",
  as.numeric(suppressWarnings(prop.test(x, 30, correct = FALSE))$conf.int))
set.seed(20261101)
x <- rnorm(40); y <- 0.6 * x + rnorm(40)
keep("correlation", "40 simulated pairs", "cor.test(x, y)$conf.int", list(r = cor(x, y), ci = as.numeric(cor.test(x, y)$conf.int)))
# A new person against a sample of differences of standard scores: pt of the modified paired t.
for (n in c(10, 50, 300)) keep(paste0("rarity.", n), paste("difference 1.7, r .62, n", n),
  "pt(-1.7 / sqrt((2 - 2 * .62) * (n + 1) / n), n - 1)", pt(-1.7 / sqrt((2 - 2 * .62) * (n + 1) / n), n - 1))
# The same without the formula: the prediction interval of lm(d ~ 1) for one new difference.
d <- x - y
p <- predict(lm(d ~ 1), data.frame(row.names = 1), interval = "prediction", level = .9)
keep("prediction", "40 simulated differences", "predict(lm(d ~ 1), interval = 'prediction', level = .9)",
  list(mean = mean(d), sd = sd(d), upper = p[1, "upr"]))
keep("kelley", "mean 50, SD 10, reliability .84, score 70", "pnorm(estimated true score -/+ qnorm(.975) * standard error of estimation)",
  100 * pnorm((c(50 + .84 * 20, 50 + .84 * 20 - qnorm(.975) * 10 * sqrt(.84 * .16), 50 + .84 * 20 + qnorm(.975) * 10 * sqrt(.84 * .16)) - 50) / 10))
write(toJSON(list(R = jsonlite::unbox(R.version.string), packages = list(stats = unbox(as.character(packageVersion("stats")))),
  script = unbox("make/percentile_uncertainty.R"), entries = entries), digits = NA, auto_unbox = TRUE, pretty = 0), "percentile_uncertainty_r.json")
