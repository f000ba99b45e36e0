# Components of unbalanced and nested designs by lme4, on simulated data of our own. Writes generalizability_lme4.json
# and the two simulated data sets (seed below). Rscript tests/reference/make/generalizability.R
library(lme4); library(jsonlite)
set.seed(20011)
here <- "tests/reference/"
sim <- function(n, sd) rnorm(n, 0, sd)
# persons by 2 of 12 raters by 3 tasks, some missing: p x r x t, unbalanced
d <- do.call(rbind, lapply(1:80, function(p) expand.grid(p = p, r = sample(12, 2), t = 1:3)))
d <- d[runif(nrow(d)) > .1, ]
e <- list(p = sim(80, 1), r = sim(12, .5), t = sim(3, .4), pr = sim(80 * 12, .5), pt = sim(240, .6), rt = sim(36, .3))
d$value <- round(5 + e$p[d$p] + e$r[d$r] + e$t[d$t] + e$pr[(d$p - 1) * 12 + d$r] + e$pt[(d$p - 1) * 3 + d$t] +
  e$rt[(d$r - 1) * 3 + d$t] + sim(nrow(d), .8), 4)
write.csv(d, paste0(here, "data/sim_gt_incomplete.csv"), row.names = FALSE, quote = FALSE)
# 2 to 4 raters within each of 60 persons, crossed with 4 tasks: (r:p) x t, unbalanced
n <- do.call(rbind, lapply(1:60, function(p) expand.grid(p = p, r = seq_len(sample(2:4, 1)), t = 1:4)))
n <- n[runif(nrow(n)) > .05, ]
f <- list(p = sim(60, 1), t = sim(4, .5), rp = sim(240, .7), pt = sim(240, .5))
n$value <- round(f$p[n$p] + f$t[n$t] + f$rp[(n$p - 1) * 4 + n$r] + f$pt[(n$p - 1) * 4 + n$t] + sim(nrow(n), .9), 4)
write.csv(n, paste0(here, "data/sim_gt_nested.csv"), row.names = FALSE, quote = FALSE)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6), check.conv.grad = "ignore",
  check.conv.hess = "ignore", check.conv.singular = "ignore")
fit <- function(formula, data) {
  for (k in c("p", "r", "t")) data[[k]] <- factor(data[[k]])
  m <- lmer(formula, data, control = tight); v <- as.data.frame(VarCorr(m))
  list(formula = paste(deparse(formula), collapse = " "), components = setNames(as.list(v$vcov), v$grp),
    log_likelihood = as.numeric(logLik(m)))
}
d3 <- read.csv(gzfile(paste0(here, "data/sim_gt_pxrxt_200x3x4.csv.gz"))); names(d3) <- c("p", "r", "t", "value")
entries <- list(
  "lme4.sim_gt_incomplete" = fit(value ~ 1 + (1 | p) + (1 | r) + (1 | t) + (1 | p:r) + (1 | p:t) + (1 | r:t), d),
  "lme4.sim_gt_incomplete.p_r" = fit(value ~ 1 + (1 | p) + (1 | r), d[d$t == 1, ]),
  "lme4.sim_gt_nested" = fit(value ~ 1 + (1 | p) + (1 | t) + (1 | p:r) + (1 | p:t), n),
  "lme4.sim_gt_pxrxt" = fit(value ~ 1 + (1 | p) + (1 | r) + (1 | t) + (1 | p:r) + (1 | p:t) + (1 | r:t), d3))
writeLines(toJSON(list(topic = "generalizability", R = R.version.string,
  packages = list(lme4 = as.character(packageVersion("lme4"))), entries = entries), auto_unbox = TRUE, digits = NA,
  pretty = TRUE), paste0(here, "generalizability_lme4.json"))
