export {
  QUANTILE_LEVELS,
  type Forecast,
  type Forecaster,
  type ForecasterSettings,
  type ForecastKind,
  type MeasuredQuality,
  type NotReady,
} from './forecast.ts';
export type { ForecastModel, ModelTask, ValueSource } from './forecast-model.ts';
export { createScaleFreeModel, type ScaleFreeFunction } from './network/scale-free.ts';
export { frozenSeries, isOfFormat, type FrozenSeriesWindow } from './frozen.ts';
export { createForecaster, thawForecaster } from './forecaster.ts';
export { fitSeries, type SeriesModel, type TrainingWindow } from './training.ts';
export type { ArmaModel } from './arma-fit.ts';
