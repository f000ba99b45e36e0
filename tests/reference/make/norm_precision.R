# Makes tests/reference/norm_precision_r.json: raked weights and weighted norms by survey, norms by mokken.
# Run in tests/reference: Rscript make/norm_precision.R
# The figures of check.norms were made with the computing part of that function as it stands in the sources of mokken
# on CRAN (the package itself was not installed), which is what mokken::check.norms(y, nice.output = FALSE) returns.
suppressMessages({library(survey); library(jsonlite)})
if (!exists("check_norms")) {
  mokken_version <- as.character(packageVersion("mokken"))
  check_norms <- function(y) {
    m <- mokken::check.norms(y, nice.output = FALSE)
    list(mean = unname(m$mean[1, ]), sd = unname(m$sd[1, ]), score = unname(m$z[, 1]), count = unname(m$z[, 2]),
         z = unname(m$z[, 3]), z_se = unname(m$z[, 4]), sta9 = unname(m$sta9[, 1]), sta9_se = unname(m$sta9[, 2]),
         perc = unname(m$perc[, 3]), perc_se = unname(m$perc[, 4]))
  }
}
d <- read.csv("data/sim_norm_sample_400.csv")
margins <- list(sex = c(f = .51, m = .49), band = c(`18-29` = .25, `30-49` = .42, `50-64` = .33), region = c(east = .3, north = .33, south = .37))
frame <- function(name) setNames(data.frame(names(margins[[name]]), 400 * margins[[name]]), c(name, "Freq"))
plain <- svydesign(ids = ~1, weights = ~1, data = d)
raked <- rake(plain, list(~sex, ~band, ~region), lapply(names(margins), frame), control = list(maxit = 500, epsilon = 1e-12))
joint <- data.frame(expand.grid(sex = c("f", "m"), band = c("18-29", "30-49", "50-64")), Freq = 400 * c(.14, .11, .21, .21, .16, .17))
post <- postStratify(plain, ~sex + band, joint)
scores <- sort(unique(d$score))
figures <- function(design) {
  mid <- sapply(scores, function(s) {
    design <- update(design, inside = (d$score < s) + (d$score == s) / 2)
    m <- svymean(~inside, design); c(coef(m), SE(m)) })
  m <- svymean(~score, design); v <- svyvar(~score, design)
  list(mean = unname(c(coef(m), SE(m))), sd = unname(c(sqrt(coef(v)[1]), SE(v)[1] / 2 / sqrt(coef(v)[1]))),
       rank = unname(100 * mid[1, ]), rank_se = unname(100 * mid[2, ]))
}
fixed <- svydesign(ids = ~1, weights = weights(raked), data = d)
female <- function(design) { m <- svymean(~score, subset(design, sex == "f")); unname(c(coef(m), SE(m))) }
north <- function(design) { m <- svymean(~score, subset(design, region == "north")); unname(c(coef(m), SE(m))) }
cells <- unique(d[, 1:3]); key <- do.call(paste, d[, 1:3])
out <- list(
  made_with = list(R = R.version.string, survey = as.character(packageVersion("survey")), mokken = mokken_version),
  scores = scores,
  weights = setNames(as.list(weights(raked)[match(do.call(paste, cells), key)]), do.call(paste, c(cells, sep = "|"))),
  raked = figures(raked), post_stratified = figures(post), fixed = figures(fixed),
  raked_female_mean = female(raked), raked_north_mean = north(raked), post_stratified_north_mean = north(post),
  check_norms = check_norms(d$score))
write_json(out, "norm_precision_r.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
