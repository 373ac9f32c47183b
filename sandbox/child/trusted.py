"""Types that a skops file may hold beyond those that skops trusts by itself: what scikit-learn's own estimators, and
XGBoost's, are made of.

Reviewed one by one, in the sense that counts here: skops restores each by its own constructor or from plain values and
arrays, and none of them runs code of the file. What they hold may still be nonsense, a tree whose node is its own
child, say: that ends in this process, which is confined. pickles are opened here with less ado.
"""

_SKLEARN = {
    # Trees and forests, boosting.
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    # Calibration, neural networks.
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    # Neighbours.
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    # Gaussian processes.
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    # Clusters and selection, as steps of a pipeline; both are functions of scikit-learn, by name.
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
    "sklearn.feature_selection._univariate_selection.f_classif",
}
_NUMPY_AND_SCIPY = {"numpy.dtype", "numpy.mean", "scipy.interpolate._bsplines.BSpline"}
_BOOSTERS = {
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRFClassifier",
    "xgboost.sklearn.XGBRegressor",
    "xgboost.sklearn.XGBRFRegressor",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
}
_PLAIN = {"collections.OrderedDict"}
REVIEWED = frozenset(_PLAIN | _SKLEARN | _NUMPY_AND_SCIPY | _BOOSTERS)
