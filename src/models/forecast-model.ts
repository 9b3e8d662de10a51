/** The newest values of a series. `back(0)` is the newest; NaN where a value is missing, forgotten or before the first. */
export interface ValueSource {
  back(back: number): number;
}

/** What a model answers: for every horizon the value and the maximum (horizon-major, `point` before `max`), nine levels. */
export interface ModelTask {
  /** Length of one interval, milliseconds. */
  readonly intervalMs: number;
  /** Horizons in milliseconds, ascending, each a whole number of intervals of at least one. At most 8. */
  readonly horizonsMs: readonly number[];
}

/**
 * A model from outside the ensemble, such as the shared network or one of your own. It must be a pure function of the values that it
 * is given, so that a replay gives the same bits; one serves any number of series, one after the other, and keeps nothing between calls.
 */
export interface ForecastModel {
  readonly task: ModelTask;
  /**
   * Writes nine quantiles (levels of QUANTILE_LEVELS) for every horizon and kind of the task, in the unit of the series. False: it has
   * no answer now. An answer that is not finite counts as none.
   *
   * @param newestMs start of the newest interval, epoch ms.
   */
  read(values: ValueSource, newestMs: number, to: Float64Array): boolean;
}
