// What administrators choose about codecs, as viewers meet it: AV1 beside H.264, and a hardware
// encoder that is not there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ffprobe, startServer, testClip } from './server.mjs';

let server, token;
const finished = v => v.state.id === 1 && v.files[0]?.size > 0 && v.files[0].id > 0; // its plain MP4s are there

before(async () => {
  server = await startServer({ env: { ZOETROPE_RESOLUTIONS: '144', ZOETROPE_AV1_RESOLUTIONS: '144', ZOETROPE_HARDWARE_ENCODER: 'vaapi' } });
  token = await server.token();
});
after(() => server?.stop());

test('asked for hardware that is missing, a good video is made in software, and the log tells', {
  skip: existsSync('/dev/dri') ? 'this machine has a device' : false, timeout: 300000,
}, async () => {
  for (const copyable of [true, false]) {
    const file = await testClip({ seconds: 4, copyable });
    const { uuid } = await server.upload(token, file, { name: `Without a device, ${copyable}` });
    const video = await server.waitVideo(uuid, finished);
    assert.equal(video.thumbnails.length > 0, true);
    for (const { fileUrl } of video.streamingPlaylists[0].files.filter(f => f.resolution.id)) {
      const { streams } = await ffprobe(fileUrl);
      assert.deepEqual(streams.filter(s => s.codec_type === 'video').map(s => s.codec_name), ['h264']);
    }
  }
  assert.match(server.output, /hardware_encoder_failed .*encoder=vaapi/);
});

test('AV1 is in the master playlist behind H.264, and in no list of files', { timeout: 300000 }, async () => {
  const { uuid } = await server.upload(token, await testClip({ seconds: 5, copyable: false }), { name: 'In two codecs' });
  const video = await server.waitVideo(uuid, finished);
  const [playlist] = video.streamingPlaylists;
  const master = await (await fetch(playlist.playlistUrl)).text();
  const codecs = [...master.matchAll(/CODECS="([^",]+)/g)].map(m => m[1].slice(0, 4));
  assert.equal(codecs.at(-1), 'av01', master);
  assert.ok(codecs.slice(0, -1).every(c => c === 'avc1') && codecs.length >= 2, master);
  assert.equal(playlist.files.filter(f => f.resolution.id === 144).length, 1);
  assert.equal(video.files.filter(f => f.resolution.id === 144).length, 1);
  const names = master.split('\n').filter(line => line.endsWith('.m3u8'));
  const { streams } = await ffprobe(new URL(names.at(-1), playlist.playlistUrl));
  assert.equal(streams[0].codec_name, 'av1');
  assert.equal(streams[0].height, 144);
});
