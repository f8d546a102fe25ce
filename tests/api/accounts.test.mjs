// Signing in and up, staying signed in, one's own user, users for administrators, channels, what the
// site says about itself; and who may not do what.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readdirSync, statSync } from 'node:fs';
import { startServer, testClip } from './server.mjs';

let server, client, root;
before(async () => {
  server = await startServer();
  client = (await server.api('GET', '/api/v1/oauth-clients/local')).json;
  root = await server.token();
});
after(() => server?.stop());

const api = (...args) => server.api(...args);
const PASSWORD = 'a decent password';
let users = 0;

/** A server of its own for one test `t`, ended with it whatever happens. */
async function another(t, env = {}) {
  const other = await startServer({ env });
  t.after(() => other.stop());
  return other;
}

/** A fresh user: {name, token, id, channel}. */
async function person({ role, on = server, ...fields } = {}) {
  const username = `person${++users}`;
  const made = await on.api('POST', '/api/v1/users/register', { json: { username, password: PASSWORD, ...fields } });
  assert.equal(made.status, 204, made.text);
  const token = await on.token(username, PASSWORD);
  const me = (await on.api('GET', '/api/v1/users/me', { token })).json;
  if (role !== undefined) {
    const raised = await on.api('PUT', `/api/v1/users/${me.id}`, { token: await on.token(), json: { role } });
    assert.equal(raised.status, 204, raised.text);
  }
  return { name: username, token, id: me.id, channel: me.videoChannels[0] };
}

const grant = (fields, on = server) => on.api('POST', '/api/v1/users/token', {
  form: { ...client, grant_type: 'password', ...fields },
});
const me = (token, headers) => api('GET', '/api/v1/users/me', { token, headers });

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code, answer.text);
  assert.equal(answer.json.status, status);
  assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
}

// --- OAuth2 ------------------------------------------------------------------------------------------

test('the local client has an id and a secret of 32 characters', async () => {
  assert.match(client.client_id, /^[0-9a-z]{32}$/);
  assert.match(client.client_secret, /^[0-9a-zA-Z]{32}$/);
});

test('a password grant answers a pair of 40-hex tokens that must not be cached', async () => {
  const answer = await grant({ username: 'root', password: server.rootPassword, response_type: 'code', scope: 'upload' });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.json.token_type, 'Bearer');
  assert.match(answer.json.access_token, /^[0-9a-f]{40}$/);
  assert.match(answer.json.refresh_token, /^[0-9a-f]{40}$/);
  assert.equal(answer.json.expires_in, 86400);
  assert.equal(answer.json.refresh_token_expires_in, 28 * 86400);
});

test('JSON is read as well as a form', async () => {
  const answer = await api('POST', '/api/v1/users/token', {
    json: { ...client, grant_type: 'password', username: 'root', password: server.rootPassword },
  });
  assert.equal(answer.status, 200, answer.text);
});

test('name and e-mail are known in any case', async () => {
  const p = await person({ email: 'Some.One@Example.org' });
  for (const username of [p.name.toUpperCase(), 'some.one@example.ORG']) {
    assert.equal((await grant({ username, password: PASSWORD })).status, 200);
  }
});

test('wrong credentials, clients and grants have their own codes', async () => {
  refused(await grant({ username: 'root', password: 'wrong' }), 400, 'invalid_grant');
  refused(await grant({ username: 'nobody', password: 'wrong' }), 400, 'invalid_grant');
  refused(await grant({}), 400, 'invalid_grant');
  refused(await grant({ username: 'root', password: 'x'.repeat(73) }), 400, 'too_long_password');
  refused(await grant({ username: 'root', password: server.rootPassword, client_id: 'x' }), 400, 'invalid_client');
  refused(await grant({ username: 'root', password: server.rootPassword, client_secret: '' }), 400, 'invalid_client');
  refused(await api('POST', '/api/v1/users/token', {}), 400, 'invalid_client');
  refused(await grant({ grant_type: 'client_credentials' }), 400, 'unsupported_grant_type');
  refused(await grant({ grant_type: 'refresh_token', refresh_token: 'f'.repeat(40) }), 400, 'invalid_grant');
});

test('a refresh gives a new pair and ends the old one', async () => {
  const old = (await grant({ username: 'root', password: server.rootPassword })).json;
  const fresh = await grant({ grant_type: 'refresh_token', refresh_token: old.refresh_token });
  assert.equal(fresh.status, 200, fresh.text);
  assert.equal(fresh.headers.get('cache-control'), 'no-store');
  assert.notEqual(fresh.json.access_token, old.access_token);
  refused(await me(old.access_token), 401, 'invalid_token');
  refused(await grant({ grant_type: 'refresh_token', refresh_token: old.refresh_token }), 400, 'invalid_grant');
  assert.equal((await me(fresh.json.access_token)).status, 200);
});

test('one refresh token gives one pair, however many ask at once', async () => {
  const { refresh_token } = (await grant({ username: 'root', password: server.rootPassword })).json;
  const answers = await Promise.all(Array.from({ length: 8 }, () => grant({ grant_type: 'refresh_token', refresh_token })));
  assert.equal(answers.filter(a => a.status === 200).length, 1);
  assert.equal(answers.filter(a => a.status === 400).length, 7);
});

test('revoking ends the pair', async () => {
  const pair = (await grant({ username: 'root', password: server.rootPassword })).json;
  assert.equal((await api('POST', '/api/v1/users/revoke-token', { token: pair.access_token })).status, 200);
  refused(await me(pair.access_token), 401, 'invalid_token');
  refused(await grant({ grant_type: 'refresh_token', refresh_token: pair.refresh_token }), 400, 'invalid_grant');
  refused(await api('POST', '/api/v1/users/revoke-token'), 401, 'unauthorized_request');
});

test('a bad bearer is refused on public routes too, and none is told apart', async () => {
  for (const value of ['Bearer', 'Bearer ', 'Bearer x', `Bearer ${'0'.repeat(40)}`, `bearer ${'z'.repeat(40)}`, `Bearer ${root}0`]) {
    refused(await api('GET', '/api/v1/accounts', { headers: { authorization: value } }), 401, 'invalid_token');
  }
  const none = await api('GET', '/api/v1/users/me');
  refused(none, 401, 'unauthorized_request');
  assert.match(none.headers.get('www-authenticate') ?? '', /Bearer/);
  assert.equal((await api('GET', '/api/v1/accounts', { headers: { authorization: 'Basic eDp4' } })).status, 200);
});

test('tokens survive a restart', async t => {
  const other = await another(t);
  const token = await other.token();
  const before = (await other.api('GET', '/api/v1/oauth-clients/local')).json;
  await other.restart();
  assert.equal((await other.api('GET', '/api/v1/users/me', { token })).status, 200);
  assert.deepEqual((await other.api('GET', '/api/v1/oauth-clients/local')).json, before);
});

test('sessions are listed, told apart and ended one by one', async () => {
  const p = await person(), stranger = await person();
  const second = (await grant({ username: p.name, password: PASSWORD })).json.access_token;
  const list = await api('GET', `/api/v1/users/${p.id}/token-sessions`, { token: p.token });
  assert.equal(list.json.total, 2);
  const other = list.json.data.find(s => !s.currentSession);
  assert.equal(list.json.data.filter(s => s.currentSession).length, 1);
  assert.equal(typeof other.loginIP, 'string');
  refused(await api('GET', `/api/v1/users/${p.id}/token-sessions`, { token: stranger.token }), 403, 'forbidden');
  refused(await api('POST', `/api/v1/users/${p.id}/token-sessions/${other.id}/revoke`, { token: stranger.token }), 403, 'forbidden');
  refused(await api('POST', `/api/v1/users/${stranger.id}/token-sessions/${other.id}/revoke`, { token: stranger.token }), 404, 'not_found');
  assert.equal((await api('POST', `/api/v1/users/${p.id}/token-sessions/${other.id}/revoke`, { token: p.token })).status, 204);
  refused(await me(second), 401, 'invalid_token');
  assert.equal((await me(p.token)).status, 200);
});

// --- the cookie of our own pages -------------------------------------------------------------------------

const signIn = (json, headers = { origin: server.url }) => api('POST', '/api/v1/session', { json, headers });
const cookieOf = answer => answer.headers.get('set-cookie')?.split(';')[0];

test('the session cookie signs in, is HttpOnly and SameSite, and ends', async () => {
  const answer = await signIn({ username: 'root', password: server.rootPassword });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.username, 'root');
  const set = answer.headers.get('set-cookie');
  assert.match(set, /^zoetrope_session=[0-9a-f]{40}; /);
  for (const part of [/; HttpOnly/, /; SameSite=Lax/, /; Path=\//, /; Max-Age=2419200/]) assert.match(set, part);
  assert.doesNotMatch(set, /Secure/, 'the test site is http');
  const cookie = cookieOf(answer);
  assert.equal((await me(undefined, { cookie: `a=b; ${cookie}; c=d` })).status, 200);
  refused(await me(cookie.split('=')[1]), 401, 'invalid_token');

  const out = await api('DELETE', '/api/v1/session', { headers: { cookie, origin: server.url } });
  assert.equal(out.status, 204);
  assert.match(out.headers.get('set-cookie'), /Max-Age=0/);
  const late = await me(undefined, { cookie });
  refused(late, 401, 'unauthorized_request');
  assert.match(late.headers.get('set-cookie'), /Max-Age=0/, 'a dead cookie is taken back');
  assert.equal((await api('GET', '/api/v1/accounts', { headers: { cookie } })).status, 200, 'and is no fault elsewhere');
});

test('pages of other sites cannot use the cookie', async () => {
  const cookie = cookieOf(await signIn({ username: 'root', password: server.rootPassword }));
  const put = headers => api('PUT', '/api/v1/users/me', { json: { displayName: 'Root' }, headers: { cookie, ...headers } });
  assert.equal((await put({ origin: server.url })).status, 204);
  assert.equal((await put({ referer: `${server.url}/my/settings?x` })).status, 204);
  refused(await put({}), 403, 'wrong_origin');
  refused(await put({ origin: 'https://evil.example' }), 403, 'wrong_origin');
  refused(await put({ origin: 'null' }), 403, 'wrong_origin');
  refused(await put({ origin: `${server.url}.evil.example` }), 403, 'wrong_origin');
  refused(await put({ origin: 'http://localhost:1' }), 403, 'wrong_origin');
  refused(await put({ referer: `https://evil.example/${server.url}` }), 403, 'wrong_origin');
  refused(await put({ origin: server.url, 'sec-fetch-site': 'cross-site' }), 403, 'wrong_origin');
  refused(await signIn({ username: 'root', password: server.rootPassword }, { origin: 'https://evil.example' }), 403, 'wrong_origin');
  refused(await signIn({ username: 'root', password: server.rootPassword }, {}), 403, 'wrong_origin');
});

test('signing in on a page needs both fields as text', async () => {
  for (const json of [{}, { username: 'root' }, { username: 1, password: 2 }, { username: 'root', password: null }]) {
    const answer = await signIn(json);
    refused(answer, 400, 'invalid_params');
    assert.ok(answer.json['invalid-params'].password);
  }
  refused(await signIn({ username: 'root', password: 'wrong' }), 400, 'invalid_grant');
});

// --- one's own user ------------------------------------------------------------------------------------

test('users/me has what clients read, in the right types', async () => {
  const { json } = await me(root);
  assert.deepEqual(json.role, { id: 0, label: 'Administrator' });
  assert.equal(json.username, 'root');
  assert.equal(json.videoQuota, -1);
  assert.equal(json.account.name, 'root');
  assert.equal(json.account.host, new URL(server.url).host);
  assert.equal(json.account.url, `${server.url}/accounts/root`);
  assert.equal(json.videoChannels[0].name, 'root_channel');
  assert.equal(json.videoChannels[0].displayName, 'Main root channel');
  for (const [name, type] of Object.entries({ id: 'number', email: 'string', nsfwPolicy: 'string', autoPlayVideo: 'boolean', p2pEnabled: 'boolean', blocked: 'boolean', createdAt: 'string', videoQuotaDaily: 'number', theme: 'string', twoFactorEnabled: 'boolean' })) {
    assert.equal(typeof json[name], type, name);
  }
  for (const name of ['specialPlaylists', 'videoChannelCollaborations']) assert.ok(Array.isArray(json[name]));
  assert.match(json.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(json.lastLoginDate, /Z$/);
});

test('one changes his name, description and preferences', async () => {
  const p = await person();
  const put = json => api('PUT', '/api/v1/users/me', { token: p.token, json });
  assert.equal((await put({ displayName: 'Zoé 🎬', description: 'line\nline', nsfwPolicy: 'blur', autoPlayVideo: false, videoLanguages: ['fr', 'de'], theme: 'dark' })).status, 204);
  let json = (await me(p.token)).json;
  assert.equal(json.account.displayName, 'Zoé 🎬');
  assert.equal(json.account.description, 'line\nline');
  assert.equal(json.nsfwPolicy, 'blur');
  assert.equal(json.autoPlayVideo, false);
  assert.deepEqual(json.videoLanguages, ['fr', 'de']);
  assert.equal((await put({ description: null, videoLanguages: null })).status, 204);
  json = (await me(p.token)).json;
  assert.equal(json.account.description, null);
  assert.equal(json.videoLanguages, null);
  assert.equal(json.nsfwPolicy, 'blur', 'what was not given stays');
});

test('every wrong field is told at once', async () => {
  const answer = await api('PUT', '/api/v1/users/me', {
    token: root,
    json: { displayName: 7, description: {}, nsfwPolicy: 'maybe', autoPlayVideo: 'perhaps', videoLanguages: [1], email: 'no', nsfwFlagsHidden: 99 },
  });
  refused(answer, 400, 'invalid_params');
  assert.deepEqual(Object.keys(answer.json['invalid-params']).sort(),
    ['autoPlayVideo', 'currentPassword', 'description', 'displayName', 'email', 'nsfwFlagsHidden', 'nsfwPolicy', 'videoLanguages'].filter(n => n !== 'currentPassword'));
  assert.match(answer.json.detail, /^Incorrect request parameters: /);
  for (const p of Object.values(answer.json['invalid-params'])) {
    assert.equal(p.location, 'body');
    assert.equal(typeof p.msg, 'string');
  }
  for (const body of ['[]', '{', '"x"', '\0', '{"displayName":"\\u0000"}', '{"displayName":"a\\nb"}']) {
    refused(await api('PUT', '/api/v1/users/me', { token: root, body, headers: { 'content-type': 'application/json' } }), 400, 'invalid_params');
  }
});

test('a new password needs the old one and signs out elsewhere', async () => {
  const p = await person();
  const elsewhere = (await grant({ username: p.name, password: PASSWORD })).json;
  const put = json => api('PUT', '/api/v1/users/me', { token: p.token, json });
  refused(await put({ password: 'another one' }), 400, 'invalid_params');
  refused(await put({ password: 'another one', currentPassword: 'wrong' }), 400, 'current_password_is_invalid');
  refused(await put({ password: 'short', currentPassword: PASSWORD }), 400, 'invalid_params');
  refused(await put({ password: 'é'.repeat(37), currentPassword: PASSWORD }), 400, 'too_long_password');
  refused(await put({ email: 'x@example.org' }), 400, 'invalid_params');
  assert.equal((await put({ password: 'another one', currentPassword: PASSWORD })).status, 204);
  assert.equal((await me(p.token)).status, 200, 'this session stays');
  refused(await me(elsewhere.access_token), 401, 'invalid_token');
  refused(await grant({ grant_type: 'refresh_token', refresh_token: elsewhere.refresh_token }), 400, 'invalid_grant');
  refused(await grant({ username: p.name, password: PASSWORD }), 400, 'invalid_grant');
  assert.equal((await grant({ username: p.name, password: 'another one' })).status, 200);
  assert.equal((await put({ email: `${p.name}@example.org`, currentPassword: 'another one' })).status, 204);
  assert.equal((await me(p.token)).json.email, `${p.name}@example.org`);
});

test('used space is two numbers', async () => {
  const { json } = await api('GET', '/api/v1/users/me/video-quota-used', { token: (await person()).token });
  assert.deepEqual(json, { videoQuotaUsed: 0, videoQuotaUsedDaily: 0 });
});

// --- signing up ------------------------------------------------------------------------------------------

const register = (json, on = server) => on.api('POST', '/api/v1/users/register', { json });

test('signing up makes a user, an account and a channel', async () => {
  assert.equal((await register({ username: 'new.one', password: PASSWORD, displayName: 'New One', email: 'new@example.org', channel: { name: 'new_things', displayName: 'New things' } })).status, 204);
  const { json } = await me(await server.token('new.one', PASSWORD));
  assert.deepEqual(json.role, { id: 2, label: 'User' });
  assert.equal(json.account.displayName, 'New One');
  assert.deepEqual(json.videoChannels.map(c => [c.name, c.displayName]), [['new_things', 'New things']]);
  assert.equal((await register({ username: 'plain', password: PASSWORD })).status, 204);
  assert.equal((await api('GET', '/api/v1/video-channels/plain_channel')).json.displayName, 'Main plain channel');
});

test('names and e-mails are taken once, whatever took them', async () => {
  const p = await person({ email: 'taken@example.org' });
  for (const json of [{ username: p.name }, { username: 'root_channel' }, { username: 'fresh1', email: 'TAKEN@example.org' }, { username: 'fresh2', channel: { name: 'root' } }, { username: 'fresh3', channel: { name: 'fresh3' } }, { username: 'peertube' }]) {
    refused(await register({ password: PASSWORD, ...json }), 409, 'name_taken');
  }
  for (const name of ['fresh1', 'fresh2', 'fresh3']) {
    assert.equal((await api('GET', `/api/v1/accounts/${name}`)).status, 404, 'nothing half-made stays');
  }
});

test('sixteen people who want one name: one gets it', async () => {
  const answers = await Promise.all(Array.from({ length: 16 }, () => register({ username: 'contested', password: PASSWORD })));
  assert.equal(answers.filter(a => a.status === 204).length, 1);
  assert.equal(answers.filter(a => a.status === 409).length, 15);
});

test('bad names and passwords are told', async () => {
  const wrong = [[{}, 'username'], [{ username: 'A' }, 'username'], [{ username: 'a b' }, 'username'], [{ username: '' }, 'username'], [{ username: 'x'.repeat(51) }, 'username'], [{ username: ['x'] }, 'username'], [{ username: '.x' }, 'username'], [{ username: 'ok1', password: '12345' }, 'password'], [{ username: 'ok1', password: 123456 }, 'password'], [{ username: 'ok1', email: 'a@@b' }, 'email'], [{ username: 'ok1', channel: 'x' }, 'channel'], [{ username: 'ok1', channel: { name: 'B' } }, 'channel.name'], [{ username: 'ok1', displayName: 'x'.repeat(121) }, 'displayName']];
  for (const [json, field] of wrong) {
    const answer = await register({ password: PASSWORD, ...json });
    refused(answer, 400, 'invalid_params');
    assert.ok(answer.json['invalid-params'][field], `${JSON.stringify(json)}: ${answer.text}`);
  }
  refused(await register({ username: 'ok1', password: 'x'.repeat(73) }), 400, 'too_long_password');
});

test('a site may be closed, or open', async t => {
  const closed = await another(t, { ZOETROPE_SIGNUP: 'closed' });
  refused(await register({ username: 'one', password: PASSWORD }, closed), 403, 'signup_closed');
  assert.equal((await closed.api('GET', '/api/v1/config')).json.signup.allowed, false);
  assert.equal((await api('GET', '/api/v1/config')).json.signup.allowed, true);
});

// --- throttles ---------------------------------------------------------------------------------------------

test('failed sign-ins are throttled by address, whoever is tried', async t => {
  const strict = await another(t, { ZOETROPE_RATE_LIMITS: 'true' });
  const strictClient = (await strict.api('GET', '/api/v1/oauth-clients/local')).json;
  const attempt = username => strict.api('POST', '/api/v1/users/token', { form: { ...strictClient, grant_type: 'password', username, password: 'wrong' } });
  for (let i = 0; i < 15; i++) refused(await attempt(`nobody${i}`), 400, 'invalid_grant');
  const answer = await attempt('nobody');
  refused(answer, 429, 'rate_limited');
  const wait = Number(answer.headers.get('retry-after'));
  assert.ok(wait > 0 && wait <= 20, `${wait}`);
  refused(await strict.api('POST', '/api/v1/session', { json: { username: 'root', password: strict.rootPassword }, headers: { origin: strict.url } }), 429, 'rate_limited');
  assert.equal((await strict.api('GET', '/api/v1/accounts')).status, 200, 'reading goes on');
});

test('sign-ups and writes are throttled by address; moderators write on', async t => {
  const strict = await another(t, { ZOETROPE_RATE_LIMITS: 'true' });
  const p = await person({ on: strict });
  const token = await strict.token();
  let answer;
  for (let i = 0; i < 12; i++) answer = await register({ username: `many${i}`, password: PASSWORD }, strict);
  refused(answer, 429, 'rate_limited');
  const write = token => strict.api('PUT', '/api/v1/users/me', { token, body: '[]' }).then(a => a.status);
  const statuses = [];
  for (let i = 0; i < 18; i++) statuses.push(...await Promise.all(Array.from({ length: 50 }, () => write(p.token))));
  assert.ok(statuses.includes(429));
  assert.ok(statuses.filter(s => s === 400).length >= 490);
  assert.equal(await write(token), 400);
});

// --- administration -----------------------------------------------------------------------------------------

test('administrators make, change, find and remove users', async () => {
  const made = await api('POST', '/api/v1/users', { token: root, json: { username: 'made', password: PASSWORD, email: 'made@example.org', role: 2, videoQuota: 5000, videoQuotaDaily: -1, channelName: 'made_by_root' } });
  assert.equal(made.status, 200, made.text);
  const { id } = made.json.user;
  assert.ok(made.json.user.account.id);
  let user = (await api('GET', `/api/v1/users/${id}`, { token: root })).json;
  assert.equal(user.videoQuota, 5000);
  assert.equal(user.videoQuotaUsed, 0);
  assert.equal(user.account.name, 'made');
  assert.equal((await api('PUT', `/api/v1/users/${id}`, { token: root, json: { videoQuota: -1, role: 1, email: null, password: 'set by root' } })).status, 204);
  user = (await api('GET', `/api/v1/users/${id}`, { token: root })).json;
  assert.deepEqual([user.videoQuota, user.role.id, user.email], [-1, 1, '']);
  await server.token('made', 'set by root');
  const found = (await api('GET', '/api/v1/users?search=MAD&count=5', { token: root })).json;
  assert.equal(found.total, 1);
  assert.equal(found.data[0].username, 'made');
  const page = (await api('GET', '/api/v1/users?count=1&start=1&sort=-createdAt', { token: root })).json;
  assert.equal(page.data.length, 1);
  assert.ok(page.total > 1);
  assert.equal((await api('DELETE', `/api/v1/users/${id}`, { token: root })).status, 204);
  refused(await api('GET', `/api/v1/users/${id}`, { token: root }), 404, 'not_found');
  assert.equal((await api('GET', '/api/v1/video-channels/made_by_root')).status, 404);
});

test('blocking signs out at once and is told apart; unblocking lets in again', async () => {
  const p = await person();
  const pair = (await grant({ username: p.name, password: PASSWORD })).json;
  assert.equal((await api('POST', `/api/v1/users/${p.id}/block`, { token: root, json: { reason: 'spam' } })).status, 204);
  refused(await me(p.token), 401, 'invalid_token');
  refused(await grant({ grant_type: 'refresh_token', refresh_token: pair.refresh_token }), 400, 'invalid_grant');
  refused(await grant({ username: p.name, password: PASSWORD }), 400, 'account_blocked');
  refused(await grant({ username: p.name, password: 'wrong' }), 400, 'invalid_grant');
  const user = (await api('GET', `/api/v1/users/${p.id}`, { token: root })).json;
  assert.deepEqual([user.blocked, user.blockedReason], [true, 'spam']);
  assert.equal((await api('POST', `/api/v1/users/${p.id}/unblock`, { token: root })).status, 204);
  assert.equal((await grant({ username: p.name, password: PASSWORD })).status, 200);
});

test('each route of the administration by each kind of caller', async () => {
  const moderator = await person({ role: 1 }), plain = await person(), victim = await person();
  const admin = (await me(root)).json;
  const callers = { anonymous: undefined, plain: plain.token, moderator: moderator.token };
  const cases = [
    ['GET', '/api/v1/users', {}, { anonymous: 401, plain: 403, moderator: 200 }],
    ['GET', `/api/v1/users/${victim.id}`, {}, { anonymous: 401, plain: 403, moderator: 200 }],
    ['PUT', `/api/v1/users/${victim.id}`, { json: { videoQuota: 1 } }, { anonymous: 401, plain: 403, moderator: 204 }],
    ['PUT', `/api/v1/users/${victim.id}`, { json: { role: 0 } }, { anonymous: 401, plain: 403, moderator: 403 }],
    ['PUT', `/api/v1/users/${admin.id}`, { json: { password: 'taken over' } }, { anonymous: 401, plain: 403, moderator: 403 }],
    ['PUT', `/api/v1/users/${moderator.id}`, { json: { role: 0 } }, { anonymous: 401, plain: 403, moderator: 403 }],
    ['POST', `/api/v1/users/${admin.id}/block`, {}, { anonymous: 401, plain: 403, moderator: 403 }],
    ['POST', `/api/v1/users/${victim.id}/block`, {}, { anonymous: 401, plain: 403, moderator: 204 }],
    ['POST', `/api/v1/users/${victim.id}/unblock`, {}, { anonymous: 401, plain: 403, moderator: 204 }],
    ['POST', '/api/v1/users', { json: { username: 'sneaky', password: PASSWORD, role: 0 } }, { anonymous: 401, plain: 403, moderator: 403 }],
    ['DELETE', `/api/v1/users/${admin.id}`, {}, { anonymous: 401, plain: 403, moderator: 403 }],
    ['DELETE', `/api/v1/users/${victim.id}`, {}, { anonymous: 401, plain: 403, moderator: 204 }],
    ['GET', `/api/v1/users/${admin.id}/token-sessions`, {}, { anonymous: 401, plain: 403, moderator: 403 }],
  ];
  for (const [method, path, options, expected] of cases) {
    for (const [who, token] of Object.entries(callers)) {
      const answer = await api(method, path, { token, ...options });
      assert.equal(answer.status, expected[who], `${who} ${method} ${path}: ${answer.text}`);
    }
  }
  refused(await api('POST', `/api/v1/users/${admin.id}/block`, { token: root }), 403, 'forbidden');
  refused(await api('PUT', `/api/v1/users/${admin.id}`, { token: root, json: { role: 2 } }), 403, 'forbidden');
  refused(await api('GET', '/api/v1/users/999999', { token: root }), 404, 'not_found');
  refused(await api('GET', '/api/v1/users/x', { token: root }), 400, 'invalid_params');
  refused(await api('GET', '/api/v1/users?sort=password_hash', { token: root }), 400, 'invalid_params');
});

// --- accounts and channels ------------------------------------------------------------------------------------

test('accounts and channels are found by name and by name@host', async () => {
  const host = new URL(server.url).host;
  for (const handle of ['root', `root@${host}`, 'ROOT', `@root@${host}`]) {
    const answer = await api('GET', `/api/v1/accounts/${encodeURIComponent(handle)}`);
    assert.equal(answer.status, 200, handle);
    assert.equal(answer.json.name, 'root');
    for (const name of ['followersCount', 'followingCount', 'id']) assert.equal(typeof answer.json[name], 'number');
    assert.ok(Array.isArray(answer.json.avatars));
  }
  const { json } = await api('GET', `/api/v1/video-channels/root_channel@${host}`);
  assert.equal(json.url, `${server.url}/video-channels/root_channel`);
  assert.equal(json.isLocal, true);
  assert.equal(json.ownerAccount.name, 'root');
  assert.ok(Array.isArray(json.banners));
  for (const path of ['accounts/root_channel', 'video-channels/root', 'accounts/root@elsewhere.example', 'accounts/%20', 'accounts/x%00y', `accounts/${'x'.repeat(5000)}`]) {
    const answer = await api('GET', `/api/v1/${path}`);
    assert.ok([400, 404].includes(answer.status), `${path} ${answer.status}`);
  }
});

test('lists are paged and refuse what is out of range', async () => {
  const list = await api('GET', '/api/v1/video-channels?count=1&sort=createdAt');
  assert.equal(list.json.data[0].name, 'root_channel');
  assert.ok(list.json.total >= 1);
  assert.equal((await api('GET', '/api/v1/accounts?count=2')).json.data.length, 2);
  assert.deepEqual((await api('GET', '/api/v1/accounts?count=0')).json.data, []);
  const own = await api('GET', '/api/v1/accounts/root/video-channels');
  assert.equal(own.json.total, 1);
  for (const query of ['count=101', 'count=-1', 'count=x', 'start=-1', 'start=99999999999', 'sort=-nothing']) {
    const answer = await api('GET', `/api/v1/video-channels?${query}`);
    refused(answer, 400, 'invalid_params');
    assert.equal(Object.values(answer.json['invalid-params'])[0].location, 'query');
  }
});

test('channels are made, changed and deleted by their owner alone', async () => {
  const p = await person(), stranger = await person();
  const name = `second_of_${p.name}`;
  const made = await api('POST', '/api/v1/video-channels', { token: p.token, json: { name, displayName: 'Second', description: 'about it', support: 'send tea' } });
  assert.equal(made.status, 200, made.text);
  assert.ok(made.json.videoChannel.id > 0);
  const path = `/api/v1/video-channels/${name}`;
  refused(await api('PUT', path, { token: stranger.token, json: { displayName: 'mine' } }), 403, 'not_owner');
  refused(await api('PUT', path, { json: { displayName: 'mine' } }), 401, 'unauthorized_request');
  refused(await api('DELETE', path, { token: stranger.token }), 403, 'not_owner');
  assert.equal((await api('PUT', path, { token: p.token, json: { displayName: 'Renamed', description: null } })).status, 204);
  const { json } = await api('GET', path);
  assert.deepEqual([json.displayName, json.description, json.support], ['Renamed', null, 'send tea']);
  assert.equal((await api('GET', `/api/v1/accounts/${p.name}/video-channels`)).json.total, 2);
  assert.equal((await api('DELETE', path, { token: p.token })).status, 204);
  assert.equal((await api('GET', path)).status, 404);
  refused(await api('DELETE', `/api/v1/video-channels/${p.channel.name}`, { token: p.token }), 409, 'conflict');
  refused(await api('POST', '/api/v1/video-channels', { token: p.token, json: { name: 'root', displayName: 'x' } }), 409, 'name_taken');
  refused(await api('POST', '/api/v1/video-channels', { token: p.token, json: { name: 'fine' } }), 400, 'invalid_params');
});

// --- the site ---------------------------------------------------------------------------------------------------

test('config has the places clients read', async () => {
  const { json } = await api('GET', '/api/v1/config');
  assert.match(json.serverVersion, /^8\.2\.1/);
  assert.deepEqual(json.transcoding.enabledResolutions, [240, 360, 480, 720, 1080]);
  assert.equal(json.transcoding.hls.splitAudioAndVideo, true);
  assert.equal(typeof json.client.videos.resumableUpload.maxChunkSize, 'number');
  assert.ok(json.video.file.extensions.includes('.mp4'));
  assert.equal(json.user.videoQuota, -1);
  for (const name of ['allowed', 'allowedForCurrentIP', 'requiresEmailVerification', 'requiresApproval']) assert.equal(typeof json.signup[name], 'boolean');
  assert.equal(typeof json.instance.name, 'string');
});

test('settings show in config', async t => {
  const other = await another(t, { ZOETROPE_NAME: 'Péniche', ZOETROPE_RESOLUTIONS: '144,720', ZOETROPE_UPLOAD_CHUNK_MIB: '8', ZOETROPE_SIGNUP_QUOTA_MIB: '5' });
  const { json } = await other.api('GET', '/api/v1/config');
  assert.equal(json.instance.name, 'Péniche');
  assert.deepEqual(json.transcoding.enabledResolutions, [144, 720]);
  assert.equal(json.client.videos.resumableUpload.maxChunkSize, 8 << 20);
  assert.equal(json.user.videoQuota, 5 << 20);
  assert.equal((await other.api('GET', '/api/v1/config/about')).json.instance.name, 'Péniche');
  const p = await person({ on: other });
  assert.equal((await other.api('GET', '/api/v1/users/me', { token: p.token })).json.videoQuota, 5 << 20);
});

test('figures count users and channels', async () => {
  const { json } = await api('GET', '/api/v1/server/stats');
  assert.equal(json.totalAdmins, 1);
  assert.ok(json.totalUsers >= 2 && json.totalDailyActiveUsers >= 1);
  assert.equal(typeof json.totalLocalVideoFilesSize, 'number');
});

test('enumerations are maps of id to label', async () => {
  const get = async name => (await api('GET', `/api/v1/videos/${name}`)).json;
  assert.equal((await get('categories'))['15'], 'Science & Technology');
  assert.equal((await get('licences'))['1'], 'Attribution');
  assert.deepEqual(await get('privacies'), { 1: 'Public', 2: 'Unlisted', 3: 'Private', 4: 'Internal', 5: 'Password protected' });
  const all = await get('languages'), written = await get('languages?scope=subtitle');
  assert.equal(all.nb, 'Norwegian Bokmål');
  assert.equal(all.fsl, 'French Sign Language');
  assert.equal(written.fsl, undefined);
  assert.equal(written.fr, 'French');
});

// --- leaving ----------------------------------------------------------------------------------------------------

test('a channel, or a whole user, goes with its videos and their files', async () => {
  const p = await person();
  await api('POST', '/api/v1/video-channels', { token: p.token, json: { name: `gone_${p.name}`, displayName: 'Gone' } });
  const second = (await api('GET', `/api/v1/video-channels/gone_${p.name}`)).json;
  const file = await testClip({ seconds: 1 });
  const inSecond = await server.upload(p.token, file, { channelId: second.id }), inFirst = await server.upload(p.token, file);
  const exists = async id => (await api('GET', `/api/v1/videos/${id}`, { token: root })).status === 200;
  assert.ok(await exists(inSecond.uuid) && await exists(inFirst.uuid));

  assert.equal((await api('DELETE', `/api/v1/video-channels/gone_${p.name}`, { token: p.token })).status, 204);
  assert.deepEqual([await exists(inSecond.uuid), await exists(inFirst.uuid)], [false, true]);
  assert.equal((await api('GET', '/api/v1/users/me/video-quota-used', { token: p.token })).json.videoQuotaUsed, statSync(file).size);

  assert.equal((await api('DELETE', '/api/v1/users/me', { token: p.token })).status, 204);
  assert.equal(await exists(inFirst.uuid), false);
  refused(await me(p.token), 401, 'invalid_token');
  refused(await grant({ username: p.name, password: PASSWORD }), 400, 'invalid_grant');
  assert.equal((await api('GET', `/api/v1/accounts/${p.name}`)).status, 404);
  refused(await api('DELETE', '/api/v1/users/me', { token: root }), 403, 'forbidden');
  const left = readdirSync(server.dataDir, { recursive: true }).filter(f => f.includes(inFirst.uuid) || f.includes(inSecond.uuid));
  assert.deepEqual(left, []);
});

test('space that is used up refuses an upload before its bytes', async () => {
  const p = await person();
  const file = await testClip({ seconds: 1 }), size = statSync(file).size;
  const quota = json => api('PUT', `/api/v1/users/${p.id}`, { token: root, json });
  const begin = () => api('POST', '/api/v1/videos/upload-resumable', {
    token: p.token,
    json: { filename: 'a.mp4', name: 'a video', channelId: p.channel.id },
    headers: { 'x-upload-content-length': String(size), 'x-upload-content-type': 'video/mp4' },
  });
  await quota({ videoQuota: size - 1 });
  refused(await begin(), 413, 'quota_reached');
  await quota({ videoQuota: -1, videoQuotaDaily: size - 1 });
  refused(await begin(), 413, 'quota_reached');
  await quota({ videoQuotaDaily: size });
  await server.upload(p.token, file);
  const used = (await api('GET', '/api/v1/users/me/video-quota-used', { token: p.token })).json;
  assert.deepEqual(used, { videoQuotaUsed: size, videoQuotaUsedDaily: size });
  refused(await begin(), 413, 'quota_reached');
});

// --- overviews ---------------------------------------------------------------------------------------------------

test('overviews group the newest videos by category, channel and tag', async () => {
  const p = await person();
  const empty = (await api('GET', '/api/v1/overviews/videos?page=20')).json;
  assert.deepEqual(empty, { categories: [], channels: [], tags: [] });
  const file = await testClip({ seconds: 1 });
  const { uuid } = await server.upload(p.token, file, { name: 'Looking around', category: 15, tags: ['overview', 'second'] });
  await server.waitVideo(uuid);
  const first = (await api('GET', '/api/v1/overviews/videos?page=1')).json;
  assert.deepEqual(first.categories[0].category, { id: 15, label: 'Science & Technology' });
  const own = first.channels.find(c => c.channel.name === p.channel.name); // others may have become ready meanwhile
  assert.equal(first.tags[0].tag, 'overview');
  for (const group of [first.categories[0], own, first.tags[0]]) assert.equal(group.videos[0].uuid, uuid);
  const second = (await api('GET', '/api/v1/overviews/videos?page=2')).json;
  assert.deepEqual([second.categories, second.tags[0].tag], [[], 'second']);
  refused(await api('GET', '/api/v1/overviews/videos?page=0'), 400, 'invalid_params');
});
