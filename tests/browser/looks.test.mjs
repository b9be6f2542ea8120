// Every page in both languages, light and dark, on three widths: it fits, axe finds nothing serious, nothing complains.

import assert from 'node:assert/strict';
import test from 'node:test';
import { barriers, excess, open, picture, signIn, start } from './console.mjs';

const LANGUAGES = [['en-GB', 'en', 'en'], ['zh-CN', 'zh-CN', 'zh']];
const WIDTHS = [360, 768, 1440];

/** A credential that has something to look at: two versions, use and a refusal. Gives the path of its page. */
async function history(browser, ready) {
  const { context, page } = await open(browser);
  await signIn(page, ready);
  const token = ready.tokens['username-password'];
  await page.goto(`${ready.url}/credentials?q=${token}`);
  const used = await page.locator('main table a.v-name').first().getAttribute('href');
  for (let times = 0; times < 7; times += 1) await ask(ready, token);
  await page.goto(`${ready.url}${used}/rotate`);
  await page.locator('[name="field-password"]').fill('another-password-2026');
  await page.locator('main form button.btn-primary').click();
  await page.waitForURL(`${ready.url}${used}`);
  await page.locator('main a[href$="/disable"]').click();
  await page.locator('main form[action$="/disable"] button').click();
  await page.locator('form[action$="/enable"] button').waitFor();
  for (let times = 0; times < 2; times += 1) await ask(ready, token);
  await page.locator('form[action$="/enable"] button').click();
  await page.locator('main a[href$="/disable"]').waitFor();
  await context.close();
  return used;
}

/** Asks for a credential as a pipeline does; whether it gets it does not matter here. */
function ask(ready, token) {
  return fetch(`${ready.url}/api/v1/resolve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ready.access_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ tokens: [token] }),
  });
}

test('every page looks right', { timeout: 900_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const used = await history(browser, ready);
  for (const [locale, tag, short] of LANGUAGES) {
    for (const colorScheme of ['light', 'dark']) {
      await t.test(`${tag}, ${colorScheme}`, async () => {
        const { context, page, complaints } = await open(browser, { locale, colorScheme });
        const wrong = [];
        await page.goto(`${ready.url}/sign-in`);
        wrong.push(...(await barriers(page, 'sign-in')));
        await signIn(page, ready);
        const credential = await page.locator('main table a.v-name').first().getAttribute('href');
        await page.goto(`${ready.url}/audit`);
        const record = await page.locator('main table a').first().getAttribute('href');
        await page.goto(`${ready.url}/projects`);
        const project = await page.locator('main table a').first().getAttribute('href');
        await page.goto(`${ready.url}/projects?q=storefront`);
        await page.goto(`${ready.url}${await page.locator('main table a').first().getAttribute('href')}`);
        const row = page.locator('main table tr', { hasText: 'storefront/web' });
        const repository = await row.locator('a.v-name').getAttribute('href');
        await page.goto(`${ready.url}/members?q=wang`);
        const member = await page.locator('main table a').first().getAttribute('href');
        await page.goto(`${ready.url}/access`);
        const key = await page.locator('main table a.v-name').first().getAttribute('href');
        const pages = {
          overview: '/overview',
          calendar: '/calendar',
          reminders: '/reminders',
          list: '/credentials',
          none: '/credentials?q=no-such-credential',
          filtered: '/credentials?state=active&type=kubernetes&sort=name',
          audit: '/audit',
          'audit-none': '/audit?who=nobody-at-all',
          record,
          types: '/credentials/new',
          kubernetes: '/credentials/new/kubernetes',
          alibaba: '/credentials/new/alibaba-cloud',
          credential,
          edit: `${credential}/edit`,
          rotate: `${credential}/rotate`,
          delete: `${credential}/delete`,
          conditions: `${credential}/conditions`,
          used,
          usage: `${used}/usage`,
          'usage-none': `${credential}/usage`,
          disable: `${used}/disable`,
          'delete-used': `${used}/delete`,
          'roll-back': `${used}/versions/1/roll-back`,
          duplicate: `/credentials/new/username-password?like=${used.split('/').pop()}`,
          'bulk-disable': `/credentials/bulk?do=disable&id=${credential.split('/').pop()}`,
          'bulk-transfer': `/credentials/bulk?do=transfer&id=${credential.split('/').pop()}`,
          access: '/access',
          'access-new': '/access/new',
          'access-key': key,
          'access-edit': `${key}/edit`,
          'access-rotate': `${key}/rotate`,
          'access-revoke': `${key}/revoke`,
          projects: '/projects',
          project,
          'project-members': `${project}/members`,
          'project-delete': `${project}/delete`,
          'project-credentials': `${project}/credentials`,
          repository,
          'repository-credentials': `${repository}/credentials`,
          tasks: `${repository}/tasks`,
          'task-k8s': `${repository}/tasks/k8s-deploy`,
          'task-made': `${repository}/tasks/k8s-deploy?displayName=Deploy&name=deploy&version=v1.16.4&namespace=default&yaml=./deployment.yaml&certificate=${ready.tokens.kubernetes}&make=1`,
          'task-host': `${repository}/tasks/host-deploy`,
          'task-found': `${repository}/tasks/image-build?displayName=x&certificate-q=nothing-like-it`,
          members: '/members',
          member,
          'member-disable': `${member}/disable`,
          'hand-over': `${member}/hand-over`,
          'sign-ins': '/sign-ins',
          import: '/import',
          issuers: '/access/issuers',
          'issuers-new': '/access/issuers/new',
          'issuers-new-generic': '/access/issuers/new?preset=generic',
          'issuers-try': '/access/issuers/try',
          provisioning: '/access/provisioning',
          'provisioning-new': '/access/provisioning/new',
          enterprises: '/enterprises',
          api: '/api',
        };
        for (const [name, address] of Object.entries(pages)) {
          await page.setViewportSize({ width: 1440, height: 900 });
          await page.goto(`${ready.url}${address}`);
          assert.equal(await page.locator('html').getAttribute('lang'), tag);
          assert.equal(await page.locator('h1').count(), 1, `${name}: headings of the first level`);
          for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 900 });
            const over = await excess(page);
            if (over > 0) wrong.push(`${name}: ${over} pixels wider than a window of ${width}`);
            await picture(page, `${name}-${short}-${colorScheme}-${width}`);
          }
          wrong.push(...(await barriers(page, name)));
        }
        const missing = await page.goto(`${ready.url}/no-such-page`);
        assert.equal(missing.status(), 404);
        wrong.push(...(await barriers(page, 'a page that does not exist')));
        wrong.push(...complaints.filter((text) => !text.includes('status of 404')));
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
});
