"""Estimators of scikit-learn that a stranger may send, yet to be fitted: of two classes, of several, of numbers, and of
a table with a column of texts."""

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    HuberRegressor,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

TWO: dict[str, Any] = {
    "a named function": make_pipeline(FunctionTransformer(np.cbrt), LogisticRegression()),
    "votes": VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], voting="soft"),
    "hard votes": VotingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=2))]),
    "a stack": StackingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier(max_depth=2))], cv=2),
    "AdaBoost": AdaBoostClassifier(n_estimators=3),
    "bags": BaggingClassifier(LogisticRegression(), n_estimators=3),
    "a random search": RandomizedSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2),
    "a line of classes": RidgeClassifier(),
    "stochastic descent": make_pipeline(RobustScaler(), SGDClassifier(random_state=0)),
    "a union of features": make_pipeline(
        FeatureUnion([("a", StandardScaler()), ("b", PolynomialFeatures())]), LogisticRegression(max_iter=5_000)
    ),
    "the best column": make_pipeline(SelectKBest(k=1), GaussianNB()),
    "bins": make_pipeline(KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), LogisticRegression()),
    "the most frequent class": DummyClassifier(),
}
SEVERAL: dict[str, Any] = {
    "gradient boosting, several classes": GradientBoostingClassifier(n_estimators=3),
    "extra trees": ExtraTreesClassifier(5, max_depth=4),
    "a tree": DecisionTreeClassifier(max_depth=3),
    "discriminants": LinearDiscriminantAnalysis(),
    "squares of discriminants": QuadraticDiscriminantAnalysis(reg_param=0.1),
    "one against the rest": OneVsRestClassifier(LogisticRegression()),
    "a linear machine": LinearSVC(),
    "a machine with probabilities": make_pipeline(StandardScaler(), SVC(kernel="linear")),
    "cross-validated classes": LogisticRegressionCV(Cs=2, cv=2, max_iter=2_000),
}
NUMBER: dict[str, Any] = {
    "histogram boosting, numbers": HistGradientBoostingRegressor(max_iter=3),
    "a ridge": Ridge(),
    "an elastic net": ElasticNet(),
    "a robust line": HuberRegressor(max_iter=1_000),
    "counts": PoissonRegressor(max_iter=1_000),
    "a machine of numbers": SVR(),
    "neighbours, numbers": KNeighborsRegressor(),
    "a network of numbers": MLPRegressor(hidden_layer_sizes=(3,), max_iter=20),
    "a tree of numbers": DecisionTreeRegressor(max_depth=3),
    "a Gaussian process": GaussianProcessRegressor(),
    "votes of numbers": VotingRegressor([("a", Ridge()), ("b", LinearRegression())]),
    "a stack of numbers": StackingRegressor([("a", Ridge()), ("b", LinearRegression())], cv=2),
    "a target by its rank": TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=20)),
}
_NUMBERS, _TEXTS = ["age", "visits"], ["region"]
WITH_TEXTS: dict[str, Any] = {
    "columns by name": make_pipeline(
        ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), _NUMBERS),
                ("texts", OneHotEncoder(handle_unknown="ignore"), _TEXTS),
            ]
        ),
        LogisticRegression(),
    ),
    "columns by type": make_pipeline(
        make_column_transformer(
            (StandardScaler(), make_column_selector(dtype_include="number")),
            (OneHotEncoder(sparse_output=False), make_column_selector(dtype_exclude="number")),
        ),
        GaussianNB(),
    ),
    "histogram boosting with categories": make_pipeline(
        make_column_transformer(
            (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), _TEXTS), remainder="passthrough"
        ),
        HistGradientBoostingClassifier(max_iter=3, categorical_features=[0]),
    ),
    "a column by its target": make_pipeline(
        make_column_transformer((TargetEncoder(cv=2), _TEXTS), remainder="passthrough"), LogisticRegression()
    ),
}
