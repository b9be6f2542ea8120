// An OpenID provider on the engine `oidc-provider`, for one test:  node oidc_provider.mjs SETTINGS
//
// SETTINGS is JSON:
//   {"port": 0, "people": {"alice": {"groups": ["staff"]}},
//    "consoles": {"voucher": {"url": "http://127.0.0.1:8700", "alg": "RS256"}}}
// The password of alice is `alice-password`, the secret of voucher `voucher-secret`. The first line that it says is
// {"issuer": …}; from then on it takes one order a line, as JSON, and answers each with a line. It ends when there are
// no more orders to come, so a test that was killed leaves nothing behind.

import http from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';
import { newKeys } from './keys.mjs';

// What the engine has to say by the way is no answer to an order.
console.info = console.error;
const settings = JSON.parse(process.argv[2]);
const people = new Map(Object.entries(settings.people));
const issued = [];
const told = [];
let claimsInToken = true;
let keys = newKeys();
let issuer;
let answer;

// What the engine keeps. Its own memory would go with each engine that is made.
const kept = new Map();
const has = (wanted) => ([, { model, payload }]) =>
  Object.entries(wanted).every(([name, value]) => (name === 'model' ? model : payload[name]) === value);
class Memory {
  constructor(model) { this.model = model; }
  async upsert(id, payload) { kept.set(`${this.model} ${id}`, { model: this.model, payload }); }
  async find(id) { return kept.get(`${this.model} ${id}`)?.payload; }
  async findByUid(uid) { return [...kept].find(has({ model: this.model, uid }))?.[1].payload; }
  async consume(id) { (await this.find(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { kept.delete(`${this.model} ${id}`); }
  async revokeByGrantId(grantId) { [...kept].filter(has({ grantId })).forEach(([key]) => kept.delete(key)); }
}

const client = ([client_id, { url, alg }]) => ({
  client_id,
  client_secret: `${client_id}-secret`,
  redirect_uris: [`${url}/auth/callback`],
  post_logout_redirect_uris: [`${url}/signed-out`],
  backchannel_logout_uri: `${url}/auth/backchannel-logout`,
  backchannel_logout_session_required: true,
  grant_types: ['authorization_code', 'refresh_token'],
  id_token_signed_response_alg: alg,
});

const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>The provider</title><body>${body}</body></html>`;

// Keys and settings are the engine's for life: it is made anew when one changes. What it keeps lives on beside it.
function build() {
  const provider = new Provider(issuer, {
    adapter: Memory,
    clients: Object.entries(settings.consoles).map(client),
    jwks: { keys },
    cookies: { keys: ['cookie key'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'], groups: ['groups'], sid: null },
    scopes: ['openid', 'profile', 'email', 'groups'],
    conformIdTokenClaims: !claimsInToken,
    pkce: { required: () => true },
    // Some providers hand out refresh tokens without being asked; this one does, to see that nobody keeps them.
    issueRefreshToken: () => true,
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          ctx.body = page(`<h1>Sign out here?</h1>${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign out</button>`);
        },
        postLogoutSuccessSource(ctx) {
          ctx.body = page('<h1>Signed out</h1>');
        },
      },
    },
    interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (ctx, sub) => people.has(sub) && {
      accountId: sub,
      claims: () => ({ sub, name: sub, email: `${sub}@people.example`, ...people.get(sub) }),
    },
    // Nobody is asked whether the console may know them.
    async loadExistingGrant({ oidc }) {
      const ids = { clientId: oidc.client.clientId, accountId: oidc.session.accountId };
      const grant = new oidc.provider.Grant(ids);
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
    // The engine calls no loopback address by itself, and consoles of tests have no other.
    fetch(url, { dispatcher, ...options }) {
      return globalThis.fetch(url, options);
    },
  });
  provider.on('grant.success', ({ body }) => issued.push(body));
  provider.on('backchannel.success', () => told.push('taken'));
  provider.on('backchannel.error', (ctx, error) => told.push(`refused: ${error.message}`));
  provider.on('server_error', (ctx, error) => console.error(error));
  const engine = provider.callback();
  answer = (request, response) => {
    const asked = /^\/interaction\/[\w-]+$/.test(request.url);
    return asked ? logIn(provider, request, response) : engine(request, response);
  };
}

async function logIn(provider, request, response) {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    response.end(page(`<h1>The provider</h1><form method="post">
      <label>Name <input name="name" autocomplete="username"></label>
      <label>Password <input name="password" type="password" autocomplete="current-password"></label>
      <button>Log in</button><button name="cancel" value="yes">Cancel</button></form>`));
    return;
  }
  const parts = [];
  for await (const part of request) parts.push(part);
  const form = new URLSearchParams(Buffer.concat(parts).toString());
  const name = form.get('name');
  let result = { login: { accountId: name } };
  if (form.has('cancel')) {
    result = { error: 'access_denied', error_description: 'they would not' };
  } else if (!people.has(name) || form.get('password') !== `${name}-password`) {
    response.statusCode = 401;
    response.end(page('<h1>No</h1>'));
    return;
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const orders = {
  // New keys; the old ones stay published, or do not.
  roll({ keep }) {
    const old = keep ? keys : [];
    keys = [...newKeys(), ...old];
    build();
  },
  person({ name, claims }) {
    people.set(name, claims);
  },
  // Whether claims are in the ID token, or at user info only.
  claims({ in_token }) {
    claimsInToken = in_token;
    build();
  },
  // Every answer of the token endpoint so far, and what became of logout tokens.
  said: () => ({ issued, told }),
};

const server = http.createServer((request, response) => {
  Promise.resolve(answer(request, response)).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});
server.listen(settings.port ?? 0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  build();
  console.log(JSON.stringify({ issuer }));
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const order = JSON.parse(line);
      console.log(JSON.stringify(orders[order.do](order) ?? {}));
    })
    .on('close', () => process.exit(0));
});
