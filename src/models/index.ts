export {
  QUANTILE_LEVELS,
  type Forecast,
  type Forecaster,
  type ForecasterSettings,
  type ForecastKind,
  type MeasuredQuality,
  type NotReady,
} from './forecast.ts';
export { createForecaster, thawForecaster } from './forecaster.ts';
