// A stand-in for the server, for working on the client alone: enough API to try every page, videos made with
// ffmpeg, a "transcoding" that grows its playlists. The real test (e2e.test.mjs) runs against the real server.
//
//   node tests/browser/mock.mjs [port]      serves build/web; sign in with anything, "wrong" as password fails

import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { channelElsewhere, makeSocial } from './mock-social.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"

const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.jpg': 'image/jpeg', '.mp4': 'video/mp4', '.m3u8': 'application/vnd.apple.mpegurl', '.vtt': 'text/vtt', '.json': 'application/json' }

function makeMedia(dir) {
    if (existsSync(join(dir, 'done')))
        return
    mkdirSync(dir, { recursive: true })
    const ff = args => execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { cwd: dir })
    const sources = [
        'mandelbrot=s=1280x720:rate=25:end_scale=0.02', 'gradients=s=1280x720:c0=#0f3d4a:c1=#e8b04a:c2=#b5533c:n=3:speed=0.02',
        'life=s=640x360:mold=10:r=25:ratio=0.1:death_color=#0f6e68:life_color=#f7f4ec,scale=1280:720', 'testsrc2=s=1280x720:r=25',
        'cellauto=s=640x360:rule=110,scale=1280:720', 'sierpinski=s=1280x720:type=triangle', 'gradients=s=1280x720:c0=#33204f:c1=#d96a8b:c2=#f5d9a8:n=3',
        'mandelbrot=s=1280x720:start_x=-0.1:start_y=0.9:inner=period'
    ]
    sources.forEach((s, i) => ff(['-f', 'lavfi', '-i', s, '-ss', '1.5', '-frames:v', '1', '-q:v', '4', `t${i}.jpg`]))
    ff(['-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=25:d=40', '-f', 'lavfi', '-i', 'sine=frequency=330:d=40', '-t', '40',
        '-filter_complex', '[0:v]split=3[a][b][c];[b]scale=640:360[b1];[c]scale=426:240[c1]',
        ...[['[a]', 720], ['[b1]', 360], ['[c1]', 240]].flatMap(([label, res]) => ['-map', label, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-sc_threshold', '0',
            '-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', '-hls_segment_filename', `f-${res}-fragmented.mp4`, `f-${res}.m3u8`]),
        '-map', '1:a', '-c:a', 'aac', '-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', '-hls_segment_filename', 'f-0-fragmented.mp4', 'f-0.m3u8'])
    ff(['-i', 'f-360-fragmented.mp4', '-i', 'f-0-fragmented.mp4', '-c', 'copy', '-movflags', '+faststart', 'web-360.mp4'])
    ff(['-i', 'web-360.mp4', '-vf', 'fps=1,scale=192:108,tile=7x6', '-frames:v', '1', 'board.jpg'])
    execFileSync('sh', ['-c', 'echo ok > done'], { cwd: dir })
}

const actor = (name, displayName) => ({ id: name.length, name, displayName, host: 'localhost', url: `http://localhost/video-channels/${name}`, avatars: [], followersCount: 1284, description: 'Short films about light, motion and slow machines.\nhttps://example.org', createdAt: '2025-03-02T10:00:00.000Z', ownerAccount: { id: 1, name: 'root', displayName: 'Root', host: 'localhost' } })
const label = (id, text) => ({ id, label: text })
const titles = ['Falling into the Mandelbrot set, slowly', 'Dusk over the estuary', 'Game of Life: two hours in a minute', 'Calibrating a projector at home with nothing but patience, a grey card and a test picture', 'Rule 110', 'Sierpinski, folded', 'How a zoetrope works', 'Period doubling']

export async function startMock({ port = 0, media = join(root, 'build/mock-media'), throttle = 0, empty = false, csp = CSP } = {}) {
    makeMedia(media)
    const web = process.env.WEB ?? join(root, 'build/web')
    const users = { root: { id: 1, username: 'root', email: 'root@example.org', role: label(0, 'Administrator'), account: actor('root', 'Ada Moran'), videoChannels: [{ ...actor('root_channel', 'Slow Machines'), id: 7 }], videoQuota: -1, videoQuotaUsed: 7340032000 } }
    let session = null
    const videos = []
    const uploads = new Map()
    const calls = []

    const addVideo = (fields, growing) => {
        const uuid = randomUUID()
        const n = videos.length
        const v = {
            id: n + 1, uuid, shortUUID: 'v' + String(n + 1).padStart(21, 'x'), url: `http://localhost/videos/watch/${uuid}`, name: 'Untitled', description: null, duration: 40, aspectRatio: 1.7778,
            views: 0, likes: n * 7 % 40, dislikes: n % 3, isLocal: true, nsfw: false, isLive: false, privacy: label(1, 'Public'), category: label(null, 'Unknown'), licence: label(null, 'Unknown'), language: label(null, 'Unknown'),
            thumbnailPath: `/mock/t${n % 8}.jpg`, previewPath: `/mock/t${n % 8}.jpg`, thumbnails: [], createdAt: new Date().toISOString(), updatedAt: new Date().toISOString(), publishedAt: new Date().toISOString(),
            originallyPublishedAt: null, account: users.root.account, channel: { ...actor('root_channel', 'Slow Machines'), id: 7 }, state: label(1, 'Published'), tags: [], support: null,
            commentsPolicy: label(1, 'Enabled'), downloadEnabled: true, files: [], streamingPlaylists: [], ...fields
        }
        v.born = growing ? Date.now() : 0
        videos.unshift(v)
        return v
    }
    /** rungs: 360p grows over 20 s from second 3, then 720p and 240p appear at 12 s and 24 s */
    const progressOf = v => {
        if (v.state.id === 7)
            return { state: v.state, percent: 0, readyMs: 0, durationMs: 0, playable: false, rungs: [], reason: 'The file holds no video or sound that can be read: invalid data found when processing input.' }
        const t = v.born ? (Date.now() - v.born) / 1000 : 1e9
        const rung = (res, from, to) => ({ resolution: res, label: res + 'p', percent: Math.max(0, Math.min(100, (t - from) / (to - from) * 100)), playable: t >= from + 1, done: t >= to })
        const rungs = [rung(720, 12, 24), rung(360, 2, 22), rung(240, 18, 28)]
        const percent = rungs.reduce((sum, r) => sum + r.percent, 0) / 3
        const done = rungs.every(r => r.done)
        const ready = Math.floor(rungs[1].percent / 10) * 4000
        if (done) v.state = label(1, 'Published')
        return { state: v.state, percent, readyMs: Math.min(40000, ready), durationMs: 40000, playable: ready > 0, rungs, reason: null }
    }
    const details = v => {
        const p = progressOf(v)
        const file = (res, w) => ({ id: res, resolution: label(res, `${res}p`), width: w, height: res, size: 1e6 * res / 100, fps: 25, fileUrl: `/mock/hls/${v.id}/f-${res}-fragmented.mp4`, fileDownloadUrl: `/mock/web-360.mp4`, hasVideo: true, hasAudio: false })
        if (v.elsewhere)
            return { ...v, streamingPlaylists: [{ id: 1, type: 1, playlistUrl: `${v.elsewhere}/mock/hls/${v.id}/master.m3u8`, files: [] }], files: [{ ...file(360, 640), fileUrl: `${v.elsewhere}/mock/web-360.mp4` }] }
        return { ...v, streamingPlaylists: p.playable ? [{ id: 1, type: 1, playlistUrl: `/mock/hls/${v.id}/master.m3u8`, files: [file(720, 1280), file(360, 640), file(240, 426)] }] : [], files: [] }
    }
    titles.forEach((name, i) => addVideo({
        name, views: [12, 348, 5210, 1, 98342, 77, 1250000, 640][i], publishedAt: new Date(Date.now() - 86400000 * (i * i * 5 + 0.1)).toISOString(), duration: 40,
        thumbnailPath: `/mock/t${i}.jpg`, previewPath: `/mock/t${i}.jpg`, tags: ['generative', 'loops'], category: label(4, 'Art'), licence: label(2, 'Attribution - Share Alike'),
        description: 'A slow descent, rendered overnight on a very old computer.\n\n0:00 Start\n0:12 The first spiral\n0:25 Deeper\n\nHow it was made: https://example.org/notes (with <b>no</b> markup). Music by nobody at all; the hum you hear is the machine itself, which deserved a place in the credits. Thank you for watching to the end.',
        support: 'Buy a coffee: https://example.org/coffee', ...i === 5 && { nsfw: true }
    }))
    videos.reverse()
    if (empty) videos.length = 0

    const shell = (title, body, boot, status = 200) => {
        const manifest = JSON.parse(readFileSync(join(web, 'manifest.json'), 'utf8'))
        return { status, type: 'text/html; charset=utf-8', body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><link rel="icon" href="/client/${manifest['favicon.svg']}"><link rel="stylesheet" href="/client/${manifest['app.css']}"><script type="module" src="/client/${manifest['app.js']}"></script></head><body><div id="app"><a class="skip-link" href="#main">Skip to content</a><header class="site-header"><a class="brand" href="/"><img class="logo" src="/client/${manifest['logo.svg']}" alt="" width="30" height="30"><span class="brand-name">Lantern</span></a><search class="site-search"><form action="/search" role="search"><input type="search" name="search" placeholder="Search videos" aria-label="Search videos"></form></search><nav class="site-nav" aria-label="Main"><a class="button button-primary" href="/login">Sign in</a></nav></header><main id="main" class="site-main">${body}</main><footer class="site-footer"><a href="/about">About Lantern</a><span>Powered by Zoetrope</span></footer></div><script type="application/json" id="boot">${JSON.stringify(boot).replace(/</g, '\\u003c')}</script></body></html>` }
    }
    const config = { serverVersion: '8.2.1+zoetrope', instance: { name: 'Lantern', shortDescription: 'Moving pictures from a small workshop by the sea.', description: 'We publish what we make.\nWrite to us: https://example.org', terms: 'Be kind.' }, signup: { allowed: true }, client: { videos: { resumableUpload: { maxChunkSize: 0 } } }, federation: { enabled: true } }
    const escape = text => String(text ?? '').replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`)
    const card = v => `<article class="video-card"><a class="video-card-link" href="/w/${v.shortUUID}"><span class="thumbnail"><img src="${v.thumbnailPath}" alt="" width="280" height="157"><span class="thumbnail-time">0:40</span></span><h2 class="video-card-title">${escape(v.name)}</h2></a><div class="video-card-meta"><a class="video-card-channel" href="/c/${v.channel.name}">${v.channel.displayName}</a><span class="video-card-facts"><span>${v.views} views</span><time>${v.publishedAt.slice(0, 10)}</time></span></div></article>`

    const json = (body, status = 200, headers = {}) => ({ status, type: 'application/json', body: JSON.stringify(body), headers })
    const problem = (status, code, detail, headers = {}) => ({ status, type: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: detail, status, detail, code }), headers })
    const find = id => videos.find(v => v.shortUUID === id || v.uuid === id || String(v.id) === id)
    const list = (q, from) => {
        const start = Number(q.get('start') ?? 0)
        return json({ total: from.length, data: from.slice(start, start + Number(q.get('count') ?? 15)) })
    }

    const social = makeSocial({ json, problem, list, find, session: () => session, videos })
    if (!empty) {
        videos.splice(3, 0, addVideo({ name: 'The 23:50 to Narvik', duration: 40, views: 812, likes: 96, isLocal: false, url: 'https://peertube.example/videos/watch/narvik', channel: channelElsewhere, account: channelElsewhere.ownerAccount, publishedAt: new Date(Date.now() - 7200000).toISOString(), description: 'Fourteen hours north, in one take.' }))
        videos.shift()
        social.discuss(videos.at(-1))
    }

    async function answer(req, url, body) {
        const path = url.pathname
        const q = url.searchParams
        const m = pattern => pattern.exec(path)
        let x
        const ours = path.startsWith('/api/v1/') ? social.answer(req, url, body) : null
        if (ours) return ours
        if (path === '/api/v1/config') return json(config)
        if (path === '/api/v1/session' && req.method === 'POST') {
            if (JSON.parse(body).password === 'wrong') return problem(400, 'invalid_grant', 'Invalid credentials')
            session = users.root
            return json(session, 200, { 'Set-Cookie': 'session=1; HttpOnly; SameSite=Lax; Path=/' })
        }
        if (path === '/api/v1/session') { session = null; return { status: 204 } }
        if (path === '/api/v1/users/me' && req.method === 'PUT') { const b = JSON.parse(body); if (b.displayName) session.account.displayName = b.displayName; if (b.password && b.currentPassword === 'wrong') return problem(401, 'current_password_is_invalid', 'no'); return { status: 204 } }
        if (path === '/api/v1/users/me') return session ? json(session) : problem(401, 'unauthorized_request', 'Sign in first')
        if (path === '/api/v1/users/register') return { status: 204 }
        if (path === '/api/v1/users/me/videos') return list(q, videos.filter(v => v.name.toLowerCase().includes((q.get('search') ?? '').toLowerCase())))
        if (path === '/api/v1/videos/categories') return json({ 1: 'Music', 2: 'Films', 4: 'Art', 13: 'Education' })
        if (path === '/api/v1/videos/licences') return json({ 1: 'Attribution', 2: 'Attribution - Share Alike' })
        if (path === '/api/v1/videos/languages') return json({ en: 'English', fr: 'French' })
        if (path === '/api/v1/videos/upload-resumable') return upload(req, q, body)
        if (path === '/api/v1/videos') return list(q, videos.filter(v => v.state.id !== 7 && (!q.has('isLocal') || (v.isLocal !== false) === (q.get('isLocal') === 'true'))))
        if (path === '/api/v1/search/videos') return list(q, videos.filter(v => v.name.toLowerCase().includes((q.get('search') ?? '').toLowerCase())))
        if ((x = m(/^\/api\/v1\/videos\/([^/]+)\/progress$/))) { const v = find(x[1]); return v ? json(progressOf(v)) : problem(404, 'not_found', 'No') }
        if ((x = m(/^\/api\/v1\/videos\/([^/]+)\/captions$/))) return json({ total: 2, data: [{ language: { id: 'en', label: 'English' }, captionPath: '/mock/en.vtt' }, { language: { id: 'fr', label: 'French' }, automaticallyGenerated: true, captionPath: '/mock/fr.vtt' }] })
        if ((x = m(/^\/api\/v1\/videos\/([^/]+)\/chapters$/))) return json({ chapters: [{ timecode: 0, title: 'Start' }, { timecode: 12, title: 'The first spiral' }, { timecode: 25, title: 'Deeper' }] })
        if ((x = m(/^\/api\/v1\/videos\/([^/]+)\/storyboards$/))) return json({ storyboards: [{ storyboardPath: '/mock/board.jpg', totalWidth: 1344, totalHeight: 648, spriteWidth: 192, spriteHeight: 108, spriteDuration: 1 }] })
        if ((x = m(/^\/api\/v1\/videos\/([^/]+)\/views$/))) { const v = find(x[1]); v.views++; return { status: 204 } }
        if ((x = m(/^\/api\/v1\/videos\/([^/]+)$/))) {
            const v = find(x[1])
            if (!v) return problem(404, 'video_not_found', 'Video not found')
            if (req.method === 'DELETE') { videos.splice(videos.indexOf(v), 1); return { status: 204 } }
            if (req.method === 'PUT') { const b = JSON.parse(body); Object.assign(v, { name: b.name ?? v.name, description: b.description, tags: b.tags ?? v.tags, privacy: label(b.privacy, 'x') }); return { status: 204 } }
            return json(details(v))
        }
        if ((x = m(/^\/api\/v1\/(?:accounts|video-channels)\/([^/]+)$/))) return x[1] === 'nobody' ? problem(404, 'nf', 'Not found') : json(actor(x[1], 'Slow Machines'))
        if (m(/^\/api\/v1\/(?:accounts|video-channels)\/([^/]+)\/videos$/)) return list(q, videos)
        if (path.startsWith('/api/')) return problem(400, 'unknown', 'Unknown route')
        if ((x = m(/^\/(?:w|videos\/watch)\/([^/;]+)(?:;threadId=\d+)?$/))) {
            const v = find(x[1])
            return v ? shell(v.name, `<div class="watch"><section class="player-box" aria-label="Video player"><video controls playsinline preload="none" poster="${v.previewPath}"><source src="/mock/web-360.mp4" type="video/mp4"></video></section><div class="watch-main"><h1 class="watch-title">${escape(v.name)}</h1><div class="watch-bar"><a class="watch-channel" href="/c/${v.channel.name}"><span></span><span><strong>${v.channel.displayName}</strong></span></a></div><div class="watch-about"><p class="watch-facts"><span>${v.views} views</span><time>${v.publishedAt.slice(0, 10)}</time></p><div class="watch-description"><div class="description">${escape(v.description)}</div></div></div></div></div>`, { config, user: session, video: details(v) })
                : shell('Not found', '<div class="message-page"><p class="message-code">404</p><h1>Page not found</h1></div>', { config, user: session }, 404)
        }
        return shell('Lantern', `<div class="page-head"><h1>Newest videos</h1></div><div class="video-grid">${videos.map(card).join('')}</div>`,
            { config, user: session, ...path === '/' && { videos: { total: videos.length, data: videos.slice(0, 24) } } })
    }

    function upload(req, q, body) {
        if (!session) return problem(401, 'unauthorized_request', 'Sign in first')
        if (req.method === 'POST') {
            const meta = JSON.parse(body)
            const size = Number(req.headers['x-upload-content-length'])
            const key = `${meta.filename} ${size} ${meta.lastModified}`
            const same = [...uploads.entries()].find(([, u]) => u.key === key)
            if (same) {
                same[1].meta = meta
                return { status: 200, headers: { Location: `http://${req.headers.host}/api/v1/videos/upload-resumable?upload_id=${same[0]}`, ...same[1].have > 0 && { Range: `bytes=0-${same[1].have - 1}` } } }
            }
            const id = randomUUID()
            uploads.set(id, { key, size, have: 0, meta })
            return { status: 201, headers: { Location: `http://${req.headers.host}/api/v1/videos/upload-resumable?upload_id=${id}` } }
        }
        const id = q.get('upload_id')
        const u = uploads.get(id)
        if (!u) return json({ error: { code: 'FileNotFound', message: 'No such upload' } }, 404)
        if (req.method === 'DELETE') { uploads.delete(id); return { status: 204 } }
        const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(req.headers['content-range'] ?? '')
        if (range?.[1] !== undefined) {
            if (Number(range[1]) !== u.have) return json({ error: { code: 'Conflict', message: 'offset' } }, 409)
            u.have = Number(range[2]) + 1
        }
        if (u.have < u.size) return { status: 308, headers: u.have > 0 ? { Range: `bytes=0-${u.have - 1}` } : {} }
        uploads.delete(id)
        const bad = /fake/.test(u.meta.filename)
        const v = addVideo({ name: u.meta.name, description: u.meta.description ?? null, privacy: label(u.meta.privacy, ''), state: bad ? label(7, 'Transcoding failed') : label(2, 'To transcode') }, true)
        return json({ video: { id: v.id, uuid: v.uuid, shortUUID: v.shortUUID } })
    }

    function hls(v, file) {
        const p = progressOf(v)
        if (file === 'master.m3u8') {
            const rungs = [[720, '1280x720', 2400000], [360, '640x360', 900000], [240, '426x240', 400000]].filter(([res]) => p.rungs.find(r => r.resolution === res).playable)
            return '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",AUTOSELECT=YES,DEFAULT=YES,URI="f-0.m3u8"\n'
                + rungs.map(([res, size, bw]) => `#EXT-X-STREAM-INF:BANDWIDTH=${bw},RESOLUTION=${size},FRAME-RATE=25,CODECS="avc1.42c01f,mp4a.40.2",AUDIO="audio"\nf-${res}.m3u8\n`).join('')
        }
        const text = readFileSync(join(media, file), 'utf8')
        const res = Number(/f-(\d+)\.m3u8/.exec(file)[1])
        const percent = res === 0 ? p.rungs[1].percent : p.rungs.find(r => r.resolution === res).percent
        if (percent >= 100) return text
        const keep = Math.floor(percent / 10)
        const lines = text.replace('PLAYLIST-TYPE:VOD', 'PLAYLIST-TYPE:EVENT').split('\n')
        const first = lines.findIndex(l => l.startsWith('#EXTINF'))
        return [...lines.slice(0, first), ...lines.slice(first).filter(l => l && l !== '#EXT-X-ENDLIST').slice(0, keep * 3)].join('\n') + '\n'
    }

    const server = createServer(async (req, res) => {
        const url = new URL(req.url, 'http://localhost')
        calls.push(`${req.method} ${req.url}`)
        const send = ({ status = 200, type, body = '', headers = {} }) => {
            res.writeHead(status, { ...type && { 'Content-Type': type }, 'Content-Security-Policy': csp, ...headers })
            const host = req.headers.host // what stands for this site in the data below
            res.end(typeof body === 'string' ? body.replaceAll('"host":"localhost"', `"host":"${host}"`).replaceAll('http://localhost/', `http://${host}/`) : body)
        }
        try {
            let x
            if ((x = /^\/api\/v1\/videos\/([^/]+)\/progress\/events$/.exec(url.pathname))) {
                const v = find(x[1])
                if (!v) return send(problem(404, 'not_found', 'No'))
                res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
                const tick = () => {
                    const p = progressOf(v)
                    res.write(`event: progress\ndata: ${JSON.stringify(p)}\n\n`)
                    if (p.state.id === 7 || p.rungs.every(r => r.done)) { res.write('event: end\ndata: {}\n\n'); clearInterval(timer); res.end() }
                }
                const timer = setInterval(tick, 700)
                req.on('close', () => clearInterval(timer))
                return tick()
            }
            if (social.events(url, req, res)) return
            let file = null
            if (url.pathname.startsWith('/client/')) file = join(web, url.pathname.slice(8))
            else if (url.pathname.endsWith('.vtt')) return send({ type: 'text/vtt', body: `WEBVTT\n\n00:00.500 --> 00:06.000\nThe first thing you see (${url.pathname})\n\n00:06.500 --> 00:20.000\nand the second.\n` })
            else if ((x = /^\/mock\/hls\/(\d+)\/(.*)$/.exec(url.pathname))) {
                if (x[2] === 'master.m3u8' && find(x[1]).slowMaster) await new Promise(r => setTimeout(r, find(x[1]).slowMaster))
                if (x[2].endsWith('.m3u8')) return send({ type: types['.m3u8'], body: hls(find(x[1]), x[2]), headers: { 'Cache-Control': 'no-store' } })
                file = join(media, x[2])
            } else if (url.pathname.startsWith('/mock/')) file = join(media, url.pathname.slice(6))
            if (file) {
                if (!existsSync(file)) return send({ status: 404 })
                const size = statSync(file).size
                const range = /bytes=(\d+)-(\d*)/.exec(req.headers.range ?? '')
                const from = range ? Number(range[1]) : 0
                const to = range && range[2] ? Math.min(size - 1, Number(range[2])) : size - 1
                return send({ status: range ? 206 : 200, type: types[extname(file)], body: readFileSync(file).subarray(from, to + 1), headers: { 'Accept-Ranges': 'bytes', ...range && { 'Content-Range': `bytes ${from}-${to}/${size}` } } })
            }
            const chunks = []
            let seen = 0
            for await (const c of req) {
                seen += c.length
                if (seen < 1e5) chunks.push(c)
                if (throttle > 0) await new Promise(r => setTimeout(r, c.length / throttle * 1000))
            }
            send(await answer(req, url, Buffer.concat(chunks).toString()))
        } catch (e) {
            if (!res.headersSent) send(problem(500, 'mock', String(e?.stack ?? e)))
        }
    })
    await new Promise(r => server.listen(port, '127.0.0.1', r))
    return { url: `http://localhost:${server.address().port}`, calls, videos, addVideo, social, signIn: () => { session = users.root }, signOut: () => { session = null }, throttle: n => { throttle = n }, close: () => { server.closeAllConnections(); server.close() } }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const mock = await startMock({ port: Number(process.argv[2] ?? 9010) })
    console.log(mock.url)
}
