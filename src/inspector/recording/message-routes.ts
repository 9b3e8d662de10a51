import { Type } from 'typebox';
import { failure, ok, type Answer, type Route } from '../../adapters/http/route.ts';
import { RecordedMessage, RunMessages } from '../api/recording.ts';
import { readMessage, type MessagesFile } from './messages-file.ts';
import type { RecordedRun } from './open-run.ts';

const Label = Type.String({ minLength: 1, maxLength: 200 });

/** The messages of a run, for stepping through them: an index of all, and one at a time. */
export function messageRoutes(run: RecordedRun): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/messages',
      summary: 'When which messages were taken in a recorded run',
      query: Type.Object({ policy: Label }),
      response: RunMessages,
      handle({ query: { policy = '' } }) {
        const found = find(run, policy);
        if ('status' in found) return found;
        const { atMs, names, nameOf, leftOut } = found;
        return ok({ policy, atMs, names, nameOf, leftOut });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/message',
      summary: 'One recorded message: who took it, what it says, and the states after it',
      query: Type.Object({
        policy: Label,
        number: Type.String({ pattern: '^\\d{1,7}$', description: 'From 0, in the order of the file' }),
      }),
      response: RecordedMessage,
      async handle({ query: { policy = '', number = '' } }) {
        const found = find(run, policy);
        if ('status' in found) return found;
        const place = found.places[Number(number)];
        if (place === undefined)
          return failure(404, 'unknown-message', `There is no message ${number} of ${policy}`, `It has ${found.places.length}, from 0.`);
        const message = await readMessage(found.path, place);
        if (typeof message !== 'string') return ok(message);
        return failure(422, 'broken-message', `Message ${number} was recorded, but cannot be read: ${message}`);
      },
    },
  ];
}

function find({ policies }: RecordedRun, label: string): MessagesFile | Answer {
  const policy = policies.find((one) => one.label === label);
  if (policy?.messages !== undefined) return policy.messages;
  return failure(
    404,
    'no-messages',
    `This run holds no messages of ${label}`,
    '`forescale simulate … --out DIR --messages` writes those of policies that have actors.',
  );
}
