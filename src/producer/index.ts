export { recordGrpc, recordMessages, type CallRecording, type MessageRecording } from './calls.ts';
export { recordRequests, type RequestHook, type RequestRecording } from './http.ts';
export { BurstWatch, type Burst } from './burst-watch.ts';
export { createPublisher, type Publisher, type PublisherOptions } from './publisher.ts';
export { createRecorder, Recorder, type RecorderCounts, type RecorderOptions } from './recorder.ts';
export { recordFastify, recordHono, recordKoa, type FastifyLike } from './frameworks.ts';
export { createPseudonyms } from './pseudonym.ts';
