// Pictures of videos over HTTP: sent with an upload or an edit, or taken of a moment; made anew in the
// sandbox in every size, without what else was in the file; refused with a reason when they are none.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { clip, ffprobe, sleep, startServer, testClip } from './server.mjs';
import { tempFolder } from '../folders.mjs';

let server, token, other, colours;
const folder = tempFolder();
const SIZES = ['1920x1080', '1400x1400', '1280x720', '850x480', '280x157'];
const RED = [254, 0, 0], BLUE = [0, 0, 254];

function made(name, ...args) {
  const file = path.join(folder, name);
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args, '-frames:v', '1', file]);
  return readFileSync(file);
}
const halves = (...args) => made(args[0], '-f', 'lavfi', '-i', 'color=red:s=320x360', '-f', 'lavfi', '-i', 'color=blue:s=320x360',
  '-filter_complex', 'hstack,format=yuvj420p', ...args.slice(1));

/** A JPEG as a camera writes it: turned by EXIF, with a place in it. */
function withExif(jpeg, orientation) {
  const note = Buffer.from('SECRET PLACE 48.85N 2.35E\0');
  const tiff = Buffer.alloc(8 + 2 + 2 * 12 + 4 + note.length);
  tiff.write('II*\0', 0, 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(2, 8);
  tiff.writeUInt16LE(0x010e, 10); tiff.writeUInt16LE(2, 12); tiff.writeUInt32LE(note.length, 14); tiff.writeUInt32LE(38, 18);
  tiff.writeUInt16LE(0x0112, 22); tiff.writeUInt16LE(3, 24); tiff.writeUInt32LE(1, 26); tiff.writeUInt16LE(orientation, 30);
  note.copy(tiff, 38);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

/** The colour of a picture at a place given in hundredths of its sides. */
async function colourAt(url, x, y) {
  const file = path.join(folder, 'seen.jpg'), raw = path.join(folder, 'seen.rgb');
  writeFileSync(file, Buffer.from(await (await fetch(url)).arrayBuffer()));
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', file, '-vf', `crop=2:2:iw*${x / 100}:ih*${y / 100},scale=1:1`,
    '-pix_fmt', 'rgb24', '-f', 'rawvideo', raw]);
  return [...readFileSync(raw)];
}
const near = (seen, wanted, what) => seen.forEach((v, i) => assert.ok(Math.abs(v - wanted[i]) < 30, `${what}: ${seen}, not ${wanted}`));
const largest = v => v.thumbnails[0].fileUrl;
const details = async id => (await server.api('GET', `/api/v1/videos/${id}`, { token })).json;

function form(fields, picture, field = 'thumbnailfile') {
  const f = new FormData();
  for (const [name, value] of Object.entries(fields)) f.append(name, String(value));
  if (picture) f.append(field, new Blob([picture]), 'picture.jpg');
  return f;
}
const edit = (id, fields, picture, field, as = token) => server.api('PUT', `/api/v1/videos/${id}`, { token: as, form: form(fields, picture, field) });

before(async () => {
  server = await startServer({ env: { ZOETROPE_SIGNUP: 'open', ZOETROPE_RESOLUTIONS: '144' } });
  token = await server.token();
  await server.api('POST', '/api/v1/users/register', {
    json: { username: 'bob', password: 'password of bob', email: 'bob@example.com', channel: { name: 'bobs', displayName: 'bobs' } },
  });
  other = await server.token('bob', 'password of bob');
  // two seconds each of red, green and blue
  const file = await clip('pictures-colours', ['-f', 'lavfi', '-i', 'color=red:s=320x180:r=25:d=2', '-f', 'lavfi', '-i', 'color=lime:s=320x180:r=25:d=2',
    '-f', 'lavfi', '-i', 'color=blue:s=320x180:r=25:d=2', '-filter_complex', 'concat=n=3', '-c:v', 'libx264', '-g', '50', '-pix_fmt', 'yuv420p', '-movflags', '+faststart']);
  const { uuid } = await server.upload(token, file, { name: 'Colours' });
  colours = await server.waitVideo(uuid, v => v.state.id === 1 && v.files[0]?.id > 0 && v.thumbnails.length === 5);
});
after(() => server?.stop());

test('a picture that comes with an edit replaces the old ones, in every size', async () => {
  const old = colours.thumbnails.map(t => t.fileUrl);
  assert.equal((await edit(colours.uuid, { name: 'Halves' }, halves('plain.jpg'))).status, 204);
  const v = await details(colours.uuid);
  assert.equal(v.name, 'Halves');
  assert.deepEqual(v.thumbnails.map(t => `${t.width}x${t.height}`), SIZES);
  for (const t of v.thumbnails) {
    const { streams: [s] } = await ffprobe(t.fileUrl);
    assert.deepEqual([s.codec_name, s.width, s.height], ['mjpeg', t.width, t.height]);
  }
  near(await colourAt(largest(v), 20, 50), RED, 'left');
  near(await colourAt(largest(v), 80, 50), BLUE, 'right');
  for (const url of old) assert.equal((await fetch(url)).status, 404, 'the old one is gone');
  assert.equal(readdirSync(path.join(server.dataDir, 'thumbnails')).filter(f => f.endsWith('.jpg')).length, 5);
  // the larger one counts, whichever it is
  const both = form({}, halves('small.jpg', '-s', '64x36'));
  both.append('previewfile', new Blob([made('lime.png', '-f', 'lavfi', '-i', 'color=lime:s=640x360,format=rgb24,noise=alls=40')]), 'p.png');
  assert.equal((await server.api('PUT', `/api/v1/videos/${colours.uuid}`, { token, form: both })).status, 204);
  const [r, g] = await colourAt(largest(await details(colours.uuid)), 50, 2);
  assert.ok(r < 90 && g > 180, `${r} ${g}`);
});

test('EXIF turns the picture and is gone', async () => {
  const plain = halves('turned.jpg');
  for (const [orientation, first, last] of [[6, [50, 10], [50, 90]], [8, [50, 90], [50, 10]], [3, [90, 50], [10, 50]], [2, [90, 50], [10, 50]], [1, [10, 50], [90, 50]]]) {
    assert.equal((await edit(colours.uuid, {}, withExif(plain, orientation))).status, 204);
    const url = largest(await details(colours.uuid));
    near(await colourAt(url, ...first), RED, `orientation ${orientation}`);
    near(await colourAt(url, ...last), BLUE, `orientation ${orientation}`);
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    assert.ok(!bytes.includes('SECRET') && !bytes.includes('Exif'));
  }
});

test('PNG, WebP, GIF and BMP are read; black stands behind what is see-through', async () => {
  for (const ending of ['png', 'webp', 'gif', 'bmp']) {
    const bytes = made(`a.${ending}`, '-f', 'lavfi', '-i', 'color=red:s=320x180');
    assert.equal((await edit(colours.uuid, {}, bytes, 'previewfile')).status, 204, ending);
    const [r, g, b] = await colourAt(largest(await details(colours.uuid)), 50, 50);
    assert.ok(r > 220 && g < 40 && b < 40, `${ending}: ${r} ${g} ${b}`);
  }
  const clear = made('clear.png', '-f', 'lavfi', '-i', 'color=white@0.0:s=320x180,format=rgba');
  assert.equal((await edit(colours.uuid, {}, clear)).status, 204);
  near(await colourAt(largest(await details(colours.uuid)), 50, 50), [0, 0, 0], 'transparent');
});

test('what is no picture is refused with a reason, and changes nothing', async () => {
  const kept = await details(colours.uuid);
  const huge = Buffer.from(made('huge.png', '-f', 'lavfi', '-i', 'color=red:s=64x64'));
  huge.writeUInt32BE(60000, 16);
  huge.writeUInt32BE(60000, 20);
  const cases = {
    'random bytes': Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)),
    'a text': Buffer.from('hello, I am a picture'),
    'an SVG': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    'a playlist': Buffer.from('#EXTM3U\n#EXTINF:1,\n/etc/passwd\n'),
    'a video': readFileSync(await testClip({ seconds: 3 })),
    'half a header': halves('half.jpg').subarray(0, 40),
    'a wall of pixels': huge,
    'a dot': made('dot.png', '-f', 'lavfi', '-i', 'color=red:s=4x4'),
    nothing: Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    const answer = await edit(colours.uuid, { name: 'never' }, bytes.length ? bytes : new Uint8Array(0));
    assert.equal(answer.status, 400, `${what}: ${answer.text}`);
    assert.equal(answer.json.code, 'picture_invalid', what);
    assert.ok(answer.json.detail.length > 10, what);
  }
  assert.equal((await edit(colours.uuid, {}, Buffer.alloc(9 << 20, 1))).status, 413);
  assert.equal((await edit(colours.uuid, {}, halves('x.jpg'), 'thumbnailfile', other)).status, 403);
  assert.deepEqual((await details(colours.uuid)).thumbnails, kept.thumbnails);
  assert.equal((await details(colours.uuid)).name, kept.name);
});

test('a moment of the video becomes its picture', async () => {
  for (const [time, colour] of [['0', [254, 0, 0]], [2.5, [0, 255, 0]], ['5.99', [0, 0, 254]], [1.9, [254, 0, 0]], [6, [0, 0, 254]]]) {
    const answer = await server.api('PUT', `/api/v1/videos/${colours.uuid}`, { token, json: { thumbnailTime: time } });
    assert.equal(answer.status, 204, answer.text);
    near(await colourAt(largest(await details(colours.uuid)), 50, 50), colour, `at ${time}`);
  }
  for (const time of ['x', -1, 600, {}, ''])
    assert.equal((await server.api('PUT', `/api/v1/videos/${colours.uuid}`, { token, json: { thumbnailTime: time } })).status, 400, String(time));
  // of a private one as well: its files lie elsewhere
  const privacy = p => server.api('PUT', `/api/v1/videos/${colours.uuid}`, { token, json: { privacy: p, thumbnailTime: 2.2 } });
  assert.equal((await privacy(3)).status, 204);
  assert.equal((await privacy(1)).status, 204);
  near(await colourAt(largest(await details(colours.uuid)), 50, 50), [0, 255, 0], 'private');
});

test('a picture that comes with the upload stays, whatever is made of the video', async () => {
  const file = await testClip({ seconds: 3 });
  const channelId = await server.channelId(token);
  const picture = made('blue.png', '-f', 'lavfi', '-i', 'color=blue:s=640x360');
  const fields = { name: 'With a picture', channelId, privacy: 1 };

  const whole = form(fields, picture);
  whole.append('videofile', new Blob([readFileSync(file)], { type: 'video/mp4' }), 'a.mp4');
  const one = await server.api('POST', '/api/v1/videos/upload', { token, form: whole });
  assert.equal(one.status, 200, one.text);

  const size = readFileSync(file).length;
  const begun = await server.api('POST', '/api/v1/videos/upload-resumable', {
    token, form: form({ filename: 'a.mp4', ...fields }, picture, 'previewfile'),
    headers: { 'x-upload-content-length': String(size), 'x-upload-content-type': 'video/mp4' },
  });
  assert.equal(begun.status, 201, begun.text);
  const location = new URL(begun.headers.get('location'));
  const two = await server.uploadChunk(token, location.pathname + location.search, readFileSync(file), 0, size);
  assert.equal(two.status, 200, two.text);

  for (const { json } of [one, two]) {
    const { uuid } = json.video;
    const early = await details(uuid);
    assert.equal(early.thumbnails.length, 5, 'there from the start');
    const v = await server.waitVideo(uuid, d => d.state.id === 1 && d.files[0]?.id > 0);
    assert.deepEqual(v.thumbnails, early.thumbnails);
    near(await colourAt(largest(v), 50, 50), BLUE, 'sent');
  }
  assert.deepEqual(readdirSync(path.join(server.dataDir, 'staging/uploads')), []);
});

test('an upload with a wrong picture is refused before any of it is kept', async () => {
  const channelId = await server.channelId(token);
  const fields = { filename: 'a.mp4', name: 'Wrong picture', channelId };
  const headers = { 'x-upload-content-length': '1000', 'x-upload-content-type': 'video/mp4' };
  const answer = await server.api('POST', '/api/v1/videos/upload-resumable', { token, headers, form: form(fields, Buffer.from('no picture')) });
  assert.equal(answer.status, 400);
  assert.equal(answer.json.code, 'picture_invalid');
  assert.deepEqual(readdirSync(path.join(server.dataDir, 'staging/uploads')), []);
  // and a cancelled one takes its picture along
  const begun = await server.api('POST', '/api/v1/videos/upload-resumable', { token, headers, form: form(fields, halves('y.jpg')) });
  assert.equal(begun.status, 201);
  assert.equal(readdirSync(path.join(server.dataDir, 'staging/uploads')).length, 1);
  const location = new URL(begun.headers.get('location'));
  assert.equal((await server.api('DELETE', location.pathname + location.search, { token, headers: { 'content-length': '0' } })).status, 204);
  assert.deepEqual(readdirSync(path.join(server.dataDir, 'staging/uploads')), []);
});

test('nothing of all this stays in the staging folder', async () => {
  for (let i = 0; readdirSync(path.join(server.dataDir, 'staging/request')).length; i++, await sleep(100))
    assert.ok(i < 100, `${readdirSync(path.join(server.dataDir, 'staging/request'))}`);
});
