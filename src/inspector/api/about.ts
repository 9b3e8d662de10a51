import { Type, type Static } from 'typebox';
import { AtMs, OrNull } from './common.ts';

export const About = Type.Object(
  {
    kind: Type.Enum(['live', 'recording'], { description: 'A running node, or a run that was written down' }),
    title: Type.String({ description: 'Name of the node or of the run' }),
    version: Type.String(),
    nowMs: AtMs('Clock of the node'),
    mayAct: Type.Boolean({ description: 'Whether pools may be paused and overridden from here' }),
    needsToken: Type.Boolean({ description: 'Whether a token is asked for' }),
    startedAtMs: OrNull(AtMs('When the node started')),
  },
  { $id: 'About' },
);
export type About = Static<typeof About>;
