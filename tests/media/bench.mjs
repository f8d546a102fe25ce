// bench.mjs — the media engine beside (a) one ffmpeg command with one decode, the same rungs and our
// own x264 settings, and (b) the reference's pipeline, command by command. Part of `make bench`
// (BENCH=media); ratios of one run on one machine. All of it takes half an hour on two cores.
//
//   MEDIA_SECONDS  length of the clips (60)     MEDIA_CLIPS    names of some of them, with blanks between
//   MEDIA_TASKS=1  what each task took          MEDIA_QUALITY  length for the quality (6; 0: not measured)
//
// Bits at equal quality: (b)'s rungs are also made at other CRFs; its bits at the score of our rung are
// interpolated, for SSIM and for PSNR. Both are compared with the source scaled by ffmpeg's own scaler.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { removeFolder, tempFolder } from '../folders.mjs';
import { materialize } from './driver.mjs';

const seconds = Number(process.env.MEDIA_SECONDS ?? 60), qualitySeconds = Number(process.env.MEDIA_QUALITY ?? 6);
const curve = [19, 27]; // under caps that are as much larger and smaller
const shared = process.env.ZOETROPE_MEDIA ?? path.resolve(import.meta.dirname, '../../../shared/media');
const resolutions = [240, 360, 480, 720, 1080, 1440, 2160];

// --- clips ---------------------------------------------------------------------------------------

const film = path.join(shared, 'the_last_man_on_earth.mp4');
const filmInput = fs.existsSync(film)
    ? ['-stream_loop', '-1', '-ss', '4', '-i', film]
    : ['-f', 'lavfi', '-i', 'mandelbrot=s=1280x720:r=30:start_scale=0.3:end_scale=0.001'];
const tone = ['-f', 'lavfi', '-i', 'sine=f=300:b=4:r=48000'];
const camera = (rate, gop) => ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-g', gop,
    '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '160k', '-ac', '2'];
const slides = "drawtext=text='Bounded queues between threads':fontsize=64:x=120:y=100," +
    "drawtext=text='One producer, one consumer, one lock, one condition':fontsize=40:x=140:y=240," +
    "drawtext=text='Either end may leave and the other end notices':fontsize=40:x=140:y=320," +
    "drawtext=text='What is in the queue belongs to the queue':fontsize=40:x=140:y=400:enable='gt(t,3)'," +
    "drawtext=text='X':fontsize=40:x='300+6*n':y=700";

// name: [ffmpeg's arguments, top rung copied, length in seconds]
const clips = {
    'film 720p30': [[...filmInput, ...tone, '-map', '0:v', '-map', '1:a', '-vf', 'fps=30,scale=1280:720', ...camera('5M', '120')], false],
    'film with grain 1080p30': [[...filmInput, ...tone, '-map', '0:v', '-map', '1:a', '-vf',
        'fps=30,scale=1920:1080:flags=lanczos,noise=alls=9:allf=t+u', ...camera('16M', '120')], false],
    'lecture 1080p30': [['-f', 'lavfi', '-i', 'color=c=0xf4f4ee:s=1920x1080:r=30', ...filmInput, ...tone, '-filter_complex',
        `[1:v]fps=30,scale=480:270[p];[0:v]${slides}[b];[b][p]overlay=1400:40[v]`, '-map', '[v]', '-map', '2:a', ...camera('8M', '120')], true],
    'motion 1080p60': [['-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=60', '-f', 'lavfi', '-i',
        'mandelbrot=s=1920x1080:r=60:start_scale=0.4:end_scale=0.003', ...tone, '-filter_complex',
        "[1:v]format=yuv420p[m];[0:v]format=yuv420p,scroll=h=0.002[t];[m][t]mix=weights='3 2'[v]",
        '-map', '[v]', '-map', '2:a', ...camera('20M', '120')], true, 0.5],
    'film 2160p30': [[...filmInput, ...tone, '-map', '0:v', '-map', '1:a', '-vf', 'fps=30,scale=3840:2160:flags=lanczos,noise=alls=4:allf=t',
        ...camera('40M', '120')], false, 0.5],
};

// --- running -------------------------------------------------------------------------------------

const ffmpegHead = ['-nostdin', '-v', 'error', '-y'];

// One command under GNU time; output lines are given to onLine. Resolves to { wall, cpu, rss, out }.
function timed(name, args, { stdin = '', onLine } = {}) {
    return new Promise((resolve, reject) => {
        const log = path.join(tempFolder('zoetrope-time'), 'time');
        const child = spawn('/usr/bin/time', ['-q', '-o', log, '-f', '%e %U %S %M', name, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
        let out = '', words = '', open = '';
        child.stdout.setEncoding('utf8').on('data', (part) => {
            out += part;
            open += part;
            for (let end; (end = open.indexOf('\n')) >= 0; open = open.slice(end + 1))
                onLine?.(open.slice(0, end));
        });
        child.stderr.setEncoding('utf8').on('data', (part) => { words += part; });
        child.stdin.on('error', () => {});
        child.stdin.end(stdin);
        child.on('close', (code) => {
            if (code !== 0)
                return reject(new Error(`${name} ${args.join(' ')}: ${words.slice(-2000)} ${out.slice(-500)}`));
            const [wall, user, system, kib] = fs.readFileSync(log, 'utf8').trim().split(' ').map(Number);
            removeFolder(path.dirname(log));
            resolve({ wall, cpu: user + system, rss: kib / 1024, out });
        });
    });
}

// As far back in the queue for a busy processor as our tasks put themselves.
function ffmpeg(args) {
    return timed('nice', ['-n', '10', 'ffmpeg', ...ffmpegHead, ...args]);
}

function sum(list) {
    return {
        wall: list.reduce((a, t) => a + t.wall, 0),
        cpu: list.reduce((a, t) => a + t.cpu, 0),
        rss: list.reduce((a, t) => Math.max(a, t.rss), 0),
    };
}

// --- ours: every task, as the server orders them --------------------------------------------------

async function ours(program, source, folder, settings) {
    const all = [];
    let firstSegment = null;
    const started = performance.now();
    const task = async (spec, name = spec.task) => {
        const output = path.join(folder, name);
        fs.mkdirSync(output, { recursive: true });
        const onLine = (line) => {
            if (spec.task === 'head' && firstSegment === null && line.includes('"event":"segment"'))
                firstSegment = (performance.now() - started) / 1000;
        };
        const t = await timed(program, [], { stdin: JSON.stringify({ version: 1, output, ...spec }), onLine });
        all.push({ ...t, task: spec.task });
        const events = t.out.trim().split('\n').map((line) => JSON.parse(line));
        return { ...events.at(-1), output };
    };
    const { probe } = await task({ task: 'probe', input: source });
    const { plan } = await task({ task: 'plan', probe, settings });
    const work = { input: source, probe, plan };
    const encoded = plan.rungs.filter((r) => r.mode === 'encode').map((r) => r.name);
    const parts = new Map(plan.rungs.map((r) => [r.name, []]));
    const quick = (async () => {
        if (plan.head)
            parts.get(plan.head.rung).unshift((await task({ task: 'head', ...work })).output);
        await task({ task: 'audio', ...work });
        await task({ task: 'thumbnail', ...work, sizes: [[280, 157], [850, 480], [1280, 720], [1920, 1080], [1400, 1400]] });
    })();
    for (const { index } of plan.chunks) {
        const rungs = encoded.filter((n) => !(index === 0 && plan.head?.mode === 'encode' && plan.head.rung === n));
        const { output } = await task({ task: 'chunk', ...work, chunk: index, rungs }, `chunk${index}`);
        rungs.forEach((n) => parts.get(n).push(output));
    }
    await quick;
    const files = plan.rungs.map((r) => {
        const file = path.join(folder, `${r.name}.mp4`);
        const folders = parts.get(r.name);
        fs.writeFileSync(file, Buffer.concat([fs.readFileSync(path.join(folders[0], `${r.name}.init.mp4`)),
            ...folders.map((f) => fs.readFileSync(path.join(f, `${r.name}.m4s`)))]));
        return { ...r, file };
    });
    const sound = path.join(folder, '0.mp4');
    fs.writeFileSync(sound, Buffer.concat(['0.init.mp4', '0.m4s'].map((n) => fs.readFileSync(path.join(folder, 'audio', n)))));
    await task({ task: 'finish', rungs: files.map(({ name, file }) => ({ name, file })), audio: { name: '0', file: sound } });
    const wall = (performance.now() - started) / 1000;
    const bytes = files.reduce((a, f) => a + fs.statSync(f.file).size, fs.statSync(sound).size);
    const maps = files.reduce((a, f) => a + fs.statSync(path.join(folder, 'finish', `${f.name}.map`)).size, 0);
    materialize(path.join(folder, 'finish', `${files[0].name}.map`), files[0].file, sound, path.join(folder, 'plain.mp4'));
    return { ...sum(all), wall, all, plan, files, firstSegment, bytes, maps };
}

// --- (a): one ffmpeg ------------------------------------------------------------------------------

const hls = (folder, name) => ['-f', 'hls', '-hls_time', '4', '-hls_list_size', '0', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4',
    '-hls_flags', 'single_file', '-hls_segment_filename', `${folder}/${name}.mp4`, `${folder}/${name}.m3u8`];

function ourSettings(program, resolution) {
    const rows = spawnSync(program, ['--profiles'], { encoding: 'utf8' }).stdout.trim().split('\n')
        .map((row) => row.match(/^balanced h264 (\d+) preset=(\S+) crf=(\S+) (\S+)$/)).filter(Boolean);
    const [, , preset, crf, params] = rows.filter((r) => Number(r[1]) <= resolution).at(-1) ?? rows[0];
    return ['-preset', preset, '-crf', crf, '-x264-params', params];
}

async function oneFfmpeg(program, source, folder, plan) {
    fs.mkdirSync(folder, { recursive: true });
    const encoded = plan.rungs.filter((r) => r.mode === 'encode');
    const split = `[0:v]split=${encoded.length}${encoded.map((_, i) => `[v${i}]`).join('')};` +
        encoded.map((r, i) => `[v${i}]fps=${r.fps},scale=${r.width}:${r.height}[o${i}]`).join(';');
    const args = ['-i', source, '-filter_complex', split];
    encoded.forEach((r, i) => args.push('-map', `[o${i}]`, '-c:v', 'libx264', ...ourSettings(program, r.resolution), '-profile:v', 'high',
        '-maxrate', String(r.max_rate), '-bufsize', String(2 * r.max_rate), '-g', '500', '-force_key_frames', 'expr:gte(t,n_forced*4)',
        '-pix_fmt', 'yuv420p', ...hls(folder, r.name)));
    for (const r of plan.rungs.filter((one) => one.mode !== 'encode'))
        args.push('-map', '0:v', '-c:v', 'copy', ...hls(folder, r.name));
    args.push('-map', '0:a', '-c:a', plan.audio?.mode === 'copy' ? 'copy' : 'aac', ...hls(folder, '0'));
    return ffmpeg(args);
}

// --- (b): the reference, command by command -------------------------------------------------------

const averageBpp = { 144: .19, 240: .17, 360: .15, 480: .12, 720: .11, 1080: .10, 1440: .09, 2160: .08 };

function theirEncode(rung, sourceRate, crf) {
    const [n, d] = rung.fps.split('/').map(Number), fps = n / d;
    const side = Object.keys(averageBpp).map(Number).filter((s) => s <= rung.resolution).at(-1) ?? 144;
    const pixels = rung.width * rung.height * fps;
    const cap = Math.max(Math.min(pixels * averageBpp[side], 1.3 * sourceRate), pixels * 0.02);
    const rate = Math.round(cap * (crf ? 2 ** ((23 - crf) / 6) : 1));
    return ['-c:v', 'libx264', '-threads', '1', '-map_metadata', '-1', '-pix_fmt', 'yuv420p', '-vf', `scale=w=-2:h=${rung.height},fps=fps=${fps}`,
        '-preset', 'veryfast', '-maxrate:v', String(rate), '-bufsize:v', String(2 * rate), '-b_strategy', '1', '-bf', '16',
        '-g:v', String(Math.round(2 * fps)), '-max_muxing_queue_size', '1024', ...(crf ? ['-crf', String(crf)] : [])];
}

async function reference(source, folder, plan, sourceRate) {
    fs.mkdirSync(folder, { recursive: true });
    const at = (name) => path.join(folder, name), all = [], made = {};
    const add = async (args) => { all.push(await ffmpeg(args)); };
    const length = plan.duration_us / 1e6, [top, ...lower] = plan.rungs;
    await add(['-ss', String(length / 2), '-i', source, '-filter:v', 'thumbnail=50,scale=1920x1080:force_original_aspect_ratio=decrease',
        '-frames:v', '1', '-q:v', '5', at('thumbnail.jpg')]);
    await add(['-i', source, '-vf', "setpts=N/FRAME_RATE/TB,select='isnan(prev_selected_t)+gte(t-prev_selected_t,1)',scale=192:108,tile=layout=10x6",
        '-frames:v', '1', '-q:v', '2', at('board.jpg')]);
    await add(['-i', source, '-c:a', 'copy', ...(top.mode === 'copy' ? ['-c:v', 'copy', '-threads', '1', '-map_metadata', '-1']
        : theirEncode(top, sourceRate)), '-f', 'mp4', '-movflags', 'faststart', at('best.mp4')]);
    await add(['-i', at('best.mp4'), '-c', 'copy', ...hls(folder, top.name)]);
    made[top.name] = at(`${top.name}.mp4`);
    for (const rung of lower) {
        await add(['-i', made[top.name], '-c:a', 'aac', '-ac', '2', ...theirEncode(rung, sourceRate), ...hls(folder, rung.name)]);
        made[rung.name] = at(`${rung.name}.mp4`);
    }
    await add(['-i', source, '-vn', '-c:a', 'copy', '-threads', '1', '-map_metadata', '-1', '-movflags', 'faststart', at('0.mp4')]);
    return { ...sum(all), made };
}

// --- quality --------------------------------------------------------------------------------------

function bits(file) {
    const { out } = sync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=size', '-of', 'csv=p=0', file]);
    return out.trim().split('\n').reduce((a, line) => a + 8 * parseInt(line, 10), 0);
}

function sync(name, args) {
    const r = spawnSync(name, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (r.status !== 0)
        throw new Error(`${name} ${args.join(' ')}: ${r.stderr.slice(-2000)}`);
    return { out: r.stdout, words: r.stderr };
}

// Frame by frame against the source scaled to the rung, without the file's first `late` pictures:
// { bits, ssim, psnr }, both in dB.
function score(file, source, rung, pick, late, ...limit) {
    const graph = `[0:v]select='gte(n,${late})',settb=1/1000,setpts=N[x];` +
        `[1:v]${pick}scale=${rung.width}:${rung.height}:flags=bicubic,settb=1/1000,setpts=N[y];` +
        '[x]split[x1][x2];[y]split[y1][y2];[x1][y1]ssim[s];[x2][y2]psnr[p]';
    const { words } = sync('ffmpeg', ['-nostdin', '-v', 'info', ...limit, '-i', file, ...limit, '-i', source, '-filter_complex', graph,
        '-map', '[s]', '-f', 'null', '-', '-map', '[p]', '-f', 'null', '-']);
    const ssim = Number(words.match(/SSIM .*All:([\d.]+)/)[1]), psnr = Number(words.match(/PSNR .*average:([\d.]+)/)[1]);
    return { bits: bits(file), ssim: -10 * Math.log10(1 - ssim), psnr };
}

// The reference shows the first picture of a re-encoded rung twice, and of every two pictures keeps
// whichever its time stamps lead to: what fits the source best is what it is.
function alignment(file, source, rung, picks) {
    const all = picks.flatMap((pick) => [0, 1, 2].map((late) => ({ pick, late, ...score(file, source, rung, pick, late, '-t', '1') })));
    return all.reduce((best, one) => one.psnr > best.psnr ? one : best);
}

// The bits the curve takes at this score: straight lines in the logarithm, prolonged at the ends.
function bitsAt(points, key, value) {
    const sorted = [...points].sort((a, b) => a[key] - b[key]);
    let i = 0;
    while (i + 2 < sorted.length && sorted[i + 1][key] < value)
        i++;
    const [low, high] = [sorted[i], sorted[i + 1]];
    return Math.exp(Math.log(low.bits) + (value - low[key]) / (high[key] - low[key]) * (Math.log(high.bits) - Math.log(low.bits)));
}

async function equalQuality(source, folder, mine, theirs, sourceRate) {
    const ratios = [], rate = (r) => r.fps.split('/').reduce((a, b) => a / b);
    const top = mine.plan.rungs[0];
    for (const rung of mine.files.filter((r) => r.mode === 'encode')) {
        const half = rate(top) / rate(rung) > 1.5;
        const picks = half ? ["select='not(mod(n,2))',", "select='mod(n,2)',"] : [''];
        const own = score(rung.file, source, rung, picks[0], 0);
        const { pick, late } = alignment(theirs.made[rung.name], source, rung, picks);
        const points = [score(theirs.made[rung.name], source, rung, pick, late)];
        for (const crf of curve) {
            const file = path.join(folder, `curve-${rung.name}-${crf}.mp4`);
            const from = rung.name === top.name ? source : theirs.made[top.name];
            await ffmpeg(['-i', from, '-an', ...theirEncode(rung, sourceRate, crf), file]);
            points.push(score(file, source, rung, pick, late));
            fs.rmSync(file);
        }
        ratios.push({ rung: rung.name, own, theirs: points[0], ssim: own.bits / bitsAt(points, 'ssim', own.ssim),
            psnr: own.bits / bitsAt(points, 'psnr', own.psnr) });
    }
    return ratios;
}

// --- all of it ------------------------------------------------------------------------------------

function times(report, mine, a, b, copy) {
    for (const t of process.env.MEDIA_TASKS ? mine.all : [])
        console.log(`    ${t.task.padEnd(10)} wall ${t.wall.toFixed(2)} CPU ${t.cpu.toFixed(2)} s, ${t.rss.toFixed(0)} MiB`);
    report('CPU beside one ffmpeg', mine.cpu, 's', a.cpu, '(a)', { most: 0.95 });
    report('wall beside one ffmpeg', mine.wall, 's', a.wall, '(a)', { most: 0.95 });
    report('CPU beside the reference', mine.cpu, 's', b.cpu, '(b)', { most: 0.75 });
    report('wall beside the reference', mine.wall, 's', b.wall, '(b)', { most: 0.45 });
    report('first segment', mine.firstSegment, 's', null, '', { most: copy ? 2 : 4, of: 'ours' });
    report('peak memory of a task', mine.rss, 'MiB', a.rss, '(a)', { most: mine.plan.rungs[0].resolution > 1080 ? 1536 : 500, of: 'ours' });
    report('disk of all rungs', mine.bytes / 1e6, 'MB');
    report('maps of the plain MP4s', 100 * mine.maps / mine.bytes, '%', null, '', { most: 1.5, of: 'ours' });
}

function quality(report, ratios) {
    for (const r of ratios) {
        report(`${r.rung}: bits at equal SSIM (${r.own.ssim.toFixed(2)} dB; theirs ${r.theirs.ssim.toFixed(2)})`, r.ssim, '');
        report(`${r.rung}: bits at equal PSNR (${r.own.psnr.toFixed(2)} dB; theirs ${r.theirs.psnr.toFixed(2)})`, r.psnr, '');
    }
    for (const key of ['ssim', 'psnr'])
        report(`bits at equal ${key.toUpperCase()}, mean of the rungs`, ratios.reduce((sum, r) => sum + r[key], 0) / ratios.length,
            '', null, '', { most: 0.90, of: 'ours' });
}

export async function mediaBench(report, program) {
    const root = tempFolder('zoetrope-bench'), source = path.join(root, 'source.mp4');
    const wanted = process.env.MEDIA_CLIPS?.split(' ');
    const make = async ([args, copy, share = 1], length) => {
        const used = Math.max(2, length * share);
        await ffmpeg([...args, '-t', String(used), source]);
        for (const part of ['ours', 'a', 'b'])
            fs.rmSync(path.join(root, part), { recursive: true, force: true });
        const mine = await ours(program, source, path.join(root, 'ours'), { resolutions, allow_copy: copy });
        const rate = fs.statSync(source).size * 8 / used;
        return { length: used, mine, rate, b: await reference(source, path.join(root, 'b'), mine.plan, rate) };
    };
    for (const [name, clip] of Object.entries(clips)) {
        if (wanted && !wanted.some((w) => name.includes(w)))
            continue;
        const { length, mine, rate, b } = await make(clip, seconds);
        console.log(`media: ${name}, ${length} s, ${(rate / 1e6).toFixed(1)} Mbit/s, top rung ${clip[1] ? 'copied' : 'encoded'}`);
        times(report, mine, await oneFfmpeg(program, source, path.join(root, 'a'), mine.plan), b, clip[1]);
        if (!qualitySeconds)
            continue;
        const short = await make(clip, qualitySeconds);
        quality(report, await equalQuality(source, root, short.mine, short.b, short.rate));
    }
}
