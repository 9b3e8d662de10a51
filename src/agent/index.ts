export { createAgent, type Agent, type AgentOptions } from './agent.ts';
