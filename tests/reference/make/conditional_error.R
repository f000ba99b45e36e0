# Conditional standard errors by the functions of the JASP module jaspReliability (commit 147ad475).
# They are in no R package. Fetch R/standardErrorOfMeasurement.R from github.com/jasp-stats/jaspReliability, then
# run from tests/reference: Rscript make/conditional_error.R PATH/standardErrorOfMeasurement.R
source(commandArgs(trailingOnly = TRUE)[1])
graded <- as.matrix(read.csv(gzfile("data/sim_5f_likert_5000x50.csv.gz"))[, 1:10])
binary <- as.matrix(read.csv(gzfile("data/sim_2pl_5000x40.csv.gz")))
least <- 20
g <- .semCounts(graded); b <- .semCounts(binary)
num <- function(v) paste0("[", paste(ifelse(is.na(v), "null", format(v, digits = 17)), collapse = ", "), "]")
entry <- function(name, data, call, out) {
  paste0('"', name, '": {"data": "', data, '", "call": "', call, '", "result": {"score": ', num(out[, 1]),
         ', "sem": ', num(out[, 2]), "}}")
}
d1 <- "sim_5f_likert_5000x50.csv, items 1 to 10"; d2 <- "sim_2pl_5000x40.csv"
entries <- c(
  entry("thorndike", d1, ".semThorn(x, caseMin = 20)", .semThorn(graded, 5, least, g)),
  entry("feldt", d1, ".semFeldt(x, K = 5, caseMin = 20)", .semFeldt(graded, 5, 5, least, g)),
  entry("mollenkopf_feldt", d1, ".semMollenkopfFeldt(x, K = 5, n_poly = 3)", .semMollenkopfFeldt(graded, 5, 5, 3, g)),
  entry("anova", d1, ".semAnova(x, caseMin = 20)", .semAnova(graded, 5, least, g)),
  entry("lord", d2, ".semLord(40)", .semLord(40, b)),
  entry("lord_generalised", d2, ".semLord2(x, K = 4, caseMin = 20)", .semLord2(binary, 4, b, least))
)
cat('{"packages": {"jaspReliability": "147ad475", "R": "', as.character(getRversion()), '"},\n"entries": {\n',
    paste(entries, collapse = ",\n"), "\n}}\n", sep = "", file = "conditional_error_jasp.json")
