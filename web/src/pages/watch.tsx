// Watching one video: the player, what it is and who made it, and more to watch.

import { useEffect, useRef, useState } from 'preact/hooks'
import { api, ApiError, messageOf } from '../api'
import { Avatar } from '../components/avatar'
import { Comments } from '../components/comments/comments'
import { Description } from '../components/description'
import { Markup } from '../components/markup'
import { Dialog } from '../components/dialog'
import { FollowButton } from '../components/follow'
import { Icon } from '../components/icons'
import { copy, loginPath } from '../components/interact'
import { Menu } from '../components/menu'
import { ProgressBar } from '../components/progress-bar'
import { RateButtons } from '../components/rate'
import { ReportDialog } from '../components/report'
import { ShareDialog } from '../components/share'
import { useTitle } from '../components/title'
import { ErrorBox, Thumbnail } from '../components/video-grid'
import { formatAge, formatBytes, formatCount, formatDay } from '../lib/format'
import { fullHandle, isRemote, localHandle } from '../lib/handle'
import { webAddress } from '../lib/markup'
import { muteAccount } from '../lib/mute'
import { followProgress, isSettled, RECENT_MS } from '../lib/progress'
import { formatDuration, parseTime } from '../lib/time'
import { paths, place } from '../router'
import { config, peekBoot, read, takeBoot, user, write } from '../state'
import { strings as s } from '../strings'
import { State, type Chapter, type Progress, type Video, type VideoDetails } from '../types'
import type { Player } from '../player/player'
import { NotFound } from './not-found'

const is = (v: VideoDetails | undefined, id: string) => v && (v.shortUUID === id || v.uuid === id || String(v.id) === id)

/** `thread`: the comment thread to show first, of an address that leads to it. */
export function Watch({ id, thread }: { id: string; thread: number | null }) {
    const [video, setVideo] = useState<VideoDetails | null>(() => is(peekBoot().video, id) ? takeBoot('video') ?? null : null)
    const [error, setError] = useState<unknown>(null)
    const [progress, setProgress] = useState<Progress | null>(null)
    const [warned, setWarned] = useState(false)
    useTitle(video?.name ?? null)

    useEffect(() => {
        if (video)
            return
        const control = new AbortController()
        api.video(id, control.signal).then(setVideo, e => { if (!control.signal.aborted) setError(e) })
        return () => control.abort()
    }, [id])

    // Not finished: follow it, and read the details again whenever a rung becomes playable.
    // It is published with its first segments, so that says little; an old one is taken to be ready.
    const rungs = useRef('')
    const ready = video?.isLocal === false || video?.state?.id === State.published && Date.now() - Date.parse(video.createdAt) > RECENT_MS
    useEffect(() => {
        if (!video || ready)
            return
        let first = true
        return followProgress(video.uuid, p => {
            const settled = first && isSettled(p) && p.state.id === video.state?.id
            first = false
            if (settled && p.state.id === State.published)
                return
            setProgress(p)
            const playable = `${p.state.id} ${p.playable} ${p.rungs.filter(r => r.playable).map(r => r.resolution).join()}`
            if (playable === rungs.current)
                return
            rungs.current = playable
            api.video(video.uuid).then(setVideo, () => undefined)
        })
    }, [video?.uuid])

    if (error instanceof ApiError && error.status === 404)
        return <NotFound text={s.watch.notFound} />
    if (error instanceof ApiError && (error.status === 401 || error.status === 403))
        return (
            <div class="message-page">
                <Icon name="lock" size={44} />
                <h1>{s.watch.forbidden}</h1>
                {!user.value && <p>{s.watch.signInToSee}</p>}
                {!user.value && <p><a class="button button-primary" href={loginPath()}>{s.header.signIn}</a></p>}
            </div>
        )
    if (error)
        return <ErrorBox text={messageOf(error)} retry={() => window.location.reload()} />
    if (!video)
        return <div class="watch"><div class="watch-main"><div class="player-box skeleton" /><p role="status" class="quiet">{s.loading}</p></div></div>
    return <Loaded video={video} thread={thread} progress={progress} warned={warned} show={() => setWarned(true)} />
}

function Loaded({ video, thread, progress, warned, show }:
    { video: VideoDetails; thread: number | null; progress: Progress | null; warned: boolean; show: () => void }) {
    const player = useRef<Player | null>(null)
    const [theatre, setTheatre] = useState(read('theatre') === '1')
    const [chapters, setChapters] = useState<Chapter[]>([])
    const hasSource = video.streamingPlaylists.length > 0 || video.files.length > 0
    const failed = (progress?.state.id ?? video.state?.id) === State.failed
    const playable = hasSource && !(progress && !progress.playable && progress.state.id !== State.published)
    const toggleTheatre = () => setTheatre(on => {
        write('theatre', on ? null : '1')
        return !on
    })
    const seek = (seconds: number) => {
        const p = player.current
        if (!p)
            return
        p.seek(seconds)
        void p.media.play().catch(() => undefined)
        p.media.scrollIntoView({ block: 'nearest' })
    }
    return (
        <div class={theatre ? 'watch watch-theatre' : 'watch'}>
            <div class="player-box">
                {video.nsfw && !warned && !isMine(video)
                    ? <div class="player-note">
                        <Icon name="alert" size={36} /><p>{s.watch.sensitive}</p>
                        <button type="button" class="button" onClick={show}>{s.watch.showAnyway}</button>
                    </div>
                    : playable
                        ? <PlayerBox video={video} progress={progress} player={player} onTheatre={toggleTheatre} onChapters={setChapters} />
                        : failed
                            ? <div class="player-note"><Icon name="alert" size={36} /><p><strong>{s.watch.failed}</strong></p>
                                <p>{progress?.reason ?? s.watch.failedText}</p></div>
                            : <div class="player-note">
                                <span class="spinner" aria-hidden="true" />
                                <p><strong>{s.watch.preparing}</strong></p><p>{s.watch.preparingText}</p>
                                {progress && <ProgressBar label={s.watch.preparing} percent={progress.percent} />}
                            </div>}
            </div>
            <div class="watch-main">
                <Details video={video} progress={progress} player={player} onTime={seek} chapters={chapters} />
                {commentable(video) && <Comments video={video} thread={thread} onTime={seek} />}
            </div>
            <MoreVideos video={video} />
        </div>
    )
}

/** While it is being made only its owner sees it. */
function commentable(video: VideoDetails): boolean {
    return (video.state?.id ?? State.published) === State.published
}

function isMine(video: VideoDetails): boolean {
    return user.value?.account.id === video.account.id
}

function PlayerBox({ video, progress, player, onTheatre, onChapters }: {
    video: VideoDetails; progress: Progress | null; player: { current: Player | null }
    onTheatre: () => void; onChapters: (list: Chapter[]) => void
}) {
    const host = useRef<HTMLDivElement>(null)
    const [error, setError] = useState<string | null>(null)
    const theatre = useRef(onTheatre)
    theatre.current = onTheatre
    const latest = useRef({ video, progress })
    latest.current = { video, progress }

    useEffect(() => {
        let gone = false
        let made: Player | null = null
        let stopViews: (() => void) | undefined
        const start = parseTime(place.value.search.get('start') ?? place.value.search.get('t') ?? '') ?? 0
        const build = async () => {
            const { createPlayer } = await import('../player/player')
            if (gone || !host.current)
                return
            const now = latest.current
            made = createPlayer(host.current, {
                video: now.video, poster: posterOf(now.video), start, progress: now.progress, text: s.player,
                autoplay: navigator.userActivation?.hasBeenActive ?? false, formatTime: formatDuration, read, write,
                onTheatre: () => theatre.current()
            })
            player.current = made
            stopViews = countView(video, made.media)
            const [captions, chapters, boards] = await Promise.all([
                api.captions(video.uuid).catch(() => null), api.chapters(video.uuid).catch(() => null),
                api.storyboards(video.uuid).catch(() => null)])
            if (gone)
                return
            made.addTracks(captions?.data ?? [], chapters?.chapters ?? [], boards?.storyboards ?? [])
            onChapters(chapters?.chapters ?? [])
        }
        build().catch(e => { if (!gone) setError(messageOf(e)) })
        return () => {
            gone = true
            stopViews?.()
            made?.destroy()
            player.current = null
        }
    }, [video.uuid])

    useEffect(() => { if (progress) player.current?.setProgress(progress) }, [progress])
    const first = useRef(true)
    useEffect(() => {
        if (first.current)
            first.current = false
        else
            player.current?.setVideo(video)
    }, [video])

    return <div class="player-host" ref={host}>{error && <div class="player-note"><p role="alert">{error}</p></div>}</div>
}

export function posterOf(video: VideoDetails): string | null {
    return video.previewPath ?? video.thumbnails?.findLast(t => t.width > t.height)?.fileUrl ?? video.thumbnailPath ?? null
}

/** Tells the server every few seconds where it is played; the server decides what counts as a view. */
export function countView(video: VideoDetails, media: HTMLVideoElement): () => void {
    const interval = config.value.views?.videos?.watchingInterval
    const every = Math.max(1000, (user.value ? interval?.users : interval?.anonymous) ?? 5000)
    const tell = (event?: 'seek') => void api.view(video.uuid, Math.floor(media.currentTime), event).catch(() => undefined)
    const end = new AbortController()
    let timer: ReturnType<typeof setInterval> | undefined
    let told = false // nothing is said about a video nobody started
    const on = (name: string, act: () => void) => media.addEventListener(name, act, { signal: end.signal })
    const rest = () => {
        clearInterval(timer)
        timer = undefined
    }
    on('playing', () => {
        if (timer === undefined) {
            told = true
            tell()
            timer = setInterval(() => tell(), every)
        }
    })
    on('pause', () => {
        rest()
        if (!media.ended)
            tell()
    })
    on('ended', () => {
        rest()
        tell()
    })
    on('seeked', () => {
        if (told)
            tell('seek')
    })
    return () => {
        rest()
        end.abort()
    }
}

function Details({ video, progress, player, onTime, chapters }: {
    video: VideoDetails; progress: Progress | null; player: { current: Player | null }
    onTime: (seconds: number) => void; chapters: Chapter[]
}) {
    const [open, setOpen] = useState(false)
    const [supporting, setSupporting] = useState(false)
    const [downloading, setDownloading] = useState(false)
    const [sharing, setSharing] = useState<number | null>(null)
    const [reporting, setReporting] = useState(false)
    const remote = isRemote(video.channel)
    const origin = remote ? webAddress(video.url) : null
    const files = video.streamingPlaylists[0]?.files.length ? video.streamingPlaylists[0].files : video.files
    const downloads = (video.downloadEnabled ?? true) ? files.filter(f => f.fileDownloadUrl ?? f.fileUrl) : []
    const text = video.description ?? ''
    const long = text.length > 280 || text.split('\n').length > 4
    const whole = progress !== null && progress.readyMs >= progress.durationMs - 1000
    const preparing = progress && progress.state.id !== State.failed && progress.percent < 100 && progress.playable
        && (!whole || isMine(video)) // who can watch all of it need not know
    const channel = localHandle(video.channel)
    const facts: [string, string | null | undefined][] = [
        [s.watch.category, video.category.id === null ? null : video.category.label],
        [s.watch.licence, video.licence.id === null ? null : video.licence.label],
        [s.watch.language, video.language.id === null ? null : video.language.label],
        [s.watch.originally, video.originallyPublishedAt && formatDay(video.originallyPublishedAt)],
        [s.watch.published, formatDay(video.publishedAt)]
    ]
    const privacy = video.privacy.id ?? 1
    return (
        <>
            <h1 class="watch-title">{video.name}</h1>
            {preparing
                && <div class="notice notice-info" role="status">
                    <span class="spinner spinner-small" aria-hidden="true" />
                    {whole ? s.watch.moreQualities(Math.floor(progress.percent))
                        : s.watch.stillPreparing(formatDuration(progress.readyMs / 1000), Math.floor(progress.percent))}
                </div>}
            <div class="watch-bar">
                <div class="watch-by">
                <a class="watch-channel" href={paths.channel(channel)}>
                    <Avatar actor={video.channel} size={42} />
                    <span>
                        <strong>{video.channel.displayName}</strong>
                        {remote ? <span class="quiet cut">@{fullHandle(video.channel)}</span>
                            : video.channel.followersCount !== undefined
                            && <span class="quiet">{s.actor.followers(formatCount(video.channel.followersCount), video.channel.followersCount)}</span>}
                    </span>
                </a>
                <FollowButton actor={video.channel} small />
                </div>
                <div class="watch-actions">
                    <RateButtons video={video} />
                    {isMine(video) && <a class="button button-small" href={`/my-videos?edit=${video.shortUUID}`}><Icon name="edit" size={17} />{s.watch.edit}</a>}
                    <button type="button" class="button button-small" onClick={() => setSharing(Math.floor(player.current?.media.currentTime ?? 0))}><Icon name="share" size={17} />{s.watch.share}</button>
                    {downloads.length > 0
                        && <button type="button" class="button button-small" onClick={() => setDownloading(true)}><Icon name="download" size={17} />{s.watch.download}</button>}
                    {video.support
                        && <button type="button" class="button button-small" onClick={() => setSupporting(true)}><Icon name="heart" size={17} />{s.watch.support}</button>}
                    <Menu label={s.watch.moreActions} button={<Icon name="dots" />}>
                        <button type="button" onClick={() => void copy(video.url ?? window.location.href)}><Icon name="link" />{s.watch.copyId}</button>
                        {origin && <a href={origin} target="_blank" rel="noopener"><Icon name="external" />{s.watch.origin(video.channel.host)}</a>}
                        {user.value && !isMine(video)
                            && <>
                                <button type="button" onClick={() => void muteAccount(video.account)}><Icon name="mute" />{s.mute.account}</button>
                                <button type="button" onClick={() => setReporting(true)}><Icon name="flag" />{s.report.action}</button>
                            </>}
                    </Menu>
                </div>
            </div>
            <div class="watch-about">
                <p class="watch-facts">
                    <span>{s.card.views(formatCount(video.views), video.views)}</span>
                    <time dateTime={video.publishedAt} title={formatDay(video.publishedAt)}>{formatAge(video.publishedAt)}</time>
                    {origin && <span><a href={origin} target="_blank" rel="noopener">{s.watch.from(video.channel.host)}</a></span>}
                    {privacy !== 1 && <span class="badge badge-busy">{s.privacyShort[privacy] ?? video.privacy.label}</span>}
                    {video.nsfw && <span class="badge badge-warn">{s.card.nsfw}</span>}
                </p>
                <div class={long && !open ? 'watch-description clamped' : 'watch-description'}>
                    {video.descriptionHtml ? <Markup html={video.descriptionHtml} times={{ duration: video.duration, onTime }} />
                        : text ? <Description text={text} duration={video.duration} onTime={onTime} /> : <p class="quiet">{s.watch.noDescription}</p>}
                    {(open || !long)
                        && <>
                            {video.tags?.length > 0
                                && <ul class="tags" aria-label={s.watch.tags}>
                                    {video.tags.map(t => <li key={t}><a href={`/search?search=${encodeURIComponent(t)}`}>#{t}</a></li>)}
                                </ul>}
                            <dl class="facts">
                                {facts.map(([label, value]) => value && <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}
                            </dl>
                        </>}
                </div>
                {long && <button type="button" class="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? s.watch.less : s.watch.more}</button>}
            </div>
            {chapters.length > 0
                && <section class="chapters" aria-labelledby="chapters">
                    <h2 id="chapters" class="section-title">{s.watch.chapters}</h2>
                    <ol>{chapters.map(c =>
                        <li key={c.timecode}><button type="button" onClick={() => onTime(c.timecode)}>
                            <span class="chapter-time">{formatDuration(c.timecode)}</span>{c.title}
                        </button></li>)}</ol>
                </section>}
            {sharing !== null && <ShareDialog video={video} at={sharing} onClose={() => setSharing(null)} />}
            {reporting && <ReportDialog target={{ video: { id: video.id } }} name={video.name} host={remote ? video.channel.host : null} onClose={() => setReporting(false)} />}
            {supporting
                && <Dialog title={s.watch.supportTitle} onClose={() => setSupporting(false)}><Description text={video.support ?? ''} /></Dialog>}
            {downloading
                && <Dialog title={s.watch.download} onClose={() => setDownloading(false)}>
                    <ul class="downloads">
                        {downloads.map(f =>
                            <li key={`${f.resolution.id} ${f.fps}`}>
                                <a href={f.fileDownloadUrl ?? f.fileUrl} download><Icon name="download" />{f.resolution.label}</a>
                                <span class="quiet">{formatBytes(f.size)}</span>
                            </li>)}
                    </ul>
                </Dialog>}
        </>
    )
}

function MoreVideos({ video }: { video: VideoDetails }) {
    const [list, setList] = useState<Video[] | null>(null)
    useEffect(() => {
        const control = new AbortController()
        api.videos({ start: 0, count: 13, sort: '-publishedAt' }, control.signal)
            .then(page => setList(page.data.filter(v => v.uuid !== video.uuid).slice(0, 12)), () => setList(l => l ?? []))
        return () => control.abort()
    }, [video.uuid])
    if (!list)
        return <div class="watch-more" /> // keeps its place
    if (list.length === 0)
        return null
    return (
        <aside class="watch-more" aria-labelledby="more-videos">
            <h2 id="more-videos" class="section-title">{s.watch.upNext}</h2>
            <ul>
                {list.map(v =>
                    <li key={v.uuid} class="mini">
                        <a class="mini-thumb" href={paths.watch(v)} tabIndex={-1} aria-hidden="true"><Thumbnail video={v} sizes="168px" /></a>
                        <div class="mini-text">
                            <a class="mini-title" href={paths.watch(v)}>{v.name}</a>
                            <span class="quiet">{v.channel.displayName}</span>
                            <span class="quiet">{s.card.views(formatCount(v.views), v.views)} · {formatAge(v.publishedAt)}</span>
                        </div>
                    </li>)}
            </ul>
        </aside>
    )
}
