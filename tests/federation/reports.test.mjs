// reports.test.mjs — what somebody reports reaches those who run the site, and the site where it
// lives; and people are told of what concerns them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, testClip } from '../api/server.mjs';
import { one, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '500', ZOETROPE_SIGNUP: 'open' };
let here, there, root, ann, rootThere, video, hostThere;

async function register(server, username) {
  const answer = await server.api('POST', '/api/v1/users/register', { json: { username, password: 'secret password' } });
  assert.equal(answer.status, 204, answer.text);
  return server.token(username, 'secret password');
}

before(async () => {
  [here, there] = await Promise.all([startServer({ env }), startServer({ env })]);
  [root, rootThere, ann] = await Promise.all([here.token(), there.token(), register(here, 'ann')]);
  hostThere = new URL(there.url).host;
  video = await here.upload(root, await testClip(), { name: 'Ours' });
  await here.waitVideo(video.uuid, v => v.state.id === 1);
});
after(() => Promise.all([here?.stop(), there?.stop()]));

const report = (token, body) => here.api('POST', '/api/v1/abuses', { token, json: { reason: 'Not nice at all', ...body } });
const abuses = async (query = '', server = here, token = root) => {
  const answer = await server.api('GET', `/api/v1/abuses${query}`, { token });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const told = async (token, type, server = here) =>
  (await server.api('GET', `/api/v1/users/me/notifications?typeOneOf=${type}`, { token })).json.data;

test('a video, a comment and an account are reported', async () => {
  const comment = (await here.api('POST', `/api/v1/videos/${video.uuid}/comment-threads`, { token: root, json: { text: 'A rude word' } })).json.comment;
  const first = await report(ann, { video: { id: video.uuid, startAt: 1, endAt: 2 }, predefinedReasons: ['spamOrMisleading'] });
  assert.equal(first.status, 200, first.text);
  assert.equal((await report(ann, { comment: { id: comment.id } })).status, 200);
  const account = (await here.api('GET', '/api/v1/accounts/root')).json;
  assert.equal((await report(ann, { account: { id: account.id }, reason: '100% bad_words' })).status, 200);

  const all = await abuses();
  assert.equal(all.total, 3);
  const [ofAccount, ofComment, ofVideo] = all.data;
  assert.equal(ofVideo.id, first.json.abuse.id);
  assert.equal(ofVideo.video.uuid, video.uuid);
  assert.equal(ofVideo.video.startAt, 1);
  assert.deepEqual(ofVideo.predefinedReasons, ['spamOrMisleading']);
  assert.deepEqual(ofVideo.state, { id: 1, label: 'Pending' });
  assert.equal(ofVideo.reporterAccount.name, 'ann');
  assert.equal(ofVideo.flaggedAccount.name, 'root');
  assert.equal(ofVideo.countReportsForReportee, 3);
  assert.equal(ofComment.comment.id, comment.id);
  assert.equal(ofComment.video, null);
  assert.equal(ofAccount.flaggedAccount.name, 'root');
  assert.equal((await abuses('?filter=comment')).total, 1);
  assert.equal((await abuses('?search=100%25%20bad_')).total, 1);
  assert.equal((await abuses('?search=nobody')).total, 0);
  assert.equal((await abuses(`?id=${ofVideo.id}`)).data[0].id, ofVideo.id);
  assert.equal((await abuses('?sort=createdAt&count=1')).data[0].id, ofVideo.id);
  const news = await told(root, 3);
  assert.equal(news.length, 3);
  assert.equal(news[2].abuse.id, ofVideo.id);
});

test('bad reports are refused', async () => {
  assert.equal((await report(undefined, { video: { id: video.uuid } })).status, 401);
  assert.equal((await report(ann, {})).status, 400);
  assert.equal((await report(ann, { video: {} })).status, 400);
  assert.equal((await report(ann, { video: { id: 'none' } })).status, 404);
  assert.equal((await report(ann, { comment: { id: 999 } })).status, 404);
  assert.equal((await report(ann, { account: { id: 999 } })).status, 404);
  assert.equal((await report(ann, { video: { id: video.uuid }, reason: 'x' })).status, 400);
  assert.equal((await here.api('GET', '/api/v1/abuses', { token: ann })).status, 403);
  assert.equal((await abuses()).total, 3);
});

test('moderators decide, and the reporter is told', async () => {
  const { data: [, , { id }] } = await abuses();
  const change = (token, json) => here.api('PUT', `/api/v1/abuses/${id}`, { token, json });
  assert.equal((await change(ann, { state: 3 })).status, 403);
  assert.equal((await change(root, { state: 4 })).status, 400);
  assert.equal((await change(root, { state: 3, moderationComment: 'Seen' })).status, 204);
  const [seen] = (await abuses('?state=3')).data;
  assert.equal(seen.moderationComment, 'Seen');
  const mine = (await here.api('GET', '/api/v1/users/me/abuses', { token: ann })).json;
  assert.equal(mine.total, 3);
  assert.equal(mine.data[2].state.id, 3);
  assert.ok(!('moderationComment' in mine.data[2]), 'notes of moderators are theirs');
  const [news] = await told(ann, 15);
  assert.deepEqual([news.abuse.id, news.abuse.state], [id, 3]);

  assert.equal((await here.api('DELETE', `/api/v1/videos/${video.uuid}`, { token: root })).status, 204);
  const left = (await abuses(`?id=${id}`)).data[0];
  assert.equal(left.video.deleted, true);
  assert.equal(left.video.name, 'Ours', 'it says what it was about');
  assert.equal((await here.api('DELETE', `/api/v1/abuses/${id}`, { token: root })).status, 204);
  assert.equal((await here.api('DELETE', `/api/v1/abuses/${id}`, { token: root })).status, 404);
  assert.equal((await told(ann, 15)).length, 0);
});

test('a report about something elsewhere reaches its own site, without the name of who made it', async () => {
  const theirs = await there.upload(rootThere, await testClip(), { name: 'Theirs' });
  await there.waitVideo(theirs.uuid, v => v.state.id === 1);
  const found = (await here.api('GET', `/api/v1/search/videos?search=${encodeURIComponent(`${there.url}/w/${theirs.shortUUID}`)}`, { token: ann })).json.data[0];
  assert.equal((await report(ann, { video: { id: found.id }, reason: 'Stays here', forward: false })).status, 200);
  assert.equal((await report(ann, { video: { id: found.id }, reason: 'Goes there' })).status, 200);
  const arrived = await until('the report is there', async () => (await abuses('', there, rootThere)).data[0]);
  assert.equal(arrived.reason, 'Goes there');
  assert.equal(arrived.video.uuid, theirs.uuid);
  assert.equal(arrived.reporterAccount.name, 'zoetrope');
  assert.equal(arrived.reporterAccount.host, new URL(here.url).host);
  assert.equal((await told(rootThere, 3, there)).length, 1);

  const comment = (await there.api('POST', `/api/v1/videos/${theirs.uuid}/comment-threads`, { token: rootThere, json: { text: 'Rude' } })).json.comment;
  const uri = `${there.url}/videos/watch/${theirs.uuid}/comments/${comment.id}`;
  const known = (await here.api('GET', `/api/v1/resolve?uri=${encodeURIComponent(uri)}`, { token: ann })).json.comment;
  assert.equal((await report(ann, { comment: { id: known.id }, reason: 'This one' })).status, 200);
  const second = await until('the second is there', async () => (await abuses('?search=This', there, rootThere)).data[0]);
  assert.equal(second.comment?.id, comment.id);
  assert.equal((await abuses('', there, rootThere)).total, 2, 'one report for each thing');
});

test('nobody is told of what he does not want to hear of', async () => {
  const set = json => here.api('PUT', '/api/v1/users/me/notification-settings', { token: root, json });
  const settings = async () => (await here.api('GET', '/api/v1/users/me', { token: root })).json.notificationSettings;
  assert.equal((await settings()).abuseAsModerator, 3);
  assert.equal((await set({ abuseAsModerator: 4 })).status, 400);
  assert.equal((await set({ abuseAsModerator: 2 })).status, 204);
  assert.deepEqual([(await settings()).abuseAsModerator, (await settings()).newFollow], [2, 1]);
  const account = (await here.api('GET', '/api/v1/accounts/root')).json, before = (await told(root, 3)).length;
  assert.equal((await report(ann, { account: { id: account.id }, reason: 'Silent' })).status, 200);
  assert.equal((await told(root, 3)).length, before);
  assert.equal((await abuses('?search=Silent')).total, 1);
  assert.equal((await set({ abuseAsModerator: 1 })).status, 204);
  assert.equal((await report(ann, { account: { id: account.id }, reason: 'Loud' })).status, 200);
  assert.equal((await told(root, 3)).length, before + 1);
});

test('subscribers are told of a new video, here and elsewhere, once', async () => {
  const follow = async (server, token, uri) => assert.equal((await server.api('POST', '/api/v1/users/me/subscriptions', { token, json: { uri } })).status, 204);
  const bob = await register(there, 'bob');
  await follow(here, ann, `root_channel@${hostThere}`);
  await follow(there, bob, 'root_channel');
  await follow(there, rootThere, 'root_channel');
  await until('accepted', () => one(here, `SELECT count(*) FROM follow WHERE state = 'accepted'`));
  const fresh = await there.upload(rootThere, await testClip(), { name: 'Fresh' });
  await there.waitVideo(fresh.uuid, v => v.state.id === 1);
  const [near] = await until('bob is told', async () => (await told(bob, 1, there)).length && told(bob, 1, there));
  assert.equal(near.video.uuid, fresh.uuid);
  assert.equal(near.video.channel.name, 'root_channel');
  assert.equal((await told(rootThere, 1, there)).length, 0, 'not of one\'s own');
  const far = await until('ann is told', async () => (await told(ann, 1)).find(n => n.video.name === 'Fresh'));
  assert.equal(far.video.channel.host, hostThere);
  assert.ok(!(await told(ann, 1)).some(n => n.video.name === 'Theirs'), 'nothing is said of what was there before');
  await there.api('PUT', `/api/v1/videos/${fresh.uuid}`, { token: rootThere, json: { name: 'Fresher' } });
  await until('the change came', () => one(here, `SELECT count(*) FROM video WHERE name = 'Fresher'`));
  assert.equal((await told(ann, 1)).filter(n => n.video.name === 'Fresher').length, 1);
  assert.equal((await told(bob, 1, there)).length, 1);
});
