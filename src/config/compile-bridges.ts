import type { BridgeSettings } from '../bridge/settings.ts';
import type { BridgeConfig } from './bridge-schema.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import type { AddProblem } from './schema-problems.ts';

const { bridge: defaults } = CONFIG_DEFAULTS;

/** Problems are told at the place of the bridge. */
export function compileBridges(bridges: readonly BridgeConfig[], add: AddProblem): readonly BridgeSettings[] {
  const names = new Set<string>();
  return bridges.map(({ url, name = defaults.name, in: inbound, out }, i) => {
    if (names.has(name)) add([i, 'name'], 'a name of its own for each bridge', name);
    names.add(name);
    // What stands in a config stands in version control and logs.
    if (/^\w+:\/\/[^@/?#]*:[^/?#]*@/.test(url)) add([i, 'url'], 'no password in it; bridges.md tells where it goes', 'one');
    if (inbound !== undefined && /^https?:/.test(url)) add([i, 'in'], 'nothing: a webhook has nothing to be read', inbound.from);
    if (inbound === undefined && out === undefined) add([i], '`in`, `out` or both', 'neither');
    return {
      name,
      url,
      in:
        inbound === undefined
          ? undefined
          : { from: inbound.from, dead: inbound.dead ?? `${inbound.from}.dead`, accept: inbound.accept ?? defaults.accept },
      out: out === undefined ? undefined : { to: out.to, topics: out.topics ?? defaults.topics },
    };
  });
}
