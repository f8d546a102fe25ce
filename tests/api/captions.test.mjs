// Captions over HTTP: sent as WebVTT and SubRip, refused with the line that is wrong, taken from the
// uploaded file, in the master playlist, as private as their video, and gone when they are removed.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { clip, command, sleep, startServer, testClip } from './server.mjs';
import { tempFolder } from '../folders.mjs';

const PUBLIC = 1, PRIVATE = 3;
let server, token, other, plain, contained;
const folder = tempFolder();

const VTT = 'WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nHello <i>there</i>\n';
const SRT = '1\r\n00:00:00,500 --> 00:00:01,500\r\nBonjour\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\n<font color="red">Fin</font>\r\n';
const captions = (id, as = token) => server.api('GET', `/api/v1/videos/${id}/captions`, { token: as });
const put = (id, language, text, as = token) => {
  const form = new FormData();
  form.append('other', 'x');
  if (text !== undefined) form.append('captionfile', new Blob([text]), 'a.vtt');
  return server.api('PUT', `/api/v1/videos/${id}/captions/${language}`, { token: as, form });
};
const relative = url => new URL(url).pathname;
async function master(v, has, as) {
  const at = relative(v.streamingPlaylists[0].playlistUrl);
  for (let i = 0; ; i++, await sleep(100)) {
    const { text } = await server.api('GET', at, { token: as });
    if (has(text)) return text;
    assert.ok(i < 300, `the master never changed: ${text}`);
  }
}

/** A film with text tracks in three languages, one of them twice. */
async function film() {
  const tracks = ['en', 'fr', 'en', 'de'].map((name, i) => {
    const file = path.join(folder, `${i}.srt`);
    writeFileSync(file, `1\n00:00:00,500 --> 00:00:01,500\n<b>Text</b> & ${name} ${i}\n\n2\n00:00:02,000 --> 00:00:02,500\nSecond\nline\n`);
    return file;
  });
  const out = path.join(folder, 'film.mkv');
  await command('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', await testClip({ seconds: 4 }), ...tracks.flatMap(t => ['-i', t]),
    '-map', '0', ...tracks.flatMap((_, i) => ['-map', `${i + 1}`]), '-c', 'copy', '-c:s:1', 'ass', '-c:s:3', 'webvtt',
    '-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'language=fre', '-metadata:s:s:2', 'language=eng',
    '-metadata:s:s:3', 'language=ger', out]);
  return out;
}

before(async () => {
  server = await startServer({ env: { ZOETROPE_SIGNUP: 'open', ZOETROPE_RESOLUTIONS: '144' } });
  token = await server.token();
  assert.equal((await server.api('POST', '/api/v1/users/register', {
    json: { username: 'bob', password: 'password of bob', email: 'bob@example.com', channel: { name: 'bobs', displayName: 'bobs' } },
  })).status, 204);
  other = await server.token('bob', 'password of bob');
  const file = await testClip({ seconds: 4 });
  plain = await server.upload(token, file, { name: 'Plain' });
  contained = await server.upload(token, await film(), { name: 'A film with texts', privacy: PRIVATE });
  const done = v => v.state.id === 1 && v.files[0]?.size > 0 && v.files[0].id > 0;
  plain = await server.waitVideo(plain.uuid, done);
  contained = await server.waitVideo(contained.uuid, done);
});
after(() => server?.stop());

test('captions are sent, listed, played and removed', async () => {
  assert.deepEqual((await captions(plain.uuid)).json, { total: 0, data: [] });
  const before = await master(plain, () => true);
  assert.equal((await put(plain.uuid, 'en', VTT)).status, 204);
  assert.equal((await put(plain.shortUUID, 'fr', SRT)).status, 204);
  const { json } = await captions(plain.uuid, null);
  assert.equal(json.total, 2);
  assert.deepEqual(json.data.map(c => c.language), [{ id: 'en', label: 'English' }, { id: 'fr', label: 'French' }]);
  for (const c of json.data) {
    assert.equal(c.automaticallyGenerated, false);
    assert.ok(Date.parse(c.updatedAt) > Date.now() - 3600e3);
    assert.equal(c.fileUrl, server.url + c.captionPath);
  }
  const [english, french] = json.data;
  const answer = await server.api('GET', english.captionPath);
  assert.match(answer.headers.get('content-type'), /^text\/vtt/);
  assert.equal(answer.text, VTT);
  assert.equal((await server.api('GET', french.captionPath)).text,
    'WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nBonjour\n\n00:00:02.000 --> 00:00:03.000\nFin\n');

  // in the stream: the master names a playlist, that names the file, all of them by relative names
  const text = await master(plain, t => /LANGUAGE="fr"/.test(t) && /LANGUAGE="en"/.test(t));
  assert.match(text, /#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="English",.*LANGUAGE="en",URI="([^"/]+\.m3u8)"/);
  assert.match(text, /#EXT-X-STREAM-INF:.*SUBTITLES="subtitles"/);
  assert.equal(text.replace(/#EXT-X-MEDIA:TYPE=SUBTITLES.*\n/g, '').replaceAll(',SUBTITLES="subtitles"', ''), before, 'nothing else changes');
  const playlist = await server.api('GET', relative(english.m3u8Url));
  assert.match(playlist.text, /#EXTINF:4\.\d+,\n[^/]+-en\.vtt\n#EXT-X-ENDLIST/);
  const vtt = relative(english.m3u8Url).replace('.m3u8', '.vtt');
  assert.equal((await server.api('GET', vtt)).text, VTT);

  // a change has a new name; what was removed is gone
  assert.equal((await put(plain.uuid, 'en', VTT.replace('Hello', 'Bye'))).status, 204);
  const changed = (await captions(plain.uuid)).json.data[0];
  assert.notEqual(changed.captionPath, english.captionPath);
  assert.match((await server.api('GET', changed.captionPath)).text, /Bye/);
  assert.equal((await server.api('GET', english.captionPath)).status, 404);
  for (const language of ['en', 'fr'])
    assert.equal((await server.api('DELETE', `/api/v1/videos/${plain.uuid}/captions/${language}`, { token })).status, 204);
  assert.equal((await captions(plain.uuid)).json.total, 0);
  assert.equal(await master(plain, t => !/SUBTITLES/.test(t)), before);
  const stream = path.join(server.dataDir, 'hls', plain.uuid);
  for (let i = 0; readdirSync(stream).some(f => /-(en|fr)\./.test(f)); i++, await sleep(100))
    assert.ok(i < 300, `files stay behind: ${readdirSync(stream)}`);
});

test('what is wrong is refused with a reason and changes nothing', async () => {
  const target = `/api/v1/videos/${plain.uuid}/captions`;
  for (const [language, text, status, code, detail] of [
    ['en', 'just text', 400, 'caption_invalid', /neither a WebVTT nor a SubRip/],
    ['en', 'WEBVTT\n\n00:02.000 --> 00:01.000\nx', 400, 'caption_invalid', /^line 3: /],
    ['en', '', 400, 'caption_invalid', /empty/],
    ['en', undefined, 400, 'invalid_params', /captionfile/],
    ['xx', VTT, 400, 'invalid_params', /captionLanguage/],
    ['ase', VTT, 400, 'invalid_params', /captionLanguage/],
    ['e_n.vtt', VTT, 400, 'invalid_params', /captionLanguage/],
  ]) {
    const answer = await put(plain.uuid, language, text);
    assert.equal(answer.status, status, `${language} ${text}: ${answer.text}`);
    assert.equal(answer.json.code, code);
    assert.match(answer.json.detail, detail);
  }
  assert.equal((await put(plain.uuid, 'en', VTT + 'x'.repeat(21 << 20))).status, 413);
  assert.equal((await put(plain.uuid, 'en', VTT, null)).status, 401);
  assert.equal((await put(plain.uuid, 'en', VTT, other)).status, 403);
  assert.equal((await put('9c9de5e8-0a1e-484a-b099-e80766180a6d', 'en', VTT)).status, 404);
  assert.equal((await server.api('DELETE', `${target}/en`, { token })).status, 404);
  assert.equal((await server.api('DELETE', `${target}/en`, { token: other })).status, 403);
  assert.equal((await captions(plain.uuid)).json.total, 0);
});

test('texts of the uploaded file become captions; what a person sends wins', async () => {
  const list = (await captions(contained.uuid)).json.data;
  assert.deepEqual(list.map(c => c.language.id), ['de', 'en', 'fr']);
  for (const c of list) {
    const { text } = await server.api('GET', c.captionPath, { token });
    const i = { de: 3, en: 0, fr: 1 }[c.language.id], name = c.language.id;
    assert.match(text, new RegExp(`^WEBVTT\n\n00:00:00\\.500 --> 00:00:01\\.500\n(<b>)?Text(</b>)? &amp; ${name} ${i}\n\n00:00:02\\.000 --> 00:00:02\\.500\nSecond\nline\n$`));
  }
  assert.equal((await put(contained.uuid, 'de', VTT)).status, 204);
  const german = (await captions(contained.uuid)).json.data[0];
  assert.equal((await server.api('GET', german.captionPath, { token })).text, VTT);
});

test('captions are as private as their video, and move with it', async () => {
  const list = (await captions(contained.uuid)).json.data;
  const places = c => [c.captionPath, relative(c.m3u8Url), relative(c.m3u8Url).replace('.m3u8', '.vtt')];
  assert.equal((await captions(contained.uuid, null)).status, 401);
  for (const place of places(list[1])) {
    assert.equal((await server.api('GET', place)).status, 401, place);
    assert.equal((await server.api('GET', place, { token: other })).status, 403, place);
    assert.equal((await server.api('GET', place, { token })).status, 200, place);
    assert.equal((await server.api('GET', place.replace('/private', ''))).status, place.includes('lazy') ? 401 : 404, place);
  }
  const made = await server.api('POST', `/api/v1/videos/${contained.uuid}/token`, { token });
  const key = made.json.files.token;
  assert.equal((await server.api('GET', `${list[1].captionPath}?videoFileToken=${key}`)).status, 200);
  const text = await (await fetch(`${list[1].m3u8Url}?videoFileToken=${key}&reinjectVideoFileToken=true`)).text();
  assert.match(text, new RegExp(`\n[^\n]+\\.vtt\\?videoFileToken=${key}\n`));

  assert.equal((await server.api('PUT', `/api/v1/videos/${contained.uuid}`, { token, json: { privacy: PUBLIC } })).status, 204);
  for (const c of (await captions(contained.uuid, null)).json.data)
    for (const place of places(c))
      assert.equal((await server.api('GET', place)).status, 200, place);
  assert.equal((await server.api('DELETE', `/api/v1/videos/${contained.uuid}`, { token })).status, 204);
  for (const place of places(list[1]))
    assert.equal((await server.api('GET', place, { token })).status, 404, place);
  assert.ok(!existsSync(path.join(server.dataDir, 'hls', contained.uuid)));
});

test('pages without scripts have them too; texts in an unknown language are kept', async () => {
  const srt = path.join(folder, 'x.srt'), file = path.join(folder, 'unknown.mkv');
  writeFileSync(srt, '1\n00:00:00,500 --> 00:00:01,500\nWho knows\n');
  await command('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', await testClip({ seconds: 4 }), '-i', srt, '-map', '0', '-map', '1', '-c', 'copy', file]);
  const { uuid } = await server.upload(token, file, { name: 'Unknown' });
  await server.waitVideo(uuid, d => d.state.id === 1 && d.files[0]?.id > 0);
  const [c] = (await captions(uuid)).json.data;
  assert.deepEqual(c.language, { id: 'und', label: 'Unknown language' });
  const page = await server.api('GET', `/w/${uuid}`);
  assert.ok(page.text.includes(`<track kind="captions" srclang="und" label="Unknown language" src="${c.captionPath}">`));
  assert.equal((await put(uuid, 'und', VTT)).status, 400);
  assert.equal((await server.api('DELETE', `/api/v1/videos/${uuid}/captions/und`, { token })).status, 204);
});

test('what was acknowledged is there after a kill, in the master too', async () => {
  const before = (await captions(plain.uuid)).json.total;
  assert.equal((await put(plain.uuid, 'nl', VTT)).status, 204);
  await server.kill();
  await server.start();
  const { json } = await captions(plain.uuid);
  assert.equal(json.total, before + 1);
  assert.equal((await server.api('GET', json.data.find(c => c.language.id === 'nl').captionPath)).text, VTT);
  await master(plain, t => /LANGUAGE="nl"/.test(t));
});

test('captions may come before the video is made', async () => {
  const slow = await clip('captions-slow', ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=6', '-c:v', 'mpeg4'], 'avi');
  const v = await server.upload(token, slow, { name: 'Early captions', privacy: PRIVATE });
  assert.equal((await put(v.uuid, 'en', VTT)).status, 204);
  const done = await server.waitVideo(v.uuid, d => d.state.id === 1 && d.files[0]?.size > 0 && d.files[0].id > 0, 120000, token);
  assert.match(await master(done, t => /LANGUAGE="en"/.test(t), token), /SUBTITLES="subtitles"/);
});
