# Item statistics by psych on the first ten items of the simulated set sim_5f_likert_5000x50.
# Run from tests/reference: Rscript make/items.R
library(psych)
x <- read.csv(gzfile("data/sim_5f_likert_5000x50.csv.gz"))[, 1:10]
rest <- sapply(1:10, function(i) rowSums(x[, -i]))
ps <- sapply(1:10, function(i) psych::polyserial(as.matrix(rest[, i]), as.matrix(x[, i])))
mean_r <- sapply(1:10, function(i) mean(cor(x)[i, -i]))
num <- function(v) paste0("[", paste(format(v, digits = 17), collapse = ", "), "]")
cat('{"packages": {"psych": "', as.character(packageVersion("psych")), '", "R": "', as.character(getRversion()), '"},\n "entries": {"items.sim5f_first10": {"data": "sim_5f_likert_5000x50.csv", "call": "psych::polyserial(rest, item); mean of cor(x)[i, -i]", "result": {"polyserial": ', num(ps), ', "mean_r": ', num(mean_r), '}}}}\n', sep = "", file = "items_psych.json")
