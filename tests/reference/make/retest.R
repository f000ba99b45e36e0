# Reference figures for test-retest: base R, psych and lme4. Run in tests/reference: Rscript make/retest.R
# Writes retest_r.json and the simulated item data data/sim_item_retest_120x6x2.csv.
suppressPackageStartupMessages({library(psych); library(lme4); library(jsonlite)})
entries <- list()
add <- function(name, data, call, result) entries[[name]] <<- list(data = data, call = call, result = result)

rt <- read.csv(gzfile("data/sim_retest_2000.csv.gz"))
x <- rt[[1]]; y <- rt[[2]]
p <- cor.test(x, y)
add("pearson", "sim_retest_2000", "cor.test(x, y)", list(r = unname(p$estimate), lower = p$conf.int[1], upper = p$conf.int[2]))
add("spearman", "sim_retest_2000", "cor(x, y, method = 'spearman')", list(rho = cor(x, y, method = "spearman")))
tied <- round(x[1:300]); tied2 <- round(y[1:300])
add("spearman_ties", "sim_retest_2000, first 300, rounded", "cor(round(x), round(y), method = 'spearman')", list(rho = cor(tied, tied2, method = "spearman")))
t <- t.test(y, x, paired = TRUE)
add("t", "sim_retest_2000", "t.test(y, x, paired = TRUE)", list(t = unname(t$statistic), p = t$p.value, lower = t$conf.int[1], upper = t$conf.int[2]))
w <- wilcox.test(tied2, tied, paired = TRUE, exact = FALSE, correct = TRUE)
add("wilcoxon", "sim_retest_2000, first 300, rounded", "wilcox.test(y, x, paired = TRUE, exact = FALSE, correct = TRUE)", list(v = unname(w$statistic), p = w$p.value))
bound <- 0.2 * sd(x)
tost <- max(t.test(y - x, mu = -bound, alternative = "greater")$p.value, t.test(y - x, mu = bound, alternative = "less")$p.value)
add("tost", "sim_retest_2000", "max of two one-sided t.test of y - x against -/+ 0.2 sd(x)", list(bound = bound, p = tost))
f <- lm(I(y - x) ~ I((x + y) / 2))
ci <- confint(f)
add("proportional_bias", "sim_retest_2000", "lm(I(y - x) ~ I((x + y) / 2))", list(slope = unname(coef(f)[2]), lower = ci[2, 1], upper = ci[2, 2]))
vt <- var(y - x) / 2
add("sem", "sim_retest_2000", "sqrt(var(y - x) / 2) with qchisq", list(sem = sqrt(vt), lower = sqrt(vt * 1999 / qchisq(.975, 1999)), upper = sqrt(vt * 1999 / qchisq(.025, 1999))))
for (n in c(12, 100)) {
  d <- (y - x)[1:n]; k <- qnorm(.975) * sqrt(n)
  add(paste0("limits_", n), paste0("sim_retest_2000, first ", n), "mean(d) + qt(p, n - 1, ncp = qnorm(.975) sqrt(n)) sd(d) / sqrt(n)",
      list(upper = mean(d) + qnorm(.975) * sd(d), upper_near = mean(d) + qt(.025, n - 1, k) * sd(d) / sqrt(n), upper_far = mean(d) + qt(.975, n - 1, k) * sd(d) / sqrt(n)))
  tt <- mean(d) / sd(d) * sqrt(n)
  root <- function(p) uniroot(function(nc) pt(tt, n - 1, nc) - p, c(-10, 20), tol = 1e-12)$root / sqrt(n)
  add(paste0("d_z_", n), paste0("sim_retest_2000, first ", n), "uniroot of pt(t, n - 1, ncp)", list(d = mean(d) / sd(d), lower = root(.975), upper = root(.025)))
}
cut3 <- function(z) cut(z, c(-Inf, quantile(x, c(.3, .6, .85)), Inf), labels = FALSE, right = FALSE)
tab <- table(factor(cut3(x), 1:4), factor(cut3(y), 1:4))
ck <- cohen.kappa(tab, alpha = .05)
add("kappa", "sim_retest_2000 in four bands", "psych::cohen.kappa(table)", list(edges = unname(quantile(x, c(.3, .6, .85))), table = unclass(matrix(tab, 4)), kappa = ck$kappa, quadratic = ck$weighted.kappa, var_kappa = ck$var.kappa, var_quadratic = ck$var.weighted))
linear <- 1 - abs(outer(1:4, 1:4, "-")) / 3
cl <- cohen.kappa(tab, w = linear)
add("kappa_linear", "sim_retest_2000 in four bands", "psych::cohen.kappa(table, w = linear)", list(linear = cl$weighted.kappa, var_linear = cl$var.weighted))

icc3 <- read.csv("data/sim_icc_500x4.csv")[, 1:3]
long <- data.frame(y = unlist(icc3), id = factor(rep(1:500, 3)), time = factor(rep(1:3, each = 500)))
a <- summary(aov(y ~ time + Error(id / time), long))
row <- a[["Error: id:time"]][[1]]
add("rm_anova", "sim_icc_500x4, columns 1-3", "aov(y ~ time + Error(id / time))", list(f = row[["F value"]][1], df1 = row[["Df"]][1], df2 = row[["Df"]][2]))

set.seed(20260)
n <- 120; k <- 6
person <- rnorm(n); item <- rnorm(k, 0, .6); po <- matrix(rnorm(2 * n, 0, .5), n); pi <- matrix(rnorm(n * k, 0, .6), n); ti <- matrix(rnorm(2 * k, 0, .3), 2)
resp <- function(t) round(pmin(pmax(4 + 1.2 * (outer(person + po[, t] + c(0, .5)[t], item + ti[t, ], "+") + pi + matrix(rnorm(n * k, 0, .9), n)), 0), 9))
first <- resp(1); second <- resp(2)
colnames(first) <- paste0("first_", 1:k); colnames(second) <- paste0("second_", 1:k)
write.csv(cbind(first, second), "data/sim_item_retest_120x6x2.csv", row.names = FALSE)
d1 <- data.frame(id = 1:n, time = 1, first); d2 <- data.frame(id = 1:n, time = 2, second)
colnames(d1)[-(1:2)] <- colnames(d2)[-(1:2)] <- paste0("i", 1:k)
tr <- suppressWarnings(testRetest(d1, d2, keys = paste0("i", 1:k), lmer = FALSE, check.keys = FALSE))
add("testRetest", "sim_item_retest_120x6x2", "psych::testRetest(d1, d2, keys, lmer = FALSE, check.keys = FALSE)",
    list(r12 = tr$r12, alpha_first = unname(tr$alpha[1, 1]), alpha_second = unname(tr$alpha[2, 1]), rii = tr$item.stats$rii, rqq = tr$rqq, dqq = tr$dxy$dxy, mean1 = tr$item.stats$mean1, mean2 = tr$item.stats$mean2,
         mislabelled_se = unname(tr$alpha[1, "se"])))
xy <- data.frame(id = factor(rep(1:n, 2 * k)), time = factor(rep(rep(1:2, each = n), k)), item = factor(rep(1:k, each = 2 * n)), y = c(sapply(1:k, function(i) c(first[, i], second[, i]))))
m <- lmer(y ~ 1 + (1 | id) + (1 | time) + (1 | item) + (1 | id:time) + (1 | id:item) + (1 | item:time), xy, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12)))
vc <- VarCorr(m)
add("lmer", "sim_item_retest_120x6x2", "lme4::lmer, REML, all two-way interactions random",
    list(person = vc$id[1], occasion = vc$time[1], item = vc$item[1], `person x occasion` = vc[["id:time"]][1], `person x item` = vc[["id:item"]][1], `occasion x item` = vc[["item:time"]][1], residual = sigma(m)^2))
ml <- psych:::mlr1(data.frame(id = rep(1:n, 2), time = rep(1:2, each = n), rbind(`colnames<-`(first, paste0("i", 1:k)), `colnames<-`(second, paste0("i", 1:k)))))
add("mlr1", "sim_item_retest_120x6x2", "psych::testRetest(lmer = TRUE)$ml", list(R1F = ml$R1F, RkF = ml$RkF, R1R = ml$R1R, RkR = ml$RkR, Rc = ml$Rc))
out <- list(topic = "retest", R = R.version.string, packages = list(psych = as.character(packageVersion("psych")), lme4 = as.character(packageVersion("lme4"))), script = "make/retest.R", entries = entries)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = 1), "retest_r.json")
