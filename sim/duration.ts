export { DURATION_PATTERN, formatDuration, parseDuration } from '../src/config/duration.ts';
