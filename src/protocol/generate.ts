/** `npm run generate`: writes the published schemas and the documents that are made from the code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { metricsPage } from '../adapters/prometheus/catalogue.ts';
import { crdText } from '../config/crd.ts';
import { configSchema, configurationPage } from '../config/published.ts';
import { protocolPage } from './page.ts';
import { protocolDocuments } from './published-schema.ts';

const root = new URL('../../', import.meta.url);

function write(path: string, text: string): void {
  const file = fileURLToPath(new URL(path, root));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(path);
}

function writeJson(path: string, document: unknown): void {
  write(path, `${JSON.stringify(document, null, 2)}\n`);
}

for (const [name, document] of protocolDocuments()) writeJson(`schemas/${name}`, document);
writeJson('schemas/config.schema.json', configSchema());
write('docs/configuration.md', configurationPage());
write('docs/protocol.md', protocolPage());
write('docs/metrics.md', metricsPage());
for (const folder of ['kubernetes', 'helm/forescale/crds']) write(`deploy/${folder}/predictivescalers.yaml`, crdText());
