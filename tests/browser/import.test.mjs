// A table is imported: first one that is wrong, then the directory of a large enterprise, with progress. What came in is
// found in forms that cannot hold all of it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, excess, open, picture, signIn, start } from './console.mjs';

const WRONG = `kind,project,repository,subject,email,name,role
project,warehouse,,,,Warehouse,
repository,nowhere,nowhere/web,,,,
member,,,jo,not-an-address,Jo,member
membership,warehouse,,somebody-unknown,,,boss
`;

/** 200 projects, 2,000 repositories, 5,000 members and 20,000 memberships. */
function large() {
  const lines = ['kind,project,repository,subject,email,name,role'];
  for (let n = 0; n < 200; n += 1) lines.push(`project,group-${n},,,,Group ${n} 项目,`);
  for (let n = 0; n < 2_000; n += 1) lines.push(`repository,group-${n % 200},group-${n % 200}/service-${n},,,,`);
  for (let n = 0; n < 5_000; n += 1) lines.push(`member,,,person-${n},person-${n}@aurora.example,"Person, ${n}",member`);
  for (let n = 0; n < 20_000; n += 1) {
    const member = n % 5_000;
    const round = Math.floor(n / 5_000);
    const service = (member * 4 + round * 501) % 2_000;
    const place = round === 0 ? `group-${member % 200},` : `,group-${service % 200}/service-${service}`;
    lines.push(`membership,${place},person-${member},,,${n % 10 ? 'member' : 'manager'}`);
  }
  return `\uFEFF${lines.join('\r\n')}\r\n`;
}

const choose = async (page, name, text) => {
  await page.locator('#file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.locator('main form button.btn-primary').click();
};

test('a table with mistakes changes nothing, and a large one is applied while one watches', { timeout: 400_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser);
  await signIn(page, ready);
  await page.goto(`${ready.url}/projects`);
  await page.locator('main a[href="/import"]').click();
  await page.locator('#file').waitFor();
  await accessible(page, 'the import form');
  await picture(page, 'import-form');
  await choose(page, 'empty.csv', '');
  await page.locator('#file-error').waitFor();
  await picture(page, 'import-refused');

  await choose(page, 'wrong.csv', WRONG);
  await page.waitForURL(/\/import\/[0-9a-f-]+$/);
  await accessible(page, 'the preview of a wrong table');
  await picture(page, 'import-wrong');
  assert.equal(await page.locator('main tbody tr').count(), 3, 'what is wrong comes first, and all of it');
  assert.equal(await page.locator('main form[action$="/apply"] button').count(), 0, 'what is wrong can be applied');
  for (const [line, part] of [[3, 'nowhere'], [4, 'not-an-address'], [5, 'boss']]) {
    const row = await page.locator('main tbody tr', { has: page.locator('td', { hasText: new RegExp(`^${line}$`) }) }).innerText();
    assert.ok(row.includes(part), `line ${line}: ${row}`);
  }
  assert.equal((await page.goto(`${ready.url}/projects?q=warehouse`)).status(), 200);
  assert.equal(await page.locator('main table a', { hasText: 'Warehouse' }).count(), 0, 'a part was applied');

  await page.goto(`${ready.url}/import`);
  await choose(page, 'directory.csv', large());
  await page.locator('main form[action$="/apply"] button.btn-primary').waitFor({ timeout: 120_000 });
  await accessible(page, 'the preview of a large table');
  await picture(page, 'import-preview');
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    assert.equal(await excess(page), 0, `the preview does not fit a window of ${width}`);
  }
  await page.locator('main form[action$="/apply"] button.btn-primary').click();
  // A quick machine is done before a page is worth showing; a slow one shows how far it is.
  await page.locator('#import-progress progress').or(page.locator('main .alert-success')).first().waitFor({ timeout: 60_000 });
  await accessible(page, 'an import that is or was applied');
  await picture(page, 'import-progress');
  // The rest of the console answers meanwhile.
  const beside = await page.context().newPage();
  const from = Date.now();
  await beside.goto(`${ready.url}/members`);
  assert.ok(Date.now() - from < 10_000, 'the console stood still');
  await beside.close();
  await page.locator('main .alert-success').waitFor({ timeout: 200_000 });
  await accessible(page, 'what was imported');
  await picture(page, 'import-applied');

  await page.goto(`${ready.url}/members?q=person-4999`);
  assert.equal(await page.locator('main tbody tr').count(), 1);

  // A form holds a part of them, and finds the rest as one types; Enter neither sends it nor loses what is typed.
  await page.goto(`${ready.url}/credentials/new/username-password`);
  await page.locator('#name').fill('For one service');
  await page.locator('[name="field-username"]').fill('robot');
  await page.locator('[name="field-password"]').fill('correct horse');
  await page.locator('#project-q').fill('group 150');
  await page.locator('#project-places label', { hasText: 'Group 150' }).click();
  await page.locator('#repository-q').fill('service-1777');
  await page.keyboard.press('Enter');
  await page.locator('#repository-places label', { hasText: 'service-1777' }).click();
  await page.locator('#repository-q').fill('service-12');
  await page.locator('#repository-places label', { hasText: 'service-120' }).first().waitFor();
  assert.ok(await page.locator('#repository-places label', { hasText: 'service-1777' }).locator('input').isChecked());
  await page.locator('#responsible-q').fill('person-4321@');
  await page.locator('#responsible-places label', { hasText: 'Person, 4321' }).click();
  await accessible(page, 'a form with searched lists');
  await picture(page, 'import-form-searched');
  assert.equal(await page.locator('[name="field-password"]').inputValue(), 'correct horse');
  await page.locator('main form button.btn-primary').click();
  await page.getByRole('heading', { name: 'For one service' }).waitFor();
  const shown = await page.locator('main').innerText();
  assert.ok(shown.includes('Group 150') && shown.includes('service-1777') && shown.includes('Person, 4321'), shown);
  assert.deepEqual(complaints.filter((text) => !text.includes('status of 422')), []);
});
