"""What each number in the table of reliability is, in one sentence."""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    "omega_total_one_factor": "reliability of the sum when one factor is behind all items (model-based, loadings may differ)",
    "coefficient_alpha": "reliability of the sum if all items measure the same equally well; else as a rule a lower bound",
    "categorical_omega": "reliability of the sum when one normal factor is behind ordinal items (Green and Yang)",
    "ordinal_alpha": "alpha of the normal variables thought to be behind the items; not of the observed sum",
    "stratified_alpha": "reliability of the sum of the scales inside: alpha within each of them, what they do not share is no error",
    "omega_hierarchical_bifactor": "share of the variance of the sum of all items that is one factor common to the scales inside; not a reliability of the sum",
    "composite_score_reliability": "reliability of the score as it is made: error from items, tasks and raters",
    "standardized_alpha": "alpha of items brought to equal spread",
    "lambda2": "Guttman's lambda 2: a lower bound of the reliability, never below alpha",
    "lambda4": "Guttman's lambda 4: the best of all splits into two halves (too high in small samples)",
    "lambda6": "Guttman's lambda 6: a lower bound from what each item shares with the others",
    "greatest_lower_bound": "the highest reliability that is surely reached by these covariances (too high in small samples)",
    "split_half_mean": "mean of all splits into halves",
    "split_half_worst": "the worst split into halves (Revelle's beta)",
    "mean_item_correlation": "mean correlation of two items; not a reliability",
    "unidimensionality": "how close the correlations come to one factor, 0 to 1 (Revelle and Condon's u); not a reliability",
    "one_factor_cfi": "how much better the one-factor model fits than unrelated items, up to 1; not a reliability",
    "one_factor_rmsea": "misfit of the one-factor model per degree of freedom; not a reliability",
    "icc(A,1)": "agreement of single raters: what one rater's score says about another's, severity counted as error",
    "icc(A,k)": "agreement of the mean of as many raters as there were, severity counted as error",
    "gwet_ac2": "chance-corrected agreement of raters on the levels of a criterion (Gwet, quadratic weights)",
    "krippendorff_alpha_ordinal": "chance-corrected agreement of raters on the levels of a criterion (Krippendorff, ordinal metric)",
    "icc_a1": "the same person on two occasions, a change common to all counted as error",
    "icc_c1": "the same person on two occasions, a change common to all left out",
    "pearson_r": "correlation of two occasions; says nothing of a change common to all",
    "mean_change": "mean of second minus first, in points; not a reliability",
    "sem": "standard error of measurement from two occasions, in points",
    "smallest_detectable_change": "change of one person beyond error at the 95% level, in points",
}
