import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Screenshots are left here for people to look at; git does not take them. */
const ARTEFACTS = fileURLToPath(new URL('../../out/inspector/', import.meta.url));
const PLACES = [process.env['FORESCALE_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
];

export const CHROMIUM = PLACES.find((place) => place !== undefined && existsSync(place));
/** Why tests in a browser are skipped; false when there is one. */
export const NO_BROWSER = CHROMIUM === undefined ? 'there is no Chromium; `apt-get install chromium` brings one' : false;

export interface Look {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
}

export interface Looked {
  readonly page: Page;
  /** Errors and warnings of the console, and what was thrown. */
  readonly said: string[];
  close(): Promise<void>;
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS });
}

export async function look(browser: Browser, url: string, { width = 1_280, scheme = 'light' }: Look = {}): Promise<Looked> {
  const context = await browser.newContext({ viewport: { width, height: width < 500 ? 844 : 900 }, colorScheme: scheme });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin)) said.push(`asked elsewhere: ${request.url()}`);
  });
  await page.goto(url);
  return { page, said, close: () => context.close() };
}

/** Waits until an expression is true in the page. The page's own policy forbids what Playwright would evaluate for that. */
export async function holds(page: Page, expression: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await page.evaluate<boolean>(expression)) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`never so: ${expression}`);
}

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}${name}.png`, fullPage: true });
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] }[];
}

const require = createRequire(import.meta.url);

/** What axe finds serious or critical. */
export async function seriousIssues(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  // The transition between colours would be measured half way.
  const result = await page.evaluate<AxeResult>('axe.run(document, { resultTypes: ["violations"] })');
  return result.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
