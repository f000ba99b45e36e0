# Two-sample Kolmogorov-Smirnov p values, exact with ties, from R's own ks.test.
# Run: Rscript tests/reference/make/drift.R > tests/reference/drift_r.json
options(digits = 17)
pairs <- list(
  "small, five scores" = list(c(3, 5, 9, 6, 2), c(1, 4, 8, 10, 6)),
  "far apart" = list(c(20, 30, 10, 2, 0, 0, 0), c(1, 4, 9, 25, 30, 20, 11)),
  "unequal sizes" = list(c(12, 30, 60, 90, 70, 30, 8), c(1, 5, 11, 9, 12, 4, 3)),
  "two scores" = list(c(40, 60), c(20, 45)),
  "no ties" = list(c(1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1), c(0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0)),
  "several hundred" = list(c(5, 20, 60, 110, 140, 90, 50, 20, 5), c(10, 30, 70, 100, 110, 60, 30, 10, 0))
)
rows <- sapply(names(pairs), function(name) {
  counts <- pairs[[name]]
  scores <- seq_along(counts[[1]]) - 1
  test <- ks.test(rep(scores, counts[[1]]), rep(scores, counts[[2]]), exact = TRUE)
  sprintf('  {"data": "%s", "first": [%s], "second": [%s], "statistic": %.17g, "p": %.17g}', name,
          paste(counts[[1]], collapse = ", "), paste(counts[[2]], collapse = ", "), test$statistic, test$p.value)
})
cat('{"software": "R ', as.character(getRversion()), ' ks.test(exact = TRUE)", "rows": [\n', sep = "")
cat(paste(rows, collapse = ",\n"), "\n]}\n")
