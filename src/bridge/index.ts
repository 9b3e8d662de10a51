export { startBridge, type Bridge, type BridgeOptions } from './bridge.ts';
export { createQueueIntake } from './intake.ts';
export { INBOUND, type InboundName } from './receivers.ts';
export type { BridgeSettings, InboundSettings, OutboundSettings } from './settings.ts';
