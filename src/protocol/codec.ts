import type { ContentType } from '../ports/bus.ts';
import type { AnyMessage } from './message.ts';
