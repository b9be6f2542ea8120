// The picker in a page of another origin: it tells that origin, and no other, which token was chosen.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { barriers, open, signIn, start, waitFor } from './console.mjs';

/** A page of another system with a frame in it. It is on another port: of the same site, and of another origin. */
async function editor(t, frame) {
  const page = `<!doctype html><html lang="en"><title>Editor</title><h1>Editor</h1>
    <iframe id="picker" title="Credential" width="640" height="480" src="/placeholder"></iframe><ol id="told"></ol>
    <script>
      addEventListener('message', (event) => {
        const item = document.createElement('li');
        item.textContent = JSON.stringify({ origin: event.origin, ...event.data });
        document.getElementById('told').append(item);
      });
    </script></html>`;
  const server = createServer((request, response) => {
    const body = request.url === '/' ? page.replace('/placeholder', frame().replaceAll('&', '&amp;')) : '';
    response.writeHead(request.url === '/' ? 200 : 204, { 'content-type': 'text/html' }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

const told = (page) => page.locator('#told li').allInnerTexts().then((all) => all.map((text) => JSON.parse(text)));

test('another origin embeds the picker and is told the token that was chosen', { timeout: 180_000 }, async (t) => {
  let address = '';
  const named = await editor(t, () => address);
  const { browser, ready } = await start(t, ['--picker-origin', named]);
  const { page, complaints } = await open(browser);
  await signIn(page, ready);
  await page.goto(`${ready.url}/projects`);
  await page.goto(`${ready.url}${await page.locator('main table a', { hasText: 'Storefront' }).getAttribute('href')}`);
  const row = page.locator('main table tr', { hasText: 'storefront/web' });
  const repository = (await row.locator('a.v-name').getAttribute('href')).split('/').pop();
  const at = (origin) =>
    `${ready.url}/picker/embed?origin=${encodeURIComponent(origin)}&repository=${repository}&type=kubernetes&optional=1`;

  address = at(named);
  await page.goto(named);
  const frame = page.frameLocator('#picker');
  await frame.locator('#certificate-q').waitFor();
  await frame.locator('#certificate-q').fill('kubernetes');
  await frame.locator(`input[value="${ready.tokens.kubernetes}"]`).check();
  await page.locator('#told li', { hasText: '"chosen"' }).waitFor();
  const heard = await told(page);
  assert.ok(heard.some(({ event }) => event === 'ready') && heard.some(({ event, height }) => event === 'resized' && height > 50));
  assert.deepEqual(heard.find(({ event }) => event === 'chosen'), {
    origin: ready.url, source: 'voucher-picker', version: 1, event: 'chosen', token: ready.tokens.kubernetes,
  });
  assert.deepEqual(complaints, []);
  assert.deepEqual(await barriers(page, 'the picker in a frame'), []);
  // The checker itself talks to frames, in vain.
  complaints.length = 0;

  // A page of another port frames the same address in vain.
  const stranger = await editor(t, () => address);
  await page.goto(stranger);
  await waitFor(async () => assert.ok(complaints.some((text) => text.includes('frame-ancestors')), `${complaints}`));
  assert.deepEqual(await told(page), []);
  // Nor can it have a frame of its own.
  const own = await page.request.get(at(stranger));
  assert.equal(own.status(), 404);

  // Whoever is signed out is told so, and how to sign in.
  await page.context().clearCookies();
  await page.goto(named);
  await frame.locator('#signed-out a[target="_blank"]').waitFor();
  await page.locator('#told li', { hasText: '"signed-out"' }).waitFor();
});
