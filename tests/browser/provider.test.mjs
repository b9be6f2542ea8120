// `voucher serve` with an OpenID provider that somebody else wrote: in by its page, out here and out there.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { accessible, launch, open, picture, program, waitFor } from './console.mjs';

const providers = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'support', 'providers');

/** A port that nobody listens on: the provider has to know it before the console does. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts the provider; it ends when nobody gives it orders any more. */
async function startProvider(t, consoles) {
  const settings = { port: 0, consoles, people: { alice: { groups: ['staff'] } } };
  const node = path.join(providers, 'node_modules', '.bin', 'node');
  const process = spawn(node, ['oidc_provider.mjs', JSON.stringify(settings)], {
    cwd: providers,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.after(async () => {
    process.stdin.end();
    await once(process, 'exit');
  });
  const [line] = await once(createInterface({ input: process.stdout }), 'line');
  return JSON.parse(line).issuer;
}

/** An installation from nothing, as the README has it. */
async function install(t, port, issuer) {
  const directory = await mkdtemp(path.join(tmpdir(), 'voucher-browser-'));
  const at = (name) => path.join(directory, name);
  const url = `http://127.0.0.1:${port}`;
  await writeFile(at('client'), 'voucher-secret\n', { mode: 0o600 });
  await writeFile(at('voucher.toml'), `listen = "127.0.0.1:${port}"
public_url = "${url}"
database = "sqlite:${at('voucher.db')}"
[keys]
console = "${at('console.key')}"
resolver = "${at('resolver.key')}"
[sign_in]
issuer = "${issuer}"
client_id = "voucher"
client_secret_file = "${at('client')}"
enterprise = "acme"
first_administrator = "alice"
`);
  execFileSync(program, ['keys', 'generate', '--console', at('console.key'), '--resolver', at('resolver.key')]);
  execFileSync(program, ['migrate', '--config', at('voucher.toml')]);
  const server = spawn(program, ['serve', '--config', at('voucher.toml')], { stdio: ['ignore', 'ignore', 'inherit'] });
  t.after(async () => {
    server.kill('SIGINT');
    await once(server, 'exit');
    await rm(directory, { recursive: true, force: true });
  });
  await waitFor(() => fetch(`${url}/healthz`));
  return url;
}

test('a person comes in by a provider, goes out here, and goes out there', { timeout: 120_000 }, async (t) => {
  const port = await freePort();
  const issuer = await startProvider(t, { voucher: { url: `http://127.0.0.1:${port}`, alg: 'RS256' } });
  const url = await install(t, port, issuer);
  const browser = await launch();
  t.after(() => browser.close());
  const { context, page, complaints } = await open(browser);
  const logIn = async () => {
    await page.waitForURL(`${issuer}/interaction/*`);
    await page.getByLabel('Name').fill('alice');
    await page.getByLabel('Password').fill('alice-password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${url}/**`);
  };

  await page.goto(`${url}/credentials/new`);
  await accessible(page, 'the page that offers to sign in');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await logIn();
  assert.equal(page.url(), `${url}/credentials/new`, 'they are where they wanted to go');

  await page.locator('details.v-menu summary').click();
  await picture(page, 'provider-signed-in');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${issuer}/session/end?*`);
  await page.getByRole('button', { name: 'Yes, sign out' }).click();
  await page.waitForURL(`${url}/signed-out?*`);
  await accessible(page, 'the page after signing out');
  await picture(page, 'provider-signed-out');
  // Both have forgotten them: the provider wants the password again.
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await logIn();
  await page.goto(`${url}/sign-ins`);
  await page.getByText('This browser').waitFor();

  const there = await context.newPage();
  await there.goto(`${issuer}/session/end`);
  await there.getByRole('button', { name: 'Yes, sign out' }).click();
  await there.getByRole('heading', { name: 'Signed out' }).waitFor();
  await page.reload();
  assert.equal(new URL(page.url()).pathname, '/sign-in', 'the provider ended it, and it goes on here');
  assert.deepEqual(complaints, []);
});
