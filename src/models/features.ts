/** Features of the ridge regression and of the autoregression, all differences from the last value where they can be. */
export const RIDGE_FEATURES_FIXED = 3 + 3 + 1 + 3 + 1 + 1 + 4 + 1 + 2;
/** Lags of the autoregression. */
export const AR_LAGS = 7;
export const AR_FEATURES = AR_LAGS + 1;
/** The constant feature; small, so that the ridge holds it back. */
export const CONSTANT = 0.3;

/** A ridge feature block: how many depend on the number of half-lives. */
export function ridgeFeatures(halfLives: number): number {
  return RIDGE_FEATURES_FIXED + halfLives;
}
