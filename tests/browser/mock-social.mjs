// The stand-in server's comments, follows, notifications, blocks and administration: enough to try the pages.

const AGO = minutes => new Date(Date.now() - minutes * 60000).toISOString()

const person = (id, name, displayName, host = 'localhost') => ({ id, name, displayName, host, url: host === 'localhost' ? `http://localhost/accounts/${name}` : `https://${host}/@${name}`, avatars: [] })
const people = {
    root: person(4, 'root', 'Ada Moran'),
    mira: person(21, 'mira', 'Mira Okonkwo', 'mastodon.example'),
    jonas: person(22, 'jonas_b', 'Jonas Bergström', 'pleroma.example'),
    tove: person(23, 'tove', 'Tove', 'gts.example'),
    lin: person(24, 'lin', 'Lin Wei'),
    long: person(25, 'a_very_long_name_that_somebody_chose', 'Bartholomew Featherstonehaugh-Cholmondeley the Third', 'social.an-instance-with-a-long-name.example')
}
export const channelElsewhere = {
    ...person(31, 'night_trains', 'Night Trains', 'peertube.example'), url: 'https://peertube.example/video-channels/night_trains', followersCount: 5321, isLocal: false,
    description: 'Window seats, sleeper cars, and the light of small stations.', createdAt: '2023-01-01T00:00:00.000Z',
    ownerAccount: person(32, 'signalman', 'The Signalman', 'peertube.example')
}

export function makeSocial({ json, problem, list, find, session, videos }) {
    let nextId = 100
    const comments = [] // {videoId, ...comment, account}
    const streams = new Set()
    const subscriptions = new Set()
    const blocks = { '/users/me': { accounts: [people.jonas], servers: ['spam.example'] }, '/server': { accounts: [], servers: ['bad.example', 'worse.example'] } }
    const ratings = new Map()
    const reports = [
        { id: 1, reason: 'Shows my flat without asking me.\nPlease take it down.', predefinedReasons: ['privacy'], reporterAccount: people.lin, flaggedAccount: people.root, state: { id: 1, label: 'Pending' }, moderationComment: null, createdAt: AGO(300), video: null, comment: null },
        { id: 2, reason: 'Advertising.', predefinedReasons: ['spamOrMisleading'], reporterAccount: people.mira, flaggedAccount: people.jonas, state: { id: 3, label: 'Accepted' }, moderationComment: 'Blocked the account.', createdAt: AGO(30000), video: null }
    ]
    const notifications = []

    const add = (video, { parent, by, html, text, ago = 0, ...more }) => {
        const id = ++nextId
        const account = people[by] ?? by
        const c = {
            id, videoId: video.id, url: account.host === 'localhost' ? `http://localhost/videos/watch/${video.uuid}/comments/${id}` : `https://${account.host}/@${account.name}/${id}`,
            text: text ?? html, html: html ?? `<p>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</p>`, summary: null, threadId: parent?.threadId ?? id, inReplyToCommentId: parent?.id ?? null,
            createdAt: AGO(ago), updatedAt: AGO(ago), deletedAt: null, isDeleted: false, heldForReview: false, likes: 0, account, ...more
        }
        comments.push(c)
        tell(video)
        return c
    }
    const shown = v => comments.filter(c => c.videoId === v.id && !c.isDeleted && !c.heldForReview)
    const tell = v => { for (const s of streams) if (s.video === v.id) s.write(`event: comment\ndata: {"total":${shown(v).length}}\n\n`) }
    const counted = c => {
        const below = comments.filter(x => x.threadId === c.threadId && x.id !== c.id && !x.isDeleted && !x.heldForReview)
        return { ...c, ...c.isDeleted && { account: null, text: '', html: '' }, totalReplies: c.inReplyToCommentId ? 0 : below.length, totalRepliesFromVideoAuthor: below.filter(x => x.account.name === 'root').length }
    }
    const tree = c => ({ comment: counted(c), children: comments.filter(x => x.inReplyToCommentId === c.id).map(tree) })

    /** A lively discussion below one video. */
    const discuss = v => {
        const first = add(v, { by: 'mira', html: '<p>The way the light turns at <b>0:12</b> is lovely. Which machine did you render it on?</p><p>Saw your talk, by the way: <a href="https://example.org/talks/light" rel="nofollow">example.org/talks/light</a></p>', ago: 180, likes: 7 })
        const answer = add(v, { parent: first, by: 'root', text: 'A very old one, with a lot of patience. Thank you!', ago: 170 })
        const deeper = add(v, { parent: answer, by: 'mira', html: '<p>Patience is the best accelerator.</p>', ago: 160 })
        add(v, { parent: deeper, by: 'tove', html: '<p>+1</p>', ago: 150 })
        add(v, { parent: first, by: 'jonas', html: '<p>I would guess a Pentium.</p>', ago: 165 })
        const gone = add(v, { by: 'lin', text: 'x', ago: 120, isDeleted: true, deletedAt: AGO(100) })
        add(v, { parent: gone, by: 'tove', html: '<p>Somebody asked where to find the sources: they are linked below the video.</p>', ago: 110 })
        add(v, { by: 'tove', html: '<p>The spiral is the eye of the storm that eats the ship at the end.</p>', summary: 'Spoilers for the ending', ago: 60 })
        add(v, { by: 'lin', text: 'Could you make one with sound next time?', ago: 20, updatedAt: AGO(18), heldForReview: true })
        add(v, { by: 'long', html: '<p>Supercalifragilisticexpialidocious_and_then_some_more_letters_without_any_break_at_all_until_the_line_ends</p><ul><li>one</li><li>two</li></ul><blockquote><p>quoted</p></blockquote>', ago: 10 })
        notifications.push(
            { id: 5, type: 11, read: false, createdAt: AGO(5), comment: { id: first.id, threadId: first.id, account: people.tove, video: v } },
            { id: 4, type: 2, read: false, createdAt: AGO(20), comment: { id: first.id, threadId: first.id, account: people.lin, heldForReview: true, video: v } },
            { id: 3, type: 2, read: true, createdAt: AGO(180), comment: { id: first.id, threadId: first.id, account: people.mira, video: v } },
            { id: 2, type: 10, read: true, createdAt: AGO(3000), actorFollow: { id: 1, state: 'accepted', follower: people.jonas, following: { type: 'channel', name: 'root_channel', displayName: 'Slow Machines', host: 'localhost' } } },
            { id: 1, type: 3, read: true, createdAt: AGO(9000), abuse: { id: 1, state: 1, kind: 'comment', reporterAccount: people.lin } })
        return first
    }

    function events(url, req, res) {
        const x = /^\/api\/v1\/videos\/([^/]+)\/comments\/events$/.exec(url.pathname)
        if (!x)
            return false
        const v = find(x[1])
        res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
        const stream = { video: v.id, write: text => res.write(text) }
        streams.add(stream)
        stream.write(`event: comment\ndata: {"total":${shown(v).length}}\n\n`)
        req.on('close', () => streams.delete(stream))
        return true
    }

    function answer(req, url, body) {
        const path = url.pathname.replace('/api/v1', '')
        const q = url.searchParams
        const m = pattern => pattern.exec(path)
        const given = () => body ? JSON.parse(body) : {}
        const me = session()
        const own = me && { ...people.root, id: me.account.id, name: me.account.name, displayName: me.account.displayName }
        let x
        if ((x = m(/^\/videos\/([^/]+)\/comment-threads$/))) {
            const v = find(x[1])
            if (req.method === 'POST')
                return json({ comment: counted(add(v, { by: own, text: given().text })) })
            const firsts = comments.filter(c => c.videoId === v.id && !c.inReplyToCommentId && (!c.heldForReview || me)).map(counted)
                .filter(c => !c.isDeleted || c.totalReplies > 0)
            firsts.sort((a, b) => q.get('sort') === '-totalReplies' ? b.totalReplies - a.totalReplies : b.id - a.id)
            const start = Number(q.get('start') ?? 0)
            return json({ total: firsts.length, totalNotDeletedComments: shown(v).length, data: firsts.slice(start, start + Number(q.get('count') ?? 15)) })
        }
        if ((x = m(/^\/videos\/([^/]+)\/comment-threads\/(\d+)$/))) {
            const c = comments.find(c => c.id === Number(x[2]))
            return c ? json(tree(c)) : problem(404, 'not_found', 'No')
        }
        if ((x = m(/^\/videos\/([^/]+)\/comments\/(\d+)(\/approve)?$/))) {
            const v = find(x[1])
            const c = comments.find(c => c.id === Number(x[2]))
            if (req.method === 'POST' && !x[3])
                return json({ comment: counted(add(v, { by: own, parent: c, text: given().text })) })
            if (x[3]) c.heldForReview = false
            else if (req.method === 'PUT') Object.assign(c, { text: given().text, html: `<p>${given().text}</p>`, updatedAt: new Date().toISOString() })
            else Object.assign(c, { isDeleted: true, deletedAt: new Date().toISOString() })
            tell(v)
            return { status: 204 }
        }
        if ((x = m(/^\/videos\/([^/]+)\/rate$/))) { ratings.set(find(x[1]).id, given().rating); return { status: 204 } }
        if ((x = m(/^\/users\/me\/videos\/([^/]+)\/rating$/))) return json({ videoId: find(x[1]).id, rating: ratings.get(find(x[1]).id) ?? 'none' })
        if (m(/^\/videos\/[^/]+\/share$/)) return { status: 204 }
        if (path === '/users/me/subscriptions' && req.method === 'POST') { subscriptions.add(given().uri); return { status: 204 } }
        if (path === '/users/me/subscriptions') return list(q, subscriptions.size > 0 ? [channelElsewhere] : [])
        if (path === '/users/me/subscriptions/accounts') return list(q, subscriptions.size > 1 ? [people.mira] : [])
        if (path === '/users/me/subscriptions/exist') return json(Object.fromEntries(q.getAll('uris').map(u => [u, subscriptions.has(u)])))
        if (path === '/users/me/subscriptions/videos') return list(q, subscriptions.size > 0 ? videos.slice(0, 3) : [])
        if ((x = m(/^\/users\/me\/subscriptions\/([^/]+)$/))) { subscriptions.delete(decodeURIComponent(x[1])); return { status: 204 } }
        if (path === '/users/me/notifications') {
            const unread = notifications.filter(n => !n.read).length
            const from = q.get('unread') === 'true' ? notifications.filter(n => !n.read) : notifications
            return json({ total: from.length, unread, data: from.slice(0, Number(q.get('count'))) })
        }
        if (path === '/users/me/notifications/read-all') { for (const n of notifications) n.read = true; return { status: 204 } }
        if (path === '/users/me/notifications/read') { for (const n of notifications) n.read ||= given().ids.includes(n.id); return { status: 204 } }
        if ((x = m(/^(\/users\/me|\/server)\/blocklist\/(accounts|servers)(?:\/(.+))?$/))) {
            const [, base, kind, what] = x
            const rows = blocks[base]
            const name = kind === 'accounts' ? a => `${a.name}@${a.host}` : h => h
            if (req.method === 'DELETE') rows[kind] = rows[kind].filter(r => name(r) !== decodeURIComponent(what))
            else if (req.method === 'POST') {
                if (given().accountName === 'nobody@nowhere.example') return problem(404, 'not_found', 'There is no such account')
                rows[kind].push(kind === 'servers' ? given().host : person(++nextId, ...given().accountName.split('@').toSpliced(1, 0, given().accountName)))
            } else return list(q, rows[kind].map(r => ({ [kind === 'accounts' ? 'blockedAccount' : 'blockedServer']: kind === 'accounts' ? r : { host: r }, createdAt: AGO(5000) })))
            return { status: 204 }
        }
        if (path === '/resolve') {
            const uri = q.get('uri')
            if (uri.includes('down.example')) return problem(502, 'peer_unreachable', 'down.example does not answer')
            if (/night_trains@|video-channels\/night_trains/.test(uri)) return json({ kind: 'channel', path: '/c/night_trains@peertube.example', actor: channelElsewhere })
            const v = videos.find(v => v.url === uri)
            if (v) return json({ kind: 'video', path: `/w/${v.shortUUID}`, video: { uuid: v.uuid, shortUUID: v.shortUUID, name: v.name } })
            const c = comments.find(c => c.url === uri)
            if (c) return json({ kind: 'comment', path: `/w/${find(String(c.videoId)).shortUUID};threadId=${c.threadId}`, comment: counted(c) })
            const found = Object.values(people).find(p => uri.replace(/^(acct:|@)/, '') === `${p.name}@${p.host}`)
            if (found) found.unknown = false
            return found ? json({ kind: 'account', path: `/a/${found.name}@${found.host}`, actor: found }) : problem(404, 'not_found', 'nothing of this name or address can be found')
        }
        if (path === '/interact') return given().handle.endsWith('@down.example') ? problem(502, 'remote_unreachable', 'down.example does not answer') : json({ url: `http://${req.headers.host}/nowhere?handle=${given().handle}&uri=${encodeURIComponent(given().uri)}` })
        if (path === '/abuses' && req.method === 'POST') { reports.unshift({ ...reports[0], id: ++nextId, ...given(), video: null, createdAt: AGO(0) }); return json({ abuse: { id: nextId } }) }
        if (path === '/abuses') return list(q, reports)
        if ((x = m(/^\/abuses\/(\d+)$/)) && req.method === 'DELETE') { reports.splice(reports.findIndex(r => r.id === Number(x[1])), 1); return { status: 204 } }
        if ((x = m(/^\/abuses\/(\d+)$/))) { const r = reports.find(r => r.id === Number(x[1])); Object.assign(r, { state: { id: given().state, label: '' }, moderationComment: given().moderationComment }); return { status: 204 } }
        if (path === '/search/video-channels') {
            const words = q.get('search')
            if (words.includes('down.example')) return problem(502, 'remote_unreachable', 'down.example does not answer')
            return list(q, /night_trains|peertube\.example/.test(words) ? [channelElsewhere] : [])
        }
        if ((x = m(/^\/(?:accounts|video-channels)\/([^/]+)$/)) && decodeURIComponent(x[1]).startsWith('night_trains')) return json(channelElsewhere)
        if ((x = m(/^\/accounts\/([^/]+)$/)) && decodeURIComponent(x[1]).includes('@')) {
            const [name, host] = decodeURIComponent(x[1]).split('@')
            const found = Object.values(people).find(p => p.name === name && p.host === host && !p.unknown)
            return found ? json({ ...found, followersCount: 210, description: 'Painter. Writes about light.' }) : problem(404, 'not_found', 'No')
        }
        if ((x = m(/^\/accounts\/([^/]+)\/video-channels$/))) return json(x[1].includes('%40') ? { total: 0, data: [] } : { total: 1, data: [{ ...person(7, 'root_channel', 'Slow Machines'), followersCount: 1284 }] })
        if (m(/^\/users\/\d+\/token-sessions$/)) return list(q, [{ id: 1, currentSession: true, isCookie: true, loginDevice: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0', loginIP: '192.0.2.4', loginDate: AGO(60), lastActivityDate: AGO(1) }, { id: 2, currentSession: false, isCookie: false, loginDevice: 'okhttp/4', loginIP: '198.51.100.7', loginDate: AGO(90000), lastActivityDate: AGO(3000) }])
        if (m(/^\/users\/\d+\/token-sessions\/\d+\/revoke$/)) return { status: 204 }
        if (path === '/users') return list(q, [
            { ...me, role: { id: 0, label: 'Administrator' }, blocked: false, createdAt: AGO(90000), lastLoginDate: AGO(3), videoQuotaUsed: 7340032000 },
            { id: 2, username: 'lin', email: 'lin@example.org', role: { id: 2, label: 'User' }, account: people.lin, videoChannels: [], videoQuota: 5368709120, videoQuotaUsed: 1073741824, blocked: false, createdAt: AGO(9000), lastLoginDate: AGO(1440) },
            { id: 3, username: 'spammer', email: null, role: { id: 2, label: 'User' }, account: person(40, 'spammer', 'Cheap Watches'), videoChannels: [], videoQuota: 1073741824, videoQuotaUsed: 0, blocked: true, blockedReason: 'spam', createdAt: AGO(500), lastLoginDate: null }])
        if (m(/^\/users(\/\d+(\/(un)?block)?)?$/)) return { status: 204 }
        const site = host => ({ ...person(50, 'peertube', host, host) })
        if (path === '/server/followers') return list(q, [{ id: 1, state: 'pending', follower: site('films.example'), following: site('localhost'), createdAt: AGO(100) }, { id: 2, state: 'accepted', follower: people.mira, following: site('localhost'), createdAt: AGO(9000) }])
        if (path === '/server/following' && req.method === 'GET') return list(q, [{ id: 1, state: 'accepted', follower: site('localhost'), following: site('peertube.example'), createdAt: AGO(20000) }, { id: 2, state: 'pending', follower: site('localhost'), following: channelElsewhere, createdAt: AGO(2) }])
        if (path.startsWith('/server/follow')) return { status: 204 }
        if (path === '/runners' && req.method === 'GET') {
            return list(q, ['Attic', 'Render farm'].map((name, i) => ({ id: i + 1, name, ip: i ? null : '192.0.2.7', build: i ? null : 'zoetrope 0.1.0, ffmpeg 5.1.6', createdAt: AGO(9000), lastContact: i ? null : AGO(10), running: 1 - i, tasksDone: i ? 0 : 1204, tasksFailed: i ? 0 : 3, workSeconds: 0 })))
        }
        if (path === '/runners') return json({ id: 3, runnerToken: '0123456789abcdef'.repeat(3) })
        if (path.startsWith('/runners/')) return { status: 204 }
        if (path === '/server/federation') return json({ enabled: true, mode: 'allow-list', deliveries: { waiting: 1532, delivered: 48210, retried: 312, dropped: 9, hostsSetAside: 1 }, incoming: { waiting: 0, done: 20931, ignored: 812, retried: 4, givenUp: 0 },
            failingHosts: [{ host: 'asleep.example', failures: 9, failingSince: AGO(2000), retryAfter: AGO(-60), waiting: 1520 }] })
        if (m(/^\/server\/federation\/hosts\/[^/]+\/retry$/)) return { status: 204 }
        if (path === '/server/allowlist' && req.method === 'GET') return list(q, ['mastodon.example', 'peertube.example'].map(host => ({ host, createdAt: AGO(9000) })))
        if (path.startsWith('/server/allowlist')) return { status: 204 }
        return null
    }
    return { answer, events, add, discuss, comments, people, tell }
}
