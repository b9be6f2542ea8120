// What the journeys share: a running `voucher dev`, a real Chromium, and an eye on everything that goes wrong beside
// what a journey looks at: errors in the console, refusals of the content policy, failed requests, accessibility.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.join(here, '..', 'output');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The program that is tried. */
export const program = process.env.VOUCHER ?? path.join(here, '..', '..', 'target', 'release', 'voucher');

export const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: journey
contexts:
- name: journey
  context: {cluster: journey, user: journey}
clusters:
- name: journey
  cluster: {server: "https://192.0.2.1:6443"}
users:
- name: journey
  user: {token: "journey-token-0123456789"}
`;

/** Starts the console, with more arguments where a journey needs them, and a browser; stops both when it ends. */
export async function start(t, more = []) {
  const data = await mkdtemp(path.join(tmpdir(), 'voucher-browser-'));
  const readyFile = path.join(data, 'ready.json');
  const server = spawn(program, ['dev', '--listen', '127.0.0.1:0', '--data', path.join(data, 'data'), '--ready-file', readyFile, ...more], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let gone;
  const ended = new Promise((resolve) => {
    for (const event of ['exit', 'error']) server.once(event, (why) => resolve((gone = `voucher dev ended: ${why}`)));
  });
  // Before the browser: a program that is not there ends the journey at once.
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    server.kill('SIGINT');
    await ended;
    await rm(data, { recursive: true, force: true });
  });
  return { browser, ready: await waitFor(() => {
    if (gone) throw new Error(gone);
    return readFile(readyFile, 'utf8').then(JSON.parse);
  }) };
}

/** A browser without anything in it. */
export function launch(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Chromium's sandbox cannot be had as root or in most containers; only our own pages are opened.
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...more],
  });
}

/** Tries until it succeeds, for half a minute. */
export async function waitFor(get) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await get();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A page of a person with settings of their own. `complaints` fills with whatever should not be. */
export async function open(browser, settings = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...settings });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()} (${page.url()})`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error}`));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A navigation that another one overtakes is no failure.
    if (!why.includes('ERR_ABORTED')) complaints.push(`failed: ${request.url()} ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()}: ${response.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample} at ${event.sourceFile}:${event.lineNumber}:${event.columnNumber} ${event.target.outerHTML?.slice(0, 200)}`);
    });
  });
  return { context, page, complaints };
}

/** Signs in at the development issuer and goes to the list, wherever the first page of that person is. */
export async function signIn(page, ready, name = 'Lin Yue') {
  await page.goto(`${ready.url}/`);
  await page.locator('a[href^="/sign-in/start"]').first().click();
  await page.waitForURL(`${ready.issuer}/**`);
  await page.getByRole('button', { name }).click();
  await page.waitForURL(`${ready.url}/**`);
  if (new URL(page.url()).pathname === '/overview') await page.goto(`${ready.url}/credentials`);
}

/** Fails when axe finds something serious or critical. */
export async function accessible(page, what) {
  assert.deepEqual(await barriers(page, what), []);
}

/** What axe finds that is serious or critical. */
export async function barriers(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => {
      const one = nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`);
      return `${what}: ${id}, ${nodes.length} times: ${one.join(' | ')}`;
    });
}

/** By how many pixels a page is wider than its window. */
export function excess(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Leaves a picture for people to look at. */
export async function picture(page, name) {
  await mkdir(output, { recursive: true });
  await page.screenshot({ path: path.join(output, `${name}.png`), fullPage: true });
}

/** What a pipeline gets for a token. */
export async function resolve(ready, token, key = ready.access_key) {
  const response = await fetch(`${ready.url}/api/v1/credentials/${token}/kubeconfig`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: response.status, text: await response.text() };
}
